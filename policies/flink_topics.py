"""Kafka topics that the job in the cluster makes: their list is a ConfigMap with `topics.json`."""

import json
from collections.abc import Iterator
from typing import Any

from policies.framework import MASKED, Resource, Unknown, policy
from policies.reading import at

_TYPES = ("kubernetes:core/v1:ConfigMap",)
_FILE = "topics.json"
_DOCS = "https://docs.confluent.io/platform/current/installation/configuration/topic-configs.html"


def _topics(resource: Resource) -> list[dict[str, Any]]:
    """The topics in the list, [] for every other ConfigMap. Raises Unknown for a text that is no list of topics."""
    text = at(resource.props, "data", _FILE)
    if text is None:
        return []
    try:
        if text == MASKED:
            raise ValueError
        return [dict(one) for one in json.loads(text)["topics"]]
    except (ValueError, KeyError, TypeError):
        raise Unknown(f"data.{_FILE}", resource.urn) from None


@policy(
    "flink-topics-replicated",
    types=_TYPES,
    severity="high",
    controls=("SOC 2 A1.2",),
    reason="With fewer copies the loss of one broker stops producers, and the loss of two takes records along.",
    remedy="Give the topic 3 copies (2 outside of production) and leave min.insync.replicas at 2.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
)
def topics_replicated(resource: Resource) -> Iterator[str]:
    """-1 stands for the brokers' own default."""
    least = 3 if resource.production else 2
    for topic in _topics(resource):
        copies = int(topic.get("replication_factor", -1))
        in_sync = int(topic.get("config", {}).get("min.insync.replicas", 2))
        if copies != -1 and copies < least:
            yield f"the topic {topic.get('name')} has {copies} copies, {least} are asked for"
        elif in_sync < 2:
            yield f"the topic {topic.get('name')} takes records that {in_sync} broker has"
        elif copies != -1 and in_sync >= copies > 1:
            yield f"the topic {topic.get('name')} takes no records while one of its {copies} copies is away"


@policy(
    "flink-topics-bounded",
    types=_TYPES,
    severity="medium",
    controls=("PCI DSS 3.2.1", "SOC 2 A1.1"),
    reason="A topic that keeps everything fills its brokers' disks, and keeps what should have been deleted long ago.",
    remedy="Set retention.ms in the topic's config in application.yaml, or cleanup.policy: compact.",
    url=f"{_DOCS}#retention-ms",
)
def topics_bounded(resource: Resource) -> Iterator[str]:
    for topic in _topics(resource):
        config = topic.get("config", {})
        compacted = "compact" in str(config.get("cleanup.policy", "delete"))
        bounds = [str(config.get("retention.ms", "")), str(config.get("retention.bytes", "-1"))]
        if not compacted and bounds == ["-1", "-1"]:
            yield f"the topic {topic.get('name')} keeps every record for ever"
