"""MSK Connect: IAM and TLS only, no password in its configuration, names that are free when they are needed."""

import json
from typing import Any

import botocore.session
import pulumi
import pytest

from components.cdc.msk_connect import MskConnectCdc, MskConnectCdcArgs
from components.cdc.msk_connect_documents import (
    msk_connect_topics,
    msk_connect_workload,
    offsets_topic,
    role_policy,
    secret_reference,
    worker_properties,
)
from components.errors import PlatformError
from components.kafka.contract import GrantedAccess, KafkaAccess, Login
from components.kafka.iam_policies import iam_access, workload_policy
from components.postgres.contract import PostgresAccess
from tests.components.graph import before
from tests.components.kafka.access import CLUSTER_ARN, applied, network

TABLES = ["public.claims"]
NAME = "p-test-cdc"
# Refused by MSK Connect in a worker configuration:
# https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-supported-worker-config-properties.html
REFUSED = (
    "access.control.",
    "admin.",
    "client.",
    "connect.",
    "inter.worker.",
    "internal.",
    "listeners",
    "metrics.",
    "rest.",
    "sasl.",
    "security.",
    "socket.",
    "ssl.",
    "bootstrap.servers",
    "config.storage.topic",
    "group.id",
    "plugin.path",
    "status.storage.topic",
)


def postgres(**changes) -> PostgresAccess:
    setup = pulumi.CustomResource("kubernetes:batch/v1:Job", "setup", {})
    values = {
        "password": pulumi.Output.secret("database-secret"),
        "ready": [setup],
        "ssl_mode": "verify-full",
        "ca_certificates": "-----BEGIN CERTIFICATE-----\n",
    }
    return PostgresAccess("db.internal", 5432, "insurance", **{**values, **changes})


def connect(secret: dict[str, Any] | None = None, **changes) -> None:
    topics = pulumi.CustomResource("kubernetes:batch/v1:Job", "topics", {})
    msk = pulumi.CustomResource("aws:msk/cluster:Cluster", "msk", {})
    policy = {"kafka": "arn:aws:iam::123456789012:policy/kafka"}
    values = {
        "connector": NAME,
        "tables": TABLES,
        "postgres": postgres(**(secret or {})),
        "kafka": GrantedAccess(iam_access("msk", "b-1:9098", 3, None), policy, ready=[msk]),
        "network": network(),
        "region": "eu-central-1",
        "account_id": "123456789012",
        "plugin_bucket": "plugins",
        "plugin_key": "debezium-abc.zip",
        "tags": {},
        "after": [topics],
    }
    MskConnectCdc("cdc", MskConnectCdcArgs(**{**values, **changes}))


def test_iam_and_tls_in_the_words_of_the_api(declared):
    connector = declared(connect)["Connector cdc"]["inputs"]
    model = botocore.session.get_session().get_service_model("kafkaconnect")

    def allowed(shape: str) -> list[str]:
        return model.shape_for(shape).enum  # pyright: ignore

    assert connector["kafkaClusterClientAuthentication"]["authenticationType"] == "IAM"
    assert "IAM" in allowed("KafkaClusterClientAuthenticationType")
    assert connector["kafkaClusterEncryptionInTransit"]["encryptionType"] == "TLS"
    assert "TLS" in allowed("KafkaClusterEncryptionInTransitType")
    assert declared(connect)["CustomPlugin cdc"]["inputs"]["contentType"] in allowed("CustomPluginContentType")


def test_the_workers_are_in_the_group_that_kafka_and_the_database_let_in(declared):
    vpc = declared(connect)["Connector cdc"]["inputs"]["kafkaCluster"]["apacheKafkaCluster"]["vpc"]
    assert vpc["securityGroups"] == ["sg-workloads"]
    assert vpc["subnets"] == ["subnet-private-a", "subnet-private-b", "subnet-private-c"]


def test_the_configuration_names_the_password_and_never_holds_it(declared):
    assert "database-secret" not in json.dumps(declared(connect))
    sent = applied(connect)
    config = sent["Connector cdc"]["connectorConfiguration"]
    assert config["database.password"] == "${secretsmanager:arn%3ASecret%3Acdc:password}"
    assert "database-secret" not in json.dumps(config)
    assert json.loads(sent["SecretVersion cdc"]["secretString"]) == {"username": "cdc", "password": "database-secret"}
    # Else MSK Connect restarts a connector with a config provider again and again.
    assert config["config.action.reload"] == "none"
    assert config["exactly.once.support"] == "required"
    assert not any(key.startswith("topic.creation.") for key in config)


