"""Topics on MSK: what brokers refuse or silently make otherwise, and how many partitions they hold."""

import pytest

from components.errors import Mistake
from components.kafka.contract import TopicDescription
from components.kafka.msk_configuration import BrokerKind
from components.kafka.msk_topics import partition_limit, prepared, provisioned_mistakes, serverless_mistakes

DAY = 86_400_000


def mistakes(
    topics: dict[str, TopicDescription], kind: BrokerKind = BrokerKind.STANDARD, brokers: int = 3, size: str = "large"
) -> list[Mistake]:
    family = "kafka.m7g" if kind is BrokerKind.STANDARD else "express.m7g"
    return list(provisioned_mistakes("Msk kafka", topics, kind, f"{family}.{size}", brokers))


@pytest.mark.parametrize(
    ("instance_type", "limit"),
    [
        ("kafka.t3.small", 300),
        ("kafka.m7g.large", 1500),
        ("kafka.m5.xlarge", 1500),
        ("kafka.m7g.2xlarge", 3000),
        ("kafka.m5.24xlarge", 6000),
        ("express.m7g.large", 1500),
        ("express.m7g.xlarge", 2000),
        ("express.m7g.16xlarge", 32_000),
    ],
)
def test_each_size_holds_so_many_partitions(instance_type: str, limit: int):
    assert partition_limit(instance_type) == limit


def test_above_the_limit_msk_would_take_no_change_and_no_further_user():
    # 3 brokers hold 4,500; Kafka's own topics have 300 of them.
    assert not mistakes({"t": TopicDescription(1400, 3)})
    (mistake,) = mistakes({"t": TopicDescription(1401, 3)})
    assert "4503 partitions" in mistake.found
    assert "4500" in mistake.allowed
    assert "SCRAM" in mistake.remedy


def test_more_replicas_than_brokers():
    (mistake,) = mistakes({"t": TopicDescription(1, 3)}, brokers=2)
    assert (mistake.key, mistake.remedy) == ("t", "lower it, or add brokers")


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        (TopicDescription(1, 2), "replication factor 2"),  # MSK would make 3 without a word
        (TopicDescription(1, 3, {"segment.bytes": "1"}), "segment.bytes"),
        (TopicDescription(1, 3, {"min.insync.replicas": "1"}), "min.insync.replicas"),
        (TopicDescription(1, 3, {"max.compaction.lag.ms": str(DAY)}), "max.compaction.lag.ms"),
    ],
)
def test_express_brokers_choose_for_themselves(topic: TopicDescription, found: str):
    (mistake,) = mistakes({"t": topic}, BrokerKind.EXPRESS)
    assert found in mistake.found
    assert not mistakes({"t": topic}) or topic.replication_factor == 2


def tiered(config: dict[str, str]) -> dict[str, str]:
    topic = TopicDescription(1, 3, config)
    return dict(prepared({"t": topic}, BrokerKind.STANDARD, tiered_storage=True)["t"].config)


def test_old_segments_move_where_they_can():
    week = {"retention.ms": str(7 * DAY)}
    assert tiered(week) == {**week, "remote.storage.enable": "true", "local.retention.ms": str(DAY)}
    assert tiered({"retention.ms": "-1"})["remote.storage.enable"] == "true"


@pytest.mark.parametrize(
    "config",
    [
        {"retention.ms": str(2 * DAY)},  # three days at least
        {"retention.ms": str(7 * DAY), "cleanup.policy": "compact"},
        {"retention.ms": str(7 * DAY), "cleanup.policy": "compact,delete"},
        {"retention.ms": str(7 * DAY), "remote.storage.enable": "false"},
    ],
)
def test_what_cannot_move_or_shall_not_stays(config: dict[str, str]):
    assert tiered(config) == config


def test_without_tiered_storage_nothing_is_added():
    topics = {"t": TopicDescription(1, 3, {"retention.ms": str(7 * DAY)})}
    assert prepared(topics, BrokerKind.STANDARD, tiered_storage=False) == topics
    assert prepared(topics, BrokerKind.EXPRESS, tiered_storage=True) == topics


def test_a_compacted_topic_cannot_be_tiered():
    topic = TopicDescription(1, 3, {"cleanup.policy": "compact", "remote.storage.enable": "true"})
    assert "compacted" in mistakes({"t": topic})[0].found


def test_serverless_holds_fewer_compacted_partitions():
    compacted = TopicDescription(121, 3, {"cleanup.policy": "compact"})
    assert "121 partitions of compacted topics" in next(serverless_mistakes("s", {"t": compacted})).found
    assert "2401 partitions" in next(serverless_mistakes("s", {"t": TopicDescription(2401, 3)})).found
    assert not list(serverless_mistakes("s", {"t": TopicDescription(2400, 3)}))
