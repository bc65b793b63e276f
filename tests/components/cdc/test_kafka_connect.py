"""Kafka Connect on the cluster: exactly once, no password in clear, ready before it is told what to do."""

import json

import pulumi
import pytest

from components.cdc.connect_manifests import (
    configuration_job,
    deployment,
    disruption_budget,
    network_policy,
    service,
    worker_properties,
)
from components.cdc.debezium import TOPIC_PREFIX, captured_topics
from components.cdc.kafka_connect import (
    KafkaConnectCdc,
    KafkaConnectCdcArgs,
    kafka_connect_topics,
    kafka_connect_workload,
    worker_group,
)
from components.errors import PlatformError
from components.kafka.contract import GrantedAccess, KafkaAccess, grants_for
from components.postgres.contract import PostgresAccess
from tests.components.graph import before
from tests.components.kafka.access import FakeCluster, applied
from tests.components.kubernetes_schemas import check_manifest

TABLES = ["public.claims", "public.policies"]
NAME = "p-test-cdc"
POD = {"nodeSelector": {"role": "platform"}}


def connect(**changes) -> None:
    setup = pulumi.CustomResource("kubernetes:batch/v1:Job", "setup", {})
    topics = pulumi.CustomResource("kubernetes:batch/v1:Job", "topics", {})
    login = pulumi.CustomResource("aws:secretsmanager/secret:Secret", "login", {})
    postgres = PostgresAccess(
        "db.internal",
        5432,
        "insurance",
        password=pulumi.Output.secret("database-secret"),
        ready=[setup],
        ssl_mode="verify-full",
        ca_certificates="-----BEGIN CERTIFICATE-----\n",
    )
    access = KafkaAccess(
        "msk",
        "b-1:9096",
        "SASL_SSL",
        "SCRAM-SHA-512",
        pulumi.Output.secret('Scram required username="u" password="kafka-secret";'),
        {"client.rack": "one"},
    )
    values = {
        "connector": NAME,
        "tables": TABLES,
        "cluster": FakeCluster(),
        "namespace": "platform",
        "image": "connect:1",
        "postgres": postgres,
        "kafka": GrantedAccess(access, {"kafka": "arn:aws:iam::123456789012:policy/kafka"}, ready=[login]),
        "after": [topics],
    }
    KafkaConnectCdc("cdc", KafkaConnectCdcArgs(**{**values, **changes}))


def test_the_objects_are_what_kubernetes_takes():
    env = [{"name": "A", "value": "b"}]
    for manifest in (
        deployment(NAME, "platform", "image:1", 2, "500m", 1536, env, "abc", POD),
        service(NAME, "platform"),
        disruption_budget(NAME, "platform"),
        network_policy(NAME, "platform"),
        configuration_job("job", "platform", NAME, NAME, "curl:1", "abc", POD),
    ):
        check_manifest(manifest)


def test_what_is_declared_is_what_kubernetes_takes():
    for key, manifest in applied(connect).items():
        if key.split()[1].startswith("cdc") and "apiVersion" in manifest:
            check_manifest(manifest)


def test_the_worker_is_exactly_once_and_makes_no_topic():
    properties = worker_properties("g", {"bootstrap.servers": "b:1", "security.protocol": "SASL_SSL"}, True)
    assert properties["exactly.once.source.support"] == "enabled"
    assert properties["topic.creation.enable"] == "false"
    # Connect hands its own connection on to none of its clients.
    for client in ("", "producer.", "consumer.", "admin."):
        assert properties[f"{client}security.protocol"] == "SASL_SSL"
        assert properties[f"{client}sasl.jaas.config"] == "${env:KAFKA_SASL_JAAS_CONFIG}"
    assert worker_properties("g", {"bootstrap.servers": "b:1"}, False).keys().isdisjoint({"sasl.jaas.config"})


