"""The bucket into which a load balancer writes who asked for what."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


def access_log_policy(bucket_arn: str, account_id: str) -> dict[str, object]:
    """Bucket policy: TLS only, and Elastic Load Balancing writes the logs of this account's load balancers.

    The service's principal, not the account ids of the regions that are older than August 2022: it is taken in all of
    them (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html).
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "DenyInsecureTransport",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket_arn, f"{bucket_arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {
                "Sid": "LoadBalancerLogs",
                "Effect": "Allow",
                "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"{bucket_arn}/AWSLogs/{account_id}/*",
            },
        ],
    }


@dataclass
class AccessLogBucketArgs:
    """Inputs of `AccessLogBucket`.

    bucket:     physical name; in the region of the load balancer
    account_id: owner of the load balancer
    days:       how long logs are kept
    protect:    True: Pulumi refuses to delete the bucket; False: a destroy deletes the logs with it
    """

    bucket: str
    account_id: str
    days: int
    tags: dict[str, str]
    protect: bool = False


class AccessLogBucket(pulumi.ComponentResource):
    """Private S3 bucket for access logs.

    Encrypted with S3's own keys: Elastic Load Balancing cannot write where a KMS key is the default.
    Outputs: bucket (name; known once the load balancer may write).
    """

    bucket: pulumi.Output[str]

    def __init__(self, name: str, args: AccessLogBucketArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:AccessLogBucket", name, None, opts)
        bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket,
            force_destroy=not args.protect,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        # The settings of a bucket go with it.
        setting = pulumi.ResourceOptions(parent=self, deleted_with=bucket)
        private = aws.s3.BucketPublicAccessBlock(
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
        encrypted = aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="AES256"
                    )
                )
            ],
            opts=setting,
        )
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="expire-logs",
                    status="Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.days),
                    abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=3
                    ),
                )
            ],
            opts=setting,
        )
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.bucket,
            policy=bucket.arn.apply(lambda arn: json.dumps(access_log_policy(arn, args.account_id))),
            # S3 refuses two changes of a bucket's policy and public access block at once.
            opts=pulumi.ResourceOptions(parent=self, deleted_with=bucket, depends_on=[private, encrypted]),
        )
        # Elastic Load Balancing writes a test object when logging is turned on: from the policy, so that it may.
        self.bucket = policy.bucket
        self.register_outputs({"bucket": self.bucket})
