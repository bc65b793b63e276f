"""Who talked to whom in a VPC: flow logs in an encrypted CloudWatch log group."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.service_trust import service_trust


def log_key_policy(region: str, account_id: str, log_group_name: str) -> dict[str, object]:
    """Key policy for one log group: the account's IAM decides about people, CloudWatch Logs encrypts this group.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
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
                "Sid": "CloudWatchLogs",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{region}.amazonaws.com"},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                "Resource": "*",
                "Condition": {
                    "ArnEquals": {
                        "kms:EncryptionContext:aws:logs:arn": log_group_arn(region, account_id, log_group_name)
                    }
                },
            },
        ],
    }


def log_group_arn(region: str, account_id: str, log_group_name: str) -> str:
    return f"arn:aws:logs:{region}:{account_id}:log-group:{log_group_name}"


def delivery_policy(region: str, account_id: str, log_group_name: str) -> dict[str, object]:
    """What the delivering role may do: write into this group.

    Without logs:CreateLogGroup, which AWS' own example has: a delivery after the destroy would make the group once
    more, unencrypted and kept for ever, and the next `up` would find the name taken.
    """
    group = log_group_arn(region, account_id, log_group_name)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Write",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                "Resource": [group, f"{group}:*"],
            },
            {
                "Sid": "Find",
                "Effect": "Allow",
                "Action": "logs:DescribeLogGroups",
                "Resource": f"arn:aws:logs:{region}:{account_id}:log-group:*",
            },
        ],
    }


@dataclass
class FlowLogsArgs:
    """Inputs of `FlowLogs`.

    name_prefix:     of the log group and the role
    vpc_id:          whose flows
    days:            how long they are kept; a period that CloudWatch has
    region, account_id: where
    protect:         True: Pulumi refuses to delete key and log group (default False)
    """

    name_prefix: str
    vpc_id: pulumi.Input[str]
    days: int
    region: str
    account_id: str
    tags: dict[str, str]
    protect: bool = False


class FlowLogs(pulumi.ComponentResource):
    """Flow logs of a VPC, accepted and rejected, encrypted with a key of their own.

    Outputs: log_group (name), key_arn.
    """

    log_group: pulumi.Output[str]
    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:FlowLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        stateful = pulumi.ResourceOptions(parent=self, protect=args.protect)
        group_name = f"/{args.name_prefix}/vpc-flow-logs"
        where = (args.region, args.account_id, group_name)
        key = aws.kms.Key(
            name,
            description=f"Flow logs of {args.name_prefix}",
            policy=json.dumps(log_key_policy(*where)),
            enable_key_rotation=True,
            deletion_window_in_days=30,
            tags=args.tags,
            opts=stateful,
        )
        group = aws.cloudwatch.LogGroup(
            name,
            name=group_name,
            retention_in_days=args.days,
            kms_key_id=key.arn,
            tags=args.tags,
            opts=stateful,
        )
        role = aws.iam.Role(
            name,
            name=f"{args.name_prefix}-flow-logs",
            assume_role_policy=json.dumps(service_trust("vpc-flow-logs.amazonaws.com", args.account_id)),
            tags=args.tags,
            opts=child,
        )
        may_write = aws.iam.RolePolicy(
            name, name="deliver", role=role.id, policy=json.dumps(delivery_policy(*where)), opts=child
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            # Seconds; 60 is the other choice, with more records of the same flows to pay for.
            max_aggregation_interval=600,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_write]),
        )
        self.log_group = group.name
        self.key_arn = key.arn
        self.register_outputs({"log_group": self.log_group, "key_arn": self.key_arn})
