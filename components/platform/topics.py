"""The topics of a stack, and what clients outside of the platform may do with them."""

from collections.abc import Mapping

from components.application import Topic
from components.kafka.contract import TopicDescription, Workload


def described(topics: Mapping[str, Topic], replication_factor: int) -> dict[str, TopicDescription]:
    """The topics of the applications, as `merge_topics` gives them, as they are to be made."""
    return {
        name: TopicDescription(topic.partitions, replication_factor, topic.settings)
        for name, topic in sorted(topics.items())
    }


def outside_clients(topics: list[str], captured: set[str]) -> Workload:
    """Clients outside read everything, produce what is not captured, and join no group of an application."""
    return Workload(
        "clients", reads=topics, writes=[one for one in topics if one not in captured], consumer_group="clients-*"
    )
