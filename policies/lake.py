"""S3: who reaches a bucket, how, and who can tell afterwards. What becomes of its objects is in `lake_objects`."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.bucket_settings import (
    BUCKETS,
    LOGGING,
    OWNERSHIP,
    POLICY,
    PUBLIC_ACCESS,
    REBUILT,
    USER_GUIDE,
    each_bucket,
    keeps_data,
    settings_of,
)
from policies.framework import Resource, Stack, policy, stack_policy
from policies.iam_statements import actions, allowed, anyone, closed, conditions, label, listed, means


@stack_policy(
    "s3-public-access-blocked",
    types=BUCKETS,
    severity="critical",
    controls=("CIS AWS v5.0.0 2.1.4", "AWS FSBP S3.8", "PCI DSS 1.4.4", "SOC 2 CC6.1", "SOC 2 CC6.6"),
    reason="One wrong grant or policy makes the objects readable by everybody on the internet.",
    remedy="Add a BucketPublicAccessBlock with all four settings true (components/bucket.py does).",
    url=f"{USER_GUIDE}/access-control-block-public-access.html",
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

    return each_bucket(stack, check)


@policy(
    "s3-policy-closed",
    types=POLICY,
    severity="critical",
    controls=("AWS FSBP S3.2", "AWS FSBP S3.3", "PCI DSS 1.4.4", "PCI DSS 7.3.3", "SOC 2 CC6.1"),
    reason="Everybody with an AWS account, or on the internet, could use the bucket.",
    remedy="Name the principals, or add a condition on aws:PrincipalAccount, aws:PrincipalOrgID or aws:SourceVpce.",
    url=f"{USER_GUIDE}/access-control-block-public-access.html",
)
def policy_closed(resource: Resource) -> Iterator[str]:
    for statement in allowed(resource.document("policy")):
        if anyone(statement) and not closed(statement):
            yield f"{label(statement)} lets everybody do {', '.join(actions(statement)) or 'everything'}"


@stack_policy(
    "s3-owner-enforced",
    types=BUCKETS,
    severity="medium",
    controls=("AWS FSBP S3.12", "PCI DSS 7.2.1", "SOC 2 CC6.3"),
    reason="With ACLs a writer of another account owns its objects, and one object can be open in a closed bucket.",
    remedy="Add a BucketOwnershipControls with objectOwnership BucketOwnerEnforced (components/bucket.py does).",
    url=f"{USER_GUIDE}/about-object-ownership.html",
)
def owner_enforced(stack: Stack) -> Iterator[tuple[Resource, str]]:
    def check(bucket: Resource) -> Iterator[str]:
        found = [one.value("rule", "objectOwnership", default="") for one in settings_of(stack, bucket, OWNERSHIP)] or [
            "not set"
        ]
        yield from (f"object ownership is {one}" for one in found if one != "BucketOwnerEnforced")

    return each_bucket(stack, check)


@stack_policy(
    "s3-tls-only",
    types=BUCKETS,
    severity="high",
    controls=("CIS AWS v5.0.0 2.1.1", "AWS FSBP S3.5", "PCI DSS 4.2.1", "SOC 2 CC6.7"),
    reason="S3 answers plain HTTP too: objects, and the keys of signed addresses, can be read on the way.",
    remedy="Deny s3:* where aws:SecureTransport is false, for bucket and objects (components/bucket.py does).",
    url=f"{USER_GUIDE}/security-best-practices.html",
)
def tls_only(stack: Stack) -> Iterator[tuple[Resource, str]]:
    def check(bucket: Resource) -> Iterator[str]:
        documents = [one.document("policy") for one in settings_of(stack, bucket, POLICY)]
        if not any(_refuses_http(document) for document in documents):
            yield "requests without TLS are answered"

    return each_bucket(stack, check)


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
    "s3-access-logged",
    types=BUCKETS,
    severity="medium",
    controls=("AWS FSBP S3.9", "PCI DSS 10.2.1", "SOC 2 CC7.2"),
    reason="Who read which file of a table cannot be told: S3 and IAM keep no record of it by themselves.",
    remedy="Add a BucketLogging, or name the trail that records the bucket's data events in this policy's `trail`.",
    url=f"{USER_GUIDE}/logging-with-S3.html",
    config={
        **REBUILT,
        "trail": {
            "type": "string",
            "default": "",
            "description": "ARN of the CloudTrail trail or event data store that records S3 data events here",
        },
    },
)
def access_logged(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """In production. Most accounts have a trail of their organization's, which no stack declares."""

    def check(bucket: Resource) -> Iterator[str]:
        if keeps_data(stack, bucket) and not any(
            "targetBucket" in one.props for one in settings_of(stack, bucket, LOGGING)
        ):
            yield "access to a production bucket is not recorded"

    if stack.production and not stack.config["trail"]:
        yield from each_bucket(stack, check)
