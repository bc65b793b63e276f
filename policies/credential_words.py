"""What a credential is called, and what it looks like."""

import re

_NAMES = re.compile(
    r"passwd|password|passphrase|secret|credential|(api|access|private|account|shared|encryption)[._-]?key"
    r"|token$|(^|[._/-])token[._/-]|jaas[._-]?config|basic[._-]auth[._-]user[._-]info|licen[cs]e[._-]?key",
    re.IGNORECASE,
)

# Names with such a word in them that tell where a credential is, or how it is read.
_ABOUT = re.compile(
    r"^config\.providers|[._-]?(class|source|type|url|uri|endpoint|location|path|file|name|arn|id|ref|provider|mechanism"
    r"|days|ms|seconds|enabled?|version|algorithm)$",
    re.IGNORECASE,
)

_LOOKS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an AWS access key": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a JAAS login with its password": re.compile(r"\bpassword\s*=\s*\"?(?!\$\{)[^\s\";]+\"?\s*;", re.IGNORECASE),
    "an address with a password in it": re.compile(r"://[^\s/:@]+:(?!\$)[^\s/@{}]+@"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
}

# `${provider:path:key}` of Kafka's config providers, `$(VARIABLE)` of Kubernetes, `{{resolve:...}}` of AWS.
_REFERENCE = re.compile(r"\$\{[^}]+\}|\$\([^)]+\)|\{\{resolve:")


def names_credential(name: str) -> bool:
    """Whether a setting of this name holds a credential: `database.password`, not `database.password.file`."""
    return bool(_NAMES.search(name)) and not _ABOUT.search(name)


def looks_like(text: str) -> str:
    """What kind of credential is in `text`; "" where none is seen."""
    return next((kind for kind, pattern in _LOOKS.items() if pattern.search(text)), "")


def is_reference(text: str) -> bool:
    """Whether `text` names a place instead of a credential, as `${secretsmanager:...}` does, or is empty."""
    return not text.strip() or bool(_REFERENCE.search(text))


def is_plain_credential(name: str, text: str) -> bool:
    """Whether the setting `name` holds a credential itself."""
    return bool(looks_like(text)) or (names_credential(name) and not is_reference(text))


def properties(text: str) -> dict[str, str]:
    """A Java properties file, as Kafka and Kafka Connect take it."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        line = line.strip()
        if line and line[0] not in "#!":
            key, _, value = line.partition("=" if "=" in line else ":")
            found[key.strip()] = value.strip()
    return found
