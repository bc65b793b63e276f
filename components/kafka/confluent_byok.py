"""A customer's own key for a cluster on Confluent Cloud."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_confluentcloud as confluent

# confluentinc/terraform-provider-confluent, examples/configurations/dedicated-public-aws-byok-kafka-acls.
_USES = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
_GRANTS = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")


def key_policy(account_id: str, roles: Sequence[str]) -> dict[str, object]:
    """The policy of the key: the account looks after it, Confluent's roles use it."""
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
                "Sid": "Confluent",
                "Effect": "Allow",
                "Principal": {"AWS": sorted(roles)},
                "Action": [*_USES, *_GRANTS],
                "Resource": "*",
            },
        ],
    }


def own_key(
    name: str, account_id: str, tags: dict[str, str], protect: bool, opts: pulumi.ResourceOptions
) -> tuple[confluent.ByokKey, list[pulumi.Resource]]:
    """A KMS key, known to Confluent, whose policy lets Confluent in. Returns it and what the cluster has to wait for.

    The roles are known only once the key is registered, and a cluster that is made before the policy allows them fails.
    """
    key = aws.kms.Key(
        f"{name}-byok",
        description="Kafka cluster on Confluent Cloud",
        enable_key_rotation=True,
        # Without the key the cluster's data is lost: the longest time to think again.
        deletion_window_in_days=30,
        tags=tags,
        # The policy is the resource below: both would change it in turns.
        opts=pulumi.ResourceOptions(parent=opts.parent, protect=protect, ignore_changes=["policy"]),
    )
    registered = existing_key(name, key.arn, opts)
    policy = aws.kms.KeyPolicy(
        f"{name}-byok",
        key_id=key.id,
        policy=registered.aws.apply(
            lambda known: json.dumps(key_policy(account_id, (known.roles if known else []) or []))
        ),
        opts=pulumi.ResourceOptions(parent=opts.parent),
    )
    return registered, [policy]


def existing_key(name: str, arn: pulumi.Input[str], opts: pulumi.ResourceOptions) -> confluent.ByokKey:
    """A key whose policy is looked after elsewhere; `roles` of the result says whom it has to let in."""
    return confluent.ByokKey(
        f"{name}-byok",
        aws={"key_arn": arn},
        opts=pulumi.ResourceOptions(parent=opts.parent, provider=opts.provider),
    )
