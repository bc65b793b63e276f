"""What roles and keys of a cluster allow, and to whom."""

import json

from components.cluster import policies


def actions(document) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


def test_the_cluster_may_tag_its_sessions():
    assert actions(policies.cluster_trust()) == {"sts:AssumeRole", "sts:TagSession"}


def test_a_pod_takes_only_the_role_of_its_own_service_account_in_its_own_cluster():
    arn = "arn:aws:eks:eu-central-1:123456789012:cluster/c"
    (statement,) = policies.pod_identity_trust(arn, "flink", "claims")["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Condition"]["StringEquals"] == {
        "aws:RequestTag/eks-cluster-arn": arn,
        "aws:RequestTag/kubernetes-namespace": "flink",
        "aws:RequestTag/kubernetes-service-account": "claims",
    }


def test_a_web_identity_is_bound_to_one_service_account_and_to_sts():
    issuer = "oidc.eks.eu-central-1.amazonaws.com/id/ABC"
    (statement,) = policies.web_identity_trust("123456789012", issuer, "flink", "claims")["Statement"]
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{issuer}"}
    assert statement["Condition"]["StringEquals"] == {
        f"{issuer}:sub": "system:serviceaccount:flink:claims",
        f"{issuer}:aud": "sts.amazonaws.com",
    }


def test_cloudwatch_uses_the_key_for_one_log_group():
    document = policies.key_policy("123456789012", "eu-central-1", "/aws/eks/c/cluster")
    account, logs = document["Statement"]
    assert account["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert logs["Principal"] == {"Service": "logs.eu-central-1.amazonaws.com"}
    assert logs["Condition"]["ArnEquals"] == {
        "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/eks/c/cluster"
    }


def test_the_cluster_uses_one_key_and_gives_grants_to_aws_only():
    document = policies.volume_key_policy("the-key")
    assert all(statement["Resource"] == ["the-key"] for statement in document["Statement"])
    grants = document["Statement"][1]
    assert "kms:CreateGrant" in grants["Action"]
    assert grants["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_tags_are_put_only_onto_what_this_cluster_makes():
    for statement in policies.tagging_policy()["Statement"]:
        assert statement["Condition"]["StringEquals"] == {
            "aws:RequestTag/eks:eks-cluster-name": "${aws:PrincipalTag/eks:eks-cluster-name}"
        }
    assert {"ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateVolume"} <= actions(policies.tagging_policy())


def test_files_are_reached_over_tls_only():
    allowed, denied = policies.file_system_policy("the-files")["Statement"]
    assert allowed["Condition"] == {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_no_inline_policy_passes_the_limit_of_iam():
    # 10,240 characters for all inline policies of a role: IAM quotas.
    total = len(json.dumps(policies.tagging_policy())) + len(json.dumps(policies.volume_key_policy("k" * 100)))
    assert total < 10_240
