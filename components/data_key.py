"""A KMS key for what the platform keeps in this account where there is no lakehouse of our own."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.key_policy import key_policy


@dataclass
class DataKeyArgs:
    """Inputs of `DataKey`.

    alias:              of the key, without `alias/`
    region, account_id: where it is
    description:        for people
    key_deletion_days:  days between deletion and end of the key, 7 to 30 (default 30, as AWS)
    protect:            True: Pulumi refuses to delete it (default False)
    """

    alias: str
    region: str
    account_id: str
    tags: dict[str, str]
    description: str = "Data of the streaming platform"
    key_deletion_days: int = 30
    protect: bool = False


class DataKey(pulumi.ComponentResource):
    """A key that AWS renews every year, with an alias. IAM decides who uses it.

    Outputs: key_arn.
    """

    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: DataKeyArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:DataKey", name, None, opts)
        key = aws.kms.Key(
            name,
            description=args.description,
            enable_key_rotation=True,
            deletion_window_in_days=args.key_deletion_days,
            policy=json.dumps(key_policy(args.account_id, args.region)),
            tags=args.tags,
            # Without the key nothing that it encrypted can be read again.
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.kms.Alias(
            name, name=f"alias/{args.alias}", target_key_id=key.key_id, opts=pulumi.ResourceOptions(parent=self)
        )
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})
