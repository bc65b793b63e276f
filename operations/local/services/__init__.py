"""The services of one platform: pure functions from settings, ports and folders to what is to be run.

Nothing here starts a process or writes a file; `operations.local.supervisor` does.
"""

from collections.abc import Collection

from components.settings import Settings
from operations.local.distribution import Distribution
from operations.local.layout import Layout
from operations.local.ports import Ports
from operations.local.services import aws, connect, flink, generators, kafka, keeper, postgres, zookeeper
from operations.local.services.inputs import Inputs
from operations.local.services.model import Service

__all__ = ["Inputs", "Service", "generators", "platform"]


def platform(
    settings: Settings, ports: Ports, distribution: Distribution, layout: Layout, bucket: str
) -> list[Service]:
    """The services of the stack `local` without the generators, in an order in which each comes after what it needs.

    bucket: name of the S3 bucket for checkpoints, savepoints and the JobManager's recovery data
    """
    inputs = Inputs(settings, ports, distribution, layout)
    return [
        aws.service(inputs),
        postgres.service(inputs),
        zookeeper.service(inputs),
        kafka.service(inputs),
        connect.service(inputs),
        keeper.service(inputs),
        flink.jobmanager(inputs, bucket),
        flink.taskmanager(inputs, bucket),
        flink.sql_gateway(inputs, bucket),
    ]


def workloads(
    settings: Settings,
    ports: Ports,
    distribution: Distribution,
    layout: Layout,
    topics: Collection[str],
    tables: Collection[str],
) -> list[Service]:
    """The generators that somebody listens to: `telemetry` writes vehicle events to Kafka, `claims-workload` changes
    rows in PostgreSQL.

    topics: names of those that the applications read
    tables: schema.table of each captured table
    """
    inputs = Inputs(settings, ports, distribution, layout)
    telemetry = [generators.telemetry(inputs)] if generators.TOPIC in topics else []
    claims = [generators.claims_workload(inputs)] if generators.TABLES & set(tables) else []
    return [*telemetry, *claims]
