"""Change data capture: PostgreSQL to Kafka by Debezium in Kafka Connect."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.kafka.contract import KafkaAccess
from components.postgres import PostgresAccess

# Topics are called <prefix>.<schema>.<table>.
TOPIC_PREFIX = "cdc"


def debezium_config(
    name: str, postgres: PostgresAccess, tables: Sequence[str], replication_factor: int
) -> dict[str, pulumi.Input[str]]:
    """Configuration of the Debezium PostgreSQL connector 3.4 with exactly-once delivery.

    name:   of the connector; it also names the replication slot
    tables: schema.table of each captured table
    """
    return {
        "name": name,
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "tasks.max": "1",
        "database.hostname": postgres.host,
        "database.port": pulumi.Output.from_input(postgres.port).apply(str),
        "database.dbname": postgres.database,
        "database.user": postgres.user,
        "database.password": f"${{env:{postgres.password_variable}}}",
        "plugin.name": "pgoutput",
        "slot.name": name.replace("-", "_"),
        # The publication is part of the database's schema: a connector that made its own would need more rights.
        "publication.name": postgres.publication,
        "publication.autocreate.mode": "disabled",
        "table.include.list": ",".join(sorted(tables)),
        "topic.prefix": TOPIC_PREFIX,
        "snapshot.mode": "initial",
        # The worker's transactions alone do not do it: consumers have to read committed, as the Flink sources do.
        "exactly.once.support": "required",
        # Numbers as text: a double would lose cents, the default bytes cannot be read by Flink's format.
        "decimal.handling.mode": "string",
        # Flink's format takes the delete event itself; a tombstone behind it would be a record without a value.
        "tombstones.on.delete": "false",
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "key.converter.schemas.enable": "false",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
        # Lets the slot move on while the captured tables are quiet, so that the database can drop its log.
        "heartbeat.interval.ms": "10000",
        # A database or broker that restarts is waited for, without end: giving up loses changes.
        "errors.max.retries": "-1",
        "retriable.restart.connector.wait.ms": "2000",
        "topic.creation.default.partitions": "1",
        "topic.creation.default.replication.factor": str(replication_factor),
    }


@dataclass
class CdcArgs:
    """Inputs of `Cdc`.

    connector: name of the connector and, with underscores, of the replication slot
    tables:    schema.table of each captured table; at least one
    """

    connector: str
    tables: list[str]
    postgres: PostgresAccess
    kafka: KafkaAccess


class Cdc(pulumi.ComponentResource):
    """A Debezium connector as a configuration that a Connect cluster is given.

    Outputs: connector (name), config (key -> text).
    """

    connector: pulumi.Output[str]
    config: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, args: CdcArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:Cdc", name, None, opts)
        config = debezium_config(args.connector, args.postgres, args.tables, args.kafka.replication_factor)
        self.connector = pulumi.Output.from_input(args.connector)
        self.config = pulumi.Output.all(**config)
        self.register_outputs({"connector": self.connector, "config": self.config})
