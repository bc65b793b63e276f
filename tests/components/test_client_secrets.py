"""Client secrets: exactly these names and keys, filled from whatever Kafka is in use."""

import json
from typing import Any

import pytest

from components.client_secrets import ClientSecrets, ClientSecretsArgs, consumer_parameters
from components.kafka.existing import ExistingKafka, ExistingKafkaArgs, jaas_config
from components.kafka.iam_policies import iam_access
from operations.plan import evaluate as evaluation
from operations.plan.recorder import Recorder
from operations.plan.stack_file import StackConfig
from operations.plan.values import revealed

CONSUMER = {
    "auto.commit.interval.ms": "1000",
    "auto.offset.reset": "earliest",
    "basic.auth.credentials.source": "USER_INFO",
    "client.dns.lookup": "use_all_dns_ips",
    "enable.auto.commit": "true",
    "max.poll.interval.ms": "300000",
    "request.timeout.ms": "60000",
    "session.timeout.ms": "90000",
}
PRODUCER = {"acks": "all", "client.dns.lookup": "use_all_dns_ips"}


def contents(kafka: ExistingKafkaArgs) -> dict[str, Any]:
    """Physical name -> content of every secret and parameter; what the engine would send to AWS."""
    seen: dict[str, Any] = {}

    def supply(urn: str, type_: str, name: str, inputs: dict[str, Any], dependencies: list[str]):
        plain = revealed(inputs)
        if type_.endswith(":SecretVersion"):
            seen[plain["secretId"]] = json.loads(plain["secretString"])
        if type_.endswith(":Parameter"):
            seen[plain["name"]] = plain["value"]
        return name, {"arn": plain.get("name", name)}

    def program() -> None:
        flavour = ExistingKafka("kafka", kafka)
        ClientSecrets("secrets", ClientSecretsArgs(kafka=flavour.access, tags={}))

    config = StackConfig("test", {}, ())
    evaluation.evaluate(config, Recorder("streaming-platform", "test", supply), preview=False, program=program)
    return seen


@pytest.fixture
def sasl() -> ExistingKafkaArgs:
    return ExistingKafkaArgs(
        flavour="external",
        bootstrap_servers="broker:9096",
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        username="me",
        password='a"b',
        schema_registry_url="https://registry",
        schema_registry_user_info="u:p",
    )


@pytest.fixture
def plain() -> ExistingKafkaArgs:
    return ExistingKafkaArgs("local", "127.0.0.1:25003", "PLAINTEXT", schema_registry_url="mock://local")


def test_an_authenticated_kafka(sasl: ExistingKafkaArgs):
    root = "/confluent_cloud_resource"
    connection = {"sasl.mechanism": "SCRAM-SHA-512", "security.protocol": "SASL_SSL"}
    assert contents(sasl) == {
        f"{root}/kafka_cluster/java_client": {
            "bootstrap.servers": "broker:9096",
            "sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required "
            'username="me" password="a\\"b";',
        },
        f"{root}/schema_registry_cluster/java_client": {
            "basic.auth.credentials.source": "USER_INFO",
            "basic.auth.user.info": "u:p",
            "schema.registry.url": "https://registry",
        },
        **{f"{root}/consumer_kafka_client/{key}": value for key, value in {**CONSUMER, **connection}.items()},
        **{f"{root}/producer_kafka_client/{key}": value for key, value in {**PRODUCER, **connection}.items()},
    }


def test_a_kafka_without_authentication_has_the_same_names_and_keys(sasl: ExistingKafkaArgs, plain: ExistingKafkaArgs):
    with_login, without = contents(sasl), contents(plain)
    assert with_login.keys() == without.keys()
    for name, value in without.items():
        if isinstance(value, dict):
            assert value.keys() == with_login[name].keys()
        else:
            assert value, f"{name}: Parameter Store takes no empty value"


def test_no_registry_no_registry_secret(plain: ExistingKafkaArgs):
    plain.schema_registry_url = None
    assert "/confluent_cloud_resource/schema_registry_cluster/java_client" not in contents(plain)


def test_no_password_in_a_plan(declared, sasl: ExistingKafkaArgs):
    def program() -> None:
        ClientSecrets("secrets", ClientSecretsArgs(kafka=ExistingKafka("kafka", sasl).access, tags={}))

    text = json.dumps(declared(program))
    assert 'a\\"b' not in text
    assert "u:p" not in text
    assert "LoginModule" not in text


def test_the_recovery_window_is_the_stacks_choice(declared, plain: ExistingKafkaArgs):
    def program() -> None:
        access = ExistingKafka("kafka", plain).access
        ClientSecrets("secrets", ClientSecretsArgs(kafka=access, tags={}, recovery_window_days=0))

    assert declared(program)["Secret secrets-kafka"]["inputs"]["recoveryWindowInDays"] == 0


def test_secrets_that_clients_know_by_name_survive_a_mistaken_destroy(declared, plain: ExistingKafkaArgs):
    def program() -> None:
        ClientSecrets("secrets", ClientSecretsArgs(kafka=ExistingKafka("kafka", plain).access, tags={}, protect=True))

    assert declared(program)["Secret secrets-kafka"]["protect"] is True


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_a_jaas_line_escapes_what_java_would_end_the_text_at(mechanism: str):
    line = jaas_config(mechanism, 'a"', "b\\")
    assert line.endswith('required username="a\\"" password="b\\\\";')


def test_readers_get_these_secrets_and_their_key_only(declared, sasl: ExistingKafkaArgs):
    key = "arn:aws:kms:eu-central-1:123456789012:key/k"
    parameters = "arn:aws:ssm:eu-central-1:123456789012:parameter"

    def program() -> None:
        access = ExistingKafka("kafka", sasl).access
        ClientSecrets("secrets", ClientSecretsArgs(access, {}, 30, key, "p-test-clients", parameters))

    found = declared(program)
    for name in ("secrets-kafka", "secrets-schema-registry"):
        assert found[f"Secret {name}"]["inputs"]["kmsKeyId"] == key
    document = json.loads(found["Policy secrets-reader"]["inputs"]["policy"])
    statements = {one["Sid"]: one for one in document["Statement"]}
    assert len(statements["Secrets"]["Resource"]) == 2
    assert statements["Key"]["Resource"] == [key]
    assert f"{parameters}/confluent_cloud_resource/consumer_kafka_client/*" in statements["Parameters"]["Resource"]
    assert all("*" not in one["Resource"] for one in statements.values())


def test_without_a_key_there_is_none_and_no_policy(declared, plain: ExistingKafkaArgs):
    def program() -> None:
        ClientSecrets("secrets", ClientSecretsArgs(ExistingKafka("kafka", plain).access, {}))

    found = declared(program)
    assert "kmsKeyId" not in found["Secret secrets-kafka"]["inputs"]
    assert "Policy secrets-reader" not in found


def test_a_login_by_iam_keeps_the_shape():
    iam = iam_access("msk_serverless", "b-1:9098", 3, None)
    assert consumer_parameters(iam)["sasl.mechanism"] == "AWS_MSK_IAM"
    assert consumer_parameters(iam).keys() == CONSUMER.keys() | {"sasl.mechanism", "security.protocol"}
