"""Node class and node pools of EKS Auto Mode, as plain manifests.

Auto Mode runs Karpenter with labels of its own: `eks.amazonaws.com/instance-*`. Karpenter's `karpenter.k8s.aws/*` are
taken and match nothing. https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.cluster.contract import NodeRole, Placement
from components.errors import problem

ROLE_LABEL = "streaming-platform/node-role"
"""Label and taint of the nodes of one role."""

NODE_CLASS = "streaming-platform"
"""Not `default`: that name is EKS' own."""

OLDEST_HOURS = 21 * 24
"""Auto Mode ends a node at this age, whatever the pool says."""

GRACE_HOURS = 24
"""How long pods may hold up the end of their node, PodDisruptionBudgets and do-not-disrupt included. Auto Mode's own
value, said here so that a plan shows it. https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html"""

OLDEST_GENERATION = 5
"""Of EC2 families, as in EKS' own pools."""

POOL_NAMES = {
    NodeRole.PLATFORM: "platform",
    NodeRole.JOB_MANAGER: "jobmanagers",
    NodeRole.TASK_MANAGER: "taskmanagers",
    NodeRole.BROKER: "brokers",
}

# Removing the pool then waits until its nodes, and with them their network interfaces, are gone.
_WAIT_FOR_NODES = {"pulumi.com/deletionPropagationPolicy": "foreground"}


@dataclass(frozen=True)
class NodePoolArgs:
    """Nodes for one kind of pods; the keys of a stack file's `cluster.node_pools.<pool>`.

    instance_categories: EC2 families: c, m, r, ... (default m)
    architectures:       amd64, arm64 (default amd64)
    spot:                spot instances where there are any, on-demand else (default False). TaskManagers only
    max_cpu:             vCPU of all nodes of the pool together (default 32)
    expire_hours:        age at which a node is replaced, at most 504, 21 days (default 336)
    consolidate_after_seconds: how long a node is underused before its pods are moved (default 300)
    max_unavailable:     nodes that may be replaced at once for a newer image or less use, a number or a percentage
                         (default 1). Age keeps to no budget: https://karpenter.sh/docs/concepts/disruption/
    """

    instance_categories: Sequence[str] = ("m",)
    architectures: Sequence[str] = ("amd64",)
    spot: bool = False
    max_cpu: int = 32
    expire_hours: int = 336
    consolidate_after_seconds: int = 300
    max_unavailable: str = "1"


def default_node_pools() -> dict[NodeRole, NodePoolArgs]:
    """A pool for each kind of pods that every platform has; none for brokers."""
    return {
        NodeRole.PLATFORM: NodePoolArgs(),
        NodeRole.JOB_MANAGER: NodePoolArgs(),
        NodeRole.TASK_MANAGER: NodePoolArgs(instance_categories=("m", "c", "r"), max_cpu=64, max_unavailable="10%"),
    }


@dataclass(frozen=True)
class NodeClassValues:
    """What a node class names.

    role:               name of the nodes' IAM role
    subnet_ids:         private subnets, one in each zone
    security_group_ids: the cluster's own group and the group that brokers and databases let in
    kms_key_arn:        customer key for the nodes' disks
    tags:               of instances, disks and network interfaces
    """

    role: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]
    kms_key_arn: pulumi.Input[str]
    tags: Mapping[str, str] = field(default_factory=dict)


def node_class(values: NodeClassValues) -> dict[str, Any]:
    """The NodeClass of all pools.

    networkPolicy is DefaultAllow: with DefaultDeny a pod reaches nothing until a policy names it, and the pods of
    charts and add-ons (cert-manager, operators, the EFS driver) come without policies. A namespace that wants to be
    closed has a NetworkPolicy that denies; the policy controller that enforces it is on, see `network_policy_switch`.
    """
    return {
        "apiVersion": "eks.amazonaws.com/v1",
        "kind": "NodeClass",
        "metadata": {"name": NODE_CLASS},
        "spec": {
            "role": values.role,
            "subnetSelectorTerms": [{"id": one} for one in values.subnet_ids],
            # The terms are ORed: a node carries every group that one of them finds.
            "securityGroupSelectorTerms": [{"id": one} for one in values.security_group_ids],
            "networkPolicy": "DefaultAllow",
            "ephemeralStorage": {"size": "80Gi", "iops": 3000, "throughput": 125, "kmsKeyID": values.kms_key_arn},
            "tags": dict(values.tags),
        },
    }


def node_pool(role: NodeRole, pool: NodePoolArgs) -> dict[str, Any]:
    """The NodePool of one role. Raises PlatformError where Auto Mode or the role's pods would not stand it."""
    key = f"node_pools.{POOL_NAMES[role]}"
    if pool.spot and role is not NodeRole.TASK_MANAGER:
        raise problem(
            "EksCluster",
            f"{key}.spot",
            "true; a spot node goes with two minutes' notice",
            "false, but for taskmanagers",
            "remove it",
        )
    if pool.expire_hours > OLDEST_HOURS:
        raise problem(
            "EksCluster",
            f"{key}.expire_hours",
            pool.expire_hours,
            f"at most {OLDEST_HOURS}: Auto Mode ends nodes after 21 days",
            f"write {OLDEST_HOURS} or less",
        )
    spec: dict[str, Any] = {
        "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": NODE_CLASS},
        "requirements": [
            _one_of("karpenter.sh/capacity-type", ["spot", "on-demand"] if pool.spot else ["on-demand"]),
            _one_of("kubernetes.io/arch", pool.architectures),
            _one_of("eks.amazonaws.com/instance-category", pool.instance_categories),
            {
                "key": "eks.amazonaws.com/instance-generation",
                "operator": "Gt",
                "values": [str(OLDEST_GENERATION - 1)],
            },
        ],
        "expireAfter": f"{pool.expire_hours}h",
        "terminationGracePeriod": f"{GRACE_HOURS}h",
    }
    if taint := _taint(role):
        spec["taints"] = [taint]
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": POOL_NAMES[role], "annotations": dict(_WAIT_FOR_NODES)},
        "spec": {
            "template": {"metadata": {"labels": {ROLE_LABEL: role.value}}, "spec": spec},
            "disruption": {
                "consolidationPolicy": "WhenEmptyOrUnderutilized",
                "consolidateAfter": f"{pool.consolidate_after_seconds}s",
                "budgets": [{"nodes": pool.max_unavailable}],
            },
            "limits": {"cpu": str(pool.max_cpu)},
        },
    }


def placement(role: NodeRole) -> Placement:
    """Where the pods of `role` run: on the nodes of its pool and nowhere else."""
    taint = _taint(role)
    return Placement({ROLE_LABEL: role.value}, [{**taint, "operator": "Equal"}] if taint else ())


def network_policy_switch() -> dict[str, Any]:
    """The ConfigMap without which EKS takes NetworkPolicies and enforces none.

    https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html
    """
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "amazon-vpc-cni", "namespace": "kube-system"},
        "data": {"enable-network-policy-controller": "true"},
    }


def _one_of(key: str, values: Sequence[str]) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}


def _taint(role: NodeRole) -> dict[str, str]:
    """Nothing but its own pods runs on a role's nodes. The platform's nodes take what has no role: add-ons, jobs."""
    if role is NodeRole.PLATFORM:
        return {}
    return {"key": ROLE_LABEL, "value": role.value, "effect": "NoSchedule"}
