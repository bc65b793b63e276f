"""An EKS Auto Mode cluster with node pools for the platform, JobManagers and TaskManagers on spot."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.cluster.contract import NodeRole
from components.cluster.eks import EksCluster
from components.cluster.eks_args import EksClusterArgs
from components.cluster.node_pools import NodePoolArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, network, on_aws

cluster = EksCluster(
    "cluster",
    EksClusterArgs(
        cluster_name=PREFIX,
        region=REGION,
        account_id=account_id(),
        network=network(),
        tags=TAGS,
        # The office: without any range the API server is reached from within the VPC only.
        public_access_cidrs=["203.0.113.0/24"],
        administrators=[f"arn:aws:iam::{account_id()}:role/platform-team"],
        node_pools={
            NodeRole.PLATFORM: NodePoolArgs(),
            NodeRole.JOB_MANAGER: NodePoolArgs(max_cpu=8),
            NodeRole.TASK_MANAGER: NodePoolArgs(instance_categories=["m", "c"], spot=True, max_cpu=64),
        },
    ),
    opts=on_aws(),
)

pulumi.export("cluster_name", cluster.cluster_name)
# No secret in it: `aws eks get-token` gives the credentials.
pulumi.export("kubeconfig", cluster.kubeconfig)
