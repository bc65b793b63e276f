"""The spec of one application, `applications/<name>/application.yaml`: what it reads, what it writes, how it runs.

Topics, connector settings, Flink tables, Iceberg tables and the JSON Schemas of topic values all derive from it; the
transformation itself is the SQL file beside it. Nothing in it belongs to one runtime.

`applications/application.schema.json` is generated from the models below (`application_schema`).
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from components.application_checks import mistakes_of
from components.column_types import column_type
from components.errors import Mistake, PlatformError, problem
from components.settings import ApplicationName, Model
from components.transformation import Transformation, parse_transformation
from components.validation import validate
from components.yaml_file import read_yaml

SPEC_FILE = "application.yaml"
CDC_PREFIX = "cdc"
"""Captured tables arrive in topics `cdc.<schema>.<table>`; this is Debezium's `topic.prefix`."""

# Glue and Athena know lower case names only, so tables and their columns keep to that.
LowerName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
# JSON members may be written in any case.
ColumnName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,126}$")]
# Kafka's own rule for topic names.
TopicName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,249}$")]
ColumnType = Annotated[str, Field(max_length=40), AfterValidator(column_type)]
Seconds = Annotated[int, Field(ge=1, le=86400)]


class Checkpointing(Model):
    """How often the job makes its results durable; also how often rows appear in Iceberg."""

    interval_seconds: Annotated[int, Field(ge=1, le=3600)] = 5


class Capture(Model):
    """A PostgreSQL table whose changes go to the topic `cdc.<schema>.<table>`."""

    table: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$")] = Field(
        description="schema.table"
    )
    key: Annotated[list[LowerName], Field(min_length=1)] = Field(description="columns of the table's primary key")

    @property
    def topic(self) -> str:
        """The topic that the changes arrive in."""
        return f"{CDC_PREFIX}.{self.table}"


class Topic(Model):
    """A Kafka topic. The platform creates it; applications that share one must describe it in the same way."""

    name: TopicName
    partitions: Annotated[int, Field(ge=1, le=1000)] = Field(description="number of partitions")
    retention_hours: Annotated[int, Field(ge=1, le=24 * 3650)] = Field(
        default=168, description="hours that records are kept; Kafka's own default"
    )
    config: dict[str, str] = Field(default_factory=dict, description="further topic settings, values as text")

    @property
    def settings(self) -> dict[str, str]:
        """The topic-level settings to create it with, as Kafka names them."""
        return {"retention.ms": str(self.retention_hours * 3_600_000), **self.config}


class Format(StrEnum):
    """How the values of a topic are written."""

    JSON = "json"
    DEBEZIUM_JSON = "debezium-json"


class SourceColumn(Model):
    """A column of a topic: part of the value (`type`), of the record (`type` and `metadata`), or computed."""

    name: ColumnName
    type: ColumnType | None = Field(default=None, description="BIGINT, DECIMAL(12,2), TIMESTAMP_LTZ(6), STRING, ...")
    metadata: Annotated[str, Field(pattern=r"^[a-z][a-z.-]{0,40}$")] | None = Field(
        default=None, description="name of the Kafka record's field: timestamp, partition, offset, ..."
    )
    expression: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="SQL over the other columns"
    )
    description: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "SourceColumn":
        if self.expression is None and self.type is None:
            raise ValueError(f"column {self.name} has neither type nor expression; add one of them")
        if self.expression is not None and (self.type is not None or self.metadata is not None):
            raise ValueError(
                f"column {self.name} has an expression and a type or metadata; a computed column has neither"
            )
        return self

    @property
    def in_value(self) -> bool:
        """Whether the column is a member of the topic's value."""
        return self.expression is None and self.metadata is None


class EventTime(Model):
    """Which column says when a row happened, and how long the runtime waits for rows that come late."""

    column: ColumnName
    watermark_of: ColumnName | None = Field(
        default=None,
        description="column the watermark follows; default: `column`. With the time of arrival in the topic, lateness "
        "becomes a property of the row that a restart or a replay does not change",
    )
    watermark_delay_seconds: Annotated[int, Field(ge=0, le=86400)]
    idle_timeout_seconds: Seconds | None = Field(
        default=None,
        description="a partition without rows for this long no longer holds the watermark back; default: it does",
    )


class Source(Model):
    """A topic read as a table."""

    name: LowerName = Field(description="name of the table in the SQL")
    topic: Topic
    format: Format
    columns: list[SourceColumn] = Field(default_factory=list, description="the topic's schema")
    primary_key: list[ColumnName] = Field(default_factory=list)
    event_time: EventTime | None = None
    description: str | None = None

    @property
    def value_columns(self) -> list[SourceColumn]:
        """The columns that are members of the topic's value."""
        return [column for column in self.columns if column.in_value]


class Mode(StrEnum):
    """append: rows are only added. upsert: one row for each primary key, the newest."""

    APPEND = "append"
    UPSERT = "upsert"


class SinkColumn(Model):
    name: LowerName
    type: ColumnType
    description: str | None = None


class Sink(Model):
    """An Iceberg table that the application writes."""

    name: LowerName = Field(description="name of the table in the SQL and in the lakehouse")
    mode: Mode
    primary_key: list[LowerName] = Field(default_factory=list, description="for mode upsert")
    columns: Annotated[list[SinkColumn], Field(min_length=1)]
    description: str | None = None


class TransformationFile(Model):
    sql: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}\.sql$")] = Field(
        description="file beside application.yaml"
    )


