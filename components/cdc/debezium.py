"""Change data capture: PostgreSQL to Kafka by Debezium in Kafka Connect."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.kafka.contract import KafkaAccess
from components.postgres import PostgresAccess

# Topics are called <prefix>.<schema>.<table>.
TOPIC_PREFIX = "cdc"


HEARTBEAT_MESSAGE = "streaming-platform-heartbeat"
"""Prefix of the messages that keep the slot moving."""


def debezium_config(
    name: str,
    postgres: PostgresAccess,
    tables: Sequence[str],
    replication_factor: int,
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


def managed_debezium_config(
    name: str,
    postgres: PostgresAccess,
    tables: Sequence[str],
    password: pulumi.Input[str],
    ca_file: pulumi.Input[str] | None,
    exactly_once: bool = True,
) -> dict[str, pulumi.Input[str]]:
    """The same for workers that this program declares: TLS to the database, no topic made by the connector.

    password:     a reference that the worker resolves, such as `${env:CDC_PASSWORD}`; never the password
    ca_file:      path, or a reference to it, of the PEM file of authorities; None: those of Java
    exactly_once: False where the workers cannot: after a crash some changes come twice
    """
    config = {
        key: value
        for key, value in debezium_config(name, postgres, tables, replication_factor=1).items()
        # The topics job makes them with the partitions of the applications' specs.
        if not key.startswith("topic.creation.")
    }
    config |= {
        "database.password": password,
        "exactly.once.support": "required" if exactly_once else "requested",
        # A slot moves only when something happens in its own database. RDS writes to another one every five minutes,
        # and the log of that is held back; so the connector writes a message into the log itself. That needs no table,
        # no right and no publication (https://debezium.io/documentation/reference/3.4/connectors/postgresql.html,
        # "WAL disk space consumption").
        "heartbeat.action.query": f"SELECT pg_logical_emit_message(true, '{HEARTBEAT_MESSAGE}', now()::text)",
        # The message is for the slot, not for a topic.
        "message.prefix.exclude.list": HEARTBEAT_MESSAGE,
    }
    if postgres.ssl_mode is not None:
        config["database.sslmode"] = postgres.ssl_mode
        if ca_file is not None:
            config["database.sslrootcert"] = ca_file
        elif postgres.ssl_mode.startswith("verify"):
            # Without it the driver looks for a file in the home folder and fails.
            config["database.sslfactory"] = "org.postgresql.ssl.DefaultJavaSSLFactory"
    return config


def captured_topics(tables: Sequence[str]) -> list[str]:
    """The topics that the changes of `tables` go to."""
    return [f"{TOPIC_PREFIX}.{table}" for table in sorted(tables)]


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
