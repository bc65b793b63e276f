"""What the nodes of a cluster in EKS Auto Mode cost.

Auto Mode chooses nodes at run time. Here the pods that the Plan declares are packed, by what they request, onto nodes
of one size of one family for each node pool; of the sizes the cheapest is taken. Nodes that scaling adds are not seen.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from operations.cost.meter import Meter, NotKnown, Resource, value
from operations.cost.model import HOURS, Price
from operations.cost.workloads import Workload, mebibytes, workloads
from operations.plan.plan import name_of

SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16}
"""Size -> vCPU, the same in families c, m and r: https://aws.amazon.com/ec2/instance-types/"""
GIB_PER_CPU = {"c": 2, "m": 4, "r": 8}
PODS = 110
"""Most pods of a node in Auto Mode: https://docs.aws.amazon.com/eks/latest/userguide/automode.html"""
DISK = "80Gi"
"""Disk of a node where its NodeClass says nothing: https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html"""


@dataclass
class Node:
    """Room that is left: cores, MiB, and who is there."""

    cpu: Decimal
    memory: Decimal
    names: set[str]


@dataclass(frozen=True)
class Pool:
    """A node pool: its labels, whether a taint keeps others out, family of its nodes, whether Spot, disk of a node."""

    resource: Resource
    name: str
    labels: dict[str, str]
    tainted: bool
    family: str
    spot: bool
    disk: Decimal


def allocatable(cpus: int, gib: int) -> tuple[Decimal, Decimal]:
    """(cores, MiB) for pods on a node, after what Karpenter counts for the system.

    Memory: 7.5 % for the virtual machine, 11 MiB for each pod that may run and 255 MiB, 100 MiB before eviction. CPU:
    6 % of the first core, 1 % of the second, 0.5 % of two more, 0.25 % of the others.
    https://github.com/aws/karpenter-provider-aws/blob/main/pkg/providers/instancetype/types.go
    """
    memory = Decimal(gib * 1024) * (1 - Decimal("0.075")) - (11 * PODS + 255) - 100
    reserved = Decimal(0)
    for share, first, last in (("0.06", 0, 1), ("0.01", 1, 2), ("0.005", 2, 4), ("0.0025", 4, cpus)):
        reserved += Decimal(share) * max(min(cpus, last) - first, 0)
    return cpus - reserved, memory


def packed(asked: Iterable[Workload], cpu: Decimal, memory: Decimal) -> int | None:
    """How many nodes of that room the pods need: each goes to the first that has room, the largest first.

    None where a pod is larger than a node.
    """
    pods = [workload for workload in asked for _ in range(workload.pods)]
    if any(pod.cpu > cpu or pod.memory > memory for pod in pods):
        return None
    nodes: list[Node] = []
    for pod in sorted(pods, key=lambda one: (-max(one.cpu / cpu, one.memory / memory), one.name)):
        for node in nodes:
            room = node.cpu >= pod.cpu and node.memory >= pod.memory and len(node.names) < PODS
            if room and not (pod.apart and pod.name in node.names):
                break
        else:
            node = Node(cpu, memory, set())
            nodes.append(node)
        node.cpu -= pod.cpu
        node.memory -= pod.memory
        node.names.add(pod.name)
    return len(nodes)


def charge_nodes(meter: Meter) -> None:
    """Add nodes, their disks and fee, and volumes of pods; a note or a gap where that cannot be said."""
    found = _workloads(meter)
    if not found:
        return
    if not meter.has_cluster:
        cpu = sum((workload.pods * workload.cpu for _, workload in found), Decimal(0))
        memory = sum((workload.pods * workload.memory for _, workload in found), Decimal(0)) / 1024
        meter.gap(
            found[0][0],
            f"nodes for {cpu.normalize():f} vCPU and {memory.quantize(Decimal('0.1'))} GiB",
            "the cluster is not part of this stack; its nodes are paid for with it",
            part="cluster",
        )
        return
    for resource, workload in found:
        with _or_gap(meter, resource, "volumes of pods"):
            meter.charge(resource, "volumes of pods", "ebs.gp3", workload.disk * workload.pods)
    pools = [_pool(meter, r) for r in meter.plan.resources if r["type"] == "kubernetes:karpenter.sh/v1:NodePool"]
    if not pools:
        meter.gap(found[0][0], "nodes", "no node pool is declared in this Plan", part="cluster")
        return
    placed: dict[str, list[Workload]] = {}
    for resource, workload in found:
        pool = _pool_of(workload, pools)
        if pool is None:
            meter.gap(resource, f"nodes for {workload.name}", "no node pool has the labels that it asks for")
        else:
            placed.setdefault(pool.name, []).append(workload)
    for pool in pools:
        with _or_gap(meter, pool.resource, f"nodes of pool {pool.name}"):
            _charge_pool(meter, pool, placed.get(pool.name, []))
    silent = sum(workload.silent * workload.pods for _, workload in found)
    if silent:
        meter.notes.append(f"{silent} containers request neither CPU nor memory: counted as none.")
    meter.notes.append(
        "Nodes are estimated from what the declared pods request: one size for each node pool, on-demand prices, "
        "without what autoscaling, system pods and Jobs add."
    )


