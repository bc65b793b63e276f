"""Inputs of `EksCluster`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.cluster.contract import NodeRole
from components.cluster.node_pools import NodePoolArgs, default_node_pools
from components.network import NetworkAccess
from components.versions import KUBERNETES


@dataclass
class EksClusterArgs:
    """Inputs of `EksCluster`.

    cluster_name:       name of the cluster, at most 100 characters; roles and the key are named after it
    region, account_id: where the cluster is
    network:            its VPC; nodes get the private subnets and the workloads' security group
    tags:               of everything, the nodes included. Other tags replace the nodes, as the pools' budgets allow
    kubernetes_version: minor version (default `components.versions.KUBERNETES`); raised one minor at a time
    support_policy:     STANDARD: AWS upgrades at the end of standard support; EXTENDED: kept, at 0.50 USD more an hour
                        (default STANDARD)
    public_access_cidrs: ranges from which the API server is reached; none (the default): from within the VPC only, and
                        `pulumi up` has to run there
    private_access_cidrs: ranges of the VPC, or of networks connected with it, that reach the API server's private
                        address; none (the default): nodes only, for EKS' own security group lets in nobody else
    administrators:     IAM roles that may do everything. Who creates the cluster may as well: EKS makes that entry
                        itself, and refuses a second one
    viewers:            IAM roles that see the objects of Kubernetes' own kinds, but no Secrets
    node_pools:         role -> pool (default: platform, JobManagers, TaskManagers)
    efs:                an EFS file system and its storage class (default False)
    log_days:           days that control plane logs are kept, a period that CloudWatch has (default 90)
    key_deletion_days:  days between deletion and end of the key, 7 to 30 (default 30, as AWS)
    wait:               whether `pulumi up` waits until objects are ready (default True)
    protect:            True: Pulumi refuses to delete cluster, key and file system, EKS refuses to delete the cluster,
                        and volumes outlive their claims (default False)
    """

    cluster_name: str
    region: str
    account_id: str
    network: NetworkAccess
    tags: dict[str, str]
    kubernetes_version: str = KUBERNETES
    support_policy: str = "STANDARD"
    public_access_cidrs: list[str] = field(default_factory=list)
    private_access_cidrs: list[str] = field(default_factory=list)
    administrators: list[str] = field(default_factory=list)
    viewers: list[str] = field(default_factory=list)
    node_pools: Mapping[NodeRole, NodePoolArgs] = field(default_factory=default_node_pools)
    efs: bool = False
    log_days: int = 90
    key_deletion_days: int = 30
    wait: bool = True
    protect: bool = False

    @property
    def log_group(self) -> str:
        """Where EKS writes control plane logs; the name is not ours to choose."""
        return f"/aws/eks/{self.cluster_name}/cluster"
