"""The SQL of an application in the dialect of Confluent Cloud, from the spec and the text that run locally and on CMF.

There an environment is a catalog, a cluster a database and a topic a table, whose columns come from the Schema
Registry. So there is no DDL of connectors and no session: everything that a session would hold (sources, views) goes
into each INSERT as `WITH name AS (...)`, all INSERTs are one statement, and settings are properties of it.
https://docs.confluent.io/cloud/current/flink/concepts/comparison-with-apache-flink.html
https://docs.confluent.io/cloud/current/flink/reference/statements/create-table.html

Pure functions from plain data to text. What cannot be said in that dialect is told by `confluent_checks`.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from components.application import Application, ApplicationSpec, Format, Mode, Sink, Source, SourceColumn
from components.flink.sql import identifier, literal, options

# Options of Flink that are settings of the statement here.
MAPPED_OPTIONS = {"table.local-time-zone": "sql.local-time-zone"}
_COLUMN_LIST = re.compile(r"\((?=\s*[`\w])(?!\s*(?:SELECT|WITH|VALUES)\b)[^()]*\)\s*", re.IGNORECASE)
_WITH = re.compile(r"WITH\b\s*", re.IGNORECASE)


class TopicTables(StrEnum):
    """Who makes the topics of format json. existing: the Kafka of the stack, and a column is added to their tables.
    created: Flink, by CREATE TABLE IF NOT EXISTS; the way where nobody reaches the brokers from outside."""

    EXISTING = "existing"
    CREATED = "created"


@dataclass(frozen=True)
class ConfluentCatalog:
    """Where the tables are. Display names, not ids: https://docs.confluent.io/cloud/current/flink/overview.html

    catalog:  of the environment; database: of the cluster
    """

    catalog: str
    database: str

    def table(self, name: str) -> str:
        """The full name of a topic's table. In full, because a source may have the name of another topic."""
        return ".".join(identifier(part) for part in (self.catalog, self.database, name))


@dataclass(frozen=True)
class Start:
    """Where a statement begins to read.

    offsets:   topic -> "partition:0,offset:42;partition:1,offset:7", as the output `latest_offsets` of a stopped one
               has it; a topic that is left out is read from its beginning
    statement: name of a stopped statement (it must exist) to take the offsets from
    """

    offsets: Mapping[str, str] = field(default_factory=dict)
    statement: str | None = None


@dataclass(frozen=True)
class TableSettings:
    """How the tables of sinks are made.

    buckets: partitions (default 6, as Confluent); retention_hours: of append tables (default 168; the documentation
    contradicts itself about the default, so it is always written). value_format: avro-registry keeps DECIMAL and
    microseconds as they are
    """

    buckets: int = 6
    retention_hours: int = 168
    value_format: str = "avro-registry"


def source_ddl(
    source: Source,
    catalog: ConfluentCatalog,
    tables: TopicTables,
    error_topic: str | None,
    capture_format: str = "avro",
) -> list[str]:
    """What makes the topic's table fit for `source`, in order.

    error_topic: values that cannot be read go there and the statement runs on; None: it fails. No UDF, no window and
    nothing written is covered.
    capture_format: avro, json or proto, as the capture registers its schemas
    https://docs.confluent.io/cloud/current/flink/reference/statements/create-table.html
    """
    name = catalog.table(source.topic.name)
    errors = {"error-handling.mode": "log", "error-handling.log.target": error_topic} if error_topic else {}
    if tables is TopicTables.CREATED and source.format is Format.JSON:
        return [_created(source, name, errors)]
    statements: list[str] = []
    if added := [_added_column(column) for column in _table_columns(source)]:
        statements.append(f"ALTER TABLE {name} ADD (\n  {_lines(added)}\n)")
    if source.event_time:
        statements.append(f"ALTER TABLE {name} MODIFY {_watermark(source)}")
    if source.format is Format.DEBEZIUM_JSON:
        # Also what is inferred from an envelope. Said, because rows without one (`after.state.only`) would be read as
        # if each change were one more row; so they are refused.
        errors = {"value.format": f"{capture_format}-debezium-registry", "changelog.mode": "retract", **errors}
    if errors:
        statements.append(f"ALTER TABLE {name} SET (\n  {options(errors)}\n)")
    return statements


