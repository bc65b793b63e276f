"""The topics of a stack, and what is exported of them."""

from typing import Any

from components.application import Application, merge_topics


def topics_of(applications: list[Application], replication_factor: int) -> dict[str, dict[str, Any]]:
    """Every topic that the applications read: name -> partitions, replication_factor, config."""
    return {
        name: {
            "partitions": topic.partitions,
            "replication_factor": replication_factor,
            "config": topic.settings,
        }
        for name, topic in sorted(merge_topics(applications).items())
    }