@contextmanager
def _or_gap(meter: Meter, resource: Resource, what: str) -> Iterator[None]:
    """Turn a quantity that a preview does not know into a gap."""
    try:
        yield
    except NotKnown as unknown:
        meter.gap(resource, what, f"{unknown} is not known before `pulumi up`")


def _workloads(meter: Meter) -> list[tuple[Resource, Workload]]:
    found: list[tuple[Resource, Workload]] = []
    for resource in meter.plan.resources:
        with _or_gap(meter, resource, "nodes for its pods"):
            found += [(resource, workload) for workload in workloads(resource)]
    return found


def _charge_pool(meter: Meter, pool: Pool, asked: list[Workload]) -> None:
    if not any(workload.pods for workload in asked):
        return
    region = meter.region(pool.resource)
    fee, disk = meter.price("eks.auto_mode", region), meter.price("ebs.gp3", region)
    choices: list[tuple[Decimal, int, str, Price]] = []
    for size, cpus in SIZES.items():
        price = meter.price(f"ec2.{pool.family}.{size}", region)
        nodes = packed(asked, *allocatable(cpus, cpus * GIB_PER_CPU[pool.family[0]]))
        if price is None or nodes is None:
            continue
        each = price.usd * (1 + (fee.usd if fee else 0)) * HOURS + pool.disk * (disk.usd if disk else 0)
        choices.append((each * nodes, nodes, size, price))
    if not choices:
        reason = f"no size of {pool.family} has a price in the table and room for its largest pod"
        meter.gap(pool.resource, f"nodes of pool {pool.name}", reason)
        return
    _, nodes, size, price = min(choices, key=lambda choice: choice[:2])
    type_ = f"{pool.family}.{size}"
    note = "on-demand; Spot costs less, at a price of the day" if pool.spot else ""
    meter.hourly(pool.resource, f"node {type_}, pool {pool.name}", f"ec2.{type_}", nodes, note=note, most=pool.spot)
    meter.hourly(pool.resource, f"Auto Mode fee for {type_}", "eks.auto_mode", nodes, share=price)
    meter.charge(pool.resource, "disks of nodes", "ebs.gp3", pool.disk * nodes)


def _pool_of(workload: Workload, pools: list[Pool]) -> Pool | None:
    """The first pool with all labels; without labels asked for, the first that is open to everyone."""
    for pool in pools:
        if workload.selector and all(pool.labels.get(k) == v for k, v in workload.selector.items() if "/os" not in k):
            return pool
        if not workload.selector and not pool.tainted:
            return pool
    return None


def _pool(meter: Meter, resource: Resource) -> Pool:
    try:
        template = value(resource, "spec", "template", default={})
        name = value(resource, "metadata", "name", default=name_of(resource))
    except NotKnown:
        template, name = {}, name_of(resource)
    spec: dict[str, Any] = template.get("spec") or {}
    allowed = {one["key"]: list(one.get("values") or ()) for one in spec.get("requirements") or ()}
    architecture = "amd64" if "amd64" in allowed.get("kubernetes.io/arch", ["amd64"]) else "arm64"
    families = meter.assumed.families[architecture]
    categories = allowed.get("eks.amazonaws.com/instance-category") or list(families)
    category = next((one for one in ("m", "c", "r") if one in categories and one in families), "m")
    return Pool(
        resource,
        name,
        {str(key): str(label) for key, label in ((template.get("metadata") or {}).get("labels") or {}).items()},
        bool(spec.get("taints")),
        families[category],
        "spot" in allowed.get("karpenter.sh/capacity-type", ()),
        _disk(meter, (spec.get("nodeClassRef") or {}).get("name")),
    )


def _disk(meter: Meter, node_class: str | None) -> Decimal:
    """GB of a node's disk."""
    for resource in meter.plan.resources:
        if resource["type"] == "kubernetes:eks.amazonaws.com/v1:NodeClass":
            inputs = resource.get("inputs") or {}
            if (inputs.get("metadata") or {}).get("name") == node_class:
                size = ((inputs.get("spec") or {}).get("ephemeralStorage") or {}).get("size", DISK)
                return (mebibytes(size) / 1024).to_integral_value(ROUND_CEILING)
    return mebibytes(DISK) / 1024
