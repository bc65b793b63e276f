"""Any cluster that exists: nothing of it is owned, and pods reach AWS as it is said."""

import json
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.cluster.contract import NodeRole, ServiceAccountIdentity
from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from components.cluster.identity import AccessKeys, PodIdentity, WebIdentity, role_name
from components.cluster.objects import KubernetesObject
from operations.plan.values import SECRET, SIGNATURE

ARN = "arn:aws:eks:us-east-1:123456789012:cluster/theirs"
POLICIES: dict[str, pulumi.Input[str]] = {"lake": "arn:aws:iam::123456789012:policy/lake"}


def existing(**changes: Any) -> ExistingCluster:
    values: dict[str, Any] = {
        "kubeconfig": "apiVersion: v1",
        "context": "their-context",
        "identifier": "their-cluster",
        "aws_identity": AccessKeys("aws-credentials"),
        "name_prefix": "p-test",
        "account_id": "123456789012",
        "tags": {"project": "p"},
    }
    return ExistingCluster("existing", ExistingClusterArgs(**{**values, **changes}))


def identity_of(declared, how: Any) -> tuple[dict[str, Any], ServiceAccountIdentity]:
    seen: list[ServiceAccountIdentity] = []
    found = declared(
        lambda: seen.append(
            existing(aws_identity=how).identity("claims", "flink", "claims", POLICIES, pulumi.ResourceOptions())
        )
    )
    return found, seen[0]


def test_the_kubeconfig_is_secret_and_the_context_is_named(declared):
    provider = declared(existing)["kubernetes existing"]["inputs"]
    assert provider["kubeconfig"][SIGNATURE] == SECRET
    assert provider["context"] == "their-context"
    assert provider["clusterIdentifier"] == "their-cluster"


def test_only_priority_classes_are_put_onto_it(declared):
    kinds = {name.split()[0] for name, one in declared(existing).items() if one["type"].startswith("kubernetes:")}
    assert kinds == {"PriorityClass"}
    without = declared(lambda: existing(priority_classes=False))
    assert not [one for one in without.values() if one["type"].startswith("kubernetes:")]


def test_every_role_has_the_same_place(declared):
    seen: list[ExistingCluster] = []
    declared(lambda: seen.append(existing(node_selector={"team": "data"}, storage_class="fast")))
    access = seen[0].access
    for role in NodeRole:
        assert access.placement(role).pod_spec() == {"nodeSelector": {"team": "data"}}
    assert (access.storage_class, access.eks_name) == ("fast", None)


def test_access_keys_come_from_a_secret_and_no_role_is_made(declared):
    found, identity = identity_of(declared, AccessKeys("aws-credentials"))
    assert identity.role_arn is None
    assert identity.env == [
        {"name": key, "valueFrom": {"secretKeyRef": {"name": "aws-credentials", "key": key}}}
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    ]
    assert not [name for name in found if name.startswith("Role")]


def test_a_web_identity_annotates_the_service_account(declared):
    issuer = "oidc.eks.us-east-1.amazonaws.com/id/ABC"
    found, identity = identity_of(declared, WebIdentity(issuer))
    assert list(identity.annotations) == ["eks.amazonaws.com/role-arn"]
    assert len(identity.ready) == 1
    trust = json.loads(found["Role claims"]["inputs"]["assumeRolePolicy"])
    assert trust["Statement"][0]["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert found["RolePolicyAttachment claims-lake"]["inputs"]["policyArn"] == POLICIES["lake"]


def test_pod_identity_of_a_named_cluster_outlives_nothing(declared):
    found, identity = identity_of(declared, PodIdentity("theirs", ARN))
    association = found["PodIdentityAssociation claims"]
    assert association["inputs"]["clusterName"] == "theirs"
    # The cluster is not of this stack: an association would stay behind where it is not deleted for itself.
    assert "deletedWith" not in association
    assert len(identity.ready) == 2
    assert identity.annotations == {}


@pytest.mark.parametrize("purpose", ["claims", "a" * 80, "a" * 79 + "b"])
def test_a_role_has_a_name_that_iam_takes(purpose: str):
    name = role_name("streaming-platform-prod-msk", purpose)
    assert len(name) <= 64
    assert name.startswith("streaming-platform-prod-msk-")


def test_cut_names_differ():
    assert role_name("p", "a" * 79 + "b") != role_name("p", "a" * 79 + "c")


def test_a_secret_object_is_secret_though_its_values_were_not_marked(declared):
    def program() -> None:
        provider = kubernetes.Provider("p", kubeconfig="")
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"k": "hunter2"}}
        KubernetesObject("s", manifest, pulumi.ResourceOptions(provider=provider))

    found = declared(program)
    assert found["Secret s"]["inputs"]["stringData"][SIGNATURE] == SECRET
    assert "hunter2" not in json.dumps(found)
