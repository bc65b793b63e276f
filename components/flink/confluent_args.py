"""Inputs of Flink on Confluent Cloud."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.flink.confluent_sql import Start, TableSettings, TopicTables


@dataclass(frozen=True)
class FlinkKey:
    """A key of a Flink region and whose it is. A Cloud key or a Kafka key gives 401.

    owner: service account id (sa-...) that gets FlinkDeveloper and Assigner; ready: what the key waits for
    """

    key: pulumi.Input[str]
    secret: pulumi.Input[str]
    owner: pulumi.Input[str]
    ready: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True)
class StatementSettings:
    """How one application's statement is run.

    stopped: True stops it; its position stays, and False goes on from there
    running: name of the statement that runs now, as the output `job` shows it. Where it is given, a change that would
             write rows twice is refused with the way out
    start:   where a changed statement begins; it stays in the settings until the next change. None: at the beginning
    """

    stopped: bool = False
    running: str | None = None
    start: Start | None = None


@dataclass
class ConfluentCloudFlinkArgs:
    """Inputs of `ConfluentCloudFlink`.

    name_prefix:      start of names in Confluent Cloud
    region:           AWS region of the cluster; the pool must be in the same
    environment_id, environment_name, environment_crn, organization_id, organization_crn: where it belongs
    cluster_id, cluster_name, cluster_crn (rbac_crn), cluster_kind: the Kafka cluster
    registry_crn:     `resource_name` of the Schema Registry cluster
    rest_endpoint:    of the Flink region, the private one where the stack is private; another one replaces all
                      statements
    key:              the Flink key
    max_cfu:          ceiling of the pool, one of `confluent_limits.MAX_CFU` (default 10). A CFU is billed by the minute
                      while used; a pool at its ceiling leaves statements PENDING. Confluent takes no lower one later
    topic_tables:     who makes the topics of format json (default: the stack's Kafka)
    capture_format:   avro, json or proto: of the captured tables. Their topics hold Debezium's envelope: without it
                      (`after_state_only`) an update would be one more row (default avro)
    error_topic:      topic for values that cannot be read; None: they stop the statement (default error_log)
    tables:           how tables of sinks are made
    statements:       application -> how it is run
    protect:          True: Pulumi refuses to delete the pool, and to replace a running statement that would write rows
                      twice: stop it first (default False)
    """

    name_prefix: str
    region: str
    environment_id: pulumi.Input[str]
    environment_name: pulumi.Input[str]
    environment_crn: pulumi.Input[str]
    organization_id: pulumi.Input[str]
    organization_crn: pulumi.Input[str]
    cluster_id: pulumi.Input[str]
    cluster_name: pulumi.Input[str]
    cluster_crn: pulumi.Input[str]
    cluster_kind: str
    registry_crn: pulumi.Input[str]
    rest_endpoint: pulumi.Input[str]
    key: FlinkKey
    max_cfu: int = 10
    topic_tables: TopicTables = TopicTables.EXISTING
    capture_format: str = "avro"
    error_topic: str | None = "error_log"
    tables: TableSettings = field(default_factory=TableSettings)
    statements: Mapping[str, StatementSettings] = field(default_factory=dict)
    protect: bool = False
