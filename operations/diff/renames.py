"""Which resource of one side is which of the other: by URN, by alias, and renames that have no alias.

The engine knows a resource by its URN. Under another name, type or parent it is another resource: the old one is
deleted, the new one created. An alias tells the engine that both are one:
https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/
"""

from collections.abc import Mapping
from typing import Any

from operations.diff.changes import PROTECTED, Change
from operations.diff.options import option_changes
from operations.diff.properties import differences
from operations.plan.recorder import STACK_TYPE
from operations.plan.values import UNKNOWN, is_secret

Resource = dict[str, Any]

# Two resources of one type are taken for one that was renamed where this share of their properties is equal...
NEARLY = 0.75
# ... and, with fewer properties than this, only where their names or parents speak for it too: two private keys of the
# same size are not one.
_TELLING = 5


def matched(old: Mapping[str, Resource], new: Mapping[str, Resource]) -> dict[str, str]:
    """URN in the head -> URN in the base, for what the engine would take for the same resource.

    In the order of `new`, in which parents come before their children: children inherit their parents' aliases.
    """
    pairs: dict[str, str] = {urn: urn for urn in new if urn in old}
    free = {urn for urn in old if urn not in pairs}
    for urn, resource in new.items():
        if urn in pairs:
            continue
        was = next((one for one in sorted(free) if _is_alias(old[one], resource, pairs)), None)
        if was:
            pairs[urn] = was
            free.discard(was)
    return {urn: pairs[urn] for urn in new if urn in pairs}


def renames(
    gone: Mapping[str, Resource], come: Mapping[str, Resource], pairs: Mapping[str, str]
) -> tuple[list[Change], dict[str, Resource], dict[str, Resource]]:
    """(renames without an alias, what is really deleted, what is really created)."""
    by_type: dict[str, list[str]] = {}
    for urn, resource in gone.items():
        by_type.setdefault(resource["type"], []).append(urn)
    likely = sorted(
        (
            (-score, urn, was)
            for urn, resource in come.items()
            for was in by_type.get(resource["type"], ())
            if (score := _likeness(gone[was], resource)) >= NEARLY
        )
    )
    found: dict[str, str] = {}
    for _, urn, was in likely:
        if urn not in found and was not in found.values():
            found[urn] = was
    found |= _components(gone, come, found)
    changes = [_rename(gone, come, found, urn, pairs) for urn in found]
    return (
        changes,
        {urn: one for urn, one in gone.items() if urn not in set(found.values())},
        {urn: one for urn, one in come.items() if urn not in found},
    )


def _is_alias(was: Resource, now: Resource, pairs: Mapping[str, str]) -> bool:
    urn = was["urn"]
    for alias in now.get("aliases", ()):
        if alias.startswith("urn:"):
            if alias == urn:
                return True
        elif _fits_parts(alias.split("::"), was, now, pairs):
            return True
    parent = now.get("parent", "")
    if pairs.get(parent, parent) == parent or was.get("parent", "") != pairs[parent]:
        return False
    # The parent is known under another URN: its children inherit that, and with it the part of their names that is
    # its name.
    old_name, new_name = _name(pairs[parent]), _name(parent)
    inherited = _name(now["urn"])
    if inherited.startswith(new_name):
        inherited = old_name + inherited.removeprefix(new_name)
    return was["type"] == now["type"] and _name(urn) in (inherited, _name(now["urn"]))


def _fits_parts(parts: list[str], was: Resource, now: Resource, pairs: Mapping[str, str]) -> bool:
    """An alias that names only what was different: its name, or type and name, with the same parent otherwise."""
    type_ = was["type"]
    known = {_name(was["urn"]), type_, *was["urn"].removeprefix("urn:pulumi:").split("::")[:2]}
    if not set(parts) <= known or not {_name(was["urn"]), type_} & set(parts):
        return False
    name_fits = _name(was["urn"]) in (parts[-1], _name(now["urn"]))
    return name_fits and (type_ == now["type"] or type_ in parts) and _same_parent(was, now, pairs)


def _same_parent(was: Resource, now: Resource, pairs: Mapping[str, str]) -> bool:
    parent = now.get("parent", "")
    return pairs.get(parent, parent) == was.get("parent", "")


