"""Inputs of an endpoint, for tests."""

from typing import Any

import pulumi

from components.cluster.contract import ClusterAccess
from components.network import NetworkAccess
from components.tls_endpoint_args import Passthrough, Terminate, TlsEndpointArgs

HOST = "cmf.example.com"
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1"
TERMINATE = {"terminate": Terminate("imported", ARN)}
PASSTHROUGH = {"passthrough": Passthrough()}


def args(
    eks: str | None = "p-test",
    ready: tuple[pulumi.Resource, ...] = (),
    provider: Any = None,
    public: tuple[str, ...] = ("subnet-p1", "subnet-p2"),
    **changes: Any,
) -> TlsEndpointArgs:
    network = NetworkAccess(
        vpc_id="vpc-1",
        private_subnet_ids=["subnet-1", "subnet-2"],
        isolated_subnet_ids=["subnet-3", "subnet-4"],
        public_subnet_ids=public,
        zone_count=2,
        workload_security_group_id="sg-workloads",
        ready=ready,
    )
    values: dict[str, Any] = {
        "name_prefix": "p-test",
        "host_name": HOST,
        "cluster": ClusterAccess("eks", provider, eks, {}, ready=ready),
        "namespace": "platform",
        "network": network,
        "account_id": "123456789012",
        "tags": {"team": "data"},
    }
    return TlsEndpointArgs(**{**values, **changes})
