"""S3: objects: under which key, for how long, and what a mistake takes with it.

Controls of Security Hub that its standard FSBP does not have stand as "AWS Security Hub ...".
"""

from collections.abc import Iterator

from policies.bucket_settings import (
    BUCKETS,
    ENCRYPTION,
    LIFECYCLE,
    POLICY,
    REBUILT,
    USER_GUIDE,
    each_bucket,
    is_versioned,
    keeps_data,
    settings_of,
    whole_rules,
)
from policies.customer_keys import key_problem
from policies.framework import Resource, Stack, policy, stack_policy
from policies.iam_statements import allowed, principals

# They write logs and cannot use a customer key, or with restrictions only: SSE-S3 is what such a bucket takes.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
LOG_WRITERS = frozenset({"logdelivery.elasticloadbalancing.amazonaws.com", "logging.s3.amazonaws.com"})


@stack_policy(
    "s3-customer-key",
    types=BUCKETS,
    severity="high",
    controls=("AWS Security Hub S3.17", "PCI DSS 3.5.1", "SOC 2 CC6.1"),
    reason="Only a key of your own tells who decrypts, and can be taken away from everybody at once.",
    remedy="Set sseAlgorithm aws:kms with kmsMasterKeyId in a BucketServerSideEncryptionConfiguration.",
    url=f"{USER_GUIDE}/UsingKMSEncryption.html",
)
def customer_key(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """A bucket into which AWS writes access logs takes no such key; it is known by its policy."""

    def check(bucket: Resource) -> Iterator[str]:
        rules = settings_of(stack, bucket, ENCRYPTION)
        problems = [_encryption(stack, one) for one in rules] or ["no customer key is set"]
        if any(problems) and not _takes_logs(stack, bucket):
            yield from filter(None, problems)

    return each_bucket(stack, check)


def _encryption(stack: Stack, setting: Resource) -> str:
    rule = ("rules", 0, "applyServerSideEncryptionByDefault")
    algorithm = setting.value(*rule, "sseAlgorithm", default="AES256")
    if algorithm not in ("aws:kms", "aws:kms:dsse"):
        return f"objects are encrypted with {algorithm}"
    return key_problem(stack, setting, *rule, "kmsMasterKeyId")


def _takes_logs(stack: Stack, bucket: Resource) -> bool:
    return any(
        set(principals(statement, "Service")) & LOG_WRITERS
        for one in settings_of(stack, bucket, POLICY)
        for statement in allowed(one.document("policy"))
    )


@policy(
    "s3-bucket-key",
    types=ENCRYPTION,
    severity="low",
    controls=("SOC 2 A1.1",),
    reason="Without it each object costs a call of KMS: checkpoints reach the request quota, and cost more than S3.",
    remedy="Set bucketKeyEnabled to true in the rule.",
    url=f"{USER_GUIDE}/bucket-key.html",
)
def bucket_key(resource: Resource) -> Iterator[str]:
    algorithm = resource.value("rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm")
    if algorithm == "aws:kms" and not resource.value("rules", 0, "bucketKeyEnabled", default=False):
        yield "the bucket key is off"


@stack_policy(
    "s3-versioned",
    types=BUCKETS,
    severity="medium",
    controls=("AWS Security Hub S3.14", "PCI DSS 10.3.4", "SOC 2 A1.2"),
    reason="An object that a wrong job overwrites or deletes is gone.",
    remedy="Add a BucketVersioning with status Enabled (components/bucket.py: versioned).",
    url=f"{USER_GUIDE}/Versioning.html",
    config=REBUILT,
)
def versioned(stack: Stack) -> Iterator[tuple[Resource, str]]:
    def check(bucket: Resource) -> Iterator[str]:
        if keeps_data(stack, bucket) and not is_versioned(stack, bucket):
            yield "versioning is off"

    return each_bucket(stack, check)


@stack_policy(
    "s3-lifecycle",
    types=BUCKETS,
    severity="low",
    controls=("AWS Security Hub S3.10", "AWS FSBP S3.13", "PCI DSS 10.5.1", "SOC 2 C1.2"),
    reason="Unfinished uploads and old versions are invisible, are paid for ever, and keep what was to be deleted.",
    remedy="Add rules over the whole bucket: abortIncompleteMultipartUpload, and noncurrentVersionExpiration where "
    "versioning is on.",
    url=f"{USER_GUIDE}/object-lifecycle-mgmt.html",
)
def lifecycle(stack: Stack) -> Iterator[tuple[Resource, str]]:
    def check(bucket: Resource) -> Iterator[str]:
        rules = [rule for one in settings_of(stack, bucket, LIFECYCLE) for rule in whole_rules(one)]
        if not any((rule.get("abortIncompleteMultipartUpload") or {}).get("daysAfterInitiation") for rule in rules):
            yield "unfinished uploads are kept for ever"
        old = any((rule.get("noncurrentVersionExpiration") or {}).get("noncurrentDays") for rule in rules)
        if not old and is_versioned(stack, bucket):
            yield "old versions are kept for ever"

    return each_bucket(stack, check)


@policy(
    "s3-no-force-destroy",
    types=BUCKETS,
    severity="high",
    controls=("SOC 2 A1.2", "SOC 2 CC8.1"),
    reason="A mistaken destroy deletes every object, and no second person is asked.",
    remedy="Leave forceDestroy out; this platform sets it outside the environment prod only.",
    url=f"{USER_GUIDE}/delete-bucket.html",
)
def no_force_destroy(resource: Resource) -> Iterator[str]:
    if resource.production and resource.value("forceDestroy", default=False):
        yield "a destroy deletes the objects of a production bucket"
