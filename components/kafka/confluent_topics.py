"""Topics and schemas on Confluent Cloud, as resources: no job makes them, because no Kubernetes is needed there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi
import pulumi_confluentcloud as confluent

from components.errors import Mistake
from components.kafka.contract import TopicDescription

# Settings that can be changed in place; the provider refuses every other one ("topic setting is read-only and cannot
# be updated"): confluentinc/terraform-provider-confluent, internal/provider/resource_kafka_topic.go.
SETTABLE = frozenset(
    {
        "cleanup.policy",
        "delete.retention.ms",
        "max.message.bytes",
        "max.compaction.lag.ms",
        "message.timestamp.difference.max.ms",
        "message.timestamp.before.max.ms",
        "message.timestamp.after.max.ms",
        "message.timestamp.type",
        "min.compaction.lag.ms",
        "min.insync.replicas",
        "retention.bytes",
        "retention.ms",
        "segment.bytes",
        "segment.ms",
        "confluent.key.schema.validation",
        "confluent.value.schema.validation",
        "confluent.key.subject.name.strategy",
        "confluent.value.subject.name.strategy",
        "confluent.schema.validation.context.name",
    }
)
REPLICAS = 3
"""Confluent Cloud keeps three copies of everything and takes no number."""


def topic_mistakes(where: str, topics: Mapping[str, TopicDescription]) -> Iterator[Mistake]:
    """What Confluent Cloud would refuse."""
    for name, topic in sorted(topics.items()):
        refused = sorted(set(topic.config) - SETTABLE)
        if refused:
            yield Mistake(
                where,
                f"topic {name}",
                f"the settings {', '.join(refused)}",
                ", ".join(sorted(SETTABLE)),
                "remove them from the topic's config: Confluent Cloud sets them itself",
            )


def declare_topics(
    name: str, topics: Mapping[str, TopicDescription], protect: bool, opts: pulumi.ResourceOptions
) -> dict[str, confluent.KafkaTopic]:
    """Topics made through the provider in `opts`, which has the cluster and its key.

    None holds credentials: a topic that did would keep a key that has been rotated, and no refresh could read it.
    Fewer partitions would replace a topic, data and all: in production it is protected.
    """
    return {
        topic: confluent.KafkaTopic(
            f"{name}-{topic}",
            topic_name=topic,
            partitions_count=description.partitions,
            config=dict(sorted(description.config.items())),
            opts=pulumi.ResourceOptions(
                parent=opts.parent, provider=opts.provider, protect=protect, depends_on=opts.depends_on
            ),
        )
        for topic, description in sorted(topics.items())
    }


def declare_schemas(
    name: str,
    schemas: Mapping[str, Mapping[str, Any]],
    topics: Mapping[str, pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """JSON Schemas of the values of topics: topic -> schema (components/topic_schema.py).

    One resource follows the latest version of a subject. Deleted is a soft deletion, which the registry can undo; the
    records that need it stay. Each subject is told BACKWARD itself, so that a changed default of the registry changes
    nothing.
    """
    made: list[pulumi.Resource] = []
    for topic, schema in sorted(schemas.items()):
        subject = f"{topic}-value"
        after: Sequence[pulumi.Resource] = [topics[topic]] if topic in topics else []
        compatibility = confluent.SubjectConfig(
            f"{name}-{subject}",
            subject_name=subject,
            compatibility_level="BACKWARD",
            opts=pulumi.ResourceOptions(parent=opts.parent, provider=opts.provider, depends_on=[*after]),
        )
        made.append(
            confluent.Schema(
                f"{name}-{subject}",
                subject_name=subject,
                format="JSON",
                schema=json.dumps(schema, sort_keys=True),
                recreate_on_update=False,
                hard_delete=False,
                opts=pulumi.ResourceOptions(
                    parent=opts.parent, provider=opts.provider, depends_on=[compatibility, *after]
                ),
            )
        )
    return made