def test_a_reference_survives_the_colons_of_an_arn():
    reference = secret_reference("arn:aws:secretsmanager:eu-central-1:123456789012:secret:a/b-AbCdEf")
    provider, path, key = reference.removeprefix("${").removesuffix("}").split(":")
    assert (provider, key) == ("secretsmanager", "password")
    assert path == "arn%3Aaws%3Asecretsmanager%3Aeu-central-1%3A123456789012%3Asecret%3Aa%2Fb-AbCdEf"


def test_the_certificate_comes_from_s3():
    sent = applied(connect)
    upload = sent["BucketObjectv2 cdc-certificate"]
    assert (upload["bucket"], upload["key"]) == ("plugins", "p-test-cdc/database-ca.pem")
    config = sent["Connector cdc"]["connectorConfiguration"]
    assert config["database.sslmode"] == "verify-full"
    assert config["database.sslrootcert"].startswith("${s3import:eu-central-1:")


def test_the_worker_configuration_has_nothing_that_msk_connect_refuses():
    properties = worker_properties(NAME, "eu-central-1", exactly_once=True)
    assert not [key for key in properties if key.startswith(REFUSED)]
    assert {"key.converter", "value.converter"} <= properties.keys()
    assert properties["exactly.once.source.support"] == "enabled"
    assert properties["offset.storage.topic"] == offsets_topic(NAME)
    assert "exactly.once.source.support" not in worker_properties(NAME, "eu-central-1", exactly_once=False)


def test_what_cannot_be_changed_gets_another_name(declared):
    def names(**changes) -> tuple[str, str]:
        found = declared(lambda: connect(**changes))
        return found["CustomPlugin cdc"]["inputs"]["name"], found["WorkerConfiguration cdc"]["inputs"]["name"]

    plugin, workers = names()
    assert names(plugin_key="debezium-def.zip")[0] != plugin
    assert names(exactly_once=False)[1] != workers
    # The connector's own name stays: offsets and slot hang on it. So the old one goes first.
    assert declared(connect)["Connector cdc"]["inputs"]["name"] == NAME


def test_the_connector_comes_last(declared):
    assert before(declared(connect), "Connector cdc") >= {
        "Job setup",
        "Job topics",
        "Cluster msk",
        "RolePolicy cdc",
        "RolePolicyAttachment cdc-kafka",
        "BucketObjectv2 cdc-certificate",
        "LogGroup cdc",
        "SecretVersion cdc",
    }


def test_logs_are_encrypted_and_end(declared):
    found = declared(connect)
    logs = found["LogGroup cdc"]["inputs"]
    assert logs["retentionInDays"] == 30
    assert "kmsKeyId" in logs
    delivery = found["Connector cdc"]["inputs"]["logDelivery"]["workerLogDelivery"]["cloudwatchLogs"]
    assert delivery == {"enabled": True, "logGroup": "/aws/msk-connect/p-test-cdc"}


def test_a_task_that_does_not_run_is_told(declared):
    alarm = declared(connect)["MetricAlarm cdc-task"]["inputs"]
    # The connector itself says RUNNING even then.
    assert (alarm["metricName"], alarm["comparisonOperator"], alarm["threshold"]) == (
        "RunningTaskCount",
        "LessThanThreshold",
        1,
    )
    assert alarm["treatMissingData"] == "breaching"


def test_the_role_is_for_msk_connect_in_this_account_and_reads_what_it_needs():
    sent = applied(connect)
    (trust,) = json.loads(sent["Role cdc"]["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "kafkaconnect.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    for statement in role_policy("secret", ["key"], ["object"])["Statement"]:  # pyright: ignore
        assert "*" not in statement["Resource"]


def test_the_workload_has_msk_connects_own_names():
    workload = msk_connect_workload(NAME, TABLES)
    assert workload.login is Login.IAM
    resources = {
        resource.rpartition("/")[2]
        for statement in workload_policy(CLUSTER_ARN, workload)["Statement"]
        for resource in statement["Resource"]
    }
    assert {"__amazon_msk_connect_*", "connect-cluster-__amazon_msk_connect_*", "cdc.public.claims"} <= resources
    assert "*" not in resources
    assert offsets_topic(NAME) in msk_connect_topics(NAME, 3)


def test_scram_is_refused_with_the_way_out(declared):
    scram = KafkaAccess("msk", "b-1:9096", "SASL_SSL", "SCRAM-SHA-512", "jaas")
    with pytest.raises(PlatformError, match="kafka_connect"):
        declared(lambda: connect(kafka=GrantedAccess(scram)))


def test_a_secret_that_exists_is_used():
    sent = applied(lambda: connect(secret={"password": None, "secret_arn": "arn:aws:secretsmanager:x:1:secret:s"}))
    assert "Secret cdc" not in sent
    assert "secret%3As:password" in sent["Connector cdc"]["connectorConfiguration"]["database.password"]
