"""What every way of change data capture gives to the rest of the platform.

The module of each flavour also has functions of plain data that say what the connector asks of Kafka (`..._workload`)
and which topics it needs besides the captured ones (`..._topics`): both have to be there before the connector is.
"""

from collections.abc import Sequence
from typing import Protocol

import pulumi

from components.kafka.contract import TopicDescription

HEARTBEAT_PREFIX = "__debezium-heartbeat"
"""Debezium's own default of `topic.heartbeat.prefix`; the topic is `<prefix>.<topic.prefix>`."""


def heartbeat_topic(topic_prefix: str) -> str:
    """The topic of heartbeats; with them the offset of the connector, and so the slot, moves on in quiet times."""
    return f"{HEARTBEAT_PREFIX}.{topic_prefix}"


def heartbeat_topics(topic_prefix: str, replication_factor: int) -> dict[str, TopicDescription]:
    """Name -> description of the topic of heartbeats. An hour of them is more than enough (milliseconds)."""
    return {heartbeat_topic(topic_prefix): TopicDescription(1, replication_factor, {"retention.ms": "3600000"})}


def compacted(partitions: int, replication_factor: int) -> TopicDescription:
    """A topic that keeps the newest record of each key. Connect takes no other kind for what it has to remember."""
    return TopicDescription(partitions, replication_factor, {"cleanup.policy": "compact"})


class ChangeDataCapture(Protocol):
    """A flavour of change data capture that runs connectors.

    connector:    name of the connector and, with underscores, of the replication slot
    exactly_once: False: after a crash some changes come twice; applications then set the Flink option
                  `table.exec.source.cdc-events-duplicate`, which needs primary keys
    ready:        what has to exist before the captured tables flow
    """

    connector: pulumi.Output[str]
    exactly_once: bool
    ready: Sequence[pulumi.Resource]
