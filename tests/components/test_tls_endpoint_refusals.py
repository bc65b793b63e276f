"""Endpoints that cannot be are told with a remedy, before anything is made."""

from typing import Any

import pytest

from components.errors import PlatformError
from components.settings.tls_endpoint import IngressEndpoint, PassthroughEndpoint, TerminatingEndpoint
from components.tls_endpoint_args import Terminate, mistakes_in
from components.validation import validate
from tests.components.endpoint_args import ARN, HOST, PASSTHROUGH, TERMINATE, args


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"name_prefix": "p" * 21, **TERMINATE}, "name_prefix"),
        ({"name_prefix": "internal-p", **TERMINATE}, "name_prefix"),
        ({"name_prefix": "p-", **TERMINATE}, "name_prefix"),
        ({}, "terminate, passthrough, ingress"),
        ({**TERMINATE, **PASSTHROUGH}, "terminate, passthrough, ingress"),
        ({**TERMINATE, "client_certificate_file": "c", "client_key_file": "k"}, "terminate"),
        ({**PASSTHROUGH, "client_certificate_file": "c"}, "client_key_file"),
        ({**TERMINATE, "eks": None}, "cluster"),
        ({**TERMINATE, "network": None}, "network, account_id"),
        ({**TERMINATE, "scheme": "public"}, "scheme"),
        ({**TERMINATE, "idle_timeout_seconds": 30}, "idle_timeout_seconds"),
        ({**TERMINATE, "scheme": "internet-facing"}, "allowed_cidrs"),
        ({**TERMINATE, "scheme": "internet-facing", "allowed_cidrs": ["0.0.0.0/0"]}, "allowed_cidrs"),
        ({**TERMINATE, "scheme": "internet-facing", "allowed_cidrs": ["1.2.3.0/24"], "public": ()}, "scheme"),
        ({"terminate": Terminate("letsencrypt"), "zone_id": "Z"}, "terminate.certificate"),
        ({"terminate": Terminate("imported")}, "terminate.certificate_arn"),
        ({"terminate": Terminate("private_ca", ARN)}, "terminate.certificate_arn"),
        ({"terminate": Terminate()}, "terminate.validation_zone_id"),
        ({"terminate": Terminate("private_ca", target_protocol="GRPC")}, "terminate.target_protocol"),
    ],
)
def test_what_cannot_be_is_told_with_a_remedy(changes: dict[str, Any], key: str):
    (mistake,) = mistakes_in(args(**changes))
    assert mistake.key == key
    assert mistake.remedy


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"allowed_cidrs": ["office"]}, "no IPv4 range"),
        ({"allowed_cidrs": ["0.0.0.0/0"]}, "open to the world"),
        ({"allowed_cidrs": ["0.0.0.0/1"]}, "open to the world"),
        ({"scheme": "internet-facing"}, "allowed_cidrs is empty"),
        ({"host_name": "a" * 61 + ".com", "zone_id": "Z123456789", "certificate": "acm"}, "ACM takes 64"),
    ],
)
def test_settings_are_refused_before_any_call(changes: dict[str, Any], found: str):
    values = {"flavour": "terminate", "host_name": HOST, "certificate": "private_ca"}
    with pytest.raises(PlatformError) as caught:
        validate(TerminatingEndpoint, {**values, **changes}, "file")
    (mistake,) = caught.value.mistakes
    assert found in mistake.found
    assert mistake.remedy


def test_a_passthrough_keeps_no_access_logs_and_says_so():
    with pytest.raises(PlatformError) as caught:
        validate(PassthroughEndpoint, {"flavour": "passthrough", "host_name": HOST, "log_days": 30}, "file")
    assert caught.value.mistakes[0].key == "log_days"


def test_an_ingress_has_a_certificate_from_somewhere():
    with pytest.raises(PlatformError) as caught:
        validate(IngressEndpoint, {"flavour": "ingress", "host_name": HOST}, "file")
    assert "cert-manager.io" in caught.value.mistakes[0].remedy
    issuer = {"cert-manager.io/cluster-issuer": "company"}
    for kind in ({"private_ca": True}, {"annotations": issuer}):
        assert validate(IngressEndpoint, {"flavour": "ingress", "host_name": HOST, **kind}, "file")
