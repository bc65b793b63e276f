"""The Plan: what the program registers, in the layout of `pulumi stack export`."""

import heapq
import json
from dataclasses import dataclass, field
from typing import Any

from components.errors import problem

# apitype.DeploymentV3 of the Pulumi engine: the layout that `pulumi stack export` and `import` use today.
DEPLOYMENT_VERSION = 3


@dataclass
class Plan:
    """The resources of one stack in an order in which each comes after everything it depends on.

    resources: one dict per resource with the keys of a deployment export: urn, custom, id, type, inputs, outputs,
               parent, dependencies, propertyDependencies, provider, protect, retainOnDelete, deletedWith, aliases...
               and for a remote component `unseenChildren`: the types that it makes in a process of its own
    outputs:   what the stack exports
    """

    project: str
    stack: str
    resources: list[dict[str, Any]]
    outputs: dict[str, Any] = field(default_factory=dict)

    def export(self) -> dict[str, Any]:
        """The plan as `pulumi stack export` would print it. The same program gives the same bytes."""
        return {
            "version": DEPLOYMENT_VERSION,
            "deployment": {
                "manifest": {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""},
                "metadata": {},
                "resources": self.resources,
            },
        }

    def to_json(self) -> str:
        return json.dumps(self.export(), indent=2, sort_keys=True)

    def counts(self) -> dict[str, int]:
        """Resources by type, sorted by type."""
        counts: dict[str, int] = {}
        for resource in self.resources:
            counts[resource["type"]] = counts.get(resource["type"], 0) + 1
        return dict(sorted(counts.items()))


def name_of(resource: dict[str, Any]) -> str:
    """The resource's name in the program: the last part of its URN, which may itself hold `::`."""
    return resource["urn"].split("::", 3)[-1]


def references(resource: dict[str, Any]) -> set[str]:
    """URNs that a resource comes after: parent, dependencies, provider and the one it is deleted with."""
    urns = set(resource.get("dependencies", ()))
    for key in ("parent", "deletedWith"):
        if resource.get(key):
            urns.add(resource[key])
    if resource.get("provider"):
        urns.add(resource["provider"].rpartition("::")[0])
    for others in resource.get("propertyDependencies", {}).values():
        urns.update(others)
    return urns


def ordered(resources: list[dict[str, Any]], program: str) -> list[dict[str, Any]]:
    """`resources` with each after everything it refers to, otherwise by URN, so that the order says nothing about
    the moment at which something was registered.

    Raises PlatformError on a cycle, and on a reference to a resource that was never registered.
    """
    by_urn = {resource["urn"]: resource for resource in resources}
    waiting: dict[str, set[str]] = {}
    followers: dict[str, list[str]] = {}
    for urn, resource in by_urn.items():
        needs = references(resource)
        missing = sorted(needs - by_urn.keys())
        if missing:
            raise problem(
                program, urn, f"a reference to {missing[0]}", "resources of this stack", "register that resource first"
            )
        waiting[urn] = needs
        for need in needs:
            followers.setdefault(need, []).append(urn)
    ready = [urn for urn, needs in waiting.items() if not needs]
    heapq.heapify(ready)
    result: list[dict[str, Any]] = []
    while ready:
        urn = heapq.heappop(ready)
        result.append(by_urn[urn])
        for follower in followers.get(urn, ()):
            waiting[follower].discard(urn)
            if not waiting[follower]:
                heapq.heappush(ready, follower)
    if len(result) < len(by_urn):
        circle = sorted(urn for urn, needs in waiting.items() if needs)
        raise problem(
            program,
            circle[0],
            "a cycle of dependencies among " + ", ".join(circle[:5]),
            "dependencies without a circle",
            "remove one of the depends_on, parent or input references among them",
        )
    return result
