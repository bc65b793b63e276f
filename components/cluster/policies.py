"""IAM and key policy documents of clusters, as plain data."""

from collections.abc import Sequence
from typing import Any

Document = dict[str, Any]

CLUSTER_POLICIES = {
    name: f"arn:aws:iam::aws:policy/{name}"
    for name in (
        "AmazonEKSClusterPolicy",
        "AmazonEKSComputePolicy",
        "AmazonEKSBlockStoragePolicy",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingPolicy",
    )
}
"""https://docs.aws.amazon.com/eks/latest/userguide/auto-cluster-iam-role.html"""

NODE_POLICIES = {
    name: f"arn:aws:iam::aws:policy/{name}"
    for name in ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
}
"""https://docs.aws.amazon.com/eks/latest/userguide/auto-create-node-role.html"""

EFS_DRIVER_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonEFSCSIDriverPolicy"

# EKS' access policies: what a principal may do in the cluster, without RBAC objects.
# https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
_ACCESS = "arn:aws:eks::aws:cluster-access-policy"
ADMINISTRATOR_ACCESS = f"{_ACCESS}/AmazonEKSClusterAdminPolicy"
VIEWER_ACCESS = f"{_ACCESS}/AmazonEKSViewPolicy"
"""Reads everything but Secrets; AmazonEKSAdminViewPolicy reads these too."""
NODE_ACCESS = f"{_ACCESS}/AmazonEKSAutoNodePolicy"


def service_trust(service: str, actions: Sequence[str] = ("sts:AssumeRole",)) -> Document:
    """A role that the AWS service takes."""
    return _allow({"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)})


def cluster_trust() -> Document:
    """The cluster's role. Auto Mode tags its sessions: without sts:TagSession no node ever starts."""
    return service_trust("eks.amazonaws.com", ("sts:AssumeRole", "sts:TagSession"))


def pod_identity_trust(cluster_arn: str, namespace: str, service_account: str) -> Document:
    """A role for the pods of one service account of one cluster, through EKS Pod Identity.

    The conditions read the session tags that the agent sets; the cluster's ARN holds account and region. Without them
    whoever may make an association in the account could take the role.
    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
    """
    trust = service_trust("pods.eks.amazonaws.com", ("sts:AssumeRole", "sts:TagSession"))
    trust["Statement"][0]["Condition"] = {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": cluster_arn,
            "aws:RequestTag/kubernetes-namespace": namespace,
            "aws:RequestTag/kubernetes-service-account": service_account,
        }
    }
    return trust


def web_identity_trust(account_id: str, issuer: str, namespace: str, service_account: str) -> Document:
    """A role for the pods of one service account, through the OIDC issuer of their cluster.

    issuer: without https://, registered in IAM as an identity provider
    https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
    """
    return _allow(
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{account_id}:oidc-provider/{issuer}"},
            "Action": ["sts:AssumeRoleWithWebIdentity"],
            "Condition": {
                "StringEquals": {
                    f"{issuer}:sub": f"system:serviceaccount:{namespace}:{service_account}",
                    f"{issuer}:aud": "sts.amazonaws.com",
                }
            },
        }
    )


def key_policy(account_id: str, region: str, log_group: str) -> Document:
    """The cluster's key: rights are given by IAM in this account; CloudWatch may use it for one log group.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    return _allow(
        {
            "Sid": "AccountByIam",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "ControlPlaneLogs",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{region}.amazonaws.com"},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {
                "ArnEquals": {
                    "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account_id}:log-group:{log_group}"
                }
            },
        },
    )


def volume_key_policy(key_arn: str) -> Document:
    """What the cluster's role needs of the key, for the disks of nodes and for volumes.

    Without it nodes with encrypted disks never start, and claims stay pending.
    https://docs.aws.amazon.com/eks/latest/userguide/auto-kms.html
    """
    return _allow(
        {
            "Sid": "UseOfTheKey",
            "Effect": "Allow",
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "Resource": [key_arn],
        },
        {
            "Sid": "GrantsToInstances",
            "Effect": "Allow",
            "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
            "Resource": [key_arn],
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    )


def tagging_policy() -> Document:
    """Lets Auto Mode put our tags onto what it makes; the managed policies allow its own only.

    A node class with tags and no such policy starts no node. Each request has to carry the tag of this cluster.
    https://docs.aws.amazon.com/eks/latest/userguide/auto-cluster-iam-role.html#tag-prop
    """
    cluster = {"aws:RequestTag/eks:eks-cluster-name": "${aws:PrincipalTag/eks:eks-cluster-name}"}

    def statement(sid: str, actions: list[str], resources: list[str], *tags: str) -> Document:
        condition: Document = {"StringEquals": dict(cluster)}
        if tags:
            condition["StringLike"] = {f"aws:RequestTag/eks:{tag}": "*" for tag in tags}
        return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources, "Condition": condition}

    return _allow(
        statement(
            "Compute",
            ["ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"],
            ["*"],
            "kubernetes-node-class-name",
            "kubernetes-node-pool-name",
        ),
        statement(
            "Storage",
            ["ec2:CreateVolume", "ec2:CreateSnapshot"],
            ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:snapshot/*"],
        ),
        statement("Networking", ["ec2:CreateNetworkInterface"], ["*"], "kubernetes-cni-node-name"),
        statement(
            "LoadBalancer",
            [
                "elasticloadbalancing:CreateLoadBalancer",
                "elasticloadbalancing:CreateTargetGroup",
                "elasticloadbalancing:CreateListener",
                "elasticloadbalancing:CreateRule",
                "ec2:CreateSecurityGroup",
            ],
            ["*"],
        ),
    )


def file_system_policy(file_system_arn: str) -> Document:
    """Pods mount through a mount target and over TLS, and in no other way."""
    return _allow(
        {
            "Sid": "ThroughMountTargets",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "elasticfilesystem:ClientMount",
                "elasticfilesystem:ClientWrite",
                "elasticfilesystem:ClientRootAccess",
            ],
            "Resource": file_system_arn,
            "Condition": {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
        },
        {
            "Sid": "DenyInsecureTransport",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "*",
            "Resource": file_system_arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )


def _allow(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}
