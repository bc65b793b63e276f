"""Clients that are not Java: librdkafka's own names, the same login, and nothing unless it is asked for."""

import json

import pytest

from components.client_secrets import ClientSecrets, ClientSecretsArgs
from components.errors import PlatformError
from components.kafka.confluent_cloud import ConfluentCloud
from components.kafka.existing import ExistingKafka, ExistingKafkaArgs
from operations.plan.values import SECRET, SIGNATURE
from tests.components.kafka.confluent import Resources, cloud_args, kind_of, made


def secrets(*forms: str) -> Resources:
    def program() -> None:
        cloud = ConfluentCloud("kafka", cloud_args(rotation=3))
        ClientSecrets("s", ClientSecretsArgs(cloud.access, {}, forms=forms, reader_policy_name="readers"))

    return made(program)


def contents(found: Resources) -> dict[str, dict[str, str]]:
    return {name: json.loads(one["sent"]["secretString"]) for name, one in kind_of(found, "SecretVersion").items()}


def test_without_a_wish_there_are_the_two_of_the_contract():
    assert set(contents(secrets())) == {"s-kafka", "s-schema-registry"}


def test_python_gets_the_names_of_librdkafka():
    found = secrets("python_client")
    assert contents(found)["s-kafka-python"] == {
        "bootstrap.servers": "pkc-1.confluent.cloud:9092",
        "security.protocol": "SASL_SSL",
        "client.dns.lookup": "use_all_dns_ips",
        "session.timeout.ms": "45000",
        "sasl.mechanisms": "PLAIN",
        "sasl.username": "KEY-kafka-clients-kafka-3",
        "sasl.password": "SECRET-kafka-clients-kafka-3",
    }
    assert set(contents(found)["s-schema-registry-python"]) == {"url", "basic.auth.user.info"}
    names = {one["sent"]["name"] for one in kind_of(found, "Secret").values()}
    assert "/confluent_cloud_resource/kafka_cluster/python_client" in names


def test_the_generic_form_has_the_same_login():
    form = contents(secrets("generic_client"))["s-generic"]
    assert (form["username"], form["password"]) == ("KEY-kafka-clients-kafka-3", "SECRET-kafka-clients-kafka-3")
    assert form["schema_registry_url"] == "https://psrc-1.confluent.cloud"


def test_the_python_client_itself_takes_them():
    kafka = pytest.importorskip("confluent_kafka")
    properties = contents(secrets("python_client"))["s-kafka-python"]
    kafka.Consumer({**properties, "group.id": "g"}).close()


def test_every_content_is_a_secret_and_readers_may_read_all():
    found = secrets("python_client", "generic_client")
    versions = kind_of(found, "SecretVersion")
    assert len(versions) == 5
    assert all(one["inputs"]["secretString"][SIGNATURE] == SECRET for one in versions.values())
    policy = json.loads(kind_of(found, "Policy")["s-reader"]["sent"]["policy"])
    assert len(policy["Statement"][0]["Resource"]) == 5


def test_other_kafkas_have_the_forms_too():
    def program() -> None:
        args = ExistingKafkaArgs("external", "b:9092", "SASL_SSL", "SCRAM-SHA-512", "me", "pw")
        ClientSecrets("s", ClientSecretsArgs(ExistingKafka("k", args).access, {}, forms=["python_client"]))

    content = contents(made(program))["s-kafka-python"]
    assert (content["sasl.mechanisms"], content["sasl.username"]) == ("SCRAM-SHA-512", "me")


def test_an_unknown_form():
    with pytest.raises(PlatformError, match="python_client"):
        secrets("cobol")
