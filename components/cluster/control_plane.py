"""The control plane of an EKS cluster in Auto Mode, and what it needs before it is made."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from components.cluster.eks_args import EksClusterArgs
from components.cluster.identity import RoleDefaults, role_name, role_with_policies
from components.cluster.policies import CLUSTER_POLICIES, cluster_trust, key_policy, tagging_policy, volume_key_policy

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""All that EKS has (eks:CreateCluster, LogType)."""


def cluster_key(name: str, args: EksClusterArgs, parent: pulumi.Resource) -> aws.kms.Key:
    """The one key of the cluster: Secrets in etcd, disks, volumes, shared files, control plane logs."""
    key = aws.kms.Key(
        name,
        description=f"EKS cluster {args.cluster_name}: secrets, volumes, logs",
        enable_key_rotation=True,
        deletion_window_in_days=args.key_deletion_days,
        policy=json.dumps(key_policy(args.account_id, args.region, args.log_group)),
        tags=args.tags,
        # What is encrypted with it is lost with it.
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )
    aws.kms.Alias(
        name,
        name=f"alias/{args.cluster_name}",
        target_key_id=key.key_id,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return key


def before_cluster(
    name: str, args: EksClusterArgs, key: aws.kms.Key, roles: RoleDefaults, parent: pulumi.Resource
) -> tuple[list[pulumi.Resource], aws.iam.Role]:
    """What has to be there before the control plane, and outlives it: its log group, its role with all rights."""
    child = pulumi.ResourceOptions(parent=parent)
    logs = aws.cloudwatch.LogGroup(
        name,
        # EKS makes this group itself where it is missing: unencrypted, kept for ever, and left behind. It may do so
        # once more with its last lines after a destroy, whatever the cluster's role is denied
        # (https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2446): an `up` under the same name then
        # says that the group exists, and whoever sees that deletes it.
        name=args.log_group,
        retention_in_days=args.log_days,
        kms_key_id=key.arn,
        tags=args.tags,
        opts=child,
    )
    role, attachments = role_with_policies(
        f"{name}-cluster",
        role_name(args.cluster_name, "cluster"),
        cluster_trust(),
        CLUSTER_POLICIES,
        roles,
        child,
    )
    own = [
        aws.iam.RolePolicy(f"{name}-{purpose}", name=purpose, role=role.name, policy=document, opts=child)
        for purpose, document in (
            ("volume-key", key.arn.apply(lambda arn: json.dumps(volume_key_policy(arn)))),
            ("tags", json.dumps(tagging_policy())),
        )
    ]
    return [logs, role, *attachments, *own], role


def control_plane(
    name: str,
    args: EksClusterArgs,
    key: aws.kms.Key,
    role: aws.iam.Role,
    before: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> eks.Cluster:
    """The cluster itself, made when all of `before` is there."""
    public = bool(args.public_access_cidrs)
    return eks.Cluster(
        name,
        name=args.cluster_name,
        version=args.kubernetes_version,
        upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type=args.support_policy),
        vpc_id=args.network.vpc_id,
        private_subnet_ids=args.network.private_subnet_ids,
        endpoint_private_access=True,
        endpoint_public_access=public,
        # pulumi-eks refuses ranges without public access.
        public_access_cidrs=args.public_access_cidrs if public else None,
        # Auto Mode needs access entries; with API alone there is no aws-auth ConfigMap beside them.
        authentication_mode=eks.AuthenticationMode.API,
        # Our own pools, node class and node role; with no built-in pool there may be no role either, and EKS makes
        # no node class `default`. create_node_role would make a role that nothing uses.
        auto_mode=eks.AutoModeOptionsArgs(
            enabled=True,
            create_node_role=False,
            compute_config=eks.ClusterComputeConfigArgs(node_pools=[]),
        ),
        service_role=role,
        # Even in Auto Mode the default is a role for instances, with its profile and access entry, for nobody.
        skip_default_node_group=True,
        # DNS is part of Auto Mode; the add-on would wait for ever: https://github.com/pulumi/pulumi-eks/issues/1726
        coredns_addon_options=eks.CoreDnsAddonOptionsArgs(enabled=False),
        encryption_config_key_arn=key.arn,
        enabled_cluster_log_types=list(LOG_TYPES),
        deletion_protection=args.protect,
        tags=args.tags,
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect, depends_on=before),
    )
