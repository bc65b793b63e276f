"""What a provisioned MSK cluster stands on: its key and the log group of its brokers."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws


def log_group_name(cluster_name: str) -> str:
    """Name of the brokers' log group.

    Under `/aws/vendedlogs/` the delivery of logs needs no entry in the account's log resource policy, which holds 5,120
    characters and is full after some ten log groups elsewhere.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
    """
    return f"/aws/vendedlogs/msk/{cluster_name}"


def key_policy(account_id: str, region: str, cluster_name: str) -> dict[str, Any]:
    """Key policy: the account's IAM policies decide, and CloudWatch Logs may use the key for the brokers' logs.

    MSK and Secrets Manager need no statement: they use the key by grants of whoever makes the cluster and the secrets.
    """
    group = f"arn:aws:logs:{region}:{account_id}:log-group:{log_group_name(cluster_name)}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Account",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "BrokerLogs",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{region}.amazonaws.com"},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
            },
        ],
    }


def broker_key(
    name: str,
    policy: dict[str, Any],
    cluster_name: str,
    deletion_days: int,
    tags: dict[str, str],
    protect: bool,
    parent: pulumi.Resource,
) -> aws.kms.Key:
    """The customer key of volumes, SCRAM secrets and logs. MSK takes no SCRAM secret under a key of AWS's own."""
    key = aws.kms.Key(
        name,
        description=f"MSK cluster {cluster_name}: volumes, SCRAM secrets, broker logs",
        enable_key_rotation=True,
        deletion_window_in_days=deletion_days,
        policy=json.dumps(policy),
        tags=tags,
        # Without its key the cluster is lost, and a cluster with another key is another cluster.
        opts=pulumi.ResourceOptions(parent=parent, protect=protect),
    )
    aws.kms.Alias(
        name, name=f"alias/{cluster_name}", target_key_id=key.key_id, opts=pulumi.ResourceOptions(parent=parent)
    )
    return key


def grow_storage(
    name: str, cluster: aws.msk.Cluster, most_gib: int, tags: dict[str, str], parent: pulumi.Resource
) -> None:
    """Let volumes grow by themselves up to `most_gib` GiB. They never shrink.

    MSK adds the larger of 10 GiB and 10 % when brokers are 60 % full on average, and at most once in six hours: this
    leaves room for what arrives until then. https://docs.aws.amazon.com/msk/latest/developerguide/msk-autoexpand.html
    """
    target = aws.appautoscaling.Target(
        name,
        service_namespace="kafka",
        scalable_dimension="kafka:broker-storage:VolumeSize",
        resource_id=cluster.arn,
        # MSK wants 1 here; volumes start at their own size all the same.
        min_capacity=1,
        max_capacity=most_gib,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.appautoscaling.Policy(
        name,
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
            target_value=60,
            disable_scale_in=True,
            predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                predefined_metric_type="KafkaBrokerStorageUtilization"
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
