"""Which property changes make a provider replace a resource: read from `replacing.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from components.yaml_file import read_yaml
from operations.diff.properties import Difference, as_data, general

_FILE = Path(__file__).with_name("replacing.yaml")


@dataclass(frozen=True)
class Verdict:
    """level: replaces, may, unknown or in-place; reason: when (of `may`), or what is not known"""

    level: str
    reason: str = ""


IN_PLACE = Verdict("in-place")
_NOTHING_KNOWN = Verdict("unknown", "nothing is known of this type")


@cache
def table() -> dict[str, Any]:
    """Type token -> its entry of `replacing.yaml`."""
    return read_yaml(_FILE)["types"]


def verdict(type_: str, difference: Difference, provider: Mapping[str, Any]) -> Verdict:
    """What the change of one property does to a resource of `type_`.

    provider: inputs of the resource's explicit provider; empty where there is none
    """
    entry = table().get(type_) or (table()["kubernetes:*"] if type_.startswith("kubernetes:") else None)
    if entry is None:
        return _NOTHING_KNOWN
    path = general(difference.path)
    listed = list(entry.get("replaces", ()))
    unless = entry.get("unless")
    if unless and str(provider.get(unless["setting"])).lower() != "true":
        listed += unless["properties"]
    if any(_is_or_below(path, one) or _holds(difference, path, one) for one in listed):
        return Verdict("replaces")
    for one, when in entry.get("may", {}).items():
        if _is_or_below(path, one) or _holds(difference, path, one):
            return Verdict("may", when)
    if any(_is_or_below(path, one) for one in entry.get("unknown", ())):
        return Verdict("unknown", "not known of this property")
    return IN_PLACE


def by_option(paths: list[str], difference: Difference) -> bool:
    """Whether the resource's own option `replaceOnChanges` names what changed."""
    path = general(difference.path)
    return any(one == "*" or _is_or_below(path, general(one)) for one in paths)


def _is_or_below(path: str, listed: str) -> bool:
    return path == listed or path.startswith(f"{listed}.")


def _holds(difference: Difference, path: str, listed: str) -> bool:
    """Whether what was added or taken away as a whole holds the property `listed`."""
    if difference.kind not in ("added", "removed", "later") or not listed.startswith(f"{path}."):
        return False
    value = difference.old if difference.kind == "removed" else difference.new
    return _reaches(value, listed.removeprefix(f"{path}.").split("."))


def _reaches(value: Any, keys: list[str]) -> bool:
    if not keys:
        return value is not None
    value = as_data(value) or value
    if isinstance(value, list):
        return any(_reaches(item, keys) for item in value)
    return isinstance(value, dict) and keys[0] in value and _reaches(value[keys[0]], keys[1:])
