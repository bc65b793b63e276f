"""An EKS cluster in Auto Mode with node pools, storage and identities for streaming.

Order of a `destroy`, which the graph of the plan has: workloads, then storage classes and node pools (a pool waits for
its nodes, a node for its pods), the node class, the Kubernetes provider, the cluster with its access entries, and after
it logs, roles and key.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.cluster.access_entries import AccessEntriesArgs, declare_access_entries
from components.cluster.contract import ClusterAccess, NodeRole, ServiceAccountIdentity
from components.cluster.control_plane import before_cluster, cluster_key, control_plane
from components.cluster.efs import SharedFiles, SharedFilesArgs
from components.cluster.eks_args import EksClusterArgs
from components.cluster.identity import (
    PodIdentity,
    RoleDefaults,
    role_name,
    role_with_policies,
    service_account_identity,
)
from components.cluster.node_pools import (
    NodeClassValues,
    NodePoolArgs,
    network_policy_switch,
    node_class,
    node_pool,
    placement,
)
from components.cluster.objects import KubernetesObject
from components.cluster.policies import NODE_POLICIES, service_trust
from components.cluster.priorities import declare_priority_classes
from components.cluster.storage import BLOCK_CLASS, SHARED_CLASS, block_storage_class
from components.errors import problem

# A pool goes when its last pod has left its last node: a few minutes, and a day where a pod is stuck (GRACE_HOURS).
_POOL_TIMEOUTS = pulumi.CustomTimeouts(delete="45m")


class EksCluster(pulumi.ComponentResource):
    """The cluster flavour `eks`; see `Cluster` in the contract for `access` and `identity`.

    Outputs: cluster_name (waits for the cluster), cluster_arn, security_group_id (EKS' own group, which every node
    carries), key_arn, node_role_arn, kubeconfig (no secret in it: `aws eks get-token` gives the credentials).
    """

    cluster_name: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    node_role_arn: pulumi.Output[str]
    kubeconfig: pulumi.Output[Any]

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:EksCluster", name, None, opts)
        # From another language the keys come as text.
        wanted = {NodeRole(role): pool for role, pool in args.node_pools.items()}
        if NodeRole.PLATFORM not in wanted:
            raise problem(
                "EksCluster",
                "node_pools",
                ", ".join(wanted) or "none",
                "one for platform among them: every other pool takes its own pods only",
                "add NodeRole.PLATFORM",
            )
        child = pulumi.ResourceOptions(parent=self)
        self._arn = f"arn:aws:eks:{args.region}:{args.account_id}:cluster/{args.cluster_name}"
        self._roles = RoleDefaults(args.cluster_name, args.account_id, args.tags)
        key = cluster_key(name, args, self)
        before, cluster_role = before_cluster(name, args, key, self._roles, self)
        node_role, node_policies = role_with_policies(
            f"{name}-node",
            role_name(args.cluster_name, "node"),
            service_trust("ec2.amazonaws.com"),
            NODE_POLICIES,
            self._roles,
            child,
        )
        cluster = self._cluster = control_plane(name, args, key, cluster_role, before, self)
        self.cluster_name = _after(args.cluster_name, cluster.kubeconfig_json)
        # Entries are deleted with the cluster, never before it, and everything in the cluster comes after them: who
        # deletes an object may still do so, and a node that is drained still belongs to the cluster.
        entries = declare_access_entries(
            name,
            AccessEntriesArgs(self.cluster_name, args.administrators, args.viewers, node_role.arn, args.tags),
            pulumi.ResourceOptions(parent=self, deleted_with=cluster),
        )
        entries += _ways_to_the_api(name, args, cluster.cluster_security_group_id, cluster, self)
        provider = kubernetes.Provider(
            name,
            kubeconfig=cluster.kubeconfig_json,
            # A new kubeconfig of the same cluster replaces no object.
            cluster_identifier=self._arn,
            # A ConfigMap or Secret that changes is changed; it is not deleted and made anew under its pods.
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=entries),
        )
        in_cluster = pulumi.ResourceOptions(parent=self, provider=provider)
        # Objects without anything behind them in AWS need no deletion of their own, and none is tried where the
        # cluster is gone already.
        goes_with = pulumi.ResourceOptions(parent=self, provider=provider, deleted_with=cluster)
        pools = self._node_pools(name, args, wanted, node_role.name, node_policies, key.arn, in_cluster)
        storage_class = KubernetesObject(
            f"{name}-{BLOCK_CLASS}",
            block_storage_class(key.arn, args.protect),
            goes_with,
        )
        ready: list[pulumi.Resource] = [
            *pools.values(),
            storage_class,
            KubernetesObject(f"{name}-network-policy", network_policy_switch(), goes_with),
            *declare_priority_classes(name, goes_with),
        ]
        if args.efs:
            files = SharedFiles(
                f"{name}-files",
                SharedFilesArgs(
                    cluster_name=self.cluster_name,
                    cluster_arn=self._arn,
                    network=args.network,
                    kms_key_arn=key.arn,
                    roles=self._roles,
                    provider=provider,
                    cluster=cluster,
                    nodes=list(pools.values()),
                    protect=args.protect,
                ),
                opts=child,
            )
            ready += files.ready
        self.access = ClusterAccess(
            flavour="eks",
            provider=provider,
            eks_name=self.cluster_name,
            placements={role: placement(role) for role in wanted},
            storage_class=BLOCK_CLASS,
            shared_storage_class=SHARED_CLASS if args.efs else None,
            wait=args.wait,
            ready=ready,
        )
        self.cluster_arn = pulumi.Output.from_input(self._arn)
        self.security_group_id = cluster.cluster_security_group_id
        self.key_arn = key.arn
        self.node_role_arn = node_role.arn
        self.kubeconfig = cluster.kubeconfig
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "cluster_arn": self.cluster_arn,
                "security_group_id": self.security_group_id,
                "key_arn": self.key_arn,
                "node_role_arn": self.node_role_arn,
                "kubeconfig": self.kubeconfig,
            }
        )

    def identity(
        self,
        name: str,
        namespace: str,
        service_account: str,
        policy_arns: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> ServiceAccountIdentity:
        """A role that the pods of this service account take through Pod Identity; one for each service account."""
        how = PodIdentity(self.cluster_name, self._arn)
        return service_account_identity(
            name, namespace, service_account, policy_arns, how, self._roles, opts, goes_with=self._cluster
        )

    def _node_pools(
        self,
        name: str,
        args: EksClusterArgs,
        wanted: Mapping[NodeRole, NodePoolArgs],
        node_role: pulumi.Output[str],
        node_policies: Sequence[pulumi.Resource],
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> dict[NodeRole, KubernetesObject]:
        values = NodeClassValues(
            role=node_role,
            subnet_ids=args.network.private_subnet_ids,
            # Load balancers reach pods through EKS' own group, the only one that the managed policy may change;
            # brokers and databases let in the workloads' group.
            security_group_ids=[self._cluster.cluster_security_group_id, args.network.workload_security_group_id],
            kms_key_arn=key_arn,
            tags=args.tags,
        )
        # Deleted for itself and before the node role: Auto Mode removes the instance profile that it made for it. The
        # way out is there before the first node pulls an image; the control plane does not wait for it.
        own_class = KubernetesObject(
            f"{name}-node-class",
            node_class(values),
            pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(depends_on=[*node_policies, *args.network.ready])
            ),
            wait=args.wait,
        )
        after_class = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=[own_class], custom_timeouts=_POOL_TIMEOUTS)
        )
        return {
            role: KubernetesObject(f"{name}-{role.value}", node_pool(role, pool), after_class, wait=args.wait)
            for role, pool in wanted.items()
        }


def _ways_to_the_api(
    name: str,
    args: EksClusterArgs,
    group_id: pulumi.Input[str],
    cluster: pulumi.Resource,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Who reaches the API server's private address besides nodes: EKS' own group lets in its members only.

    https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html#private-access
    The rules go with the cluster: whoever destroys it still asks it to delete what is in it.
    """
    return [
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-api-{cidr}",
            security_group_id=group_id,
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description="API server, from people and CI",
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=parent, deleted_with=cluster),
        )
        for cidr in dict.fromkeys(args.private_access_cidrs)
    ]


def _after(value: str, gate: pulumi.Output[Any]) -> pulumi.Output[str]:
    """`value`, which depends on what `gate` depends on and waits for it, and is known in a preview all the same."""

    async def wait() -> str:
        await gate.future(with_unknowns=True)
        return value

    async def known() -> bool:
        return True

    return pulumi.Output(gate.resources(), asyncio.ensure_future(wait()), known())
