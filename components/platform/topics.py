"""The topics of a stack."""

from collections.abc import Mapping

from components.application import Topic
from components.kafka.contract import TopicDescription


def described(topics: Mapping[str, Topic], replication_factor: int) -> dict[str, TopicDescription]:
    """The topics of the applications, as `merge_topics` gives them, as they are to be made."""
    return {
        name: TopicDescription(topic.partitions, replication_factor, topic.settings)
        for name, topic in sorted(topics.items())
    }
