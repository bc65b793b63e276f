"""Whether something is encrypted with a key of this account, also while the key's ARN is not known yet."""

from typing import Any

from policies.framework import NotKnown, Resource, Stack, Unknown

KEYS = (
    "aws:kms/key:Key",
    "aws:kms/alias:Alias",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/externalKey:ExternalKey",
)


def key_problem(stack: Stack, resource: Resource, *path: str | int) -> str:
    """What is wrong with the key at `path`; "" where it is one of the customer's.

    A key that the same program makes has no ARN before `up`; that the property depends on it is enough.
    Raises Unknown where the value is not known and comes from no key of the stack.
    """
    try:
        key = resource.value(*path)
    except Unknown:
        if any(one.type in KEYS for one in stack.names(resource, str(path[0]))):
            return ""
        raise
    return given_key_problem(key)


def given_key_problem(key: Any) -> str:
    """The same for the inputs of one resource, which do not tell where a value comes from: a key that is not known yet
    is taken for one that the program makes."""
    if isinstance(key, NotKnown):
        return ""
    if not key:
        return "no customer key is set"
    # https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
    return f"the key is AWS' own: {key}" if "alias/aws/" in str(key) else ""