def sink_ddl(sink: Sink, catalog: ConfluentCatalog, settings: TableSettings) -> str:
    """CREATE TABLE IF NOT EXISTS, so that it can run again: a finished statement is forgotten after 30 days.

    Each table has a key, without which Tableflow stays PENDING: the primary key, or the first column.
    """
    columns = [f"{identifier(column.name)} {column.type}" for column in sink.columns]
    if sink.primary_key:
        columns.append(f"PRIMARY KEY ({_names(sink.primary_key)}) NOT ENFORCED")
    upsert = sink.mode is Mode.UPSERT
    pairs = {
        "changelog.mode": sink.mode.value,
        # Tableflow derives from it whether it appends or upserts.
        "kafka.cleanup-policy": "compact" if upsert else "delete",
        "kafka.retention.time": "0" if upsert else f"{settings.retention_hours} h",
        "key.format": settings.value_format,
        "value.format": settings.value_format,
        # A reader of values alone (Tableflow, a consumer) finds whole rows.
        "value.fields-include": "all",
    }
    keys = _names(sink.primary_key or [sink.columns[0].name])
    return (
        f"CREATE TABLE IF NOT EXISTS {catalog.table(sink.name)} (\n  {_lines(columns)}\n)\n"
        f"DISTRIBUTED BY HASH({keys}) INTO {settings.buckets} BUCKETS\nWITH (\n  {options(pairs)}\n)"
    )


def job_statement(application: Application, catalog: ConfluentCatalog, start: Start | None = None) -> str:
    """All INSERTs of `application` as one statement: one position in the topics, one thing to stop and to replace."""
    queries = {
        source.name: (source_query(source, catalog, start), frozenset[str]()) for source in application.spec.sources
    }
    queries |= {view.name: (view.query, view.words) for view in application.transformation.views}
    inserts = ""
    for insert in application.transformation.inserts:
        tables = ",\n".join(
            f"{identifier(name)} AS (\n{queries[name][0]}\n)" for name in _needed(insert.words, queries)
        )
        columns, query = "", insert.query
        if match := _COLUMN_LIST.match(query):
            columns, query = " " + match[0].strip(), query[match.end() :]
        if match := _WITH.match(query):
            tables, query = tables + ",\n" * bool(tables), query[match.end() :]
        elif tables:
            tables += "\n"
        tables = f"WITH {tables}" if tables or match else ""
        inserts += f"INSERT INTO {catalog.table(insert.sink)}{columns}\n{tables}{query};\n"
    return f"EXECUTE STATEMENT SET BEGIN\n{inserts}END"


def source_query(source: Source, catalog: ConfluentCatalog, start: Start | None = None) -> str:
    """SELECT of the source's columns, in the spec's types, from the topic's table.

    Values come in what JSON or the capture could write: texts for DECIMAL and times. Metadata and the event time are
    columns of the table and pass as they are: a CAST would take the time attribute away.
    """
    in_table = {column.name for column in _table_columns(source)}
    inner = [
        identifier(column.name) if column.name in in_table else _value(column)
        for column in source.columns
        if column.name in in_table or column.in_value
    ]
    hint = ""
    if start and source.topic.name in start.offsets:
        pairs = {
            "scan.startup.mode": "specific-offsets",
            "scan.startup.specific-offsets": start.offsets[source.topic.name],
        }
        hint = (
            " /*+ OPTIONS(" + ", ".join(f"{literal(key)} = {literal(value)}" for key, value in pairs.items()) + ") */"
        )
    query = f"SELECT\n  {_lines(inner)}\nFROM {catalog.table(source.topic.name)}{hint}"
    computed = [column for column in source.columns if column.expression is not None and column.name not in in_table]
    if not computed:
        return query
    outer = ["*", *(f"{column.expression} AS {identifier(column.name)}" for column in computed)]
    return f"SELECT\n  {_lines(outer)}\nFROM (\n{query}\n)"


def statement_properties(
    spec: ApplicationSpec, catalog: ConfluentCatalog, start: Start | None = None
) -> dict[str, str]:
    """Settings of the statement: https://docs.confluent.io/cloud/current/flink/reference/statements/set.html"""
    properties = {
        "sql.current-catalog": catalog.catalog,
        "sql.current-database": catalog.database,
        # Windows begin at full minutes of UTC; also what a time without a zone is read in.
        "sql.local-time-zone": "UTC",
        **{MAPPED_OPTIONS[key]: value for key, value in spec.options.items() if key in MAPPED_OPTIONS},
    }
    if spec.state_ttl_hours:
        properties["sql.state-ttl"] = f"{spec.state_ttl_hours * 3_600_000} ms"
    timed = [source.event_time for source in spec.sources if source.event_time]
    if timed:
        # Confluent passes over a partition that is silent for 10 seconds; where the spec does not ask for it, a window
        # would close before its rows are there. 0 turns that off.
        seconds = timed[0].idle_timeout_seconds or 0
        properties["sql.tables.scan.idle-timeout"] = f"{seconds} s"
    if start and start.statement:
        properties["sql.tables.initial-offset-from"] = start.statement
    return properties


