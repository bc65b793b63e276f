"""Cases of the policies for Confluent Cloud: topics, schemas, connectors, links, tables."""

from typing import Any

from tests.policies.cases import UNKNOWN, Case, Given, Plant
from tests.policies.cases_confluent import INDEX, without

TOPIC = f"{INDEX}kafkaTopic:KafkaTopic"
SCHEMA = f"{INDEX}schema:Schema"
SUBJECT = f"{INDEX}subjectConfig:SubjectConfig"
ENVIRONMENT = f"{INDEX}environment:Environment"
CONNECTOR = f"{INDEX}connector:Connector"
TABLE = f"{INDEX}tableflowTopic:TableflowTopic"
LINK = f"{INDEX}clusterLink:ClusterLink"
STATEMENT = f"{INDEX}flinkStatement:FlinkStatement"


def topic(**config: Any) -> dict[str, Any]:
    return {"topicName": "orders", "config": {key.replace("_", "."): value for key, value in config.items()}}


def connector(**settings: Any) -> dict[str, Any]:
    """A connector with these settings over those that comply; `_` stands for a dot."""
    config = {
        "connector.class": "PostgresCdcSourceV2",
        "database.sslmode": "verify-full",
        "kafka.auth.mode": "SERVICE_ACCOUNT",
        **{key.replace("_", "."): value for key, value in settings.items()},
    }
    return {"configNonsensitive": config, "configSensitive": {}}


def sink(**settings: Any) -> dict[str, Any]:
    return connector(connector_class="S3_SINK", **settings)


def link(**config: Any) -> dict[str, Any]:
    return {"config": {key.replace("_", "."): value for key, value in config.items()}}


CASES = [
    Case(
        "confluent-topic-bounded",
        type=TOPIC,
        good=[
            topic(),
            topic(retention_ms="1000"),
            topic(retention_ms="-1", cleanup_policy="compact"),
            topic(retention_ms="-1", retention_bytes="100000"),
        ],
        bad=[topic(retention_ms="-1"), topic(retention_ms=-1, cleanup_policy="delete")],
        unknown=topic(retention_ms=UNKNOWN),
    ),
    Case(
        "confluent-topic-bounded",
        type=TOPIC,
        good=[topic(retention_ms="-1")],
        config={"for_ever": ["orders"]},
    ),
    Case(
        "confluent-topic-in-sync",
        type=TOPIC,
        good=[topic(), topic(min_insync_replicas="2")],
        bad=[topic(min_insync_replicas="1")],
        unknown=topic(min_insync_replicas=UNKNOWN),
    ),
    Case(
        "confluent-topic-message-size",
        type=TOPIC,
        good=[topic(), topic(max_message_bytes="2097164")],
        bad=[topic(max_message_bytes="20971520")],
        unknown=topic(max_message_bytes=UNKNOWN),
    ),
    Case(
        "confluent-key-in-provider",
        type=TOPIC,
        good=[topic(), Given(STATEMENT, props={"statement": "SELECT 1"})],
        bad=[
            {**topic(), "credentials": {"key": "x", "secret": UNKNOWN}},
            # Whatever it is: it is there.
            {**topic(), "credentials": UNKNOWN},
            Given(STATEMENT, props={"credentials": {"key": "x"}}),
        ],
        no_unknown="that it is there is the finding",
    ),
    Case(
        "confluent-governance-package",
        type=ENVIRONMENT,
        production=True,
        good=[{"streamGovernance": {"package": "ADVANCED"}}],
        bad=[{"streamGovernance": {"package": "ESSENTIALS"}}, {}],
        unknown={"streamGovernance": UNKNOWN},
    ),
    Case("confluent-governance-package", type=ENVIRONMENT, good=[{}]),
    Case(
        "confluent-schema-compatibility",
        type=SUBJECT,
        good=[{"compatibilityLevel": "BACKWARD"}, {"compatibilityLevel": "FULL_TRANSITIVE"}, {}],
        bad=[
            {"compatibilityLevel": "NONE"},
            Given(
                f"{INDEX}schemaRegistryClusterConfig:SchemaRegistryClusterConfig", props={"compatibilityLevel": "NONE"}
            ),
        ],
        unknown={"compatibilityLevel": UNKNOWN},
    ),
    Case(
        "confluent-schema-soft-deleted",
        type=SCHEMA,
        good=[{}, {"hardDelete": False}],
        bad=[{"hardDelete": True}],
        unknown={"hardDelete": UNKNOWN},
    ),
    Case(
        "confluent-connector-secrets",
        type=CONNECTOR,
        good=[connector(), {"configSensitive": {"database.password": "x"}}],
        bad=[connector(database_password="tiger"), connector(kafka_api_key="x"), connector(kafka_api_secret=UNKNOWN)],
        unknown={"configNonsensitive": UNKNOWN},
    ),
    Case(
        "confluent-connector-tls",
        type=CONNECTOR,
        good=[connector(), connector(database_sslmode="require"), sink(database_sslmode="disable")],
        bad=[
            connector(database_sslmode="prefer"),
            connector(database_sslmode="disable"),
            connector(database_sslmode=None),
        ],
        unknown=connector(database_sslmode=UNKNOWN),
    ),
    Case(
        "confluent-connector-login",
        type=CONNECTOR,
        good=[connector()],
        bad=[connector(kafka_auth_mode="KAFKA_API_KEY"), connector(kafka_auth_mode=None)],
        unknown=connector(kafka_auth_mode=UNKNOWN),
    ),
    Case(
        "confluent-connector-retired",
        type=CONNECTOR,
        good=[connector(), sink()],
        bad=[connector(connector_class="PostgresCdcSource")],
        unknown=connector(connector_class=UNKNOWN),
    ),
    Case(
        "confluent-connector-dead-letters",
        type=CONNECTOR,
        good=[
            connector(errors_tolerance="all"),
            sink(),
            sink(errors_tolerance="all", errors_deadletterqueue_topic_name="dlq"),
        ],
        bad=[sink(errors_tolerance="all")],
        unknown=sink(errors_tolerance=UNKNOWN),
    ),
    Case(
        "confluent-tableflow-own-bucket",
        type=TABLE,
        production=True,
        good=[{"byobAws": {"bucketName": UNKNOWN}}],
        bad=[{"managedStorages": [{}]}, {}],
        no_unknown="that there is a bucket is enough",
    ),
    Case("confluent-tableflow-own-bucket", type=TABLE, good=[{"managedStorages": [{}]}]),
    Case(
        "confluent-tableflow-errors-kept",
        type=TABLE,
        good=[{}, {"errorHandling": {"mode": "LOG", "logTarget": "errors"}}, {"errorHandling": {"mode": "SUSPEND"}}],
        bad=[{"errorHandling": {"mode": "SKIP"}}, {"recordFailureStrategy": "SKIP"}],
        unknown={"errorHandling": {"mode": UNKNOWN}},
    ),
    Case(
        "confluent-link-encrypted",
        type=LINK,
        good=[link(), {}, link(security_protocol="SASL_SSL", ssl_endpoint_identification_algorithm="https")],
        bad=[
            link(security_protocol="SASL_PLAINTEXT"),
            link(local_security_protocol="PLAINTEXT"),
            link(ssl_endpoint_identification_algorithm=""),
            link(sasl_jaas_config="..."),
        ],
        unknown=link(security_protocol=UNKNOWN),
    ),
    Case(
        "confluent-link-rights",
        type=LINK,
        good=[link(), link(acl_sync_enable="false")],
        bad=[link(acl_sync_enable="true"), link(auto_create_mirror_topics_enable="true")],
        unknown=link(acl_sync_enable=UNKNOWN),
    ),
]


