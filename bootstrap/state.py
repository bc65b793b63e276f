"""Where Pulumi keeps state: a bucket for all stacks of the account, and one key for the secrets of each environment."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bucket import PrivateBucket, PrivateBucketArgs
from components.key_policy import key_policy
from components.naming import Naming


@dataclass
class StateStoreArgs:
    """Inputs of `StateStore`.

    environments:  their names
    versions_days: days for which overwritten state is kept
    """

    naming: Naming
    account_id: str
    region: str
    environments: list[str]
    versions_days: int


class StateStore(pulumi.ComponentResource):
    """The bucket, its key, and `alias/streaming-platform-bootstrap-secrets-<environment>` for each environment.

    All of it is protected: who loses the key or the bucket can manage no stack any more.
    Outputs: bucket (name), bucket_arn, bucket_key_arn.
    Attributes: secrets_key_arns and secrets_providers, by environment.
    """

    bucket: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    bucket_key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: StateStoreArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:StateStore", name, None, opts)
        self._args = args
        self.bucket_key_arn = self._key("state", "Pulumi state at rest").arn
        store = PrivateBucket(
            name,
            PrivateBucketArgs(
                bucket=args.naming.name("state", globally_unique=True),
                kms_key_arn=self.bucket_key_arn,
                tags=args.naming.tags("state"),
                noncurrent_days=args.versions_days,
                protect=True,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.bucket, self.bucket_arn = store.bucket, store.arn
        self.secrets_key_arns: dict[str, pulumi.Output[str]] = {}
        self.secrets_providers: dict[str, str] = {}
        for environment in args.environments:
            self.secrets_key_arns[environment] = self._key(
                f"secrets-{environment}", f"Secrets in stacks of {environment}"
            ).arn
            alias = args.naming.name(f"secrets-{environment}")
            self.secrets_providers[environment] = f"awskms://alias/{alias}?region={args.region}"
        self.register_outputs(
            {"bucket": self.bucket, "bucket_arn": self.bucket_arn, "bucket_key_arn": self.bucket_key_arn}
        )

    def _key(self, purpose: str, description: str) -> aws.kms.Key:
        args = self._args
        key = aws.kms.Key(
            purpose,
            description=description,
            enable_key_rotation=True,
            # The longest time in which a mistake can be taken back.
            deletion_window_in_days=30,
            policy=json.dumps(key_policy(args.account_id, args.region)),
            tags=args.naming.tags(purpose),
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        aws.kms.Alias(
            purpose,
            name=f"alias/{args.naming.name(purpose)}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key
