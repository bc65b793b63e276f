"""Confluent Manager for Apache Flink: whoever reaches it runs code with the rights of every application."""

from collections.abc import Iterator
from typing import Any

from policies.framework import Resource, policy
from policies.reading import at

_RELEASE = "kubernetes:helm.sh/v3:Release"
_CLIENT = "kubernetes:platform.confluent.io/v1beta1:CMFRestClass"
_CHART = "confluent-manager-for-apache-flink"
_DOCS = "https://docs.confluent.io/cp-flink/current/installation"

_EVERYWHERE: dict[str, dict[str, Any]] = {
    "everywhere": {"type": "boolean", "default": False, "description": "True: outside of production too"}
}


def _values(resource: Resource) -> dict[str, Any] | None:
    """Helm values of CMF's release, None for every other chart."""
    chart = str(resource.value("chart", default=""))
    return at(resource.props, "values", default={}) if chart.rpartition("/")[2] == _CHART else None


def _asked(resource: Resource) -> bool:
    return resource.production or bool(resource.config.get("everywhere"))


@policy(
    "flink-cmf-encrypted",
    types=(_RELEASE,),
    severity="high",
    controls=("PCI DSS 2.2.7", "PCI DSS 4.2.1", "SOC 2 CC6.7"),
    reason="Whoever listens in the network reads the tokens and jobs that are sent to CMF, and can change them.",
    remedy="Take flink.authentication: {kind: mtls} or oauth, or tls_endpoint with TLS to the pods "
    "(chart values cmf.ssl.keystore and cmf.ssl.trust-store).",
    url=f"{_DOCS}/authentication.html",
    config=_EVERYWHERE,
)
def cmf_encrypted(resource: Resource) -> Iterator[str]:
    """In production."""
    values = _values(resource)
    if values is not None and _asked(resource) and not at(values, "cmf", "ssl", "keystore"):
        yield "CMF speaks plain HTTP (no cmf.ssl.keystore)"


@policy(
    "flink-cmf-authenticated",
    types=(_RELEASE,),
    severity="critical",
    controls=("PCI DSS 8.3.1", "PCI DSS 7.3.1", "SOC 2 CC6.1"),
    reason="CMF asks nobody who they are: every pod and every person that reaches it runs code on the platform.",
    remedy="Take flink.authentication: {kind: mtls} or {kind: oauth, ...}.",
    url=f"{_DOCS}/authentication.html",
    config=_EVERYWHERE,
)
def cmf_authenticated(resource: Resource) -> Iterator[str]:
    """In production."""
    values = _values(resource)
    if values is None or not _asked(resource):
        return
    kind = at(values, "cmf", "authentication", "type")
    if kind not in ("mtls", "oauth"):
        yield f"the authentication of CMF is {kind or 'not set'}"
    elif kind == "mtls":
        # The socket's own setting is not enough: without this one the certificate is not looked at.
        asked = at(values, "cmf", "authentication", "config", "ssl.client.authentication", default="NONE")
        if str(asked).upper() not in ("REQUESTED", "REQUIRED"):
            yield f"client certificates are not looked at (ssl.client.authentication: {asked})"


@policy(
    "flink-cmf-authorized",
    types=(_RELEASE,),
    severity="high",
    controls=("PCI DSS 7.3.2", "PCI DSS 7.3.3", "SOC 2 CC6.3"),
    reason="Whoever may log in may do everything, in every environment.",
    remedy="Set flink.authorization: true (cmf.authorization.enforce).",
    url=f"{_DOCS}/authorization.html",
    config=_EVERYWHERE,
)
def cmf_authorized(resource: Resource) -> Iterator[str]:
    """In production."""
    values = _values(resource)
    if values is None or not _asked(resource):
        return
    if at(values, "cmf", "authorization", "enforce") is not True:
        yield "CMF does not ask for role bindings (cmf.authorization.enforce)"


@policy(
    "flink-cmf-secrets-encrypted",
    types=(_RELEASE,),
    severity="high",
    controls=("PCI DSS 8.3.2", "PCI DSS 3.6.1", "SOC 2 CC6.1"),
    reason="CMF's database holds logins of Kafka and Schema Registry, and by default in plain text; "
    "it cannot be switched on later.",
    remedy="Set encryption.enabled: true with a key of 16 or 32 bytes (encryption.key.kubernetesSecretName) "
    "before the first start.",
    url=f"{_DOCS}/encryption.html",
)
def cmf_secrets_encrypted(resource: Resource) -> Iterator[str]:
    values = _values(resource)
    if values is None:
        return
    if at(values, "encryption", "enabled") is not True:
        yield "CMF keeps secrets in plain text (encryption.enabled)"
    elif not at(values, "encryption", "key", "kubernetesSecretName"):
        yield "CMF has no key of its own for secrets (encryption.key)"


@policy(
    "flink-cmf-database",
    types=(_RELEASE,),
    severity="high",
    controls=("SOC 2 A1.2",),
    reason="The embedded database is a file on one disk in one zone: with it all environments, jobs and statements go.",
    remedy="Name a PostgreSQL in flink.database (cmf.database.type: jdbc).",
    url=f"{_DOCS}/storage.html",
)
def cmf_database(resource: Resource) -> Iterator[str]:
    values = _values(resource)
    if values is None:
        return
    kind, engine = at(values, "cmf", "database", "type"), at(values, "cmf", "database", "jdbc", "engine")
    if kind != "jdbc" or engine != "postgresql":
        yield f"the database of CMF is {engine if kind == 'jdbc' else 'embedded'}"
    if at(values, "cmf", "database", "jdbc", "password") and not at(
        values, "cmf", "database", "jdbc", "password", "kubernetesSecretName"
    ):
        yield "the database's password is in the chart's values"


@policy(
    "flink-cmf-licence",
    types=(_RELEASE,),
    severity="medium",
    controls=("SOC 2 A1.1",),
    reason="The trial ends after 30 days, and with it every change to jobs.",
    remedy="Name the secret with the licence in flink.licence_secret.",
    url=f"{_DOCS}/helm.html",
)
def cmf_licence(resource: Resource) -> Iterator[str]:
    """In production."""
    values = _values(resource)
    if values is not None and resource.production and not at(values, "license", "secretRef"):
        yield "CMF runs on the trial licence"


@policy(
    "flink-cmf-client",
    types=(_CLIENT,),
    severity="high",
    controls=("PCI DSS 2.2.7", "SOC 2 CC6.7"),
    reason="The operator sends every job to CMF: in plain text, or to whoever answers under that name.",
    remedy="Let the operator log in by TLS: flink.authentication: {kind: mtls} or {kind: oauth, ...}.",
    url="https://docs.confluent.io/operator/current/co-flink-overview.html",
    config=_EVERYWHERE,
)
def cmf_client(resource: Resource) -> Iterator[str]:
    """In production."""
    if not _asked(resource):
        return
    rest = at(resource.props, "spec", "cmfRest", default={})
    endpoint = str(at(rest, "endpoint", default=""))
    if not endpoint.startswith("https://"):
        yield f"CMF is spoken to at {endpoint or '(nothing)'}"
    elif at(rest, "authentication", "type") not in ("mtls", "oauth", "bearer"):
        yield "the operator logs in to CMF without a certificate or a token"
