"""No secret in plain text, in whatever resource."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from policies.framework import EVERY, Resource, policy
from policies.secrecy import is_secret

# Other policies look at these with more care (policies/kubernetes_secrets.py, database.py).
ELSEWHERE = frozenset(
    {
        *("kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Pod", "kubernetes:apps/v1:Deployment"),
        *("kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:DaemonSet", "kubernetes:batch/v1:Job"),
        *("kubernetes:batch/v1:CronJob", "kubernetes:platform.confluent.io/v1beta1:FlinkApplication"),
        *("aws:rds/instance:Instance", "aws:rds/cluster:Cluster"),
    }
)

# A key that says: my value is a secret.
_TELLING = re.compile(
    r"(password|passwd|passphrase|secret[-_.]?string|secret[-_.]?(access[-_.]?)?key|private[-_.]?key([-_.]?pem)?"
    r"|(api|client|app)[-_.]?(secret|key)|shared[-_.]?secret|auth[-_.]?token|license[-_.]?key)([-_.]?wo)?$",
    re.IGNORECASE,
)
# A key whose value may be a secret, or the name of one: the look of the value decides.
_PERHAPS = re.compile(r"(secret|token|credentials?)$", re.IGNORECASE)

# In a text: forms that are nothing else, and settings in a properties file, a URL or a JAAS line.
_FORMS = (
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), "an AWS access key"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"), "a GitHub token"),
    (re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"), "a Slack token"),
    (re.compile(r"(?i)(?:password|passwd|passphrase)[\"']?\s*[:=]\s*[\"']?(?![\s\"'${%<\[(]|$)"), "a password"),
    (re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@\"']+:(?![${%<])[^/\s:@\"']+@"), "a login in a URL"),
)
# One search that all of them need to match; most texts end here.
_ANY_FORM = re.compile(r"AKIA|ASIA|PRIVATE KEY|gh[pousr]_|xox|(?i:passw|passphrase)|://[^/\s]+@")

# What stands where a secret is put in later, or for a secret that has its own place.
_REFERENCE = re.compile(r"(\$[{(]|\{\{|%|<|arn:|/|[a-z0-9+.-]+://)", re.IGNORECASE)
_WORDS = frozenset({"", "true", "false", "none", "null", "required", "optional"})

# Bits a character: words of a language have less than 3.5 over 20 characters, random letters and digits more.
RANDOM_BITS, RANDOM_LENGTH = 3.5, 20


@policy(
    "general-no-plain-secrets",
    types=(EVERY,),
    severity="critical",
    controls=("PCI DSS 8.3.2", "PCI DSS 8.6.2", "SOC 2 CC6.1"),
    reason="It stands in the state, in every plan and in the logs of CI, where many can read it.",
    remedy="Take it from the stack's configuration (`pulumi config set --secret`), or wrap it in pulumi.Output.secret.",
    url="https://www.pulumi.com/docs/iac/concepts/secrets/",
)
def no_plain_secrets(resource: Resource) -> Iterator[str]:
    """What is not known yet comes from a provider, and is no text of the program."""
    if resource.type not in ELSEWHERE:
        for path, what in dict.fromkeys(_found(resource.props, "", "")):
            yield f"{path} holds {what} in plain text"


def _found(value: Any, path: str, key: str) -> Iterator[tuple[str, str]]:
    """(path, what it looks like) of each text that looks like a secret and is not marked as one. Never the text."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _found(item, f"{path}.{name}" if path else str(name), str(name))
        # Lists of {name, value} are mappings too: of environments, of configuration entries.
        named = value.get("name", value.get("key"))
        if isinstance(named, str) and isinstance(value.get("value"), str):
            yield from _by_key(value["value"], f"{path}.value", named)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _found(item, f"{path}.{number}", key)
    elif isinstance(value, str):
        yield from _by_key(value, path, key)
        if not is_secret(value) and _ANY_FORM.search(value):
            yield from ((path, what) for form, what in _FORMS if form.search(value))


def _by_key(text: str, path: str, key: str) -> Iterator[tuple[str, str]]:
    if is_secret(text) or text.lower() in _WORDS or _REFERENCE.match(text):
        return
    if _TELLING.search(key) or (_PERHAPS.search(key) and looks_random(text)):
        yield path, f"the value of {key}"


def looks_random(text: str) -> bool:
    """Whether a text is long and has as many different characters as one that nobody made up."""
    if len(text) < RANDOM_LENGTH or re.search(r"\s", text):
        return False
    counts = Counter(text)
    bits = -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
    return bits >= RANDOM_BITS and any(one.isdigit() for one in text)
