"""Remote components, Kubernetes objects and generated secrets, evaluated without their providers."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes
import pulumi_random as random
import pulumi_tls as tls
import pytest

from components.errors import PlatformError
from operations.plan.evaluate import synthesise
from operations.plan.plan import Plan
from operations.plan.stack_file import StackConfig
from operations.plan.values import SECRET, SIGNATURE, UNKNOWN

CONFIG = StackConfig("test", {"streaming-platform:aws": '{"account_id": "123456789012", "region": "eu-central-1"}'}, ())


def evaluated(program: Callable[[], Any]) -> tuple[dict[str, dict[str, Any]], Plan]:
    plan = synthesise(CONFIG, program)
    return {r["urn"].rpartition("::")[2]: r for r in plan.resources}, plan


def plain(name: str, value: pulumi.Input[str]) -> None:
    """A resource that marks nothing as secret by itself."""
    aws.glue.CatalogDatabase(name, name=name, description=value)


def cluster(**changes: Any) -> eks.Cluster:
    role = aws.iam.Role("role", name="the-role", assume_role_policy="{}")
    arguments: dict[str, Any] = {
        "authentication_mode": eks.AuthenticationMode.API,
        "auto_mode": eks.AutoModeOptionsArgs(enabled=True, create_node_role=False),
        "service_role": role,
        "skip_default_node_group": True,
        "create_instance_role": False,
        "coredns_addon_options": eks.CoreDnsAddonOptionsArgs(enabled=False),
    }
    return eks.Cluster("cluster", **{**arguments, **changes})


def test_everything_behind_a_remote_component_registers():
    def program():
        made = cluster()
        provider = kubernetes.Provider("provider", kubeconfig=made.kubeconfig_json)
        opts = pulumi.ResourceOptions(provider=provider)
        namespace = kubernetes.core.v1.Namespace("namespace", metadata={"name": "n"}, opts=opts)
        kubernetes.helm.v3.Release(
            "release",
            chart="chart",
            version="1.0.0",
            namespace=namespace.metadata.name,
            values={"group": made.cluster_security_group_id},
            opts=opts,
        )
        aws.eks.AccessEntry(
            "entry", cluster_name=made.eks_cluster.apply(lambda one: one.name), principal_arn="arn:aws:iam::1:role/r"
        )

    found, _ = evaluated(program)
    urn = found["cluster"]["urn"]
    assert found["cluster"]["remote"] is True
    assert "id" not in found["cluster"]
    assert found["provider"]["inputs"]["kubeconfig"] == UNKNOWN
    assert found["provider"]["propertyDependencies"] == {"kubeconfig": [urn]}
    assert found["release"]["inputs"]["values"] == {"group": UNKNOWN}
    assert found["entry"]["dependencies"] == [urn]
    assert found["namespace"]["provider"].startswith(found["provider"]["urn"])


def test_the_children_of_a_remote_component_are_named_as_not_seen():
    found, _ = evaluated(cluster)
    assert found["cluster"]["unseenChildren"] == ["aws:eks/cluster:Cluster", "pulumi:providers:kubernetes"]


@pytest.mark.parametrize(
    ("changes", "child"),
    [
        ({"service_role": None}, "aws:iam/role:Role"),
        ({"auto_mode": eks.AutoModeOptionsArgs(enabled=True)}, "aws:iam/role:Role"),
        ({"skip_default_node_group": None, "create_instance_role": None}, "aws:iam/instanceProfile:InstanceProfile"),
        ({"coredns_addon_options": None}, "aws:eks/addon:Addon"),
    ],
)
def test_what_a_cluster_makes_beyond_need_shows_among_them(changes, child: str):
    found, _ = evaluated(lambda: cluster(**changes))
    assert child in found["cluster"]["unseenChildren"]


def test_a_generated_secret_is_unknown_and_secret_wherever_it_goes():
    def program():
        password = random.RandomPassword("password", length=20)
        key = tls.PrivateKey("key", algorithm="RSA")
        plain("p", password.result)
        plain("k", key.private_key_pem)
        plain("public", key.public_key_pem)

    found, _ = evaluated(program)
    assert found["p"]["inputs"]["description"][SIGNATURE] == SECRET
    assert found["k"]["inputs"]["description"][SIGNATURE] == SECRET
    assert found["password"]["outputs"]["result"][SIGNATURE] == SECRET
    assert found["public"]["inputs"]["description"] == UNKNOWN


def test_what_a_provider_marks_secret_reaches_others_as_a_secret():
    def program():
        made = aws.rds.Instance("db", identifier="db", instance_class="db.t4g.micro", password="hunter2")
        plain("p", made.password.apply(lambda one: one or ""))

    found, plan = evaluated(program)
    assert "hunter2" not in plan.to_json()
    assert found["p"]["inputs"]["description"][SIGNATURE] == SECRET
    assert found["db"]["outputs"]["arn"] == "arn:aws:rds:eu-central-1:123456789012:db:db"


def test_a_secret_that_exists_is_unknown_without_credentials():
    def program():
        licence = aws.secretsmanager.get_secret_version_output(secret_id="licence")
        text = pulumi.Output.secret(licence.secret_string).apply(lambda one: json.loads(one)["key"])
        plain("p", text)

    found, _ = evaluated(program)
    assert found["p"]["inputs"]["description"][SIGNATURE] == SECRET


def test_every_other_provider_function_is_refused():
    with pytest.raises(PlatformError, match="getCallerIdentity"):
        evaluated(lambda: pulumi.export("a", aws.get_caller_identity_output().account_id))


def test_arns_that_follow_from_names_are_known():
    def program():
        aws.iam.Role("role", name="the-role", path="/platform/", assume_role_policy="{}")
        aws.ecr.Repository("images", name="images")
        aws.cloudwatch.LogGroup("logs", name="/aws/eks/c/cluster")
        aws.ec2.SecurityGroup("group")

    found, _ = evaluated(program)
    assert found["role"]["outputs"]["arn"] == "arn:aws:iam::123456789012:role/platform/the-role"
    assert found["images"]["outputs"]["repositoryUrl"] == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/images"
    assert found["images"]["outputs"]["arn"] == "arn:aws:ecr:eu-central-1:123456789012:repository/images"
    assert found["logs"]["outputs"]["arn"] == "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/eks/c/cluster"
    assert "arn" not in found["group"]["outputs"]
