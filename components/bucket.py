"""An S3 bucket as this platform wants every bucket: private, encrypted with a customer key, TLS only, tidy."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


def bucket_policy(bucket_arn: str, key_arn: str) -> dict[str, object]:
    """Bucket policy that refuses requests without TLS 1.2 or newer (AWS FSBP S3.5), and objects under another key.

    A writer that names no encryption gets the bucket's default, which is `key_arn`; so only a header that says
    something else is refused (`IfExists`).
    """
    everything = [bucket_arn, f"{bucket_arn}/*"]

    def deny(sid: str, action: str, resource: list[str], condition: dict[str, object]) -> dict[str, object]:
        return {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": action,
            "Resource": resource,
            "Condition": condition,
        }

    return {
        "Version": "2012-10-17",
        "Statement": [
            deny("DenyInsecureTransport", "s3:*", everything, {"Bool": {"aws:SecureTransport": "false"}}),
            deny("DenyOldTls", "s3:*", everything, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
            deny(
                "DenyOtherEncryption",
                "s3:PutObject",
                [f"{bucket_arn}/*"],
                {"StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption": "aws:kms"}},
            ),
            deny(
                "DenyOtherKey",
                "s3:PutObject",
                [f"{bucket_arn}/*"],
                {"StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key_arn}},
            ),
        ],
    }


@dataclass
class PrivateBucketArgs:
    """Inputs of `PrivateBucket`.

    bucket:             physical name
    kms_key_arn:        customer key for encryption at rest
    versioned:          True keeps overwritten and deleted objects for `noncurrent_days`
    noncurrent_days:    days; only with `versioned`
    abort_upload_days:  days after which an unfinished multipart upload is removed
    force_destroy:      True: a destroy deletes the objects too
    protect:            True: Pulumi refuses to delete the bucket
    tls_only:           False only on the emulator, which speaks plain HTTP: then there is no bucket policy
    expire_days:        days after which every object is deleted; None: never
    """

    bucket: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]
    tags: dict[str, str]
    versioned: bool = True
    noncurrent_days: int = 7
    abort_upload_days: int = 3
    force_destroy: bool = False
    protect: bool = False
    tls_only: bool = True
    expire_days: int | None = None


class PrivateBucket(pulumi.ComponentResource):
    """S3 bucket with public access blocked, ACLs off, SSE-KMS with a bucket key, lifecycle rules.

    Outputs: bucket (name), arn.
    """

    bucket: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: PrivateBucketArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:PrivateBucket", name, None, opts)
        bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket,
            force_destroy=args.force_destroy,
            tags=args.tags,
            # Objects cannot be had back: in production a mistaken destroy stops here.
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        # The settings of a bucket go with it: deleting them one by one only slows a destroy down.
        setting = pulumi.ResourceOptions(parent=self, deleted_with=bucket)
        aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=setting,
        )
        aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=setting,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="aws:kms", kms_master_key_id=args.kms_key_arn
                    ),
                    # One data key per bucket and hour instead of one KMS call per object.
                    bucket_key_enabled=True,
                )
            ],
            opts=setting,
        )
        rules = [
            aws.s3.BucketLifecycleConfigurationRuleArgs(
                id="abort-unfinished-uploads",
                status="Enabled",
                filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                    days_after_initiation=args.abort_upload_days
                ),
            )
        ]
        if args.expire_days is not None:
            rules.append(
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="expire",
                    status="Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.expire_days),
                )
            )
        before_rules: list[pulumi.Resource] = []
        if args.versioned:
            versioning = aws.s3.BucketVersioning(
                name,
                bucket=bucket.bucket,
                versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
                opts=setting,
            )
            rules.append(
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="expire-noncurrent-versions",
                    status="Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                        noncurrent_days=args.noncurrent_days
                    ),
                )
            )
            before_rules.append(versioning)
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.bucket,
            rules=rules,
            # S3 wants versioning to be settled before a rule about versions is written.
            opts=pulumi.ResourceOptions(parent=self, deleted_with=bucket, depends_on=before_rules),
        )
        if args.tls_only:
            aws.s3.BucketPolicy(
                name,
                bucket=bucket.bucket,
                policy=pulumi.Output.all(bucket.arn, args.kms_key_arn).apply(
                    lambda arns: json.dumps(bucket_policy(arns[0], arns[1]))
                ),
                opts=setting,
            )
        self.bucket = bucket.bucket
        self.arn = bucket.arn
        self.register_outputs({"bucket": self.bucket, "arn": self.arn})
