"""Which doors of the platform's namespaces are open."""

import pytest

from components.flink.cmf.network_policies import cert_manager_doors, environment_doors, platform_doors
from tests.components.kubernetes_schemas import check_manifest
from tests.components.plans import KUBERNETES_STACKS, of_type, plan_of

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def ports(manifest) -> set[int]:
    return {port["port"] for rule in manifest["spec"]["ingress"] for port in rule.get("ports", [])}


@pytest.mark.parametrize(
    "manifest", [platform_doors("platform"), environment_doors("streaming", "platform"), cert_manager_doors("cm")]
)
def test_a_namespace_is_closed_but_for_its_doors(manifest):
    check_manifest(manifest)
    assert manifest["spec"]["podSelector"] == {}
    assert manifest["spec"]["policyTypes"] == ["Ingress"]
    # A rule without ports and without callers would let everybody in.
    assert all(rule.get("ports") or rule.get("from") for rule in manifest["spec"]["ingress"])


def test_what_the_api_server_and_the_load_balancer_call_is_open():
    # CMF; the webhook of Flink's operator, without which no FlinkDeployment is taken.
    assert {8080, 9443} <= ports(platform_doors("platform"))
    assert 10250 in ports(cert_manager_doors("cert-manager"))


def test_connect_and_the_registry_are_not_among_the_doors_of_the_platform():
    """They ask nobody who they are, and have policies of their own."""
    assert not {8081, 8083} & ports(platform_doors("platform"))
    assert not any("from" in rule for rule in platform_doors("platform")["spec"]["ingress"])


def test_flink_is_reached_by_its_own_pods_and_by_cmf():
    first, metrics = environment_doors("streaming", "platform")["spec"]["ingress"]
    assert first["from"] == [
        {"podSelector": {}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "platform"}}},
    ]
    assert {port["port"] for port in metrics["ports"]} == {9249, 9250}


@pytest.mark.parametrize("stack", KUBERNETES_STACKS)
def test_every_namespace_of_a_stack_has_its_doors(stack):
    plan = plan_of(stack)
    closed = {
        one["inputs"]["metadata"]["namespace"]
        for one in of_type(plan, POLICY)
        if one["inputs"]["spec"]["podSelector"] == {}
    }
    names = {one["inputs"]["metadata"]["name"] for one in of_type(plan, "kubernetes:core/v1:Namespace")}
    assert closed == names
    for one in of_type(plan, "kubernetes:core/v1:Namespace"):
        assert one["inputs"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"
