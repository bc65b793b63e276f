"""Flink's own PostgreSQL source: an application reads the database itself, without Connect and without Kafka.

`native_source_ddl` takes the place of `components.flink.sql.source_ddl` for the sources that are captured tables.
"""

from collections.abc import Mapping

from components.application import Source
from components.cdc.debezium import TOPIC_PREFIX
from components.errors import problem
from components.flink.sql import identifier, options
from components.versions import FLINK

ARTIFACTS: Mapping[str, str] = {
    "1.20": "org.apache.flink:flink-sql-connector-postgres-cdc:3.5.0",
}
"""Flink version -> connector that loads on it. 3.5.0 was built for 1.19 and 1.20; on 2.1 it fails to load
(NoClassDefFoundError: org.apache.flink.streaming.api.functions.source.SourceFunction). 3.6.0 comes in builds for 1.20
and 2.2 only (https://mvnrepository.com/artifact/org.apache.flink/flink-connector-postgres-cdc)."""

PASSWORD = "${env:CDC_PASSWORD}"  # noqa: S105 a placeholder that the runner fills in


def native_artifact(flink: str = FLINK) -> str:
    """Maven coordinates of the connector for a Flink version.

    Raises PlatformError where there is none: the job would fail when it is submitted.
    """
    line = ".".join(flink.split(".")[:2])
    if line not in ARTIFACTS:
        raise problem(
            "stack file",
            "streaming-platform:cdc.flavour",
            f"native, while Flink is {flink}",
            f"Flink {', '.join(sorted(ARTIFACTS))}: no release of Flink CDC loads on {line}",
            "write kafka_connect or msk_connect",
        )
    return ARTIFACTS[line]


def slot_name(application: str, source: str) -> str:
    """Replication slot of one source of one application: each needs its own. At most 63 characters in PostgreSQL."""
    return f"{application}_{source}".replace("-", "_")[:63]


def native_source_ddl(
    source: Source, application: str, host: str, port: int, database: str, user: str, publication: str, ssl_mode: str
) -> str:
    """CREATE TEMPORARY TABLE that reads a captured table from the database itself.

    source:      of the application's spec; its topic is `cdc.<schema>.<table>`
    application: name, for the slot
    Raises PlatformError where the source is no captured table.
    """
    prefix, _, table = source.topic.name.partition(".")
    schema, _, name = table.partition(".")
    if prefix != TOPIC_PREFIX or not name:
        raise problem(
            f"applications/{application}/application.yaml",
            f"sources.{source.name}.topic.name",
            source.topic.name,
            f"{TOPIC_PREFIX}.<schema>.<table>",
            "with cdc.flavour native only captured tables can be sources of changes; leave other topics on Kafka",
        )
    columns = [f"{identifier(column.name)} {column.type}" for column in source.value_columns]
    if source.primary_key:
        columns.append(f"PRIMARY KEY ({', '.join(identifier(key) for key in source.primary_key)}) NOT ENFORCED")
    pairs = {
        "connector": "postgres-cdc",
        "hostname": host,
        "port": str(port),
        "username": user,
        "password": PASSWORD,
        "database-name": database,
        "schema-name": schema,
        "table-name": name,
        "slot.name": slot_name(application, source.name),
        "decoding.plugin.name": "pgoutput",
        # Takes the snapshot in parts and between checkpoints; without it none completes until the snapshot has.
        "scan.incremental.snapshot.enabled": "true",
        "heartbeat.interval.ms": "10000",
        "debezium.publication.name": publication,
        "debezium.publication.autocreate.mode": "disabled",
        "debezium.database.sslmode": ssl_mode,
    }
    listed = ",\n  ".join(columns)
    return f"CREATE TEMPORARY TABLE {identifier(source.name)} (\n  {listed}\n) WITH (\n  {options(pairs)}\n)"
