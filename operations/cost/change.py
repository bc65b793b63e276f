"""How the cost of a stack changes from one Plan to another."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from operations.cost.estimate import estimate
from operations.cost.model import Estimate, Gap, total
from operations.plan.plan import Plan


@dataclass(frozen=True)
class LineChange:
    """One line before and after, in dollars a month and in units; 0 where it is not there."""

    part: str
    what: str
    fixed: bool
    unit: str
    before: Decimal
    after: Decimal
    quantity_before: Decimal
    quantity_after: Decimal
    note: str = ""

    @property
    def delta(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class CostChange:
    """base, head:        both estimates; None where there is no such Plan: a new stack, or one that goes away
    lines:             what differs, by amount, the largest first
    unknown_added:     what has no figure and was not there before, or is there more often; `count` is how much more
    unknown_removed:   the reverse
    """

    base: Estimate | None
    head: Estimate | None
    lines: tuple[LineChange, ...]
    unknown_added: tuple[Gap, ...]
    unknown_removed: tuple[Gap, ...]

    @property
    def fixed(self) -> Decimal:
        return (self.head.fixed if self.head else Decimal(0)) - (self.base.fixed if self.base else Decimal(0))

    @property
    def usage(self) -> Decimal:
        return (self.head.usage if self.head else Decimal(0)) - (self.base.usage if self.base else Decimal(0))

    @property
    def monthly(self) -> Decimal:
        return self.fixed + self.usage

    @property
    def unchanged(self) -> bool:
        return not (self.lines or self.unknown_added or self.unknown_removed)

    def as_json(self) -> dict[str, Any]:
        return {
            "currency": "USD",
            "before": None if self.base is None else float(self.base.monthly),
            "after": None if self.head is None else float(self.head.monthly),
            "change": {"fixed": float(self.fixed), "usage": float(self.usage), "total": float(self.monthly)},
            "lines": [
                {
                    "part": line.part,
                    "what": line.what,
                    "kind": "fixed" if line.fixed else "usage",
                    "unit": line.unit,
                    "quantityBefore": float(line.quantity_before),
                    "quantityAfter": float(line.quantity_after),
                    "before": float(line.before),
                    "after": float(line.after),
                    "change": float(line.delta),
                }
                for line in self.lines
            ],
            "unknownAdded": [gap.as_json() for gap in self.unknown_added],
            "unknownRemoved": [gap.as_json() for gap in self.unknown_removed],
        }


def change(base: Plan | None, head: Plan | None, assumed: Path | None = None) -> CostChange:
    """What `head` costs more or less than `base`, under the same prices and assumptions.

    assumed: as for `estimate`. Raises PlatformError for a file that is wrong.
    """
    before = None if base is None else estimate(base, assumed)
    after = None if head is None else estimate(head, assumed)
    return CostChange(
        before,
        after,
        _lines(before, after),
        _more(after, before),
        _more(before, after),
    )


def _lines(before: Estimate | None, after: Estimate | None) -> tuple[LineChange, ...]:
    old, new = _by_key(before), _by_key(after)
    found: list[LineChange] = []
    for key in {**old, **new}:
        one, other = old.get(key, ()), new.get(key, ())
        part, what, unit, fixed = key
        line = LineChange(
            part,
            what,
            fixed,
            unit,
            total(one),
            total(other),
            sum((each.quantity for each in one), Decimal(0)),
            sum((each.quantity for each in other), Decimal(0)),
            next((each.note for each in (*other, *one)), ""),
        )
        if line.delta or line.quantity_before != line.quantity_after:
            found.append(line)
    return tuple(sorted(found, key=lambda line: (-abs(line.delta), line.part, line.what, line.unit, line.fixed)))


def _by_key(found: Estimate | None) -> dict[tuple[Any, ...], list[Any]]:
    result: dict[tuple[Any, ...], list[Any]] = {}
    for line in found.lines if found else ():
        result.setdefault(line.key, []).append(line)
    return result


def _more(here: Estimate | None, there: Estimate | None) -> tuple[Gap, ...]:
    """The gaps of `here` that `there` has not, or fewer of."""
    counts = {gap.key: gap.count for gap in (there.gaps if there else ())}
    found: list[Gap] = []
    for gap in here.gaps if here else ():
        more = gap.count - counts.get(gap.key, 0)
        if more > 0:
            names = gap.resources[-more:]
            found.append(Gap(gap.part, gap.type, gap.what, more, gap.reason, names, gap.known_type))
    return tuple(found)
