"""Where Flink keeps checkpoints, savepoints and what high availability needs."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bucket import PrivateBucket, PrivateBucketArgs


def state_policy(bucket_arn: str, key_arn: str) -> dict[str, object]:
    """IAM policy document of a Flink cluster for its state bucket, and for nothing else."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Bucket",
                "Effect": "Allow",
                "Action": ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
                "Resource": [bucket_arn],
            },
            {
                "Sid": "State",
                "Effect": "Allow",
                "Action": [
                    "s3:GetObject",
                    "s3:PutObject",
                    "s3:DeleteObject",
                    "s3:AbortMultipartUpload",
                    "s3:ListMultipartUploadParts",
                ],
                "Resource": [f"{bucket_arn}/*"],
            },
            {
                "Sid": "Key",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                "Resource": [key_arn],
            },
        ],
    }


@dataclass
class StateStoreArgs:
    """Inputs of `StateStore`.

    bucket:      S3 bucket name
    policy_name: name of the IAM policy
    kms_key_arn: key for encryption at rest
    disposable:  True: a destroy takes the state with it (default False)
    protect:     True: Pulumi refuses to delete the bucket (default False)
    tls_only:    False only where the S3 endpoint is the emulator (default True)
    """

    bucket: str
    policy_name: str
    kms_key_arn: pulumi.Input[str]
    tags: dict[str, str]
    disposable: bool = False
    protect: bool = False
    tls_only: bool = True


class StateStore(pulumi.ComponentResource):
    """S3 bucket for Flink's state. Not versioned: Flink deletes old checkpoints itself, and versions would keep them.

    Outputs: bucket (name), policy_arn.
    """

    bucket: pulumi.Output[str]
    policy_arn: pulumi.Output[str]

    def __init__(self, name: str, args: StateStoreArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:StateStore", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = PrivateBucket(
            f"{name}-bucket",
            PrivateBucketArgs(
                bucket=args.bucket,
                kms_key_arn=args.kms_key_arn,
                tags=args.tags,
                versioned=False,
                force_destroy=args.disposable,
                protect=args.protect,
                tls_only=args.tls_only,
            ),
            opts=child,
        )
        policy = aws.iam.Policy(
            name,
            name=args.policy_name,
            description="What Flink may do with its checkpoints and savepoints",
            policy=pulumi.Output.all(bucket.arn, args.kms_key_arn).apply(
                lambda arns: json.dumps(state_policy(arns[0], arns[1]))
            ),
            tags=args.tags,
            opts=child,
        )
        self.bucket = bucket.bucket
        self.policy_arn = policy.arn
        self.register_outputs({"bucket": self.bucket, "policy_arn": self.policy_arn})
