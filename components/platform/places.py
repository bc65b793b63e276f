"""Where things run: the VPC and the Kubernetes cluster."""

import pulumi

from components.cluster.contract import Cluster, NodeRole
from components.cluster.eks import EksCluster
from components.cluster.eks_args import EksClusterArgs
from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from components.cluster.identity import AccessKeys, PodIdentity, WebIdentity
from components.cluster.node_pools import NodePoolArgs
from components.existing_network import ExistingNetwork, ExistingNetworkArgs
from components.naming import Naming
from components.network import Network, NetworkAccess, NetworkArgs
from components.settings import PROJECT, Settings
from components.settings import cluster as chosen
from components.settings.network import CreatedNetwork


def network_of(settings: Settings, naming: Naming, child: pulumi.ResourceOptions) -> NetworkAccess | None:
    """The VPC of the stack; None where nothing of it needs one."""
    network = settings.network
    if network is None:
        return None
    if isinstance(network, CreatedNetwork):
        return Network(
            "network",
            NetworkArgs(
                name_prefix=naming.name("network"),
                cidr=network.cidr,
                zones=[settings.aws.region + letter for letter in network.zones],
                nat=network.nat.value,
                interface_endpoints=network.interface_endpoints,
                flow_log_days=network.flow_log_days,
                region=settings.aws.region,
                account_id=settings.aws.account_id,
                tags=naming.tags("network"),
                protect=settings.protect,
            ),
            opts=child,
        ).access
    return ExistingNetwork(
        "network",
        ExistingNetworkArgs(
            vpc_id=network.vpc_id,
            name_prefix=naming.name("network"),
            private_subnet_ids=network.private_subnet_ids,
            isolated_subnet_ids=network.isolated_subnet_ids,
            public_subnet_ids=network.public_subnet_ids,
            tags=naming.tags("network"),
        ),
        opts=child,
    ).access


def cluster_of(
    settings: Settings, naming: Naming, network: NetworkAccess | None, child: pulumi.ResourceOptions
) -> Cluster:
    """The Kubernetes cluster of the stack. The settings were checked: there is one, and EKS has a VPC."""
    cluster, account = settings.cluster, settings.aws.account_id
    if isinstance(cluster, chosen.ExistingCluster):
        return ExistingCluster(
            "cluster",
            ExistingClusterArgs(
                kubeconfig=pulumi.Config(PROJECT).require_secret("kubeconfig"),
                context=cluster.context,
                identifier=cluster.identifier,
                aws_identity=_identity(cluster.aws_identity, settings),
                name_prefix=naming.name("pods"),
                account_id=account,
                tags=naming.tags("cluster"),
                storage_class=cluster.storage_class,
                node_selector=cluster.node_selector,
                wait=cluster.wait,
            ),
            opts=child,
        )
    if cluster is None or network is None:
        raise AssertionError("checked by components/settings/checks.py")
    return EksCluster(
        "cluster",
        EksClusterArgs(
            cluster_name=naming.name("cluster"),
            region=settings.aws.region,
            account_id=account,
            network=network,
            tags=naming.tags("cluster"),
            kubernetes_version=cluster.kubernetes_version,
            support_policy=cluster.support_policy.value,
            public_access_cidrs=cluster.public_access_cidrs,
            private_access_cidrs=cluster.private_access_cidrs,
            administrators=cluster.administrators,
            viewers=cluster.viewers,
            node_pools=_pools(cluster.node_pools),
            efs=cluster.efs,
            log_days=cluster.log_days,
            wait=cluster.wait,
            protect=settings.protect,
        ),
        opts=child,
    )


def _pools(pools: chosen.NodePools) -> dict[NodeRole, NodePoolArgs]:
    by_role = {
        NodeRole.PLATFORM: pools.platform,
        NodeRole.JOB_MANAGER: pools.jobmanagers,
        NodeRole.TASK_MANAGER: pools.taskmanagers,
        NodeRole.BROKER: pools.brokers,
    }
    return {role: NodePoolArgs(**pool.model_dump()) for role, pool in by_role.items() if pool is not None}


def _identity(identity: chosen.AwsIdentity, settings: Settings) -> AccessKeys | WebIdentity | PodIdentity:
    if isinstance(identity, chosen.AccessKeySecret):
        return AccessKeys(identity.name)
    if isinstance(identity, chosen.WebIdentity):
        return WebIdentity(identity.issuer)
    where = f"{settings.aws.region}:{settings.aws.account_id}"
    return PodIdentity(identity.cluster_name, f"arn:aws:eks:{where}:cluster/{identity.cluster_name}")
