"""Mirrors of another Kafka's topics, and the managed connector."""

from typing import Any

import pulumi
import pulumi_confluentcloud as confluent
import pytest

from components.cdc.confluent_connector import (
    SERVER_KEYS,
    ConfluentConnectorCdc,
    ConfluentConnectorCdcArgs,
    connector_topics,
    connector_workload,
)
from components.errors import PlatformError
from components.kafka.confluent_linking import ClusterLinkArgs, MirroredTopics, link_settings
from components.key_rotation import ApiKeyPair
from components.postgres import PostgresAccess
from operations.plan.values import SECRET, SIGNATURE
from tests.components.graph import before
from tests.components.kafka.confluent import Resources, kind_of, made


def mirrors(**more: Any) -> Resources:
    given: dict[str, Any] = {"username": "me", "password": "secret", **more}

    def program() -> None:
        key = ApiKeyPair(pulumi.Output.from_input("K"), pulumi.Output.secret("S"))
        MirroredTopics(
            "site-a",
            ClusterLinkArgs(
                link_name="site-a",
                environment_id="env-1",
                destination_id="lkc-1",
                rest_endpoint="https://lkc-1",
                destination_key=key,
                source_id="abc",
                bootstrap_servers="broker:9092",
                topics=["orders", "cars"],
                data=confluent.Provider("data"),
                prefix="a.",
                **given,
            ),
        )

    return made(program)


def test_each_topic_has_a_mirror_that_outlives_the_program():
    found = kind_of(mirrors(), "KafkaMirrorTopic")
    assert {one["sent"]["mirrorTopicName"] for one in found.values()} == {"a.orders", "a.cars"}
    for name, one in found.items():
        assert one["retainOnDelete"] is True, "a promoted mirror holds the data of production"
        assert one["ignoreChanges"] == ["status"], "an operator promotes it"
        assert one["sent"]["kafkaCluster"]["credentials"] == {"key": "K", "secret": "S"}, "not from the provider"
        assert "'S'" not in str(one["inputs"])
        assert one["additionalSecretOutputs"] == ["kafkaCluster"]
        assert "ClusterLink site-a" in before(mirrors(), f"KafkaMirrorTopic {name}")


def test_the_link_hides_both_logins():
    link = mirrors()["ClusterLink site-a"]
    assert set(link["additionalSecretOutputs"]) == {"sourceKafkaCluster", "destinationKafkaCluster"}
    for block in ("sourceKafkaCluster", "destinationKafkaCluster"):
        shown = link["inputs"][block]
        assert SECRET in (
            shown.get(SIGNATURE),
            shown.get("credentials", {}).get(SIGNATURE),
            *(one.get(SIGNATURE) for one in shown.get("credentials", {}).values() if isinstance(one, dict)),
        )
    assert link["sent"]["linkMode"] == "DESTINATION"
    assert link["sent"]["link"] == "site-a"


def test_a_link_the_provider_cannot_make_is_made_by_hand_and_never_with_a_wrong_login():
    found = mirrors(mechanism="SCRAM-SHA-512", username=None, password=None)
    assert not kind_of(found, "ClusterLink")
    assert len(kind_of(found, "KafkaMirrorTopic")) == 2
    command = found["MirroredTopics site-a"]["outputs"]["setup_command"]
    assert command.startswith("confluent kafka link create site-a --cluster lkc-1")
    assert "password" not in command


def test_offsets_come_with_a_filter_or_not_at_all():
    assert '"name": "*"' in link_settings("", True)["consumer.offset.group.filters"]
    assert "consumer.offset.group.filters" not in link_settings("", False)
    assert link_settings("", True)["acl.sync.enable"] == "false"


def test_a_login_is_needed():
    with pytest.raises(PlatformError, match="username and password"):
        mirrors(password=None)


POSTGRES = PostgresAccess("db", 5432, "claims", password="pw")


def connector(**more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"connector": "acme-cdc", "postgres": POSTGRES, **more}
    found = made(
        lambda: (
            ConfluentConnectorCdc(
                "cdc",
                ConfluentConnectorCdcArgs(
                    tables=["public.claims"], environment_id="env-1", cluster_id="lkc-1", account_id="sa-1", **given
                ),
            )
            and None
        )
    )
    return next(iter(kind_of(found, "Connector").values()))


def test_the_connector_is_of_the_second_version_and_needs_no_key():
    config = connector()["sent"]["configNonsensitive"]
    assert config["connector.class"] == "PostgresCdcSourceV2", "the first ended on 2026-03-31"
    assert "database.server.name" not in config, "that is the first one's"
    assert (config["kafka.auth.mode"], config["kafka.service.account.id"]) == ("SERVICE_ACCOUNT", "sa-1")
    assert not [key for key in config if "api.key" in key]
    assert config["table.include.list"] == r"public\.claims"
    assert config["slot.name"] == "acme_cdc"
    assert {config["output.data.format"], config["output.key.format"]} == {"AVRO"}, "plain JSON has no schema"
    assert config["tasks.max"] == "1"


@pytest.mark.parametrize(("only", "tombstones"), [(False, "false"), (True, "true")])
def test_a_delete_is_told_once(only: bool, tombstones: str):
    config = connector(after_state_only=only)["sent"]["configNonsensitive"]
    assert (config["after.state.only"], config["tombstones.on.delete"]) == (str(only).lower(), tombstones)


def test_flink_gets_the_envelope():
    assert connector()["sent"]["configNonsensitive"]["after.state.only"] == "false"


def test_the_password_is_among_the_sensitive_and_secret():
    one = connector()
    assert "database.password" not in one["sent"]["configNonsensitive"]
    assert "pw" not in str(one["inputs"])
    assert one["sent"]["configSensitive"] == {"database.password": "pw"}


def test_what_the_service_adds_is_no_difference_and_two_never_share_a_slot():
    one = connector()
    assert one["ignoreChanges"] == [f'configNonsensitive["{key}"]' for key in SERVER_KEYS]
    assert one["deleteBeforeReplace"] is True


def test_another_name_is_another_connector():
    assert connector()["urn"] != connector(connector="other")["urn"]


def test_the_heartbeat_has_its_topic_and_its_right():
    (topic,) = connector_topics(3)
    assert topic in connector_workload("c", ["public.claims"]).writes


@pytest.mark.parametrize("more", [{"connector": "c" * 65}, {"postgres": PostgresAccess("db", 5432, "claims")}])
def test_refused(more: dict[str, Any]):
    with pytest.raises(PlatformError):
        connector(**more)
