"""What MSK makes of topics: how many partitions it holds, which topic settings it takes, what tiered storage needs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from components.errors import Mistake
from components.kafka.contract import TopicDescription
from components.kafka.msk_configuration import BrokerKind

_STANDARD_PARTITIONS = {"small": 300, "large": 1500, "xlarge": 1500, "2xlarge": 3000}
_STANDARD_LARGEST = 6000
_EXPRESS_PARTITIONS = {
    "large": 1500,
    "xlarge": 2000,
    "2xlarge": 4000,
    "4xlarge": 8000,
    "8xlarge": 16_000,
    "12xlarge": 24_000,
    "16xlarge": 32_000,
}

# `__consumer_offsets` and `__transaction_state` have 50 partitions each, Kafka's default, which MSK keeps.
_INTERNAL_PARTITIONS = 100

# https://docs.aws.amazon.com/msk/latest/developerguide/limits.html, MSK Serverless quota
SERVERLESS_PARTITIONS = 2400
SERVERLESS_COMPACTED_PARTITIONS = 120

# https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-write.html, topic level
_EXPRESS_TOPIC_SETTINGS = frozenset(
    {
        "cleanup.policy",
        "compression.type",
        "delete.retention.ms",
        "max.compaction.lag.ms",
        "max.message.bytes",
        "message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms",
        "message.timestamp.type",
        "min.compaction.lag.ms",
        "retention.bytes",
        "retention.ms",
    }
)
_DAY_MS = 24 * 3_600_000
_SHORTEST_COMPACTION_LAG_MS = 7 * _DAY_MS  # express brokers, the same page

# https://docs.aws.amazon.com/msk/latest/developerguide/msk-tiered-storage.html: at least three days, no compaction
_SHORTEST_TIERED_MS = 3 * _DAY_MS
# Jobs that are behind by a day still read from the brokers' own disks.
_LOCAL_RETENTION_MS = _DAY_MS


def partition_limit(instance_type: str) -> int:
    """How many partitions, replicas counted, a broker may hold at most.

    Above it MSK changes nothing any more: no setting, no version, no size, and it takes no further SCRAM user.
    https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html#partitions-per-broker
    """
    family, _, rest = instance_type.partition(".")
    size = rest.rpartition(".")[2]
    if family == "express":
        return _EXPRESS_PARTITIONS[size]
    return _STANDARD_PARTITIONS.get(size, _STANDARD_LARGEST)


def prepared(
    topics: Mapping[str, TopicDescription], kind: BrokerKind, tiered_storage: bool
) -> dict[str, TopicDescription]:
    """`topics` as they are made on `kind` brokers: with tiered storage the old segments of a topic move if they can."""
    if kind is BrokerKind.EXPRESS or not tiered_storage:
        return dict(topics)
    return {name: _tiered(topic) for name, topic in topics.items()}


def _tiered(topic: TopicDescription) -> TopicDescription:
    retention = int(topic.config.get("retention.ms", "-1"))
    long = retention < 0 or retention >= _SHORTEST_TIERED_MS
    if not long or _compacted(topic) or "remote.storage.enable" in topic.config:
        return topic
    moving = {"remote.storage.enable": "true", "local.retention.ms": str(_LOCAL_RETENTION_MS)}
    return replace(topic, config={**moving, **topic.config})


def provisioned_mistakes(
    where: str, topics: Mapping[str, TopicDescription], kind: BrokerKind, instance_type: str, broker_count: int
) -> Iterator[Mistake]:
    """What a provisioned cluster would refuse, or silently make otherwise."""
    for name, topic in topics.items():
        if topic.replication_factor > broker_count:
            yield Mistake(
                where,
                name,
                f"replication factor {topic.replication_factor} on {broker_count} brokers",
                f"1 to {broker_count}",
                "lower it, or add brokers",
            )
        if kind is BrokerKind.EXPRESS:
            yield from _express_mistakes(where, name, topic)
        elif topic.config.get("remote.storage.enable") == "true" and _compacted(topic):
            yield Mistake(
                where,
                name,
                "remote.storage.enable on a compacted topic",
                "cleanup.policy delete",
                "remove remote.storage.enable",
            )
    held = sum(topic.partitions * topic.replication_factor for topic in topics.values())
    held += _INTERNAL_PARTITIONS * min(3, broker_count)
    limit = partition_limit(instance_type)
    if held > limit * broker_count:
        yield Mistake(
            where,
            "topics",
            f"{held} partitions, replicas and Kafka's own counted, on {broker_count} x {instance_type}",
            f"{limit} for each broker, {limit * broker_count} together",
            "take a larger instance_type or more brokers; above the limit MSK refuses every change and new SCRAM users",
        )


def _express_mistakes(where: str, name: str, topic: TopicDescription) -> Iterator[Mistake]:
    if topic.replication_factor != 3:
        yield Mistake(
            where,
            name,
            f"replication factor {topic.replication_factor} on express brokers",
            "3, which MSK takes anyway",
            "write 3",
        )
    for key in sorted(topic.config.keys() - _EXPRESS_TOPIC_SETTINGS):
        yield Mistake(
            where, name, f"{key} on express brokers", ", ".join(sorted(_EXPRESS_TOPIC_SETTINGS)), f"remove {key}"
        )
    lag = topic.config.get("max.compaction.lag.ms")
    if lag is not None and int(lag) < _SHORTEST_COMPACTION_LAG_MS:
        yield Mistake(
            where, name, f"max.compaction.lag.ms {lag}", f"{_SHORTEST_COMPACTION_LAG_MS} (7 days) or more", "raise it"
        )


def serverless_mistakes(where: str, topics: Mapping[str, TopicDescription]) -> Iterator[Mistake]:
    """What MSK Serverless would refuse."""
    partitions = sum(topic.partitions for topic in topics.values())
    compacted = sum(topic.partitions for topic in topics.values() if _compacted(topic))
    for found, limit, what in (
        (partitions, SERVERLESS_PARTITIONS, "partitions"),
        (compacted, SERVERLESS_COMPACTED_PARTITIONS, "partitions of compacted topics"),
    ):
        if found > limit:
            yield Mistake(
                where, "topics", f"{found} {what} on MSK Serverless", f"{limit}", "take msk_express or msk_standard"
            )


def _compacted(topic: TopicDescription) -> bool:
    return "compact" in topic.config.get("cleanup.policy", "delete")
