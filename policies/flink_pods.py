"""Flink jobs on Confluent Manager: the pods that they run in."""

import re
from collections.abc import Iterator
from typing import Any

from policies.framework import Resource, Stack, policy, stack_policy
from policies.reading import APPLICATION, MAIN_CONTAINER, at, containers, each, flink_pod

_NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
_CAPACITY = "karpenter.sh/capacity-type"
# How clouds and provisioners say it: the label of a node -> its value on interruptible ones.
_SPOT_LABELS = {
    _CAPACITY: "spot",
    "eks.amazonaws.com/capacityType": "SPOT",
    "cloud.google.com/gke-spot": "true",
    "kubernetes.azure.com/scalesetpriority": "spot",
}


@stack_policy(
    "flink-jobmanager-on-demand",
    types=(APPLICATION, _NODE_POOL),
    severity="high",
    controls=("SOC 2 A1.2",),
    reason="A JobManager on a spot instance is taken away with two minutes' notice, and the whole job with it.",
    remedy="Give JobManagers nodes of their own with karpenter.sh/capacity-type: on-demand (cluster.job_managers).",
    url="https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html",
)
def jobmanager_on_demand(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Every node pool on which a JobManager may land. Nodes that the stack does not make are not seen: there the pod
    must only not ask for spot."""
    pods: list[tuple[str, dict[str, Any]]] = []
    for resource in stack.of(APPLICATION):
        with stack.judging(resource):
            pod = flink_pod(resource.props, "jobManager")
            pods.append((str(at(resource.props, "metadata", "name")), pod))
            for label, value in _SPOT_LABELS.items():
                if str(at(pod, "nodeSelector", label, default="")).lower() == value.lower():
                    yield resource, f"JobManagers are sent to nodes with {label}={value}"
    for pool in stack.of(_NODE_POOL):
        with stack.judging(pool):
            if _spot(pool):
                landing = [name for name, pod in pods if _lands(pod, pool)]
                if landing:
                    yield pool, f"makes spot instances, and the JobManager of {', '.join(landing)} may land there"


def _requirement(pool: Resource, key: str) -> dict[str, Any] | None:
    for one in each(pool.props, "spec", "template", "spec", "requirements"):
        if at(one, "key") == key:
            return one
    return None


def _spot(pool: Resource) -> bool:
    """Whether a pool may make spot instances. Without a requirement Karpenter makes on-demand ones."""
    found = _requirement(pool, _CAPACITY)
    if found is None:
        return False
    listed = "spot" in each(found, "values")
    return listed if at(found, "operator") == "In" else not listed


def _lands(pod: dict[str, Any], pool: Resource) -> bool:
    """Whether a pod may be scheduled on nodes of a pool, by its node selector and its tolerations."""
    labels = at(pool.props, "spec", "template", "metadata", "labels", default={})
    for key, value in at(pod, "nodeSelector", default={}).items():
        requirement = _requirement(pool, key)
        values = each(requirement, "values") if requirement else []
        if at(labels, key) != value and value not in values:
            return False
    for taint in each(pool.props, "spec", "template", "spec", "taints"):
        if at(taint, "effect") != "PreferNoSchedule" and not any(
            _tolerates(one, taint) for one in each(pod, "tolerations")
        ):
            return False
    return True


def _tolerates(toleration: Any, taint: Any) -> bool:
    if at(toleration, "effect") not in (None, at(taint, "effect")):
        return False
    if at(toleration, "operator", default="Equal") == "Exists":
        return at(toleration, "key") in (None, at(taint, "key"))
    return at(toleration, "key") == at(taint, "key") and at(toleration, "value") == at(taint, "value")


@policy(
    "flink-jobmanager-standby",
    types=(APPLICATION,),
    severity="medium",
    controls=("SOC 2 A1.2",),
    reason="Without a second JobManager a job stands still until a new pod, and often a new node, is there.",
    remedy="Set flink.defaults.standby_job_managers: 1.",
    url="https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/deployment/ha/kubernetes_ha/",
)
def jobmanager_standby(resource: Resource) -> Iterator[str]:
    """In production."""
    replicas = int(at(resource.props, "spec", "jobManager", "replicas", default=1))
    if resource.production and replicas < 2:
        yield f"{replicas} JobManager"


@policy(
    "flink-resources",
    types=(APPLICATION,),
    severity="medium",
    controls=("SOC 2 A1.1",),
    reason="Without a size the operator refuses the job; with limits above requests a full node evicts its pods.",
    remedy="Set flink.defaults.job_manager, task_manager and task_slots, and leave the limit factors at 1.",
    url="https://nightlies.apache.org/flink/flink-kubernetes-operator-docs-main/docs/custom-resource/reference/",
)
def resources(resource: Resource) -> Iterator[str]:
    settings = at(resource.props, "spec", "flinkConfiguration", default={})
    for part in ("jobManager", "taskManager"):
        missing = [one for one in ("cpu", "memory") if at(resource.props, "spec", part, "resource", one) is None]
        if missing:
            yield f"the {part} has no {', no '.join(missing)}"
        factor = str(at(settings, f"kubernetes.{part.lower()}.memory.limit-factor", default="1"))
        if float(factor) != 1:
            yield f"the memory limit of the {part} is {factor} times its request"
    if at(settings, "taskmanager.numberOfTaskSlots") is None:
        yield "taskmanager.numberOfTaskSlots is not set"


@policy(
    "flink-version-matches",
    types=(APPLICATION,),
    severity="high",
    controls=("PCI DSS 6.3.3", "SOC 2 CC8.1"),
    reason="The operator drives Flink by its version: an image or a file system plugin of another one does not start.",
    remedy="Take image, plugin and flinkVersion from components/versions.py, where they stand together.",
    url="https://docs.confluent.io/cp-flink/current/installation/versions-interoperability.html",
    config={
        "versions": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["v1_20", "v2_0", "v2_1"],
            "description": "of Flink that Confluent supports and its custom resource takes",
        }
    },
)
def version_matches(resource: Resource) -> Iterator[str]:
    """An image of one's own names no version in its tag: then the built-in plugin tells it."""
    version = str(at(resource.props, "spec", "flinkVersion", default=""))
    if version not in resource.config["versions"]:
        yield f"flinkVersion is {version or '(none)'}, supported are {', '.join(resource.config['versions'])}"
        return
    wanted = version.removeprefix("v").replace("_", ".")
    image = str(at(resource.props, "spec", "image", default=""))
    said = {"image": re.search(r"/cp-flink(?:-sql)?:(\d+\.\d+)\.", image)}
    for name, container in containers(flink_pod(resource.props, "taskManager")):
        for variable in each(container, "env") if name == MAIN_CONTAINER else ():
            if at(variable, "name") == "ENABLE_BUILT_IN_PLUGINS":
                plugin = str(at(variable, "value", default=""))
                said["plugin"] = re.search(r"-(\d+\.\d+)\.\d+[^/]*\.jar", plugin)
    for what, found in said.items():
        if found and found[1] != wanted:
            yield f"the {what} is of Flink {found[1]}, flinkVersion is {version}"


@stack_policy(
    "flink-own-service-account",
    types=(APPLICATION,),
    severity="medium",
    controls=("CIS EKS 4.1.5", "PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="Applications that share an account share each other's rights to buckets, keys and topics.",
    remedy="Give each application a service account of its own (spec.serviceAccount).",
    url="https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html",
)
def own_service_account(stack: Stack) -> Iterator[tuple[Resource, str]]:
    owners: dict[tuple[str, str], str] = {}
    for resource in stack.of(APPLICATION):
        with stack.judging(resource):
            account = str(at(resource.props, "spec", "serviceAccount", default="default"))
            space = str(at(resource.props, "metadata", "namespace", default=""))
            name = str(at(resource.props, "metadata", "name", default=""))
            if account in ("default", "flink"):
                yield resource, f"runs as the service account {account}, which others have too"
            elif owner := owners.get((space, account)):
                yield resource, f"runs as the service account {account}, as {owner} does"
            owners.setdefault((space, account), name)
