"""What follows from a replacement: whatever is made from the replaced resource's id gets another value.

In a Plan both values are unknown and look equal. The engine sees a value that it does not know yet, and a provider
replaces what such a value goes into where a change of it would.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from operations.diff.changes import PROTECTED, Change
from operations.diff.properties import Difference, below
from operations.diff.replacing import by_option, verdict
from operations.plan.values import UNKNOWN, is_secret

Resource = dict[str, Any]


def with_followers(
    changes: Iterable[Change], resources: Mapping[str, Resource], kept: Mapping[str, Resource]
) -> list[Change]:
    """`changes` and what follows from those that replace.

    resources: URN -> resource of the head
    kept:      URN in the head -> resource of the base, for those that both sides have
    """
    found = {change.urn: change for change in changes}
    dependents: dict[str, set[str]] = {}
    for urn, resource in resources.items():
        for others in resource.get("propertyDependencies", {}).values():
            for other in others:
                dependents.setdefault(other, set()).add(urn)
        provider = resource.get("provider", "").rpartition("::")[0]
        if provider:
            dependents.setdefault(provider, set()).add(urn)
    waiting = deque(urn for urn, change in found.items() if _new_id(change))
    done: set[tuple[str, str]] = set()
    while waiting:
        cause = waiting.popleft()
        for urn in sorted(dependents.get(cause, ())):
            if (cause, urn) in done or urn not in kept:
                continue
            done.add((cause, urn))
            before = found.get(urn)
            after = _follower(cause, resources[urn], kept[urn], resources, found[cause], before)
            if after is None:
                continue
            found[urn] = after
            if _new_id(after) and not (before and _new_id(before)):
                waiting.append(urn)
    return list(found.values())


def _new_id(change: Change) -> bool:
    return change.op in ("replace", "rename")


def _follower(
    cause: str,
    resource: Resource,
    was: Resource,
    resources: Mapping[str, Resource],
    change: Change,
    before: Change | None,
) -> Change | None:
    """The change of `resource` that follows from that of `cause`, with what else changes; None where nothing does."""
    if before is not None and before.op == "rename":
        return None
    provider = resource.get("provider", "").rpartition("::")[0]
    inputs = resource.get("inputs") or {}
    paths = [
        path
        for key, others in resource.get("propertyDependencies", {}).items()
        if cause in others
        for path in _unknown(inputs.get(key), key)
    ]
    settings = (resources.get(provider) or {}).get("inputs") or {}
    seen = {one.path for one in before.differences} if before else set()
    news = [Difference(path, "later", UNKNOWN, UNKNOWN) for path in paths if path not in seen]
    forced: list[str] = []
    maybe: list[tuple[str, str]] = []
    for one in news:
        judged = verdict(resource["type"], one, settings)
        if judged.level == "replaces" or by_option(resource.get("replaceOnChanges", []), one):
            forced.append(one.path)
        elif judged.level in ("may", "unknown"):
            maybe.append((one.path, judged.reason))
    by_provider = provider == cause and change.op == "replace"
    if by_provider:
        forced.append("(its provider)")
    if not news and not by_provider:
        return None
    start = before or Change(
        "update",
        resource["urn"],
        resource["type"],
        protected=bool(was.get("protect")),
        retained=bool(was.get("retainOnDelete")),
        custom=bool(resource.get("custom") or resource.get("unseenChildren")),
    )
    if not start.custom:
        return None
    forced_by = tuple(dict.fromkeys((*start.forced_by, *forced)))
    possible = tuple(dict.fromkeys((*start.maybe, *maybe)))
    return replace(
        start,
        op="replace" if forced_by else "maybe-replace" if possible else "update",
        differences=(*start.differences, *news),
        forced_by=forced_by,
        maybe=possible,
        remedy=start.remedy or (PROTECTED if forced_by and was.get("protect") else ""),
        follows=tuple(dict.fromkeys((*start.follows, cause.rsplit("::", 1)[-1]))),
    )


def _unknown(value: Any, path: str) -> list[str]:
    """Paths of the unknown values in `value`. Inside a secret nothing is told apart: the whole may be another one."""
    if value == UNKNOWN or is_secret(value):
        return [path]
    if isinstance(value, dict):
        return [one for key, item in sorted(value.items()) for one in _unknown(item, below(path, key))]
    if isinstance(value, list):
        return [one for number, item in enumerate(value) for one in _unknown(item, f"{path}[{number}]")]
    return []
