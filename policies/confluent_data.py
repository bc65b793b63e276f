"""Confluent Cloud: topics and schemas."""

from collections.abc import Iterator

from policies.framework import Resource, policy
from policies.reading import at

_TOPIC = "confluentcloud:index/kafkaTopic:KafkaTopic"
_TABLE = "confluentcloud:index/tableflowTopic:TableflowTopic"
_DOCS = "https://docs.confluent.io/cloud/current"
_TOPIC_DOCS = f"{_DOCS}/topics/overview.html"


@policy(
    "confluent-topic-bounded",
    types=(_TOPIC,),
    severity="medium",
    controls=("PCI DSS 3.2.1", "SOC 2 A1.1"),
    reason="A topic that keeps everything is paid for every month, and keeps what should have been deleted long ago.",
    remedy="Set retention.ms in the topic's config in application.yaml, or cleanup.policy: compact; "
    "name a topic that is meant so in `for_ever`.",
    url=_TOPIC_DOCS,
    config={
        "for_ever": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "names of topics that keep every record on purpose",
        }
    },
)
def topic_bounded(resource: Resource) -> Iterator[str]:
    config = at(resource.props, "config", default={})
    compacted = "compact" in str(at(config, "cleanup.policy", default="delete"))
    bounds = [str(at(config, "retention.ms", default="")), str(at(config, "retention.bytes", default="-1"))]
    if not compacted and bounds == ["-1", "-1"] and at(resource.props, "topicName") not in resource.config["for_ever"]:
        yield "keeps every record for ever"


@policy(
    "confluent-topic-in-sync",
    types=(_TOPIC,),
    severity="high",
    controls=("SOC 2 A1.2", "SOC 2 PI1.3"),
    reason="A record that one broker has is lost with that broker, although the producer was told that it is safe.",
    remedy="Leave min.insync.replicas out: Confluent Cloud keeps three copies and asks for two.",
    url=_TOPIC_DOCS,
)
def topic_in_sync(resource: Resource) -> Iterator[str]:
    copies = int(at(resource.props, "config", "min.insync.replicas", default=2))
    if copies < 2:
        yield f"takes records that {copies} broker has"


@policy(
    "confluent-topic-message-size",
    types=(_TOPIC,),
    severity="low",
    controls=("SOC 2 A1.1",),
    reason="Large records fill the buffers of every producer, job and consumer; no memory here is sized for them.",
    remedy="Put the payload into the bucket and its address into the record, or raise `bytes` for the stack.",
    url=_TOPIC_DOCS,
    config={"bytes": {"type": "integer", "default": 8_388_608, "description": "of the largest record (8 MiB)"}},
)
def topic_message_size(resource: Resource) -> Iterator[str]:
    size = int(at(resource.props, "config", "max.message.bytes", default=0))
    if size > int(resource.config["bytes"]):
        yield f"takes records of {size} bytes, more than {resource.config['bytes']}"


@policy(
    "confluent-key-in-provider",
    types=(
        _TOPIC,
        "confluentcloud:index/kafkaAcl:KafkaAcl",
        "confluentcloud:index/schema:Schema",
        "confluentcloud:index/subjectConfig:SubjectConfig",
        "confluentcloud:index/flinkStatement:FlinkStatement",
        _TABLE,
        "confluentcloud:index/catalogIntegration:CatalogIntegration",
    ),
    severity="medium",
    controls=("PCI DSS 8.6.3", "SOC 2 CC6.1"),
    reason="Each such resource has a copy of the key in the state, and no refresh reads it once the key is rotated.",
    remedy="Leave credentials out, and give the resource a provider that holds the key.",
    url="https://www.pulumi.com/registry/packages/confluentcloud/",
)
def key_in_provider(resource: Resource) -> Iterator[str]:
    if resource.props.get("credentials") is not None:
        yield "holds a key of its own (credentials)"


@policy(
    "confluent-governance-package",
    types=("confluentcloud:index/environment:Environment",),
    severity="low",
    controls=("SOC 2 CC8.1",),
    reason="ESSENTIALS has no data contracts: no rules on schemas, and no encryption of single fields.",
    remedy="Set kafka.stream_governance: ADVANCED.",
    url=f"{_DOCS}/stream-governance/packages.html",
)
def governance_package(resource: Resource) -> Iterator[str]:
    """In production."""
    package = at(resource.props, "streamGovernance", "package", default="ESSENTIALS")
    if resource.production and package != "ADVANCED":
        yield f"the package of Stream Governance is {package}"


@policy(
    "confluent-schema-compatibility",
    types=(
        "confluentcloud:index/subjectConfig:SubjectConfig",
        "confluentcloud:index/schemaRegistryClusterConfig:SchemaRegistryClusterConfig",
    ),
    severity="high",
    controls=("SOC 2 PI1.2", "SOC 2 CC8.1"),
    reason="A producer may change a field's type at any time, and every consumer fails at the next record.",
    remedy="Set the compatibility level BACKWARD, FORWARD, FULL, or one of them with _TRANSITIVE.",
    url="https://docs.confluent.io/platform/current/schema-registry/fundamentals/schema-evolution.html",
)
def schema_compatibility(resource: Resource) -> Iterator[str]:
    if at(resource.props, "compatibilityLevel") == "NONE":
        yield "takes every change of a schema"


@policy(
    "confluent-schema-soft-deleted",
    types=("confluentcloud:index/schema:Schema",),
    severity="high",
    controls=("SOC 2 A1.2",),
    reason="Records that were written with the schema are unreadable from that moment on.",
    remedy="Leave hardDelete out: a soft deletion can be undone.",
    url="https://docs.confluent.io/platform/current/schema-registry/schema-deletion-guidelines.html",
)
def schema_soft_deleted(resource: Resource) -> Iterator[str]:
    if at(resource.props, "hardDelete"):
        yield "is deleted for good, not softly"
