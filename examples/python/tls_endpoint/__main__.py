"""An internal load balancer that ends TLS in front of CMF, with a certificate of ACM."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.cluster.eks import EksCluster
from components.cluster.eks_args import EksClusterArgs
from components.tls_endpoint import TlsEndpoint
from components.tls_endpoint_args import Terminate, TlsEndpointArgs
from examples.python.shared import NAMESPACE, PREFIX, REGION, TAGS, account_id, network, on_aws

opts = on_aws()
vpc = network()
# Load balancers are bound to pods by EKS Auto Mode; on any other cluster take `ingress`.
cluster = EksCluster(
    "cluster",
    EksClusterArgs(cluster_name=PREFIX, region=REGION, account_id=account_id(), network=vpc, tags=TAGS),
    opts=opts,
)
endpoint = TlsEndpoint(
    "tls-endpoint",
    TlsEndpointArgs(
        name_prefix=PREFIX,
        host_name="cmf.example.com",
        cluster=cluster.access,
        namespace=NAMESPACE,
        network=vpc,
        account_id=account_id(),
        terminate=Terminate(certificate="acm", validation_zone_id="Z0123456789PUBLIC000"),
        allowed_cidrs=["10.0.0.0/8"],
        zone_id="Z0123456789PRIVATE00",
        tags=TAGS,
    ),
    opts=opts,
)

pulumi.export("url", endpoint.url)
pulumi.export("cli_command", endpoint.cli_command)
