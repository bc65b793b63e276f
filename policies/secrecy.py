"""What a program has marked as secret: told apart from plain text.

A Plan has a mask where a secret was. The engine hands its text to a pack, and the SDK takes the mark off before a
policy sees it; `SecretText` puts one on that a policy can ask for.
"""

from typing import Any

from pulumi_policy import deserialize

from policies.subject import MASKED


class SecretText(str):
    """Text that was marked as a secret. Equal to the same text without the mark."""

    __slots__ = ()


def is_secret(value: Any) -> bool:
    """Whether `value` was marked as a secret."""
    return isinstance(value, SecretText) or (isinstance(value, str) and value == MASKED)


def marked(value: Any) -> Any:
    """`value` with a mark on each text in it."""
    if isinstance(value, str):
        return SecretText(value)
    if isinstance(value, dict):
        return {key: marked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [marked(item) for item in value]
    return value


def _keep_marks() -> None:
    """Have the SDK mark what it unpacks. Remediation (`proxy_secrets`) has marks of its own."""
    unpack = deserialize._deserialize_property

    def unpack_marked(prop: Any, proxy_secrets: bool = False) -> Any:
        value = unpack(prop, proxy_secrets)
        secret = isinstance(prop, dict) and prop.get(deserialize.SPECIAL_SIG_KEY) == deserialize.SPECIAL_SECRET_SIG
        return marked(value) if secret and not proxy_secrets else value

    deserialize._deserialize_property = unpack_marked


_keep_marks()
