"""What rules write into: finds the price, and keeps what has none."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from operations.cost.model import HOURS, PARTS, Gap, Line, Price
from operations.cost.parts import part_of
from operations.cost.tables import Assumptions, PriceTable
from operations.plan.plan import Plan, name_of
from operations.plan.values import UNKNOWN, is_secret

Resource = dict[str, Any]
Rule = Callable[["Meter", Resource], None]

RULES: dict[str, Rule] = {}
"""Resource type -> what it costs. Filled by the modules of rules."""


def rule(*types: str) -> Callable[[Rule], Rule]:
    """Declare what resources of `types` cost."""

    def register(function: Rule) -> Rule:
        for type_ in types:
            RULES[type_] = function
        return function

    return register


class NotKnown(Exception):
    """A quantity that no preview knows. `str()` of it is the property."""


def value(resource: Resource, *path: str | int, default: Any = None) -> Any:
    """The input at `path`; `default` where there is none. Raises NotKnown where a preview does not know it."""
    found: Any = resource.get("inputs") or {}
    for key in path:
        if isinstance(found, dict):
            found = found.get(str(key))
        elif isinstance(found, list) and isinstance(key, int) and key < len(found):
            found = found[key]
        else:
            found = None
        if found == UNKNOWN or is_secret(found):
            raise NotKnown(".".join(str(key) for key in path))
        if found is None:
            return default
    return found


def number(resource: Resource, *path: str | int, default: int | str | None = None) -> Decimal:
    """The number at `path`. Raises NotKnown where it is not known, missing without a default, or no number."""
    found = value(resource, *path, default=default)
    try:
        return Decimal(str(found))
    except InvalidOperation:
        raise NotKnown(".".join(str(key) for key in path)) from None


def _unit(key: str) -> str:
    """What a price of one's own is for, where the table has none of that key."""
    return {"storage": "GB-month", "data": "GB"}.get(key.rpartition(".")[2], "hour")


