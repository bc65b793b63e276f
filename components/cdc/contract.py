"""What every way of change data capture gives to the rest of the platform.

Each flavour's module also has a function of plain data that says what the connector asks of Kafka (`*_workload`) and
which topics it needs (`*_topics`): the rights and the topics have to be there before the connector is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pulumi

HEARTBEAT_PREFIX = "__debezium-heartbeat"
"""Debezium's own default of `topic.heartbeat.prefix`; the topic is `<prefix>.<topic.prefix>`."""


@dataclass(frozen=True)
class InternalTopic:
    """A topic that no application reads. The topics job makes it, as it makes those of the applications.

    partitions: number of partitions
    config:     settings, as Kafka names them
    """

    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


COMPACTED = {"cleanup.policy": "compact"}
"""Connect refuses to start with an internal topic that forgets: it holds offsets and configurations by key."""


def heartbeat_topic(topic_prefix: str) -> dict[str, InternalTopic]:
    """Name -> settings of the topic of heartbeats. An hour of them is more than enough (milliseconds)."""
    return {f"{HEARTBEAT_PREFIX}.{topic_prefix}": InternalTopic(1, {"retention.ms": "3600000"})}


class ChangeDataCapture(Protocol):
    """A flavour of change data capture that runs connectors.

    connector:    name of the connector and, with underscores, of the replication slot
    exactly_once: False: after a crash some changes come twice; applications then set
                  `table.exec.source.cdc-events-duplicate`, which needs primary keys
    ready:        what has to exist before the captured tables flow
    """

    connector: pulumi.Output[str]
    exactly_once: bool
    ready: Sequence[pulumi.Resource]
