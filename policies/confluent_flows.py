"""Confluent Cloud: connectors, cluster links, and tables made of topics."""

import re
from collections.abc import Iterator

from policies.framework import MASKED, Resource, Unknown, policy
from policies.reading import at

_CONNECTOR = "confluentcloud:index/connector:Connector"
_TABLE = "confluentcloud:index/tableflowTopic:TableflowTopic"
_LINK = "confluentcloud:index/clusterLink:ClusterLink"
_DOCS = "https://docs.confluent.io/cloud/current"


def _settings(connector: Resource) -> dict[str, object]:
    settings = at(connector.props, "configNonsensitive", default={})
    if settings == MASKED:
        raise Unknown("configNonsensitive", connector.urn)
    return settings


@policy(
    "confluent-connector-secrets",
    types=(_CONNECTOR,),
    severity="critical",
    controls=("PCI DSS 8.6.2", "PCI DSS 8.3.2", "SOC 2 CC6.1"),
    reason="What is in the nonsensitive configuration is readable in the console, the state and every preview.",
    remedy="Move the setting to configSensitive.",
    url="https://www.pulumi.com/registry/packages/confluentcloud/api-docs/connector/",
)
def connector_secrets(resource: Resource) -> Iterator[str]:
    # Names are enough: a value that is not known yet is in the wrong place too.
    for key in sorted(_settings(resource)):
        if re.search(r"(password|passphrase|secret|api\.key|access\.key\.id|private\.key|token|user\.info)$", key):
            yield f"{key} is in the nonsensitive configuration"


@policy(
    "confluent-connector-tls",
    types=(_CONNECTOR,),
    severity="high",
    controls=("PCI DSS 4.2.1", "SOC 2 CC6.7"),
    reason="The database's password and every row cross the network in plain text.",
    remedy="Set database.sslmode: require, verify-ca or verify-full.",
    url=f"{_DOCS}/connectors/cc-postgresql-cdc-source-v2-debezium/",
)
def connector_tls(resource: Resource) -> Iterator[str]:
    settings = _settings(resource)
    if "postgres" not in str(at(settings, "connector.class", default="")).lower():
        return
    mode = at(settings, "database.sslmode", default=at(settings, "ssl.mode"))
    if str(mode).lower() not in ("require", "verify-ca", "verify-full"):
        yield f"the connection to the database is {mode or 'not said to be encrypted'}"


@policy(
    "confluent-connector-login",
    types=(_CONNECTOR,),
    severity="medium",
    controls=("PCI DSS 8.6.3", "SOC 2 CC6.1"),
    reason="A connector that logs in with an API key stops at the key's rotation.",
    remedy="Set kafka.auth.mode: SERVICE_ACCOUNT and kafka.service.account.id.",
    url=f"{_DOCS}/connectors/service-account.html",
)
def connector_login(resource: Resource) -> Iterator[str]:
    mode = at(_settings(resource), "kafka.auth.mode", default="KAFKA_API_KEY")
    if mode != "SERVICE_ACCOUNT":
        yield f"logs in to Kafka by {mode}"


@policy(
    "confluent-connector-retired",
    types=(_CONNECTOR,),
    severity="high",
    controls=("PCI DSS 6.3.3", "SOC 2 CC8.1"),
    reason="The first version of the connector ended on 2026-03-31 and gets no more fixes.",
    remedy="Take PostgresCdcSourceV2.",
    url=f"{_DOCS}/connectors/cc-postgresql-cdc-source-v2-debezium/",
)
def connector_retired(resource: Resource) -> Iterator[str]:
    if at(_settings(resource), "connector.class") == "PostgresCdcSource":
        yield "is PostgresCdcSource, the first version"


@policy(
    "confluent-connector-dead-letters",
    types=(_CONNECTOR,),
    severity="medium",
    controls=("SOC 2 PI1.3",),
    reason="A sink that passes over what it cannot write, and keeps it nowhere, loses records without a word.",
    remedy="Name a topic in errors.deadletterqueue.topic.name, or leave errors.tolerance at none.",
    url=f"{_DOCS}/connectors/dead-letter-queue.html",
)
def connector_dead_letters(resource: Resource) -> Iterator[str]:
    settings = _settings(resource)
    sink = "sink" in str(at(settings, "connector.class", default="")).lower()
    tolerant = str(at(settings, "errors.tolerance", default="none")).lower() == "all"
    if sink and tolerant and not at(settings, "errors.deadletterqueue.topic.name"):
        yield "tolerates all errors and has no topic for dead letters"


@policy(
    "confluent-tableflow-own-bucket",
    types=(_TABLE,),
    severity="medium",
    controls=("PCI DSS 3.6.1", "SOC 2 CC6.1"),
    reason="In Confluent's storage the tables are under its keys and go with the environment.",
    remedy="Set byobAws with a bucket of ours, encrypted under our key, and its provider integration.",
    url=f"{_DOCS}/topics/tableflow/how-to-guides/configure-storage.html",
)
def tableflow_own_bucket(resource: Resource) -> Iterator[str]:
    """In production. That the bucket is encrypted is for the policies of S3."""
    if resource.production and resource.props.get("byobAws") is None:
        yield "is kept in Confluent's storage"


@policy(
    "confluent-tableflow-errors-kept",
    types=(_TABLE,),
    severity="medium",
    controls=("SOC 2 PI1.3",),
    reason="Records that are no row are dropped, and nobody can say which.",
    remedy="Set errorHandling.mode: LOG with a topic (flink.tableflow.error_topic), or SUSPEND.",
    url=f"{_DOCS}/topics/tableflow/overview.html",
)
def tableflow_errors_kept(resource: Resource) -> Iterator[str]:
    mode = at(resource.props, "errorHandling", "mode", default=at(resource.props, "recordFailureStrategy"))
    if mode == "SKIP":
        yield "drops records that are no row"


@policy(
    "confluent-link-encrypted",
    types=(_LINK,),
    severity="critical",
    controls=("PCI DSS 4.2.1", "SOC 2 CC6.7"),
    reason="A link carries every record and its login between two networks.",
    remedy="Leave security.protocol at SASL_SSL and the check of host names on; put logins into `credentials`.",
    url=f"{_DOCS}/multi-cloud/cluster-linking/index.html",
)
def link_encrypted(resource: Resource) -> Iterator[str]:
    """Without a word in its configuration the provider writes SASL_SSL."""
    config = at(resource.props, "config", default={})
    if config == MASKED:
        raise Unknown("config", resource.urn)
    for key in sorted(config):
        if key.endswith("security.protocol"):
            if at(config, key) not in ("SASL_SSL", "SSL"):
                yield f"{key} is {at(config, key)}"
        elif key.endswith("ssl.endpoint.identification.algorithm"):
            if at(config, key) != "https":
                yield "does not check the name in the certificate of the source"
        elif key.endswith(("sasl.jaas.config", "password")):
            yield f"{key} is in its configuration, which is no secret"


@policy(
    "confluent-link-rights",
    types=(_LINK,),
    severity="high",
    controls=("PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="Whoever gives rights at the source gives them here, and every topic that appears there appears here.",
    remedy="Set acl.sync.enable and auto.create.mirror.topics.enable to false, and name the mirrors.",
    url=f"{_DOCS}/multi-cloud/cluster-linking/index.html",
)
def link_rights(resource: Resource) -> Iterator[str]:
    for key in ("acl.sync.enable", "auto.create.mirror.topics.enable"):
        if str(at(resource.props, "config", key, default="false")).lower() == "true":
            yield f"{key} is on"
