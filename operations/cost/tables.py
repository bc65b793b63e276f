"""The price table and the assumptions, read from their files."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from components.errors import Mistake, PlatformError, problem
from components.yaml_file import read_yaml
from operations.cost.model import Price

PRICES = Path(__file__).with_name("prices.yaml")
ASSUMPTIONS = Path(__file__).with_name("assumptions.yaml")
NONE = "none"


@dataclass(frozen=True)
class PriceTable:
    """as_of: day of the table; prices: (region, key) -> Price"""

    as_of: str
    prices: Mapping[tuple[str, str], Price]

    @property
    def regions(self) -> list[str]:
        return sorted({region for region, _ in self.prices})


@cache
def price_table(path: Path = PRICES) -> PriceTable:
    """The table in `path`. Raises PlatformError where an entry has no amount, unit or source."""
    content = read_yaml(path)
    prices: dict[tuple[str, str], Price] = {}
    for region, entries in content["regions"].items():
        for key, entry in entries.items():
            if not isinstance(entry, list) or len(entry) not in (3, 4) or entry[2] not in content["sources"]:
                allowed = '["amount", unit, a key of `sources`], and a note'
                raise problem(path.name, f"regions.{region}.{key}", repr(entry), allowed, "correct the entry")
            source = content["sources"][entry[2]]
            prices[region, key] = Price(
                key=key,
                usd=Decimal(str(entry[0])),
                per=str(entry[1]),
                region=region,
                source=source["url"],
                date=str(source["date"]),
                note=str(entry[3]) if len(entry) == 4 else "",
            )
    return PriceTable(str(content["as_of"]), prices)


@dataclass(frozen=True)
class Assumptions:
    """What a Plan cannot say. The file `assumptions.yaml` describes each.

    values:        name -> number, for one stack
    families:      architecture -> instance category -> node family
    prices:        price key -> amount of one's own
    price_region:  whose prices stand in for a region without any; None: none do
    where:         file of one's own ("" without)
    """

    values: Mapping[str, Decimal]
    families: Mapping[str, Mapping[str, str]]
    prices: Mapping[str, Decimal]
    price_region: str | None
    where: str = ""

    def __getitem__(self, name: str) -> Decimal:
        return self.values[name]


@cache
def _file(path: Path) -> dict[str, Any]:
    """What stands in `path`. Raises PlatformError where a part of it has not the shape of `assumptions.yaml`."""
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise problem(str(path), "", repr(content), "a mapping", "write `defaults:` with the numbers that differ")
    nested = {
        **{key: content.get(key) for key in ("defaults", "stacks", "prices", "node_families")},
        **{f"{key}.{name}": found for key in ("stacks", "node_families") for name, found in _items(content.get(key))},
    }
    mistakes = [
        Mistake(str(path), key, repr(found), "a mapping", "write `key: value` below it")
        for key, found in nested.items()
        if found is not None and not isinstance(found, dict)
    ]
    if mistakes:
        raise PlatformError(mistakes)
    return content


def _items(found: Any) -> list[tuple[str, Any]]:
    return [(str(key), value) for key, value in found.items()] if isinstance(found, dict) else []


def assumptions(stack: str, path: Path | None = None) -> Assumptions:
    """The assumptions about `stack`: those of the project, and over them those of the file `path`.

    Raises PlatformError with every key that is not known and every value that is no number.
    """
    own = _file(ASSUMPTIONS)
    files: list[tuple[str, dict[str, Any]]] = [(ASSUMPTIONS.name, own)]
    if path is not None:
        files.append((str(path), _file(path)))
    mistakes: list[Mistake] = []
    values: dict[str, Decimal] = {}
    families: dict[str, dict[str, str]] = {}
    prices: dict[str, Decimal] = {}
    region = NONE
    known = price_table()
    for where, content in files:
        mistakes += _unknown(where, "", content, own)
        groups = [("defaults", content.get("defaults") or {})]
        stacks = content.get("stacks") or {}
        groups += [(f"stacks.{name}", found or {}) for name, found in stacks.items() if fnmatch(stack, str(name))]
        for group, found in groups:
            mistakes += _unknown(where, f"{group}.", found, own["defaults"])
            for key, value in found.items():
                values[key] = _number(where, f"{group}.{key}", value, mistakes)
        for key, value in (content.get("prices") or {}).items():
            if not any(name == key for _, name in known.prices) and not str(key).startswith(_OPEN):
                mistakes.append(
                    Mistake(where, f"prices.{key}", "no such price", "a key of prices.yaml", "correct the key")
                )
            prices[str(key)] = _number(where, f"prices.{key}", value, mistakes)
        mistakes += _unknown(where, "node_families.", content.get("node_families") or {}, own["node_families"])
        for architecture, found in _items(content.get("node_families")):
            mistakes += _unknown(where, f"node_families.{architecture}.", found or {}, {"m": 0, "c": 0, "r": 0})
            families.setdefault(architecture, {}).update(found or {})
        region = str(content.get("price_region", region))
    if region != NONE and region not in known.regions:
        allowed = ", ".join([*known.regions, NONE])
        mistakes.append(Mistake(files[-1][0], "price_region", region, allowed, "choose one of these"))
    if mistakes:
        raise PlatformError(mistakes)
    shown = "" if path is None else str(path)
    return Assumptions(values, families, prices, None if region == NONE else region, shown)


# Sizes that the table may lack are asked for by names that begin so.
_OPEN = ("ec2.", "msk.kafka.", "msk.express.", "rds.", "aurora.db.", "confluent.")


def _unknown(where: str, prefix: str, found: Mapping[str, Any], known: Mapping[str, Any]) -> list[Mistake]:
    return [
        Mistake(where, f"{prefix}{key}", "not a key of assumptions.yaml", ", ".join(known), "correct the key")
        for key in found
        if key not in known
    ]


def _number(where: str, key: str, value: Any, mistakes: list[Mistake]) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or number < 0:
        mistakes.append(Mistake(where, key, repr(value), "a number, 0 or more", "write a number"))
        return Decimal(0)
    return number