def config(policy: str, stack: str = "dev-cc", where: str = TOPIC, block: str = "config", **settings: Any) -> Plant:
    changed = {key.replace("_", "."): value for key, value in settings.items()}
    return Plant(policy, stack, where=where, change=lambda props: props[block].update(changed))


def setting(policy: str, **settings: Any) -> Plant:
    return config(policy, "dev-cc", CONNECTOR, "configNonsensitive", **settings)


PLANTS = [
    config("confluent-topic-bounded", retention_ms="-1"),
    config("confluent-topic-in-sync", min_insync_replicas="1"),
    config("confluent-topic-message-size", max_message_bytes="20971520"),
    Plant(
        "confluent-key-in-provider",
        "dev-cc",
        where=STATEMENT,
        change=lambda props: {**props, "credentials": {"key": "x", "secret": "y"}},
    ),
    Plant(
        "confluent-governance-package",
        "prod-cc",
        where=ENVIRONMENT,
        change=lambda props: props["streamGovernance"].update(package="ESSENTIALS"),
    ),
    Plant(
        "confluent-schema-compatibility",
        "dev-cc",
        where=SUBJECT,
        change=lambda props: {**props, "compatibilityLevel": "NONE"},
    ),
    Plant("confluent-schema-soft-deleted", "dev-cc", where=SCHEMA, change=lambda props: {**props, "hardDelete": True}),
    Plant(
        "confluent-connector-secrets",
        "dev-cc",
        where=CONNECTOR,
        change=lambda props: props["configNonsensitive"].update({"database.password": "tiger"}),
        also=("general-no-plain-secrets",),
    ),
    setting("confluent-connector-tls", database_sslmode="disable"),
    setting("confluent-connector-login", kafka_auth_mode="KAFKA_API_KEY"),
    setting("confluent-connector-retired", connector_class="PostgresCdcSource"),
    Plant(
        "confluent-connector-dead-letters",
        "dev-cc",
        where=CONNECTOR,
        change=lambda props: {**props, **sink(errors_tolerance="all")},
    ),
    Plant(
        "confluent-tableflow-own-bucket",
        "prod-cc",
        where=TABLE,
        change=lambda props: {**without(props, "byobAws"), "managedStorages": [{}]},
    ),
    Plant(
        "confluent-tableflow-errors-kept",
        "dev-cc",
        where=TABLE,
        change=lambda props: {**props, "errorHandling": {"mode": "SKIP"}},
    ),
    config("confluent-link-encrypted", "hybrid", LINK, security_protocol="SASL_PLAINTEXT"),
    config("confluent-link-rights", "hybrid", LINK, acl_sync_enable="true"),
]
