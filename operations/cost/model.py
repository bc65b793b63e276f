"""What an estimate is made of. Money is `Decimal`, in US dollars per month."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

HOURS = Decimal(730)
"""Hours of a month: 8760 / 12, as AWS's own calculator counts (https://calculator.aws, "730 hours in a month")."""

CENT = Decimal("0.01")

PARTS = ("network", "cluster", "kafka", "cdc", "flink", "postgres", "lake", "endpoint", "images", "secrets", "other")
"""The parts of a stack, in the order in which they are shown."""


def cents(amount: Decimal) -> Decimal:
    """`amount` rounded to cents, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Price:
    """One price of the table.

    usd, per: amount and unit; region: where it holds; source, date: URL, and the day of publication
    note: what the source does not quite say; "" where it does
    """

    key: str
    usd: Decimal
    per: str
    region: str
    source: str
    date: str
    note: str = ""


@dataclass(frozen=True)
class Line:
    """So much of something at a price.

    part:      one of PARTS
    what:      in words; one line has all that is alike in a part
    region:    where it is; `price.region` is another one where that stands in for it
    quantity:  in units of the price; per hour: count x 730
    fixed:     True: it costs this as long as it exists; False: by use, which `assumption` names
    resources: names of those it stands for
    note:      what to know about the figure: a source that others quote, what it leaves out
    most:      True: the most that can be billed; the bill will be lower
    """

    part: str
    what: str
    region: str
    quantity: Decimal
    price: Price
    fixed: bool
    resources: tuple[str, ...]
    assumption: str = ""
    note: str = ""
    most: bool = False

    @property
    def monthly(self) -> Decimal:
        return cents(self.quantity * self.price.usd)

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two lines of two Plans the same line."""
        return (self.part, self.what, self.price.per, self.fixed)

    def as_json(self) -> dict[str, Any]:
        return {
            "part": self.part,
            "what": self.what,
            "region": self.region,
            "kind": "fixed" if self.fixed else "usage",
            "quantity": float(self.quantity),
            "unit": self.price.per,
            "unitPrice": float(self.price.usd),
            "monthly": float(self.monthly),
            "price": {
                "key": self.price.key,
                "region": self.price.region,
                "source": self.price.source,
                "date": self.price.date,
            },
            "resources": list(self.resources),
            "assumption": self.assumption,
            "note": self.note,
            "upperBound": self.most,
        }


@dataclass(frozen=True)
class Gap:
    """Something that costs money, or may, and has no figure here. Never counted as zero.

    type: resource type; what: in words; count: how many; reason: why there is no figure
    known_type: False where nothing here knows what such a resource costs
    """

    part: str
    type: str
    what: str
    count: int
    reason: str
    resources: tuple[str, ...]
    known_type: bool = True

    @property
    def key(self) -> tuple[Any, ...]:
        return (self.part, self.type, self.what, self.reason)

    def as_json(self) -> dict[str, Any]:
        return {
            "part": self.part,
            "type": self.type,
            "what": self.what,
            "count": self.count,
            "reason": self.reason,
            "resources": list(self.resources),
        }


@dataclass(frozen=True)
class Estimate:
    """What a stack costs a month.

    lines, gaps: by part; gaps are not in any sum
    notes:       what to know about the whole, in words
    as_of:       day of the price table
    free:        resource type -> count of what costs nothing
    """

    stack: str
    regions: tuple[str, ...]
    as_of: str
    lines: tuple[Line, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    free: dict[str, int] = field(default_factory=dict)

    @property
    def fixed(self) -> Decimal:
        """Sum of what is paid as long as it exists."""
        return total(line for line in self.lines if line.fixed)

    @property
    def usage(self) -> Decimal:
        """Sum of what depends on use, under the assumptions."""
        return total(line for line in self.lines if not line.fixed)

    @property
    def monthly(self) -> Decimal:
        return self.fixed + self.usage

    @property
    def most(self) -> Decimal:
        """How much of `monthly` is an upper bound: ceilings of compute pools, Spot nodes at on-demand prices."""
        return total(line for line in self.lines if line.most)

    def parts(self) -> Iterator[tuple[str, Decimal, Decimal]]:
        """(part, fixed, usage) of each part that costs something."""
        for part in PARTS:
            lines = [line for line in self.lines if line.part == part]
            if lines:
                fixed = total(line for line in lines if line.fixed)
                yield part, fixed, total(lines) - fixed

    def as_json(self) -> dict[str, Any]:
        return {
            "stack": self.stack,
            "currency": "USD",
            "pricesAsOf": self.as_of,
            "regions": list(self.regions),
            "monthly": {
                "fixed": float(self.fixed),
                "usage": float(self.usage),
                "total": float(self.monthly),
                "ofWhichUpperBound": float(self.most),
            },
            "parts": {
                part: {"fixed": float(fixed), "usage": float(usage), "total": float(fixed + usage)}
                for part, fixed, usage in self.parts()
            },
            "lines": [line.as_json() for line in self.lines],
            "unknown": [gap.as_json() for gap in self.gaps],
            "notes": list(self.notes),
        }


def total(lines: Iterable[Line]) -> Decimal:
    """Sum of the amounts as they are shown, so that a table adds up."""
    return sum((line.monthly for line in lines), Decimal("0.00"))