class ConfluentCloudDifferences(Model):
    """What is said otherwise on Confluent Cloud, whose Flink has no processing time: there the first of several copies
    is known only by a time that the record holds, and may be corrected by one that was read later."""

    expressions: dict[LowerName, dict[ColumnName, str]] = Field(
        default_factory=dict, description="source -> computed column -> SQL in place of its expression"
    )
    upsert: dict[LowerName, Annotated[list[LowerName], Field(min_length=1)]] = Field(
        default_factory=dict, description="sinks that are tables of mode upsert there -> primary key"
    )
    views: dict[LowerName, Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict, description="view of the SQL -> the query that it has there"
    )


class ApplicationSpec(Model):
    """One application. Each attribute is one key of `application.yaml`."""

    name: ApplicationName
    description: Annotated[str, Field(min_length=1, max_length=500)]
    parallelism: Annotated[int, Field(ge=1, le=256)] = Field(
        default=1, description="parallel subtasks of each operator"
    )
    checkpointing: Checkpointing = Checkpointing()
    state_ttl_hours: Annotated[int, Field(ge=1, le=24 * 3650)] | None = Field(
        default=None, description="hours after which unused state is dropped; default: never"
    )
    options: dict[str, str] = Field(default_factory=dict, description="Flink options of the job, values as text")
    capture: list[Capture] = Field(default_factory=list, description="PostgreSQL tables captured into topics")
    sources: Annotated[list[Source], Field(min_length=1)]
    sinks: Annotated[list[Sink], Field(min_length=1)]
    transformation: TransformationFile
    confluent_cloud: ConfluentCloudDifferences = ConfluentCloudDifferences()


@dataclass(frozen=True)
class Application:
    """A checked spec with its SQL. `where` is the spec's path, for messages."""

    spec: ApplicationSpec
    transformation: Transformation
    where: str

    @property
    def name(self) -> str:
        return self.spec.name


def load_application(folder: Path) -> Application:
    """The application in `folder`: `application.yaml` and the SQL file that it names.

    Raises PlatformError with everything that is wrong in the two files; where the spec's shape is wrong, what needs
    the shape (the SQL against the spec) is told only after that is put right.
    """
    path = folder / SPEC_FILE
    spec = validate(ApplicationSpec, read_yaml(path), str(path))
    mistakes: list[Mistake] = []
    if spec.name != folder.name:
        remedy = f"rename the folder to {spec.name}, or write `name: {folder.name}`"
        mistakes.append(Mistake(str(path), "name", spec.name, f"the name of the folder: {folder.name}", remedy))
    sql_path = folder / spec.transformation.sql
    transformation = Transformation()
    try:
        transformation, found = parse_transformation(sql_path.read_text(encoding="utf-8"), str(sql_path))
        mistakes += found
        complete = not found
    except (OSError, UnicodeDecodeError) as error:
        complete = False
        remedy = f"write {sql_path} (UTF-8), or correct the name"
        mistakes.append(Mistake(str(path), "transformation.sql", f"{sql_path.name}: {error}", "", remedy))
    mistakes += mistakes_of(spec, transformation, str(path), str(sql_path), with_sql=complete)
    if mistakes:
        raise PlatformError(mistakes)
    return Application(spec, transformation, str(path))


def merge_topics(applications: list[Application]) -> dict[str, Topic]:
    """Every topic that the applications read, by name.

    Raises PlatformError where two applications describe one topic differently; it names both files.
    """
    first: dict[str, tuple[Source, Application]] = {}
    mistakes: list[Mistake] = []
    for application in applications:
        for index, source in enumerate(application.spec.sources):
            other, owner = first.setdefault(source.topic.name, (source, application))
            differences = _differences(other, source)
            mistakes += [
                Mistake(
                    application.where,
                    f"sources[{index}].{key}",
                    f"{mine} for the topic {source.topic.name}",
                    f"{theirs}, as {owner.where} says",
                    "describe the topic in the same way in both files, or read another topic",
                )
                for key, theirs, mine in differences
            ]
    if mistakes:
        raise PlatformError(mistakes)
    return {name: source.topic for name, (source, _) in first.items()}


def _differences(one: Source, two: Source) -> list[tuple[str, Any, Any]]:
    """(key, value in one, value in two) for what two descriptions of one topic contradict each other in."""
    pairs: list[tuple[str, Any, Any]] = [
        ("topic.partitions", one.topic.partitions, two.topic.partitions),
        ("topic.retention_hours", one.topic.retention_hours, two.topic.retention_hours),
        ("topic.config", one.topic.config, two.topic.config),
        ("format", one.format.value, two.format.value),
    ]
    # Each may leave out columns that it does not need, but what both name is one thing.
    types = {column.name: column.type for column in one.value_columns}
    pairs += [
        (f"columns.{column.name}.type", types[column.name], column.type)
        for column in two.value_columns
        if column.name in types
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


def captured_tables(applications: list[Application]) -> list[Capture]:
    """The PostgreSQL tables that the applications capture, each once, by name.

    Raises PlatformError where two applications give one table different keys; it names both files.
    """
    first: dict[str, tuple[Capture, Application]] = {}
    for application in applications:
        for index, capture in enumerate(application.spec.capture):
            other, owner = first.setdefault(capture.table, (capture, application))
            if other.key != capture.key:
                raise problem(
                    application.where,
                    f"capture[{index}].key",
                    ", ".join(capture.key),
                    f"{', '.join(other.key)}, as {owner.where} says",
                    f"write the primary key of {capture.table} in both files",
                )
    return [first[table][0] for table in sorted(first)]


def application_schema() -> dict[str, Any]:
    """The JSON Schema of `application.yaml`, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ApplicationSpec.model_json_schema(),
    }
