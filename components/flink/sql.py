"""Flink SQL 2.1, rendered from an application's spec for a session of a SQL gateway.

Pure functions from plain data to text. What they are given ends up in logs and in the Flink UI, so no secret may be
among it: a JAAS string holds a placeholder that the runtime fills in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.application import Application, ApplicationSpec, Format, Mode, Sink, Source, SourceColumn

# Zstandard is Iceberg's own default since 1.4; written out, so that a later default changes no table.
_TABLE_PROPERTIES = {
    "format-version": "2",
    "write.format.default": "parquet",
    "write.parquet.compression-codec": "zstd",
    # A column with more distinct values than fit is written plainly from there on. With Iceberg's default of 2 MiB a
    # writer looks up each id, coordinate and time among up to 262,144 others, and what zstd makes of that is larger.
    "write.parquet.dict-size-bytes": "262144",
    # 128 MiB: a checkpoint every few seconds never fills Iceberg's default of 512 MiB, a later compaction does, on AWS.
    "write.target-file-size-bytes": "134217728",
    # One metadata file for each commit would pile up: at a commit every 5 s that is 17,280 a day.
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
}
# On one machine, for tables that rows are added to: a file smaller than this is rewritten with the next ones, twice a
# minute. At Iceberg's default, three quarters of the target or 96 MiB, a busy platform rewrites most of a table again
# and again. Read from the table only, as `rewrite-all` below.
_APPEND_PROPERTIES_LOCAL = {"flink-maintenance.rewrite.min-file-size-bytes": "4194304"}
_UPSERT_PROPERTIES = {
    "write.upsert.enabled": "true",
    # Each commit leaves deletes by key behind, and readers apply them all. They may go once no data file is older than
    # they are, so all data files are rewritten. Read from the table only, the job's own options do not reach it.
    "flink-maintenance.rewrite.rewrite-all": "true",
    # One manifest of deletes instead of one for each commit. A rewrite in Iceberg 1.11.0 stops looking for deletes to
    # drop after the first manifest in which it found some (ManifestFilterManager), so that most would stay forever.
    "commit.manifest.min-count-to-merge": "2",
}
# The Iceberg sink on Flink's sink API v2. The older one is deprecated in Iceberg 1.11.
_ICEBERG_OPTIONS = {"table.exec.iceberg.use-v2-sink": "true"}
# Table maintenance within the sink, of every table that a job writes: https://iceberg.apache.org/docs/latest/flink-maintenance/
# It needs no lock: commits compare versions in Glue, and each table has one writer. A rewrite's operators are behind
# the committer, so a checkpoint's barrier waits until the rewrite is over. What a rewrite reads grows with the square
# of the commits since the last (each data file with all deletes of later commits: 21 files with 6 commits, 78 with
# 12), and an upsert table is rewritten whole. An application with tables of many GB overrides this in its `options`,
# and leaves them to Glue's compaction (`lakehouse.maintenance` of the stack).
_MAINTENANCE = {
    "flink-maintenance.rewrite.enabled": "true",
    "flink-maintenance.expire-snapshots.enabled": "true",
    # A sink that recovers finds its last commit among those that are kept. Without this and an age, 1.11.0 fails with a
    # NullPointerException.
    "flink-maintenance.expire-snapshots.retain-last": "20",
}
# On AWS: an hour at a checkpoint every minute. Five days to look back, as Glue's own retention keeps.
_MAINTENANCE_AWS = _MAINTENANCE | {
    "flink-maintenance.rewrite.schedule.commit-count": "60",
    "flink-maintenance.expire-snapshots.schedule.commit-count": "60",
    "flink-maintenance.expire-snapshots.max-snapshot-age-seconds": "432000",
}
# On one machine: half a minute at a checkpoint every 5 s, and five minutes for queries that began on a snapshot.
_MAINTENANCE_LOCAL = _MAINTENANCE | {
    "flink-maintenance.rewrite.schedule.commit-count": "6",
    "flink-maintenance.expire-snapshots.schedule.commit-count": "24",
    "flink-maintenance.expire-snapshots.max-snapshot-age-seconds": "300",
    # Seconds between two tasks on one table, and until a busy one is asked again; by default 60 and 30, which is too
    # slow for a task every half minute.
    "flink-maintenance.rate-limit-seconds": "10",
    "flink-maintenance.lock-check-delay-seconds": "5",
}


@dataclass(frozen=True)
class IcebergCatalog:
    """An Iceberg catalog in Glue.

    database:  Glue database; it exists already
    warehouse: s3://bucket/prefix under which tables are created
    region:    AWS region
    name:      name of the catalog within the session
    endpoint:  URL of an AWS emulator for Glue and S3; None means AWS
    properties: further catalog properties
    """

    database: str
    warehouse: str
    region: str
    name: str = "lake"
    endpoint: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


def identifier(name: str) -> str:
    """`name` quoted as a Flink identifier."""
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """`text` quoted as a Flink string literal. Backslashes stand for themselves."""
    return "'" + text.replace("'", "''") + "'"


def options(pairs: Mapping[str, str]) -> str:
    """`pairs` as the list within WITH (...), in their order."""
    return ",\n  ".join(f"{literal(key)} = {literal(value)}" for key, value in pairs.items())


def catalog_ddl(catalog: IcebergCatalog) -> str:
    """CREATE CATALOG for an Iceberg catalog in Glue, with data in S3."""
    pairs = {
        "type": "iceberg",
        "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "warehouse": catalog.warehouse,
        "client.region": catalog.region,
    }
    if catalog.endpoint:
        # An emulator answers on one host name, so the bucket goes into the path.
        pairs |= {"glue.endpoint": catalog.endpoint, "s3.endpoint": catalog.endpoint, "s3.path-style-access": "true"}
    return f"CREATE CATALOG {identifier(catalog.name)} WITH (\n  {options({**pairs, **catalog.properties})}\n)"


def group_id(spec: ApplicationSpec, source: Source) -> str:
    """The consumer group under which an application reads a source. It shows progress; checkpoints hold what counts."""
    return f"{spec.name}-{source.name}"


def source_ddl(source: Source, kafka_properties: Mapping[str, str], group_id: str) -> str:
    """CREATE TEMPORARY TABLE for a topic.

    kafka_properties: client properties as Kafka names them (bootstrap.servers, security.protocol, ...)
    group_id:         consumer group that shows the job's progress; the offsets that count are in the checkpoints
    """
    columns = [_source_column(column) for column in source.columns]
    if source.primary_key:
        columns.append(f"PRIMARY KEY ({_names(source.primary_key)}) NOT ENFORCED")
    pairs = {
        "connector": "kafka",
        "topic": source.topic.name,
        **{f"properties.{key}": value for key, value in kafka_properties.items()},
        "properties.group.id": group_id,
        # Debezium writes in transactions; what an aborted one left behind must not be read.
        "properties.isolation.level": "read_committed",
        "scan.startup.mode": "earliest-offset",
        "format": source.format.value,
        f"{source.format.value}.timestamp-format.standard": "ISO-8601",
    }
    if source.format is Format.JSON:
        # A value that is no JSON stops the job: skipping it would lose it without a word.
        pairs["json.ignore-parse-errors"] = "false"
    time = source.event_time
    if time:
        follows = identifier(time.watermark_of or time.column)
        delay = f"INTERVAL '{time.watermark_delay_seconds}' SECOND({len(str(time.watermark_delay_seconds))})"
        columns.append(f"WATERMARK FOR {identifier(time.column)} AS {follows} - {delay}")
        if time.idle_timeout_seconds:
            pairs["scan.watermark.idle-timeout"] = f"{time.idle_timeout_seconds}s"
    return f"CREATE TEMPORARY TABLE {identifier(source.name)} (\n  {_lines(columns)}\n) WITH (\n  {options(pairs)}\n)"


def sink_ddl(sink: Sink, catalog: IcebergCatalog) -> str:
    """CREATE TABLE IF NOT EXISTS for an Iceberg v2 table; an upsert table is keyed by its primary key."""
    properties = dict(_TABLE_PROPERTIES)
    if sink.mode is Mode.UPSERT:
        properties |= _UPSERT_PROPERTIES
    elif catalog.endpoint:
        properties |= _APPEND_PROPERTIES_LOCAL
    name = ".".join(identifier(part) for part in (catalog.name, catalog.database, sink.name))
    return f"CREATE TABLE IF NOT EXISTS {name} (\n  {_sink_columns(sink)}\n) WITH (\n  {options(properties)}\n)"


def blackhole_ddl(sink: Sink) -> str:
    """CREATE TEMPORARY TABLE with `sink`'s columns that throws rows away: what the job costs without Iceberg."""
    return (
        f"CREATE TEMPORARY TABLE {identifier(sink.name)} (\n  {_sink_columns(sink)}\n) WITH ('connector' = 'blackhole')"
    )


