"""S3: buckets. What a bucket is told stands in resources of their own, which name it.

Numbers of the CIS AWS Foundations Benchmark are those of v5.0.0.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policies.customer_keys import key_problem
from policies.framework import Resource, Stack, Unknown, policy, stack_policy
from policies.iam_statements import actions, allowed, anyone, closed, conditions, label, listed, means, principals

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
LIFECYCLE = (
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
)

# They write logs and cannot use a customer key, or with restrictions only: SSE-S3 is what such a bucket takes.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
LOG_WRITERS = frozenset({"logdelivery.elasticloadbalancing.amazonaws.com", "logging.s3.amazonaws.com"})

_USER_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"


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


def _each_bucket(stack: Stack, check: Callable[[Resource], Iterator[str]]) -> Iterator[tuple[Resource, str]]:
    for bucket in stack.of(*BUCKETS):
        with stack.judging(bucket):
            for found in check(bucket):
                yield bucket, found


@stack_policy(
    "s3-public-access-blocked",
    types=BUCKETS,
    severity="critical",
    controls=("CIS AWS v5.0.0 2.1.4", "AWS FSBP S3.8", "PCI DSS 1.4.4", "SOC 2 CC6.1", "SOC 2 CC6.6"),
    reason="One wrong grant or policy makes the objects readable by everybody on the internet.",
    remedy="Add a BucketPublicAccessBlock with all four settings true (components/bucket.py does).",
    url=f"{_USER_GUIDE}/access-control-block-public-access.html",
)
def public_access_blocked(stack: Stack) -> Iterator[tuple[Resource, str]]:
    keys = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

    def check(bucket: Resource) -> Iterator[str]:
        blocks = settings_of(stack, bucket, PUBLIC_ACCESS)
        if not blocks:
            yield "public access is not blocked"
        for block in blocks:
            off = [key for key in keys if not block.value(key, default=False)]
            if off:
                yield f"public access is not blocked: {', '.join(off)} off"

    return _each_bucket(stack, check)


@stack_policy(
    "s3-tls-only",
    types=BUCKETS,
    severity="high",
    controls=("CIS AWS v5.0.0 2.1.1", "AWS FSBP S3.5", "PCI DSS 4.2.1", "SOC 2 CC6.7"),
    reason="S3 answers plain HTTP too: objects, and the keys of signed addresses, can be read on the way.",
    remedy="Deny s3:* where aws:SecureTransport is false, for bucket and objects (components/bucket.py does).",
    url=f"{_USER_GUIDE}/security-best-practices.html",
)
def tls_only(stack: Stack) -> Iterator[tuple[Resource, str]]:
    def check(bucket: Resource) -> Iterator[str]:
        documents = [one.document("policy") for one in settings_of(stack, bucket, POLICY)]
        if not any(_refuses_http(document) for document in documents):
            yield "requests without TLS are answered"

    return _each_bucket(stack, check)


def _refuses_http(document: Any) -> bool:
    for statement in listed(document.get("Statement")) if isinstance(document, Mapping) else []:
        plain = any(
            operator.startswith("Bool") and key == "aws:securetransport" and values == ["false"]
            for operator, key, values in conditions({"Condition": _lower(statement.get("Condition"))})
        )
        names = [str(one) for one in listed(statement.get("Resource"))]
        whole = any(one.endswith("*") for one in names) and any(not one.endswith("/*") for one in names)
        everything = any(means(action, "s3:*") for action in actions(statement))
        if statement.get("Effect") == "Deny" and plain and whole and everything and anyone(statement):
            return True
    return False


def _lower(condition: Any) -> Any:
    """JSON's false and IAM's "False" are one."""
    if isinstance(condition, Mapping):
        return {key: _lower(value) for key, value in condition.items()}
    return [str(one).lower() for one in listed(condition)]


@stack_policy(
    "s3-customer-key",
    types=BUCKETS,
    severity="high",
    controls=("AWS FSBP S3.17", "PCI DSS 3.5.1", "SOC 2 CC6.1"),
    reason="Only a key of your own tells who decrypts, and can be taken away from everybody at once.",
    remedy="Set sseAlgorithm aws:kms with kmsMasterKeyId in a BucketServerSideEncryptionConfiguration.",
    url=f"{_USER_GUIDE}/UsingKMSEncryption.html",
)
def customer_key(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """A bucket into which AWS writes access logs takes no such key; it is known by its policy."""

    def check(bucket: Resource) -> Iterator[str]:
        rules = settings_of(stack, bucket, ENCRYPTION)
        problems = [_encryption(stack, one) for one in rules] or ["no customer key is set"]
        if any(problems) and not _takes_logs(stack, bucket):
            yield from filter(None, problems)

    return _each_bucket(stack, check)


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
    url=f"{_USER_GUIDE}/bucket-key.html",
)
def bucket_key(resource: Resource) -> Iterator[str]:
    algorithm = resource.value("rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm")
    if algorithm == "aws:kms" and not resource.value("rules", 0, "bucketKeyEnabled", default=False):
        yield "the bucket key is off"


@stack_policy(
    "s3-versioned",
    types=BUCKETS,
    severity="medium",
    controls=("AWS FSBP S3.14", "PCI DSS 10.3.4", "SOC 2 A1.2"),
    reason="An object that a wrong job overwrites or deletes is gone.",
    remedy="Add a BucketVersioning with status Enabled (components/bucket.py: versioned).",
    url=f"{_USER_GUIDE}/Versioning.html",
    config={
        "rebuilt": {
            "type": "array",
            "items": {"type": "string"},
            # Files under the hash of their content, which CI uploads again; and checkpoints, which Flink deletes all
            # the time: old versions of them would cost a multiple and restore nothing.
            "default": ["artifacts", "flink"],
            "description": "values of the tag `component` whose buckets hold nothing that is lost",
        }
    },
)
def versioned(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """A bucket whose every object expires anyway (logs) needs none."""

    def check(bucket: Resource) -> Iterator[str]:
        if bucket.value("tags", "component", default="") in stack.config["rebuilt"]:
            return
        if any(_expires(rule) for one in settings_of(stack, bucket, LIFECYCLE) for rule in _whole(one)):
            return
        if not _versioned(stack, bucket):
            yield "versioning is off"

    return _each_bucket(stack, check)


def _versioned(stack: Stack, bucket: Resource) -> bool:
    return any(
        one.value("versioningConfiguration", "status") == "Enabled" for one in settings_of(stack, bucket, VERSIONING)
    )


def _whole(lifecycle: Resource) -> list[dict[str, Any]]:
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


@stack_policy(
    "s3-lifecycle",
    types=BUCKETS,
    severity="low",
    controls=("AWS FSBP S3.10", "AWS FSBP S3.13", "PCI DSS 10.5.1", "SOC 2 C1.2"),
    reason="Unfinished uploads and old versions are invisible, are paid for ever, and keep what was to be deleted.",
    remedy="Add rules over the whole bucket: abortIncompleteMultipartUpload, and noncurrentVersionExpiration where "
    "versioning is on.",
    url=f"{_USER_GUIDE}/object-lifecycle-mgmt.html",
)
def lifecycle(stack: Stack) -> Iterator[tuple[Resource, str]]:
    def check(bucket: Resource) -> Iterator[str]:
        rules = [rule for one in settings_of(stack, bucket, LIFECYCLE) for rule in _whole(one)]
        if not any((rule.get("abortIncompleteMultipartUpload") or {}).get("daysAfterInitiation") for rule in rules):
            yield "unfinished uploads are kept for ever"
        old = any((rule.get("noncurrentVersionExpiration") or {}).get("noncurrentDays") for rule in rules)
        if not old and _versioned(stack, bucket):
            yield "old versions are kept for ever"

    return _each_bucket(stack, check)


@stack_policy(
    "s3-owner-enforced",
    types=BUCKETS,
    severity="medium",
    controls=("AWS FSBP S3.12", "PCI DSS 7.2.1", "SOC 2 CC6.3"),
    reason="With ACLs a writer of another account owns its objects, and one object can be open in a closed bucket.",
    remedy="Add a BucketOwnershipControls with objectOwnership BucketOwnerEnforced (components/bucket.py does).",
    url=f"{_USER_GUIDE}/about-object-ownership.html",
)
def owner_enforced(stack: Stack) -> Iterator[tuple[Resource, str]]:
    def check(bucket: Resource) -> Iterator[str]:
        found = [one.value("rule", "objectOwnership", default="") for one in settings_of(stack, bucket, OWNERSHIP)] or [
            "not set"
        ]
        yield from (f"object ownership is {one}" for one in found if one != "BucketOwnerEnforced")

    return _each_bucket(stack, check)


@policy(
    "s3-no-force-destroy",
    types=BUCKETS,
    severity="high",
    controls=("SOC 2 A1.2", "SOC 2 CC8.1"),
    reason="A mistaken destroy deletes every object, and no second person is asked.",
    remedy="Leave forceDestroy out; this platform sets it outside the environment prod only.",
    url=f"{_USER_GUIDE}/delete-bucket.html",
)
def no_force_destroy(resource: Resource) -> Iterator[str]:
    if resource.production and resource.value("forceDestroy", default=False):
        yield "a destroy deletes the objects of a production bucket"


@policy(
    "s3-policy-closed",
    types=POLICY,
    severity="critical",
    controls=("AWS FSBP S3.2", "AWS FSBP S3.3", "PCI DSS 1.4.4", "PCI DSS 7.3.3", "SOC 2 CC6.1"),
    reason="Everybody with an AWS account, or on the internet, could use the bucket.",
    remedy="Name the principals, or add a condition on aws:PrincipalAccount, aws:PrincipalOrgID or aws:SourceVpce.",
    url=f"{_USER_GUIDE}/access-control-block-public-access.html",
)
def policy_closed(resource: Resource) -> Iterator[str]:
    for statement in allowed(resource.document("policy")):
        if anyone(statement) and not closed(statement):
            yield f"{label(statement)} lets everybody do {', '.join(actions(statement)) or 'everything'}"
