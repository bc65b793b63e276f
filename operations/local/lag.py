"""How far the jobs are behind the ends of their topics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

# Seconds for one answer of the broker.
_TIMEOUT = 3


@dataclass(frozen=True)
class Lag:
    """offsets: between what was committed and the ends of the topics; None where that is not known
    missing: topics that are not there, or that the broker says something wrong about
    """

    offsets: int | None
    missing: tuple[str, ...] = ()


def lag(bootstrap_servers: str, consumers: Mapping[str, str]) -> Lag:
    """The offsets between what a job committed with its newest checkpoint and the ends of its topics.

    consumers: consumer group -> topic
    The end of a topic is an offset, not a number of records: behind the last record of a transaction stands its marker,
    which no consumer reads and therefore none commits. A job that has read everything of a topic that is written in
    transactions may stay one behind in each partition.
    """
    from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
    from confluent_kafka.admin import AdminClient, OffsetSpec

    try:
        admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
        # Of all topics: asked for one, a broker may make it.
        topics = admin.list_topics(timeout=_TIMEOUT).topics
        usable = {name for name, topic in topics.items() if topic.error is None and topic.partitions}
        missing = tuple(sorted(set(consumers.values()) - usable))
        if missing:
            return Lag(None, missing)
        newest = cast(OffsetSpec, OffsetSpec.latest())
        behind = 0
        for group, topic in consumers.items():
            partitions = [TopicPartition(topic, number) for number in topics[topic].partitions]
            ends = admin.list_offsets(dict.fromkeys(partitions, newest), request_timeout=_TIMEOUT)
            request = [ConsumerGroupTopicPartitions(group, partitions)]
            (future,) = admin.list_consumer_group_offsets(request, request_timeout=_TIMEOUT).values()
            committed = {p.partition: max(p.offset, 0) for p in future.result().topic_partitions}
            behind += sum(max(end.result().offset - committed.get(p.partition, 0), 0) for p, end in ends.items())
        return Lag(behind)
    except (KafkaException, KeyError):
        return Lag(None)