class Meter:
    """Collects lines and gaps of one Plan."""

    def __init__(self, plan: Plan, prices: PriceTable, assumed: Assumptions):
        self.plan, self.assumed, self._prices = plan, assumed, prices
        self.notes: list[str] = []
        self._lines: dict[tuple[Any, ...], Line] = {}
        self._gaps: dict[tuple[Any, ...], Gap] = {}
        self._providers = {r["urn"]: r for r in plan.resources if r["type"].startswith("pulumi:providers:")}
        regions = {
            str(found)
            for urn, provider in self._providers.items()
            if provider["type"] == "pulumi:providers:aws"
            and (found := (provider.get("inputs") or {}).get("region")) not in (None, UNKNOWN)
            and not self._emulated(urn)
        }
        self._home = sorted(regions)
        self.regions: set[str] = set()
        self.has_cluster = any(r["type"] in ("eks:index:Cluster", "aws:eks/cluster:Cluster") for r in plan.resources)

    # -- where ----------------------------------------------------------------------------------------------------

    def region(self, resource: Resource) -> str:
        """Region of a resource: its own, its provider's, else the only one of the Plan. Raises NotKnown."""
        inputs = resource.get("inputs") or {}
        provider = self._providers.get(str(resource.get("provider", "")).rpartition("::")[0])
        found = inputs.get("region")
        if not found and provider is not None:
            found = (provider.get("inputs") or {}).get("region")
        if not found and len(self._home) == 1:
            found = self._home[0]
        if not isinstance(found, str) or found == UNKNOWN:
            raise NotKnown("region")
        return found

    def emulated(self, resource: Resource) -> bool:
        """Whether its provider speaks with an emulator on this machine."""
        return self._emulated(str(resource.get("provider", "")).rpartition("::")[0])

    def _emulated(self, provider: str) -> bool:
        inputs = self._providers.get(provider, {}).get("inputs") or {}
        endpoints = str(inputs.get("endpoints") or "")
        return "://127.0.0.1" in endpoints or "://localhost" in endpoints

    # -- what it costs --------------------------------------------------------------------------------------------

    def price(self, key: str, region: str) -> Price | None:
        """One's own price, the region's, or that of the region that stands in; None without any."""
        found = self._prices.prices.get((region, key))
        instead = self.assumed.price_region
        if found is None and instead is not None:
            found = self._prices.prices.get((instead, key))
        own = self.assumed.prices.get(key)
        if own is not None:
            per = found.per if found else _unit(key)
            return Price(key, own, per, region, self.assumed.where, self._prices.as_of, "a price of yours")
        return found

    def charge(
        self,
        resource: Resource,
        what: str,
        key: str,
        quantity: Decimal | int,
        *,
        assumption: str = "",
        note: str = "",
        fixed: bool | None = None,
        share: Price | None = None,
        part: str | None = None,
        most: bool = False,
    ) -> None:
        """Add `quantity` units of the price `key`; a gap where there is no such price.

        assumption: names what the quantity rests on; such a line is usage-based unless `fixed` says otherwise
        share:      the price is this one times the share in the table
        most:       it is the most that can be billed
        """
        if not quantity:
            return
        region = self.region(resource)
        self.regions.add(region)
        price = self.price(key, region)
        if price is None:
            self.gap(resource, what, f"no price in the table ({key})", part=part)
            return
        notes = [note, price.note]
        if share is not None:
            price = replace(price, usd=price.usd * share.usd, per=share.per)
        line = Line(
            part=part or self.part(resource),
            what=what,
            region=region,
            quantity=Decimal(quantity),
            price=price,
            fixed=not assumption if fixed is None else fixed,
            resources=(name_of(resource),),
            assumption=assumption,
            note="; ".join(one for one in notes if one),
            most=most,
        )
        key_of = (*line.key, region, price, line.note, most)
        there = self._lines.get(key_of)
        if there is not None:
            names = tuple(dict.fromkeys((*there.resources, *line.resources)))
            line = replace(line, quantity=there.quantity + line.quantity, resources=names)
        self._lines[key_of] = line

    def hourly(self, resource: Resource, what: str, key: str, count: Decimal | int = 1, **more: Any) -> None:
        """`charge` for `count` things that run all month."""
        self.charge(resource, what, key, Decimal(count) * HOURS, **more)

    def use(self, resource: Resource, what: str, key: str, quantity: Decimal, *names: str, note: str = "") -> None:
        """`charge` for what depends on use. names: the assumptions behind `quantity`."""
        text = ", ".join(f"{name} {self.assumed[name]:f}" for name in names)
        self.charge(resource, what, key, quantity, assumption=text, note=note)

    def gap(
        self, resource: Resource, what: str, reason: str, *, known: bool = True, count: int = 1, part: str | None = None
    ) -> None:
        """Something without a figure."""
        gap = Gap(part or self.part(resource), resource["type"], what, count, reason, (name_of(resource),), known)
        there = self._gaps.get(gap.key)
        if there is not None:
            gap = replace(gap, count=there.count + count, resources=(*there.resources, *gap.resources))
        self._gaps[gap.key] = gap

    def above(self, type_: str) -> set[str]:
        """URNs of every resource that has one of `type_` below it."""
        parents = {r["urn"]: r.get("parent") for r in self.plan.resources}
        found: set[str] = set()
        for resource in self.plan.resources:
            urn = resource.get("parent") if resource["type"] == type_ else None
            while urn and urn not in found:
                found.add(urn)
                urn = parents.get(urn)
        return found

    def part(self, resource: Resource) -> str:
        return part_of(resource)

    # -- results --------------------------------------------------------------------------------------------------

    def lines(self) -> tuple[Line, ...]:
        """By part, fixed ones first, the dearest first."""
        return tuple(
            sorted(
                self._lines.values(),
                key=lambda line: (PARTS.index(line.part), not line.fixed, -line.monthly, line.what, line.note),
            )
        )

    def gaps(self) -> tuple[Gap, ...]:
        return tuple(sorted(self._gaps.values(), key=lambda gap: (gap.known_type, PARTS.index(gap.part), gap.key)))