def statement_name(prefix: str, text: str, properties: Mapping[str, str]) -> str:
    """`<prefix>-<hash>`: another text or setting is another statement, and never meets the name of the old one.

    At most 100 lower case letters, digits and dashes: https://docs.confluent.io/cloud/current/flink/concepts/statements.html
    """
    digest = hashlib.sha256(json.dumps([text, dict(properties)], sort_keys=True).encode()).hexdigest()[:8]
    return f"{re.sub('[^a-z0-9]+', '-', prefix.lower()).strip('-')[:80].rstrip('-')}-{digest}"


def _created(source: Source, name: str, errors: Mapping[str, str]) -> str:
    """CREATE TABLE for a topic that others write, in plain JSON or with a schema's id before it.

    It has no key column: producers choose their own key, and one that Flink could not read would stop the statement.
    """
    columns = [_physical(column) for column in source.value_columns]
    columns += [_added_column(column) for column in _table_columns(source)]
    if source.event_time:
        columns.append(_watermark(source))
    topic = source.topic
    pairs = {
        "changelog.mode": "append",
        "kafka.cleanup-policy": topic.config.get("cleanup.policy", "delete"),
        "kafka.retention.time": f"{topic.retention_hours} h",
        "kafka.message-timestamp-type": topic.config.get("message.timestamp.type", "CreateTime"),
        "value.format": "json-registry",
        **errors,
    }
    return (
        f"CREATE TABLE IF NOT EXISTS {name} (\n  {_lines(columns)}\n)\n"
        f"DISTRIBUTED INTO {topic.partitions} BUCKETS\nWITH (\n  {options(pairs)}\n)"
    )


def _table_columns(source: Source) -> list[SourceColumn]:
    """The columns that must be in the table itself: metadata, and the event time where it is computed."""
    time = source.event_time.column if source.event_time else None
    return [column for column in source.columns if not column.in_value and (column.metadata or column.name == time)]


def _added_column(column: SourceColumn) -> str:
    if column.expression is not None:
        return f"{identifier(column.name)} AS {column.expression}"
    return f"{identifier(column.name)} {column.type} METADATA FROM {literal(column.metadata or '')} VIRTUAL"


def _watermark(source: Source) -> str:
    time = source.event_time
    assert time is not None  # noqa: S101 callers have asked
    delay = f"INTERVAL '{time.watermark_delay_seconds}' SECOND({len(str(time.watermark_delay_seconds))})"
    follows = identifier(time.watermark_of or time.column)
    return f"WATERMARK FOR {identifier(time.column)} AS {follows} - {delay}"


def as_text(column: SourceColumn) -> bool:
    """Whether a JSON value holds the column as text (see `components.column_types.json_schema`)."""
    return str(column.type).startswith(("DECIMAL", "TIMESTAMP", "DATE"))


def _physical(column: SourceColumn) -> str:
    return f"{identifier(column.name)} {'STRING' if as_text(column) else column.type}"


def _value(column: SourceColumn) -> str:
    """The column in its type. Each also takes what the Schema Registry already knows in that type."""
    name, kind = identifier(column.name), str(column.type)
    if kind in ("STRING", "BOOLEAN"):
        return name
    if kind.startswith("TIMESTAMP"):
        # Flink casts no ISO 8601. Debezium writes times with a zone in UTC, with a Z.
        plain = f"REPLACE(REPLACE(CAST({name} AS STRING), 'T', ' '), 'Z', '')"
        return f"CAST({plain} AS {kind}) AS {name}"
    return f"CAST({name} AS {kind}) AS {name}"


def _needed(words: frozenset[str], queries: Mapping[str, tuple[str, frozenset[str]]]) -> list[str]:
    """The names that a query with `words` reads, directly or through others, each after those that it reads itself."""
    found: set[str] = set()
    waiting = [name for name in queries if name in words]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [other for other in queries if other in queries[name][1] and other != name]
    return [name for name in queries if name in found]


def _names(names: list[str]) -> str:
    return ", ".join(identifier(name) for name in names)


def _lines(items: list[str]) -> str:
    return ",\n  ".join(items)
