"""Remote components: what one registration stands for.

The engine starts such a component's own process, which registers its children. In process there is no such process: the
outputs that programs use are supplied, and the children are named as not seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Remote:
    """outputs: those that programs use, camelCase; children: inputs -> the types that the component would make."""

    outputs: tuple[str, ...]
    children: Callable[[dict[str, Any]], list[str]]


def _eks_children(inputs: dict[str, Any]) -> list[str]:
    """What pulumi-eks 4.4 registers for a cluster in Auto Mode.

    https://github.com/pulumi/pulumi-eks/blob/master/nodejs/eks/cluster/cluster.ts
    """
    auto = inputs.get("autoMode") or {}
    children = ["aws:eks/cluster:Cluster", "pulumi:providers:kubernetes"]
    roles = 0 if inputs.get("serviceRole") else 1
    roles += 1 if auto.get("enabled") and auto.get("createNodeRole", True) else 0
    # Even in Auto Mode, unless it is told not to: a role for instances, its profile and its access entry.
    instance_role = inputs.get("createInstanceRole", not inputs.get("skipDefaultNodeGroup", False))
    roles += 1 if instance_role else 0
    if roles:
        children += ["aws:iam/role:Role", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "eks:index:ServiceRole"]
    if instance_role:
        children += ["aws:eks/accessEntry:AccessEntry", "aws:iam/instanceProfile:InstanceProfile"]
    if (inputs.get("corednsAddonOptions") or {}).get("enabled", True):
        children.append("aws:eks/addon:Addon")
    return sorted(children)


REMOTE = {
    "eks:index:Cluster": Remote(
        outputs=(
            "autoModeNodeRoleName",
            "clusterSecurityGroupId",
            "eksCluster",
            "kubeconfig",
            "kubeconfigJson",
            "nodeSecurityGroupId",
            "oidcIssuer",
            "oidcProviderArn",
            "oidcProviderUrl",
        ),
        children=_eks_children,
    )
}


def unseen_children(type_: str, inputs: dict[str, Any]) -> list[str]:
    """The types of the children of a remote component; ["(unknown)"] for one that is not in `REMOTE`."""
    remote = REMOTE.get(type_)
    return remote.children(inputs) if remote else ["(unknown)"]
