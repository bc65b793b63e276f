"""What a stack file may say of Confluent Cloud: each refusal names the key and the way out."""

from typing import Any

import pulumi
import pytest

from components.errors import PlatformError
from components.kafka.confluent_kinds import KINDS, ClusterShape, hints, shape_mistakes
from components.kafka.contract import Workload
from components.naming import Naming
from components.platform.confluent import confluent_cloud, mirrors
from components.settings.aws import AwsSettings
from components.settings.confluent import ConfluentCloud, ConfluentConnector, RotationSettings
from components.validation import validate
from tests.components.kafka.confluent import NETWORK, ZONES, Resources, kind_of, made

INGRESS = {"kind": "ingress_private_link"}
LINK = {"name": "site-a", "cluster_id": "abc", "bootstrap_servers": "b:9092", "topics": ["orders"]}


def settings(cluster: dict[str, Any], **more: Any) -> ConfluentCloud:
    return validate(
        ConfluentCloud, {"flavour": "confluent_cloud", "cluster": cluster, **more}, "file", "streaming-platform:kafka."
    )


@pytest.mark.parametrize(
    "cluster",
    [
        {"kind": "basic"},
        {"kind": "standard", "availability": "HIGH", "max_ecku": 2},
        {"kind": "enterprise", "network": INGRESS, "encryption_key": "created"},
        {"kind": "enterprise", "network": {"kind": "private_network_interface", "zone_ids": ZONES}},
        {"kind": "freight", "network": {"kind": "private_network_interface", "zone_ids": ZONES}},
        {"kind": "dedicated", "cku": 2},
        {"kind": "dedicated", "cku": 1, "availability": "SINGLE_ZONE"},
        {"kind": "dedicated", "cku": 2, "network": {"kind": "private_link", "zone_ids": ZONES}},
        {
            "kind": "dedicated",
            "cku": 2,
            "network": {"kind": "peering", "cidr": "10.9.0.0/16", "routes": ["10.0.0.0/8"]},
        },
    ],
)
def test_what_each_kind_allows(cluster: dict[str, Any]):
    kafka = settings(cluster)
    assert not list(shape_mistakes(kafka.cluster.shape))
    assert (kafka.key_rotation.keys, kafka.key_rotation.days) == (2, 30)


@pytest.mark.parametrize(
    ("cluster", "key", "message"),
    [
        ({"kind": "gold"}, "kafka.cluster.kind", "basic"),
        ({"kind": "basic", "availability": "HIGH"}, "kafka.cluster.availability", "unknown key"),
        ({"kind": "basic", "network": INGRESS}, "kafka.cluster.network", "unknown key"),
        ({"kind": "standard", "encryption_key": "created"}, "kafka.cluster.encryption_key", "unknown key"),
        ({"kind": "standard", "availability": "HIGH", "max_ecku": 1}, "kafka.cluster", "write 2 or more"),
        ({"kind": "dedicated"}, "kafka.cluster.cku", "add the key"),
        ({"kind": "dedicated", "cku": 1}, "kafka.cluster", "write 2 or more"),
        ({"kind": "enterprise"}, "kafka.cluster.network", "add the key"),
        (
            {"kind": "enterprise", "network": {"kind": "private_link_attachment"}},
            "kafka.cluster.network",
            "2026-02-12; write ingress_private_link",
        ),
        ({"kind": "dedicated", "cku": 2, "network": {"kind": "network_link"}}, "kafka.cluster.network", "2026-12-31"),
        (
            {"kind": "dedicated", "cku": 2, "network": {"kind": "private_link", "zone_ids": ["a", "b", "c"]}},
            "zone_ids",
            "pattern",
        ),
        (
            {
                "kind": "dedicated",
                "cku": 2,
                "network": {"kind": "peering", "cidr": "10.0.0.0/20", "routes": ["10.0.0.0/8"]},
            },
            "cidr",
            "pattern",
        ),
    ],
)
def test_what_is_refused(cluster: dict[str, Any], key: str, message: str):
    with pytest.raises(PlatformError) as caught:
        settings(cluster)
    assert key in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("kind", ["basic", "standard", "freight"])
