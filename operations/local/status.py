"""What the local platform is doing: services, jobs, checkpoints, lag, rows, freshness."""

import time
from dataclasses import asdict, dataclass
from typing import Any, cast

from components.errors import PlatformError
from operations.local import flink_rest, ports, record
from operations.local.connectors import connector_states
from operations.local.lake import Lake
from operations.local.layout import Layout
from operations.local.supervisor import ServiceStatus, Supervisor


@dataclass(frozen=True)
class JobStatus:
    """A declared application.

    state:           Flink's word, or "missing"
    tasks:           running of all
    checkpoints:     completed since the job started; restored: how often it went back to one
    checkpoint_age:  seconds since the newest one was taken, None before the first
    lag:             records in its topics that it has not read by its newest checkpoint, None where not known
    error:           first line of what last made it fail
    """

    name: str
    id: str
    state: str
    tasks: str
    checkpoints: int
    restored: int
    checkpoint_age: float | None
    lag: int | None
    error: str | None


@dataclass(frozen=True)
class TableStatus:
    """An Iceberg table. rows: None where it could not be read; age: seconds since its newest snapshot"""

    name: str
    rows: int | None
    age: float | None


@dataclass(frozen=True)
class Status:
    stack: str
    complete: bool
    endpoints: dict[str, str]
    services: list[ServiceStatus]
    connectors: dict[str, dict[str, Any]]
    jobs: list[JobStatus]
    tables: list[TableStatus]

    @property
    def healthy(self) -> bool:
        """Whether all that is declared runs."""
        return (
            self.complete
            and all(service.state == "running" for service in self.services)
            and all(job.state == "RUNNING" for job in self.jobs)
            and all({c["state"], *c["tasks"]} == {"RUNNING"} for c in self.connectors.values())
        )

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "healthy": self.healthy}


def gather(layout: Layout, with_rows: bool = True) -> Status:
    """The status of the platform in `layout`. Raises PlatformError where none was brought up."""
    known = record.require(layout)
    chosen = ports.remembered(layout)
    supervised = Supervisor(layout).status()
    if chosen is None or not supervised:
        return Status(known.stack, known.complete, {}, supervised, {}, [], [])
    rest = chosen.url("jobmanager_rest")
    applications: dict[str, Any] = known.exports.get("applications", {})
    running = {job.name: job for job in flink_rest.jobs_if_up(rest) or []}
    jobs = [
        _job(name, running.get(name), rest, chosen.bootstrap_servers, application)
        for name, application in applications.items()
    ]
    tables = [table for application in applications.values() for table in application["tables"]]
    return Status(
        known.stack,
        known.complete,
        endpoints(chosen),
        supervised,
        connector_states(chosen.url("connect")),
        jobs,
        table_status(lake(layout, known, chosen), tables, with_rows),
    )


def endpoints(chosen: ports.Ports) -> dict[str, str]:
    """Where people and clients reach the services."""
    return {
        "AWS emulator": chosen.url("aws"),
        "PostgreSQL": f"{ports.HOST}:{chosen.postgres}",
        "Kafka": chosen.bootstrap_servers,
        "Kafka Connect": chosen.url("connect"),
        "Flink": chosen.url("jobmanager_rest"),
        "Flink SQL gateway": chosen.url("sql_gateway"),
        "Flink metrics": f"{chosen.url('metrics')}/metrics",
    }


def lake(layout: Layout, known: record.Record | None = None, chosen: ports.Ports | None = None) -> Lake:
    """The Iceberg tables of the platform in `layout`."""
    known = known or record.require(layout)
    chosen = chosen or ports.remembered(layout)
    if chosen is None or "lake_database" not in known.exports:
        raise PlatformError([])
    return Lake(chosen.url("aws"), known.exports["region"], known.exports["lake_database"])


def table_status(tables: Lake, names: list[str], with_rows: bool) -> list[TableStatus]:
    """Rows and age of each table, those that do not exist yet included."""
    try:
        ages = tables.ages()
    except PlatformError:
        return [TableStatus(name, None, None) for name in names]
    result: list[TableStatus] = []
    for name in names:
        rows = None
        if with_rows and name in ages:
            try:
                rows = tables.count(name)
            except PlatformError:
                rows = None
        result.append(TableStatus(name, rows, ages.get(name)))
    return result


def _job(
    name: str, job: flink_rest.Job | None, rest: str, bootstrap_servers: str, application: dict[str, Any]
) -> JobStatus:
    if job is None:
        return JobStatus(name, "", "missing", "0/0", 0, 0, None, None, None)
    taken = flink_rest.checkpoints(rest, job.id)
    age = time.time() - taken.latest / 1000 if taken and taken.latest else None
    return JobStatus(
        name,
        job.id,
        "starting" if job.state == "RUNNING" and not job.works else job.state,
        f"{job.running}/{job.tasks}",
        taken.completed if taken else 0,
        taken.restored if taken else 0,
        age,
        _lag(bootstrap_servers, application.get("consumers", {})),
        flink_rest.last_exception(rest, job.id) if job.state != "RUNNING" else None,
    )


def _lag(bootstrap_servers: str, consumers: dict[str, str]) -> int | None:
    """Records between the offsets that a job committed with its newest checkpoint and the ends of its topics.

    consumers: consumer group -> topic
    """
    from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
    from confluent_kafka.admin import AdminClient, OffsetSpec

    try:
        admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
        newest = cast(OffsetSpec, OffsetSpec.latest())
        lag = 0
        for group, topic in consumers.items():
            count = len(admin.list_topics(topic, timeout=3).topics[topic].partitions)
            partitions = [TopicPartition(topic, number) for number in range(count)]
            ends = admin.list_offsets(dict.fromkeys(partitions, newest), request_timeout=3)
            request = [ConsumerGroupTopicPartitions(group, partitions)]
            (future,) = admin.list_consumer_group_offsets(request, request_timeout=3).values()
            committed = {p.partition: max(p.offset, 0) for p in future.result().topic_partitions}
            lag += sum(max(end.result().offset - committed.get(p.partition, 0), 0) for p, end in ends.items())
        return lag
    except (KafkaException, KeyError):
        return None
