"""Change data capture by Confluent Cloud's managed connector, PostgreSQL CDC Source V2 (Debezium)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent

from components.cdc.contract import heartbeat_topic, heartbeat_topics
from components.cdc.debezium import TOPIC_PREFIX, captured_topics
from components.errors import problem
from components.kafka.contract import TopicDescription, Workload
from components.postgres import PostgresAccess

# V1, PostgresCdcSource, ended on 2026-03-31.
CONNECTOR_CLASS = "PostgresCdcSourceV2"
NAME_LIMIT = 64

# What the service writes into the configuration by itself; each would be a difference for ever:
# https://github.com/confluentinc/terraform-provider-confluent/issues/307
SERVER_KEYS = (
    "kafka.deployment.type",
    "kafka.max.partition.validation.disable",
    "kafka.max.partition.validation.enable",
    "kafka.max.partition.validation",
)


def connector_workload(connector: str, tables: Sequence[str]) -> Workload:
    """What the connector asks of Kafka; it also registers schemas (`subject_roles(..., registers=True)`)."""
    return Workload(connector, writes=[*captured_topics(tables), heartbeat_topic(TOPIC_PREFIX)])


def connector_topics(replication_factor: int) -> dict[str, TopicDescription]:
    """The topics that it needs besides the captured ones."""
    return heartbeat_topics(TOPIC_PREFIX, replication_factor)


def connector_config(
    name: str,
    postgres: PostgresAccess,
    tables: Sequence[str],
    account_id: pulumi.Input[str],
    data_format: str,
    after_state_only: bool,
    ssl_mode: str,
) -> Mapping[str, pulumi.Input[str]]:
    """The configuration without the password.

    It logs in to Kafka as a service account: a connector with API keys stops when they are rotated.
    https://docs.confluent.io/cloud/current/connectors/cc-postgresql-cdc-source-v2-debezium/
    """
    return {
        "connector.class": CONNECTOR_CLASS,
        "name": name,
        "kafka.auth.mode": "SERVICE_ACCOUNT",
        "kafka.service.account.id": account_id,
        "database.hostname": postgres.host,
        "database.port": pulumi.Output.from_input(postgres.port).apply(str),
        "database.dbname": postgres.database,
        "database.user": postgres.user,
        "database.sslmode": ssl_mode,
        "topic.prefix": TOPIC_PREFIX,
        "slot.name": name.replace("-", "_"),
        # The publication is part of the database's schema: a connector that made its own would need more rights.
        "publication.name": postgres.publication,
        "publication.autocreate.mode": "disabled",
        # Regular expressions: a dot stands for itself only behind a backslash.
        "table.include.list": ",".join(table.replace(".", r"\.") for table in sorted(tables)),
        "snapshot.mode": "initial",
        # The defaults are JSON without a schema, which neither Flink's tables nor Tableflow can read.
        "output.data.format": data_format,
        "output.key.format": data_format,
        "after.state.only": "true" if after_state_only else "false",
        # Flink takes the delete event itself; without envelopes the tombstone is all that says so.
        "tombstones.on.delete": "true" if after_state_only else "false",
        "decimal.handling.mode": "precise",
        # The slot moves on while the captured tables are quiet, so that the database can drop its log.
        "heartbeat.interval.ms": "10000",
        "tasks.max": "1",
    }


@dataclass
class ConfluentConnectorCdcArgs:
    """Inputs of `ConfluentConnectorCdc`.

    connector:       its name, at most 64 characters, and with underscores the replication slot's. It cannot change
    tables:          schema.table of each captured table
    postgres:        reachable from Confluent Cloud; with its password
    environment_id, cluster_id: where it writes
    account_id:      service account with the rights of `connector_workload`
    data_format:     AVRO (default), JSON_SR or PROTOBUF, of keys and values
    after_state_only: False (default): Debezium's envelope, which Flink reads as changes. True: only the row as it is
                     now, for topics that Tableflow takes as they are
    ssl_mode:        require (default); the authority of a database is not checked by it
    after:           rights, topics, the database's setup
    protect:         True: Pulumi refuses to delete it: the slot would stay and fill the database's disk
    """

    connector: str
    tables: Sequence[str]
    postgres: PostgresAccess
    environment_id: pulumi.Input[str]
    cluster_id: pulumi.Input[str]
    account_id: pulumi.Input[str]
    data_format: str = "AVRO"
    after_state_only: bool = False
    ssl_mode: str = "require"
    after: Sequence[pulumi.Resource] = ()
    protect: bool = False


class ConfluentConnectorCdc(pulumi.ComponentResource):
    """The managed connector. A flavour of `ChangeDataCapture`.

    Outputs: connector_id (lcc-...), for metrics.
    """

    connector_id: pulumi.Output[str]

    def __init__(self, name: str, args: ConfluentConnectorCdcArgs, opts: pulumi.ResourceOptions | None = None):
        where = f"ConfluentConnectorCdc {name}"
        if len(args.connector) > NAME_LIMIT:
            raise problem(where, "connector", args.connector, f"at most {NAME_LIMIT} characters", "shorten it")
        if args.postgres.password is None:
            raise problem(
                where, "postgres.password", "none", "a secret", "take postgres.flavour rds, aurora or existing"
            )
        super().__init__("streaming-platform:index:ConfluentConnectorCdc", name, None, opts)
        self.connector = pulumi.Output.from_input(args.connector)
        # Delivered at least once: after a restart some changes come twice.
        self.exactly_once = False
        config = connector_config(
            args.connector,
            args.postgres,
            args.tables,
            args.account_id,
            args.data_format,
            args.after_state_only,
            args.ssl_mode,
        )
        running = confluent.Connector(
            # The name in the configuration cannot change: another name is another resource.
            f"{name}-{args.connector}",
            environment={"id": args.environment_id},
            kafka_cluster={"id": args.cluster_id},
            config_nonsensitive=dict(config),
            config_sensitive={"database.password": pulumi.Output.secret(args.postgres.password).apply(str)},
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=[*args.after, *args.postgres.ready],
                ignore_changes=[f'configNonsensitive["{key}"]' for key in SERVER_KEYS],
                # Two connectors on one replication slot: the second would fail.
                delete_before_replace=True,
            ),
        )
        self.ready: list[pulumi.Resource] = [running]
        self.connector_id = running.id
        self.register_outputs({"connector_id": self.connector_id})
