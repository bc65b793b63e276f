"""Questions to the dependency graph of what a program declared."""

from typing import Any

Resources = dict[str, dict[str, Any]]


def of_type(found: Resources, kind: str) -> Resources:
    """The resources of one type by name."""
    return {
        key.partition(" ")[2]: resource for key, resource in found.items() if key.split()[0].rpartition("/")[2] == kind
    }


def before(found: Resources, key: str) -> set[str]:
    """Everything that exists before the resource does, and is deleted after it."""
    names = {resource["urn"]: name for name, resource in found.items()}
    seen: set[str] = set()
    waiting = [found[key]["urn"]]
    while waiting:
        for urn in found[names[waiting.pop()]].get("dependencies", ()):
            if urn not in seen:
                seen.add(urn)
                waiting.append(urn)
    return {names[urn] for urn in seen}


def referred(found: Resources, key: str, *properties: str) -> list[str]:
    """The resources that the named properties (all, if none is named) of a resource refer to. Ids that AWS chooses are
    unknown before it does, so this is what a test can see of them."""
    names = {resource["urn"]: name for name, resource in found.items()}
    by_property = found[key].get("propertyDependencies", {})
    return sorted({names[urn] for name in properties or by_property for urn in by_property.get(name, ())})
