"""IAM roles for the pods of one service account."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster.contract import ServiceAccountIdentity
from components.cluster.policies import Document, pod_identity_trust, web_identity_trust

ROLE_NAME_LIMIT = 64
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


@dataclass(frozen=True)
class AccessKeys:
    """Pods get AWS credentials from a Secret of their namespace; somebody else makes and rotates it.

    secret_name: of the Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    """

    secret_name: str


@dataclass(frozen=True)
class WebIdentity:
    """Pods take a role through the cluster's OIDC issuer.

    issuer: without https://, registered in IAM as an identity provider. Outside of EKS the cluster also runs
            amazon-eks-pod-identity-webhook, which gives pods the token that the role's annotation asks for
    """

    issuer: str


@dataclass(frozen=True)
class PodIdentity:
    """Pods take a role through the Pod Identity agent of an EKS cluster.

    cluster_name: name of the cluster, best an Output that waits for it
    cluster_arn:  its ARN, known beforehand
    """

    cluster_name: pulumi.Input[str]
    cluster_arn: str


@dataclass(frozen=True)
class RoleDefaults:
    """What all roles of a cluster share. name_prefix: before each role's name."""

    name_prefix: str
    account_id: str
    tags: Mapping[str, str]


def role_name(prefix: str, purpose: str) -> str:
    """`<prefix>-<purpose>`; a name beyond 64 characters is cut, and told apart from others by a hash of the whole."""
    name = f"{prefix}-{purpose}"
    if len(name) <= ROLE_NAME_LIMIT:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: ROLE_NAME_LIMIT - len(digest) - 1]}-{digest}"


def access_key_environment(secret_name: str) -> list[dict[str, object]]:
    """Environment of a container that takes its AWS credentials from a Secret."""
    return [
        {"name": key, "valueFrom": {"secretKeyRef": {"name": secret_name, "key": key}}}
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    ]


def service_account_identity(
    name: str,
    namespace: str,
    service_account: str,
    policy_arns: Mapping[str, pulumi.Input[str]],
    how: AccessKeys | WebIdentity | PodIdentity,
    defaults: RoleDefaults,
    opts: pulumi.ResourceOptions,
    goes_with: pulumi.Resource | None = None,
) -> ServiceAccountIdentity:
    """Let the pods of `service_account` in `namespace` do what the policies allow.

    goes_with: the cluster that an association is part of, where this stack makes it
    opts:      of the role and all with it
    """
    if isinstance(how, AccessKeys):
        # What the key may do is decided where the key is made; the policies' ARNs are exported for that.
        return ServiceAccountIdentity(env=access_key_environment(how.secret_name))
    trust = (
        web_identity_trust(defaults.account_id, how.issuer, namespace, service_account)
        if isinstance(how, WebIdentity)
        else pod_identity_trust(how.cluster_arn, namespace, service_account)
    )
    role, attachments = role_with_policies(
        name, role_name(defaults.name_prefix, name), trust, policy_arns, defaults, opts
    )
    if isinstance(how, WebIdentity):
        return ServiceAccountIdentity(
            role_arn=role.arn, annotations={"eks.amazonaws.com/role-arn": role.arn}, ready=attachments
        )
    association = aws.eks.PodIdentityAssociation(
        name,
        cluster_name=how.cluster_name,
        namespace=namespace,
        service_account=service_account,
        role_arn=role.arn,
        tags=dict(defaults.tags),
        # An association is an entry of the cluster and goes with it; nothing of it stays in AWS.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(deleted_with=goes_with)),
    )
    return ServiceAccountIdentity(role_arn=role.arn, ready=[association, *attachments])


def role_with_policies(
    name: str,
    physical_name: str,
    trust: Document,
    policy_arns: Mapping[str, pulumi.Input[str]],
    defaults: RoleDefaults,
    opts: pulumi.ResourceOptions,
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """A role and the attachments of its policies. What uses the role depends on the attachments."""
    role = aws.iam.Role(
        name, name=physical_name, assume_role_policy=json.dumps(trust), tags=dict(defaults.tags), opts=opts
    )
    return role, [
        aws.iam.RolePolicyAttachment(f"{name}-{policy}", role=role.name, policy_arn=arn, opts=opts)
        for policy, arn in policy_arns.items()
    ]
