"""Ways to spoil a resource of a real Plan."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

Change = Callable[[dict[str, Any]], dict[str, Any]]


def put(*path: str | int, to: Any) -> Change:
    """A change that sets what is at `path`, and makes the mappings on the way."""

    def change(props: dict[str, Any]) -> dict[str, Any]:
        changed = copy.deepcopy(props)
        inner: Any = changed
        for step in path[:-1]:
            inner = inner.setdefault(step, {}) if isinstance(inner, dict) else inner[step]
        inner[path[-1]] = to
        return changed

    return change


def drop(*path: str | int) -> Change:
    """A change that takes away what is at `path`."""

    def change(props: dict[str, Any]) -> dict[str, Any]:
        changed = copy.deepcopy(props)
        inner: Any = changed
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]
        return changed

    return change


def become(type_: str, props: Mapping[str, Any]) -> Change:
    """A change of a whole entry of a Plan into another resource, for types that no stack of ours has. Tags stay."""

    def change(record: dict[str, Any]) -> dict[str, Any]:
        given = {**props, "tags": record["inputs"].get("tags", {})}
        urn = "::".join((*record["urn"].split("::")[:2], type_, record["urn"].rpartition("::")[2]))
        return {**record, "urn": urn, "type": type_, "inputs": given, "outputs": dict(given)}

    return change
