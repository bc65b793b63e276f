"""Any Kubernetes cluster that exists, and a service account on it whose pods reach AWS."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from components.cluster.identity import WebIdentity
from components.cluster.objects import KubernetesObject
from examples.python.shared import NAMESPACE, PREFIX, TAGS, account_id, on_aws, policy

cluster = ExistingCluster(
    "cluster",
    ExistingClusterArgs(
        kubeconfig=pulumi.Config().require_secret("kubeconfig"),
        context="example",
        identifier="example",
        aws_identity=WebIdentity("oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"),
        name_prefix=PREFIX,
        account_id=account_id(),
        tags=TAGS,
        node_selector={"team": "data"},
    ),
    opts=on_aws(),
)

# A role that only the pods of this service account can take.
identity = cluster.identity(
    "reports", NAMESPACE, "reports", {"lake": policy("lake-reader")}, pulumi.ResourceOptions(parent=cluster)
)
KubernetesObject(
    "reports",
    {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "reports", "namespace": NAMESPACE, "annotations": identity.annotations},
    },
    pulumi.ResourceOptions(parent=cluster, provider=cluster.access.provider, depends_on=list(identity.ready)),
)

pulumi.export("role_arn", identity.role_arn)