def job_statements(
    application: Application, kafka_properties: Mapping[str, str], catalog: IcebergCatalog, blackhole: bool = False
) -> list[str]:
    """Everything to run, in order, in a new session of a SQL gateway; the last statement starts the job.

    kafka_properties: client properties without secrets, see `source_ddl`
    blackhole:        write nowhere instead of into the lakehouse, for measurements
    """
    spec = application.spec
    settings = {
        "pipeline.name": spec.name,
        "parallelism.default": str(spec.parallelism),
        "execution.checkpointing.interval": f"{spec.checkpointing.interval_seconds} s",
        # Windows begin at full minutes of UTC, whatever the machine's own time zone is.
        "table.local-time-zone": "UTC",
        # Rows pass from one operator to the next without being copied. The operators of SQL and Iceberg's writers allow
        # it. An application whose own functions keep the rows that they get sets it to false in its `options`.
        "pipeline.object-reuse": "true",
        **_ICEBERG_OPTIONS,
        **({} if blackhole else _MAINTENANCE_LOCAL if catalog.endpoint else _MAINTENANCE_AWS),
        **({"table.exec.state.ttl": f"{spec.state_ttl_hours} h"} if spec.state_ttl_hours else {}),
        **spec.options,
    }
    statements = [f"SET {literal(key)} = {literal(value)}" for key, value in settings.items()]
    statements += [
        catalog_ddl(catalog),
        f"USE CATALOG {identifier(catalog.name)}",
        f"USE {identifier(catalog.database)}",
    ]
    statements += [source_ddl(source, kafka_properties, group_id(spec, source)) for source in spec.sources]
    statements += [blackhole_ddl(sink) if blackhole else sink_ddl(sink, catalog) for sink in spec.sinks]
    statements += [
        f"CREATE TEMPORARY VIEW {identifier(view.name)} AS\n{view.query}" for view in application.transformation.views
    ]
    inserts = "".join(
        f"INSERT INTO {identifier(insert.sink)}\n{insert.query};\n" for insert in application.transformation.inserts
    )
    return [*statements, f"EXECUTE STATEMENT SET BEGIN\n{inserts}END"]


def _source_column(column: SourceColumn) -> str:
    if column.expression is not None:
        return f"{identifier(column.name)} AS {column.expression}"
    if column.metadata is not None:
        # VIRTUAL: read only, so the column is left out when a row is written to the topic.
        return f"{identifier(column.name)} {column.type} METADATA FROM {literal(column.metadata)} VIRTUAL"
    return f"{identifier(column.name)} {column.type}"


def _sink_columns(sink: Sink) -> str:
    columns = [f"{identifier(column.name)} {column.type}" for column in sink.columns]
    if sink.primary_key:
        columns.append(f"PRIMARY KEY ({_names(sink.primary_key)}) NOT ENFORCED")
    return _lines(columns)


def _names(names: list[str]) -> str:
    return ", ".join(identifier(name) for name in names)


def _lines(items: list[str]) -> str:
    return ",\n  ".join(items)
