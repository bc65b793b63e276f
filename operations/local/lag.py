"""How far the jobs are behind the ends of their topics."""

from collections.abc import Mapping
from dataclasses import dataclass

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
    from confluent_kafka import KafkaException

    try:
        # The first that gets no answer ends it: a broker that is away would be waited for again and again.
        behind = [(topic, _behind(bootstrap_servers, group, topic)) for group, topic in consumers.items()]
    except KafkaException:
        return Lag(None)
    missing = {topic for topic, offsets in behind if offsets is None}
    return Lag(None, tuple(sorted(missing))) if missing else Lag(sum(offsets or 0 for _, offsets in behind))


def _behind(bootstrap_servers: str, group: str, topic: str) -> int | None:
    """The offsets between what `group` committed and the end of `topic`; None where there is no such topic.

    Raises KafkaException where that is not known.
    """
    from confluent_kafka import Consumer, KafkaException, TopicPartition

    settings = {"bootstrap.servers": bootstrap_servers, "group.id": group, "log_level": 0}
    # To the end of all records, those of open transactions too.
    settings["isolation.level"] = "read_uncommitted"
    # A consumer, because the admin client's list_consumer_group_offsets ends the whole process by SIGSEGV where a
    # broker that has just started does not coordinate the group yet (librdkafka#5040). One that subscribes to nothing
    # does not join its group.
    with Consumer(settings) as consumer:
        # Of all topics: asked for one, a broker may make it.
        found = consumer.list_topics(timeout=_TIMEOUT).topics.get(topic)
        if found is None or found.error is not None or not found.partitions:
            return None
        read = consumer.committed([TopicPartition(topic, number) for number in found.partitions], timeout=_TIMEOUT)
        for one in read:
            if one.error:
                raise KafkaException(one.error)
        ends = [consumer.get_watermark_offsets(one, timeout=_TIMEOUT)[1] for one in read]
    # Without a commit the offset is negative.
    return sum(max(end - max(one.offset, 0), 0) for one, end in zip(read, ends, strict=True))