def test_links_need_a_cluster_that_can_be_a_destination(kind: str):
    cluster: dict[str, Any] = {"kind": kind}
    if kind == "freight":
        cluster["network"] = {"kind": "private_network_interface", "zone_ids": ZONES}
    with pytest.raises(PlatformError, match="enterprise or a dedicated"):
        settings(cluster, links=[LINK])


def test_two_sites_need_prefixes():
    with pytest.raises(PlatformError, match="prefix"):
        settings({"kind": "dedicated", "cku": 2}, links=[LINK, {**LINK, "name": "site-b"}])
    settings({"kind": "dedicated", "cku": 2}, links=[LINK, {**LINK, "name": "site-b", "prefix": "b."}])


@pytest.mark.parametrize("rotation", [{"keys": 1}, {"days": 0}, {"keys": 11}])
def test_a_rotation_without_a_second_key(rotation: dict[str, int]):
    with pytest.raises(PlatformError, match="key_rotation"):
        settings({"kind": "basic"}, key_rotation=rotation)


def test_the_connector_writes_schemas():
    with pytest.raises(PlatformError):
        validate(ConfluentConnector, {"flavour": "confluent_connector", "format": "JSON"}, "file")


def test_more_than_the_known_limit_is_a_hint_and_no_error():
    shape = ClusterShape("enterprise", units=20, network="ingress_private_link")
    assert not list(shape_mistakes(shape))
    assert "10" in hints(shape)[0]
    assert not hints(ClusterShape("enterprise", units=20, network="private_network_interface"))


def test_a_hint_is_told_by_pulumi(monkeypatch: pytest.MonkeyPatch):
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", told.append)
    program(settings({"kind": "enterprise", "network": INGRESS, "max_ecku": 20}))
    program(settings({"kind": "enterprise", "network": INGRESS, "max_ecku": 10}))
    assert [text for text in told if "10 is the known limit" in text] == told[:1] == told
    assert told


def test_the_rules_of_the_provider():
    for kind, rules in KINDS.items():
        assert set(rules.availability) <= {"LOW", "HIGH", "SINGLE_ZONE", "MULTI_ZONE"}, kind
        assert not (rules.byok and kind in ("basic", "standard", "freight"))


def program(kafka: ConfluentCloud, rotation: int = 1) -> Resources:
    def run() -> None:
        pulumi.runtime.set_all_config(
            {"streaming-platform:kafka_username": "u", "streaming-platform:kafka_password": "p"},
            ["streaming-platform:kafka_password"],
        )
        cloud = confluent_cloud(
            kafka,
            RotationSettings(number=rotation, since="2026-11-01"),
            AwsSettings(account_id="123456789012"),
            True,
            Naming("sp", "prod-cc", "123456789012", "prod"),
            NETWORK,
            Workload("clients"),
            pulumi.ResourceOptions(),
        )
        mirrors(cloud, kafka.links, pulumi.ResourceOptions())

    return made(run)


def test_settings_become_resources():
    found = program(
        settings(
            {"kind": "enterprise", "network": INGRESS},
            links=[{**LINK, "sasl_mechanism": "PLAIN"}],
            stream_governance="ADVANCED",
            key_rotation={"keys": 3},
        )
    )
    assert found["Environment kafka"]["sent"]["streamGovernance"] == {"package": "ADVANCED"}
    assert found["KafkaCluster kafka"]["sent"]["enterprises"] == [{}]
    assert found["Gateway kafka-network"]["sent"]["environment"] == {"id": "env-1"}
    assert len([name for name in kind_of(found, "ApiKey") if name.startswith("kafka-clients-kafka-")]) == 3
    assert kind_of(found, "KafkaMirrorTopic")
