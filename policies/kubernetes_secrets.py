"""Kubernetes: passwords stay in Secrets."""

import re
from collections.abc import Iterator

from policies.framework import MASKED, Resource, policy
from policies.reading import APPLICATION, WORKLOADS, at, containers, each, once, pod_specs

# A name that says so, its value, and no reference in the value's place: ${env:X}, $(X), %s, {{ x }}, <x>.
_ASSIGNED = re.compile(
    r"""(?P<name>(?:password|passwd|passphrase|secret|secret[._-]?key|secret[._-]?access[._-]?key|api[._-]?key"""
    r"""|private[._-]?key|jaas[._-]config))\\*["']?\s*[:=]\s*\\*["']?(?P<value>[^\s"',;\\]+)""",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"[$%{<\[(]")
_NOT_SECRET = {"true", "false", "null", "none", "file", "required"}
# AWS's own prefixes of access keys, and the armour of a private key.
_BY_FORM = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----")


def secrets_in(text: str) -> Iterator[str]:
    """What looks like a secret in a text: names of settings, never their values."""
    for found in _ASSIGNED.finditer(text):
        value = found["value"]
        if not _REFERENCE.match(value) and value.lower() not in _NOT_SECRET and not value.isdigit():
            # The name's beginning is looked for here: in the pattern it would cost time over every long word.
            before = re.search(r"[\w.-]*$", text[max(0, found.start() - 100) : found.start()])
            yield f"a value of {before[0] if before else ''}{found['name']}"
    if _BY_FORM.search(text):
        yield "a private key or an access key"


@policy(
    "kubernetes-secret-in-config-map",
    types=("kubernetes:core/v1:ConfigMap",),
    severity="critical",
    controls=("PCI DSS 8.6.2", "PCI DSS 8.3.2", "SOC 2 CC6.1"),
    reason="A ConfigMap is readable for whoever may look at the namespace, and is no secret to any tool or log.",
    remedy="Put the value into a Secret and name it by ${env:...} or a mounted file.",
    url="https://kubernetes.io/docs/concepts/configuration/configmap/#caution",
)
def secret_in_config_map(resource: Resource) -> Iterator[str]:
    for part in ("data", "binaryData"):
        data = at(resource.props, part, default={})
        if data == MASKED:
            yield f"{part} is marked as secret"
            continue
        for key in sorted(data):
            text = at(data, key)
            if text == MASKED:
                yield f"{part}.{key} is marked as secret"
                continue
            for found in dict.fromkeys(secrets_in(str(text))):
                yield f"{part}.{key} has {found}"


@policy(
    "kubernetes-secret-by-reference",
    types=(*WORKLOADS, APPLICATION),
    severity="high",
    controls=("PCI DSS 8.6.2", "SOC 2 CC6.1"),
    reason="A password in a pod's definition is shown by kubectl describe and kept in every revision of it.",
    remedy="Take the variable from a Secret: valueFrom.secretKeyRef.",
    url="https://kubernetes.io/docs/tasks/inject-data-application/distribute-credentials-secure/",
)
def secret_by_reference(resource: Resource) -> Iterator[str]:
    yield from once(_plain_variables(resource))


def _plain_variables(resource: Resource) -> Iterator[str]:
    for pod in pod_specs(resource):
        for name, container in containers(pod):
            for variable in each(container, "env"):
                key = str(at(variable, "name", default=""))
                if not re.search(r"(?i)(password|passwd|secret|token|api_?key|private_?key|access_?key)$", key):
                    continue
                value = at(variable, "value")
                # $(X) is another variable, which comes from a Secret or is judged itself; a path is a mounted file.
                if value is not None and not str(value).startswith(("$(", "/")):
                    yield f"the container {name} has the value of {key} written into it"