def test_the_topics_of_the_workers_are_listed_and_compacted():
    topics = kafka_connect_topics(NAME, 3)
    properties = worker_properties(worker_group(NAME), {"bootstrap.servers": "b:1"}, False)
    internal = {properties[f"{kind}.storage.topic"] for kind in ("config", "offset", "status")}
    assert internal | {"__debezium-heartbeat.cdc"} == topics.keys()
    assert all(topics[name].config == {"cleanup.policy": "compact"} for name in internal)
    # Connect refuses more than one partition of configurations.
    assert topics[properties["config.storage.topic"]].partitions == 1
    assert {one.replication_factor for one in topics.values()} == {3}


def test_the_rights_are_those_of_kip_618():
    workload = kafka_connect_workload(NAME, TABLES)
    assert set(captured_topics(TABLES)) < set(workload.writes)
    assert f"__debezium-heartbeat.{TOPIC_PREFIX}" in workload.writes
    group = worker_group(NAME)
    transactions = {(one.name, one.pattern) for one in grants_for(workload) if one.resource == "transactional-id"}
    assert transactions == {(f"connect-cluster-{group}", "literal"), (f"{group}-", "prefixed")}
    assert workload.consumer_group == group


def test_passwords_are_in_one_secret(declared):
    plan = json.dumps(declared(connect))
    assert "database-secret" not in plan
    assert "kafka-secret" not in plan
    sent = applied(connect)
    secret = sent.pop("Secret cdc-passwords")["stringData"]
    assert secret["CDC_PASSWORD"] == "database-secret"
    assert "kafka-secret" in secret["KAFKA_SASL_JAAS_CONFIG"]
    rest = json.dumps(sent)
    assert "database-secret" not in rest
    assert "kafka-secret" not in rest


def test_the_connector_verifies_the_database_and_moves_its_slot():
    config = json.loads(applied(connect)["ConfigMap cdc-connector"]["data"]["config.json"])
    assert config["database.password"] == "${env:CDC_PASSWORD}"
    assert config["database.sslmode"] == "verify-full"
    assert config["database.sslrootcert"] == "/etc/connect/ca.pem"
    assert config["exactly.once.support"] == "required"
    assert not any(key.startswith("topic.creation.") for key in config)
    # A message that is not transactional does not move the slot of a quiet server.
    assert "pg_logical_emit_message(true," in config["heartbeat.action.query"]
    assert config["message.prefix.exclude.list"] in config["heartbeat.action.query"]
    assert "ca.pem" in applied(connect)["ConfigMap cdc-files"]["data"]


def test_without_authorities_java_trusts_its_own():
    postgres = PostgresAccess("h", 5432, "d", password="p", ssl_mode="verify-full")
    sent = applied(lambda: connect(postgres=postgres))
    config = json.loads(sent["ConfigMap cdc-connector"]["data"]["config.json"])
    assert config["database.sslfactory"] == "org.postgresql.ssl.DefaultJavaSSLFactory"
    assert "database.sslrootcert" not in config


def test_workers_come_after_rights_and_topics_and_the_connector_last(declared):
    found = declared(connect)
    first = before(found, "Deployment cdc-workers")
    assert first >= {"Job topics", "Secret login", "PodIdentityAssociation cdc-workers", "ConfigMap cdc-files"}
    # The workers need not wait for the database; the connector does.
    assert "Job setup" not in first
    assert before(found, "Job cdc-configuration") >= {
        "Job setup",
        "Deployment cdc-workers",
        "NetworkPolicy cdc-policy",
        "Service cdc-rest",
        "ConfigMap cdc-connector",
    }


def test_every_object_waits_for_what_comes_first(declared):
    found = declared(connect)
    objects = [key for key in found if key.split()[1].startswith("cdc-") and "kubernetes" in found[key]["type"]]
    assert len(objects) == 9
    assert all("Job topics" in before(found, key) for key in objects)


def test_another_configuration_is_another_job(declared):
    def name(**changes) -> str:
        return declared(lambda: connect(**changes))["Job cdc-configuration"]["inputs"]["metadata"]["name"]

    assert name() == name()
    assert name(tables=["public.claims"]) != name()


def test_a_database_without_a_password_is_refused(declared):
    with pytest.raises(PlatformError, match=r"postgres\.password"):
        declared(lambda: connect(postgres=PostgresAccess("h", 5432, "d")))
