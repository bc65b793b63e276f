"""What a bucket is told stands in resources of their own, which name it: finding them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policies.framework import Resource, Stack, Unknown

# pulumi-aws 7 takes the names of version 6 as well.
BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
POLICY = ("aws:s3/bucketPolicy:BucketPolicy",)
PUBLIC_ACCESS = ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",)
OWNERSHIP = ("aws:s3/bucketOwnershipControls:BucketOwnershipControls",)
VERSIONING = ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
LOGGING = ("aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketLoggingV2:BucketLoggingV2")
LIFECYCLE = (
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
)

REBUILT = {
    "rebuilt": {
        "type": "array",
        "items": {"type": "string"},
        # Files under the hash of their content, which CI uploads again; and checkpoints, which Flink deletes all the
        # time: old versions of them would cost a multiple and restore nothing.
        "default": ["artifacts", "flink"],
        "description": "values of the tag `component` whose buckets hold nothing that is lost",
    }
}

USER_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"


def settings_of(stack: Stack, bucket: Resource, types: tuple[str, ...]) -> list[Resource]:
    """The resources of these types that are about a bucket: they depend on it, or have its name.

    Raises Unknown where one that depends on no bucket of the stack could be about any of them.
    """
    found: list[Resource] = []
    unknown: Unknown | None = None
    for setting in stack.of(*types):
        named = {one for one in stack.names(setting, "bucket") if one.type in BUCKETS}
        if named:
            found += [setting] if bucket in named else []
            continue
        try:
            if setting.value("bucket") == bucket.value("bucket"):
                found.append(setting)
        except Unknown as one:
            unknown = one
    if unknown and not found:
        raise unknown
    return found


def each_bucket(stack: Stack, check: Callable[[Resource], Iterator[str]]) -> Iterator[tuple[Resource, str]]:
    """What `check` says of each bucket; what is not known about one ends the judgement of that one only."""
    for bucket in stack.of(*BUCKETS):
        with stack.judging(bucket):
            for found in check(bucket):
                yield bucket, found


def is_versioned(stack: Stack, bucket: Resource) -> bool:
    """Whether a setting of the stack keeps old versions of its objects. Raises Unknown."""
    return any(
        one.value("versioningConfiguration", "status") == "Enabled" for one in settings_of(stack, bucket, VERSIONING)
    )


def keeps_data(stack: Stack, bucket: Resource) -> bool:
    """Whether a bucket holds what exists nowhere else. Logs, whose every object expires, are none of it."""
    if bucket.value("tags", "component", default="") in stack.config["rebuilt"]:
        return False
    return not any(_expires(rule) for one in settings_of(stack, bucket, LIFECYCLE) for rule in whole_rules(one))


def whole_rules(lifecycle: Resource) -> list[dict[str, Any]]:
    """The rules that are on and mean the whole bucket."""
    return [
        rule
        for rule in lifecycle.value("rules", default=[])
        if rule.get("status") == "Enabled"
        and not rule.get("prefix")
        and not {key: value for key, value in (rule.get("filter") or {}).items() if value}
    ]


def _expires(rule: Mapping[str, Any]) -> bool:
    return bool((rule.get("expiration") or {}).get("days"))
