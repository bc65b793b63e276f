"""Reading manifests: plain data in which a leaf may be unknown, without stumbling over leaves that nobody asks for."""

from collections.abc import Iterator
from typing import Any

from policies.framework import MASKED, NotKnown, Resource, Unknown

WORKLOADS = (
    "kubernetes:core/v1:Pod",
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:apps/v1:DaemonSet",
    "kubernetes:batch/v1:Job",
    "kubernetes:batch/v1:CronJob",
)
"""Kinds that run pods and are made by programs themselves (a chart's are not seen by a pack)."""

APPLICATION = "kubernetes:platform.confluent.io/v1beta1:FlinkApplication"
MAIN_CONTAINER = "flink-main-container"
"""The container in which Flink runs; the operator takes its settings from the one of that name in a template."""

_POD = {"Pod": ("spec",), "CronJob": ("spec", "jobTemplate", "spec", "template", "spec")}


def at(value: Any, *path: str | int, default: Any = None) -> Any:
    """What is at `path` of `value`, `default` where nothing is there.

    Raises Unknown where the way or its end is not known; what lies deeper may be unknown still.
    """
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list):
            value = value[step] if isinstance(step, int) and step < len(value) else None
        elif value == MASKED:
            raise Unknown(".".join(map(str, path)))
        else:
            value = None
        if value is None:
            return default
    if isinstance(value, NotKnown):
        bool(value)  # raises Unknown
    return value


def each(value: Any, *path: str | int) -> list[Any]:
    """The items of the list at `path`, [] where there is none. Raises Unknown for a list that is not known."""
    found = at(value, *path, default=[])
    return [*found] if isinstance(found, list) else []


def pod_specs(resource: Resource) -> list[dict[str, Any]]:
    """The specs of the pods that a workload runs: one, and two for a Flink application (JobManager, TaskManager)."""
    if resource.type == APPLICATION:
        return [flink_pod(resource.props, part) for part in ("jobManager", "taskManager")]
    path = _POD.get(resource.type.rpartition(":")[2], ("spec", "template", "spec"))
    return [at(resource.props, *path, default={})]


def flink_pod(application: dict[str, Any], part: str) -> dict[str, Any]:
    """The pod of a Flink application's `jobManager` or `taskManager`: the common template with its own over it."""
    common = at(application, "spec", "podTemplate", "spec", default={})
    own = at(application, "spec", part, "podTemplate", "spec", default={})
    spec = _merged(common, own)
    if all(at(one, "name") != MAIN_CONTAINER for one in each(spec, "containers")):
        spec["containers"] = [*each(spec, "containers"), {"name": MAIN_CONTAINER}]
    return spec


def containers(pod: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, container) of a pod, containers that run before the others first."""
    for key in ("initContainers", "containers"):
        for container in each(pod, key):
            yield str(at(container, "name", default="without a name")), container


def once(findings: Iterator[str]) -> Iterator[str]:
    """Each finding once: what is wrong in a template is wrong in both kinds of a Flink application's pods."""
    yield from dict.fromkeys(findings)


def _merged(common: Any, own: Any) -> Any:
    """`own` over `common`, as the operator lays one pod template over the other: containers by name."""
    if isinstance(common, dict) and isinstance(own, dict):
        return {**common, **{key: _merged(common.get(key), value) for key, value in own.items()}}
    if isinstance(common, list) and isinstance(own, list) and all(_named(one) for one in [*common, *own]):
        laid = {one["name"]: one for one in common}
        for one in own:
            laid[one["name"]] = _merged(laid.get(one["name"]), one)
        return [*laid.values()]
    return common if own is None else own


def _named(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str)
