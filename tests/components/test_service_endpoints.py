"""Policies of the endpoints: nobody else's principals, and still nothing that pods need is refused."""

import json
from typing import Any

import pytest

from components.service_endpoints import IMAGE_BUCKETS, INTERFACE_SERVICES, interface_policy, s3_policy

ACCOUNT, REGION = "123456789012", "us-east-1"


@pytest.mark.parametrize("service", INTERFACE_SERVICES)
def test_an_endpoint_serves_principals_of_this_account_only(service: str):
    statements: Any = interface_policy(service, ACCOUNT)["Statement"]
    own, *others = statements
    # {"AWS": "<account>"} as the principal of an endpoint policy would mean the root user and lock every role out.
    assert own["Principal"] == "*"
    assert own["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    # A web identity (IRSA) has no principal yet: without this, AssumeRoleWithWebIdentity fails through the endpoint.
    assert [one["Action"] for one in others] == (["sts:AssumeRoleWithWebIdentity"] if service == "sts" else [])
    for one in others:
        assert one["Resource"] == f"arn:aws:iam::{ACCOUNT}:role/*"


def test_images_can_be_pulled_through_the_s3_gateway_and_nobody_else_can_write():
    own, public = s3_policy(REGION, ACCOUNT, ["prod-{region}-starport-layer-bucket"])["Statement"]  # type: ignore[misc]
    assert own["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    assert public["Action"] == "s3:GetObject"
    assert public["Resource"] == [f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"]
    default = json.dumps(s3_policy(REGION, ACCOUNT, IMAGE_BUCKETS))
    # Layers of ECR and registry.k8s.io are read with requests of others; a policy for own principals answers 403.
    assert "starport-layer-bucket" in default
    assert "prod-registry-k8s-io-*" in default
