"""Kubernetes: what stays up while nodes come and go, and how charts are installed."""

import re
from collections.abc import Iterator
from typing import Any

from policies.framework import Resource, Stack, policy, stack_policy
from policies.reading import APPLICATION, at, each, flink_pod

_RELEASE = "kubernetes:helm.sh/v3:Release"
_BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
_REPLICATED = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", APPLICATION)
_ZONE = "topology.kubernetes.io/zone"


def _replicas(resource: Resource) -> int:
    path = ("spec", "jobManager", "replicas") if resource.type == APPLICATION else ("spec", "replicas")
    return int(at(resource.props, *path, default=1))


def _labels(resource: Resource) -> dict[str, Any]:
    """Labels of the pods of which there are several."""
    if resource.type == APPLICATION:
        # As Flink's native mode labels them, and the operator beside it.
        return {"app": at(resource.props, "metadata", "name"), "component": "jobmanager"}
    return dict(at(resource.props, "spec", "template", "metadata", "labels", default={}))


@stack_policy(
    "kubernetes-disruption-budget",
    types=(*_REPLICATED, _BUDGET),
    severity="medium",
    controls=("SOC 2 A1.2",),
    reason="Nodes are replaced all the time in EKS Auto Mode: without a budget all copies may go at once, and with "
    "one that allows none no node can be emptied.",
    remedy="Add a PodDisruptionBudget with maxUnavailable: 1 that selects the pods of what has several replicas.",
    url="https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
)
def disruption_budget(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for budget in stack.of(_BUDGET):
        with stack.judging(budget):
            least, most = at(budget.props, "spec", "minAvailable"), at(budget.props, "spec", "maxUnavailable")
            if str(most) in ("0", "0%") or str(least) == "100%":
                yield budget, "lets no pod be moved"
    for resource in stack.of(*_REPLICATED):
        with stack.judging(resource):
            if _replicas(resource) >= 2 and not any(_covers(budget, resource) for budget in stack.of(_BUDGET)):
                yield resource, f"{_replicas(resource)} replicas, and no budget selects them"


def _covers(budget: Resource, resource: Resource) -> bool:
    space = ("metadata", "namespace")
    if at(budget.props, *space) != at(resource.props, *space):
        return False
    wanted = at(budget.props, "spec", "selector", "matchLabels", default={})
    labels = _labels(resource)
    return bool(wanted) and all(labels.get(key) == value for key, value in wanted.items())


@policy(
    "kubernetes-spread-over-zones",
    types=_REPLICATED,
    severity="medium",
    controls=("SOC 2 A1.2",),
    reason="Replicas in one zone end with that zone.",
    remedy="Give the pod a topologySpreadConstraint over topology.kubernetes.io/zone.",
    url="https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
)
def spread_over_zones(resource: Resource) -> Iterator[str]:
    """In production."""
    if not resource.production or _replicas(resource) < 2:
        return
    if resource.type == APPLICATION:
        pod = flink_pod(resource.props, "jobManager")
    else:
        pod = at(resource.props, "spec", "template", "spec", default={})
    spread = any(at(one, "topologyKey") == _ZONE for one in each(pod, "topologySpreadConstraints"))
    rule = "requiredDuringSchedulingIgnoredDuringExecution"
    apart = any(at(one, "topologyKey") == _ZONE for one in each(pod, "affinity", "podAntiAffinity", rule))
    if not spread and not apart:
        yield f"{_replicas(resource)} replicas may all be in one zone"


@policy(
    "kubernetes-helm-version-pinned",
    types=(_RELEASE,),
    severity="high",
    controls=("PCI DSS 6.3.2", "SOC 2 CC8.1"),
    reason="A chart without a version is the newest one of that day: two updates of one program install two things.",
    remedy="Write the chart's whole version (1.2.3) in components/versions.py; devel stays off.",
    url="https://helm.sh/docs/chart_best_practices/dependencies/#versions",
)
def helm_version(resource: Resource) -> Iterator[str]:
    version = str(resource.value("version", default=""))
    if not re.fullmatch(r"v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", version):
        yield f"the version {version or '(none)'} is not one version"
    if resource.value("devel"):
        yield "devel is on, which takes versions that are not released"


@policy(
    "kubernetes-helm-repository",
    types=(_RELEASE,),
    severity="high",
    controls=("PCI DSS 6.3.2", "SOC 2 CC6.7", "SOC 2 CC6.8"),
    reason="Over plain HTTP anybody on the way can put another chart in the place of the one that was asked for.",
    remedy="Take the chart from a repository with https:// or from a registry with oci://.",
    url="https://helm.sh/docs/topics/registries/",
)
def helm_repository(resource: Resource) -> Iterator[str]:
    repository = str(resource.value("repositoryOpts", "repo", default=""))
    chart = str(resource.value("chart", default=""))
    places = [one for one in (repository, chart) if "://" in one]
    for place in places:
        if not place.startswith(("https://", "oci://")):
            yield f"the chart comes from {place}"
    if not places and "/" in chart and not chart.startswith((".", "/")):
        yield f"the chart {chart} comes from whatever repository has that name on this machine"


@policy(
    "kubernetes-helm-awaited",
    types=(_RELEASE,),
    severity="low",
    controls=("SOC 2 CC8.1",),
    reason="What needs a chart is made before the chart runs, and an update that never ends is not seen as one.",
    remedy="Set a timeout in seconds on the release, and leave skipAwait out.",
    url="https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/",
)
def helm_awaited(resource: Resource) -> Iterator[str]:
    if resource.value("skipAwait"):
        yield "skipAwait is on"
    timeout = resource.value("timeout", default=0)
    if not 0 < int(timeout) <= 7200:
        yield f"the timeout is {timeout or '(none)'}, allowed are 1 to 7200 seconds"
