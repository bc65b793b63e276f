"""Changes of a resource's options that matter for what a later `pulumi up` or `destroy` does."""

from typing import Any

Resource = dict[str, Any]


def option_changes(was: Resource, now: Resource) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(all changes, in words; those of them that take a protection away)."""
    found: list[str] = []
    warnings: list[str] = []
    for key, meaning in (
        ("protect", "a delete of it will go through"),
        ("retainOnDelete", "with a delete the real thing goes too"),
    ):
        before, after = bool(was.get(key)), bool(now.get(key))
        if before and not after:
            warnings.append(f"{key} is taken away: {meaning}")
        elif after and not before:
            found.append(f"{key} is set")
    before, after = was.get("deletedWith", ""), now.get("deletedWith", "")
    if before != after:
        found.append(f"deletedWith: {_name(before) or 'none'} -> {_name(after) or 'none'}")
    before, after = _provider(was), _provider(now)
    if before != after:
        found.append(f"provider: {before or 'default'} -> {after or 'default'} (another account or region replaces it)")
    for key in ("ignoreChanges", "replaceOnChanges"):
        before, after = sorted(was.get(key) or []), sorted(now.get(key) or [])
        if before != after:
            found.append(f"{key}: {', '.join(before) or 'none'} -> {', '.join(after) or 'none'}")
    return (*warnings, *found), tuple(warnings)


def _provider(resource: Resource) -> str:
    """Name of the explicit provider; "" for a default one."""
    name = _name(resource.get("provider", "").rpartition("::")[0])
    return "" if name.startswith("default") else name


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]