def _likeness(was: Resource, now: Resource) -> float:
    """Share of the properties that are equal, from 0 to 1. Components have none: they go with their children."""
    before, after = _leaves(was.get("inputs") or {}), _leaves(now.get("inputs") or {})
    if not before and not after:
        return 0.0
    if _name(was["urn"]) == _name(now["urn"]) and not differences(was.get("inputs"), now.get("inputs")):
        return 1.0
    keys = before.keys() | after.keys()
    if len(keys) < _TELLING and not _akin(was, now):
        return 0.0
    equal = sum(1 for key in keys if key in before and key in after and before[key] == after[key])
    # Not one: something that has the same name and nothing else different is the better partner.
    return 0.99 * equal / len(keys)


def _akin(was: Resource, now: Resource) -> bool:
    """Whether two resources have the same name, or parents of the same type."""
    same_name = _name(was["urn"]) == _name(now["urn"])
    return same_name or was["urn"].split("::")[2] == now["urn"].split("::")[2]


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict) and value and not is_secret(value):
        return {key: one for name, item in value.items() for key, one in _leaves(item, f"{path}.{name}").items()}
    if isinstance(value, list) and value:
        return {key: one for n, item in enumerate(value) for key, one in _leaves(item, f"{path}[{n}]").items()}
    # An unknown is like nothing: it tells neither for nor against.
    return {} if value == UNKNOWN or value in (None, {}, []) else {path: str(value)}


def _components(gone: Mapping[str, Resource], come: Mapping[str, Resource], found: Mapping[str, str]) -> dict[str, str]:
    """Parents of renamed resources that were renamed themselves."""
    parents: dict[str, str] = {}
    for urn, was in found.items():
        above, before = come[urn].get("parent", ""), gone[was].get("parent", "")
        while above in come and before in gone and not come[above].get("custom") and not gone[before].get("custom"):
            if above in parents or before in parents.values():
                break
            parents[above] = before
            above, before = come[above].get("parent", ""), gone[before].get("parent", "")
    return {urn: was for urn, was in parents.items() if urn not in found}


def _rename(
    gone: Mapping[str, Resource],
    come: Mapping[str, Resource],
    found: Mapping[str, str],
    urn: str,
    pairs: Mapping[str, str],
) -> Change:
    was, now = gone[found[urn]], come[urn]
    parent, before = now.get("parent", ""), was.get("parent", "")
    if found.get(parent) == before:
        remedy = f"comes with its parent `{_name(parent)}`: an alias there is enough"
        if _name(found[urn]) != _name(urn) and not _follows(found[urn], urn, before, parent):
            remedy += f', and `aliases=[pulumi.Alias(name="{_name(found[urn])}")]` here'
    else:
        remedy = f"add `aliases=[{_alias(was, now, pairs.get(parent, parent) == before)}]` to its ResourceOptions"
    if was.get("protect"):
        remedy = f"{PROTECTED}; {remedy}"
    # Of its options only what leaves it open: `deletedWith` and provider may have new names by the same rename.
    _, warnings = option_changes(was, now)
    return Change(
        "rename",
        urn,
        now["type"],
        differences(was.get("inputs") or {}, now.get("inputs") or {}),
        options=warnings,
        warnings=warnings,
        was=was["urn"],
        remedy=remedy,
        protected=bool(was.get("protect")),
        retained=bool(was.get("retainOnDelete")),
        custom=bool(now.get("custom")),
    )


def _follows(was: str, urn: str, before: str, parent: str) -> bool:
    """Whether a child's name differs only by its parent's, which it begins with: an alias of the parent covers that."""
    return _name(urn).startswith(_name(parent)) and _name(was) == _name(before) + _name(urn).removeprefix(_name(parent))


def _alias(was: Resource, now: Resource, same_parent: bool) -> str:
    parts = []
    if _name(was["urn"]) != _name(now["urn"]):
        parts.append(f'name="{_name(was["urn"])}"')
    if was["type"] != now["type"]:
        parts.append(f'type_="{was["type"]}"')
    if not same_parent:
        parent = was.get("parent", "")
        root = not parent or f"::{STACK_TYPE}::" in parent
        parts.append("parent=pulumi.ROOT_STACK_RESOURCE" if root else f'parent="{parent}"')
    return f"pulumi.Alias({', '.join(parts)})"


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]
