"""What several settings say together about Confluent Cloud."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.contradiction import Contradiction
from components.flink.confluent_limits import runtime_mistakes
from components.kafka.confluent_kinds import PUBLIC
from components.settings.base import PROJECT
from components.settings.confluent import ConfluentCloud, ConfluentConnector
from components.settings.confluent_flink import ConfluentCloudFlink
from components.settings.confluent_way_in import way_in_contradictions

if TYPE_CHECKING:
    from components.settings import Settings


def confluent_contradictions(settings: "Settings") -> Iterator[Contradiction]:
    """Kafka and Flink of Confluent Cloud go together, and need none of what the other variants run on."""
    kafka, flink = settings.kafka, settings.flink
    here = isinstance(kafka, ConfluentCloud)
    if here != isinstance(flink, ConfluentCloudFlink):
        if here:
            yield Contradiction(
                "flink.flavour",
                f"{flink.flavour}, while kafka.flavour is confluent_cloud",
                "write confluent_cloud; or keep this Flink and name the cluster by kafka.flavour external",
            )
        else:
            yield Contradiction(
                "kafka.flavour",
                f"{kafka.flavour}, while flink.flavour is confluent_cloud",
                "write confluent_cloud: its Flink reads no other Kafka; name others under kafka.links",
            )
    if settings.rotation is not None and not here:
        yield Contradiction("rotation", f"a number, while kafka.flavour is {kafka.flavour}", "remove it")
    if isinstance(settings.cdc, ConfluentConnector) and not here:
        yield Contradiction(
            "cdc.flavour", f"confluent_connector, while kafka.flavour is {kafka.flavour}", "write kafka_connect"
        )
    if isinstance(kafka, ConfluentCloud) and isinstance(flink, ConfluentCloudFlink):
        yield from _kafka(settings, kafka)
        yield from _flink(settings, kafka, flink)
        yield from _nothing_else(settings)


def _kafka(settings: "Settings", kafka: ConfluentCloud) -> Iterator[Contradiction]:
    if settings.rotation is None:
        yield Contradiction(
            "rotation",
            "nothing, while kafka.flavour is confluent_cloud",
            f'add `{PROJECT}:rotation: {{number: 0, since: "<today, as 2026-11-20>"}}`; `streamctl rotate` goes on',
        )
    shape = kafka.cluster.shape
    if shape.way_in != PUBLIC and settings.network is None:
        yield Contradiction(
            "network",
            f"nothing, while kafka.cluster.network.kind is {shape.way_in}",
            "add the VPC that the way in begins in, created or existing",
        )
    if shape.way_in == PUBLIC and settings.network is not None:
        yield Contradiction("network", f"a VPC, while the {shape.kind} cluster is public", "remove it")
    yield from way_in_contradictions(settings, kafka)
    if settings.cdc is not None and not isinstance(settings.cdc, ConfluentConnector):
        yield Contradiction(
            "cdc.flavour",
            f"{settings.cdc.flavour}, while kafka.flavour is confluent_cloud",
            "write confluent_connector, or leave it out",
        )
    if settings.postgres.flavour != "existing":
        yield Contradiction(
            "postgres.flavour",
            f"{settings.postgres.flavour}, which the managed connector does not reach",
            "write existing, with a host that Confluent Cloud reaches",
        )


def _flink(settings: "Settings", kafka: ConfluentCloud, flink: ConfluentCloudFlink) -> Iterator[Contradiction]:
    for mistake in runtime_mistakes(flink.max_cfu, kafka.cluster.kind):
        yield Contradiction("kafka.cluster.kind", mistake.found, mistake.remedy)
    for name in flink.statements:
        if name not in settings.applications:
            yield Contradiction(
                f"flink.statements.{name}",
                "no application of this stack",
                f"name one of {', '.join(settings.applications)}",
            )
    if settings.lakehouse.snowflake is not None and flink.tableflow is None:
        yield Contradiction(
            "lakehouse.snowflake", "a reader, while flink.tableflow is null and there is no table", "remove one of them"
        )


def _nothing_else(settings: "Settings") -> Iterator[Contradiction]:
    if settings.aws.emulated:
        yield Contradiction(
            "aws.emulated", "true, while flink.flavour is confluent_cloud", "remove it; Tableflow writes to AWS"
        )
    for key, part in (("cluster", settings.cluster), ("local", settings.local)):
        if part is not None:
            yield Contradiction(key, "settings of it, while Confluent Cloud runs everything", "remove it")
    lake = settings.lakehouse
    for key, found, remedy in (
        ("maintenance", lake.maintenance is not None, "remove it: Tableflow tidies its tables, nobody else may"),
        (
            "athena",
            lake.athena is not None,
            "remove it; a workgroup of yours reads the tables with lake_reader_policy_arn",
        ),
        (
            "permissions",
            lake.permissions != "iam",
            "write iam, or leave it out: Tableflow's role has its rights by IAM",
        ),
        ("bucket", lake.bucket is not None, "remove it: Tableflow's bucket has the stack's own name"),
    ):
        if found:
            yield Contradiction(f"lakehouse.{key}", "set, while Tableflow writes the tables", remedy)
