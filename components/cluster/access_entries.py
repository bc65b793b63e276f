"""Who may do what in an EKS cluster: access entries and access policies, no RBAC objects and no aws-auth."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster.policies import ADMINISTRATOR_ACCESS, NODE_ACCESS, VIEWER_ACCESS


@dataclass
class AccessEntriesArgs:
    """cluster_name: an Output that waits for the cluster; administrators, viewers: ARNs of IAM roles;
    node_role_arn: role of the nodes of the stack's own node class"""

    cluster_name: pulumi.Input[str]
    administrators: Sequence[str]
    viewers: Sequence[str]
    node_role_arn: pulumi.Input[str]
    tags: dict[str, str]


def declare_access_entries(name: str, args: AccessEntriesArgs, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """One entry and one policy for each principal, with the scope of the whole cluster."""
    wanted: list[tuple[str, pulumi.Input[str], str, str]] = [
        # EKS makes this entry itself for the role of its built-in pools only. Without it nodes start and never join.
        ("node", args.node_role_arn, "EC2", NODE_ACCESS),
        *(
            (f"administrator-{_short(arn)}", arn, "STANDARD", ADMINISTRATOR_ACCESS)
            for arn in dict.fromkeys(args.administrators)
        ),
        # Who administrates sees everything already; a principal has one entry.
        *(
            (f"viewer-{_short(arn)}", arn, "STANDARD", VIEWER_ACCESS)
            for arn in dict.fromkeys(args.viewers)
            if arn not in args.administrators
        ),
    ]
    declared: list[pulumi.Resource] = []
    for purpose, principal, kind, policy in wanted:
        entry = aws.eks.AccessEntry(
            f"{name}-{purpose}",
            cluster_name=args.cluster_name,
            principal_arn=principal,
            type=kind,
            tags=args.tags,
            opts=opts,
        )
        association = aws.eks.AccessPolicyAssociation(
            f"{name}-{purpose}",
            cluster_name=args.cluster_name,
            principal_arn=principal,
            policy_arn=policy,
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[entry])),
        )
        declared += [entry, association]
    return declared


def _short(arn: str) -> str:
    """A logical name that stays the same when others are added before it."""
    return f"{arn.rpartition('/')[2]}-{hashlib.sha256(arn.encode()).hexdigest()[:6]}"
