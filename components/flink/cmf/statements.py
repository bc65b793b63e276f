"""Compute pools and statements of CMF's own SQL. A preview by Confluent (Confluent for Kubernetes 3.3.0 says: not for
production); applications are the way for that.

What such SQL can reach is the tables that the Schema Registry's topics give: catalog `kafka`, database `topics`. Its
login needs rights of its own: on its topics, on `_confluent_sr_catalog` (made when the catalog is first used), and for
an INSERT on every transactional id, for their prefix cannot be chosen. A sink asks for transactions of an hour: the
brokers' `transaction.max.timeout.ms` has to allow it, else an INSERT stays PENDING.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components import versions
from components.cluster.contract import Cluster, NodeRole
from components.cluster.objects import KubernetesObject
from components.cluster.priorities import JOB_MANAGER_PRIORITY, TASK_MANAGER_PRIORITY
from components.errors import problem
from components.flink.cmf.flink_configuration import environment_configuration
from components.flink.cmf.names import environment_service_account, flink_name
from components.flink.cmf.secrets import is_secret
from components.flink.cmf.settings import PodSize
from components.kafka.contract import GrantedAccess, java_client_properties

CATALOG = "kafka"
DATABASE = "topics"
CONNECTION = "kafka-connection"
"""Name of FlinkSecret, of its mapping into the environment, and the `connectionSecretId` of catalog and database. One
and the same: with another one CMF leaves the catalog out without a word."""
_SQL_FLINK = "v1_19"


@dataclass(frozen=True)
class Statement:
    """One statement. Its text cannot change once it runs: a changed one needs a new name.

    pool: compute pool; checkpoint_seconds: CMF refuses an INSERT without checkpoints
    """

    pool: str
    statement: str
    parallelism: int = 1
    checkpoint_seconds: int = 10
    stopped: bool = False


def sql_object(kind: str, name: str, namespace: str, rest_class: Mapping[str, str], spec: Mapping[str, Any]) -> Any:
    """A custom resource of CMF's SQL."""
    return {
        "apiVersion": "platform.confluent.io/v1beta1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {**spec, "cmfRestClassRef": dict(rest_class)},
    }


def connection_objects(
    environment: str, rest_class: Mapping[str, str], kafka: Mapping[str, Any], registry_url: Any, with_secret: bool
) -> list[dict[str, Any]]:
    """FlinkSecret, its mapping, the catalog and the database, in this order.

    kafka:       client properties without secrets
    with_secret: the Secret `CONNECTION` holds the secret ones
    """
    secret = {"connectionSecretId": CONNECTION} if with_secret else {}
    objects: list[dict[str, Any]] = []
    if with_secret:
        objects += [
            sql_object("FlinkSecret", CONNECTION, environment, rest_class, {"secretRef": CONNECTION}),
            sql_object(
                "FlinkEnvironmentSecretMapping",
                CONNECTION,
                environment,
                rest_class,
                {"flinkEnvironment": environment, "secretRef": {"name": CONNECTION}},
            ),
        ]
    objects += [
        sql_object(
            "FlinkKafkaCatalog",
            CATALOG,
            environment,
            rest_class,
            {
                "flinkEnvironment": environment,
                "srInstance": {"connectionConfig": {"schema.registry.url": registry_url}, **secret},
            },
        ),
        sql_object(
            "FlinkKafkaDatabase",
            DATABASE,
            environment,
            rest_class,
            {
                "flinkEnvironment": environment,
                "catalogRef": {"name": CATALOG},
                "kafkaCluster": {"connectionConfig": dict(kafka), **secret},
                # Empty means that every CREATE TABLE is refused.
                "ddlEnvironments": [environment],
            },
        ),
    ]
    return objects


def compute_pool(
    name: str, environment: str, rest_class: Mapping[str, str], size: PodSize, configuration: Any, templates: Any
) -> dict[str, Any]:
    """A DEDICATED pool: its own JobManager and TaskManagers for each statement. `state` is for SHARED pools only.

    configuration: Flink's, with both directories of state: statements look for them here
    templates:     pod templates of JobManager and TaskManager
    """
    resource = {**size.flink_resource(), "cpu": float(size.flink_resource()["cpu"])}
    return sql_object(
        "FlinkComputePool",
        name,
        environment,
        rest_class,
        {
            "type": "DEDICATED",
            "flinkEnvironment": environment,
            # Free in its form: it is CMF that reads it, and it takes a number of cores.
            "clusterSpec": {
                "flinkVersion": _SQL_FLINK,
                "image": versions.CP_FLINK_SQL_IMAGE,
                "flinkConfiguration": configuration,
                "jobManager": {"resource": resource, "podTemplate": templates[0]},
                "taskManager": {"resource": resource, "podTemplate": templates[1]},
            },
        },
    )


def flink_statement(name: str, environment: str, rest_class: Mapping[str, str], statement: Statement) -> dict[str, Any]:
    """One FlinkStatement. `status.phase` stays PENDING while it runs: look at `status.cmfSync.status`."""
    return sql_object(
        "FlinkStatement",
        name,
        environment,
        rest_class,
        {
            "flinkEnvironment": environment,
            "computePoolName": statement.pool,
            "statement": statement.statement,
            "parallelism": statement.parallelism,
            "stopped": statement.stopped,
            "properties": {"sql.current-catalog": CATALOG, "sql.current-database": DATABASE},
            "flinkConfiguration": {"execution.checkpointing.interval": f"{statement.checkpoint_seconds} s"},
        },
    )


@dataclass
class CmfSqlArgs:
    """Inputs of `CmfSql`.

    cluster:          where it runs
    environment:      CMF environment, and its namespace
    rest_class:       `CmfFlink.rest_class`
    kafka:            how pools and CMF connect: SCRAM or none, never IAM, and a Schema Registry
    state_bucket, state_policy_arn: as of `CmfFlink`
    pools:            name -> size of each of its pods
    statements:       name -> statement
    needs:            what has to exist before: `CmfFlink.ready`
    """

    cluster: Cluster
    environment: str
    rest_class: Mapping[str, str]
    kafka: GrantedAccess
    state_bucket: pulumi.Input[str]
    state_policy_arn: pulumi.Input[str]
    pools: Mapping[str, PodSize]
    statements: Mapping[str, Statement] = field(default_factory=dict)
    needs: Sequence[pulumi.Resource] = field(default_factory=tuple)


class CmfSql(pulumi.ComponentResource):
    """Secret, catalog and database of Kafka, compute pools and statements. A preview by Confluent.

    Outputs: pools, statements (names).
    """

    pools: pulumi.Output[list[str]]
    statements: pulumi.Output[list[str]]

    def __init__(self, name: str, args: CmfSqlArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:CmfSql", name, None, opts)
        access, cluster, environment = args.kafka.access, args.cluster.access, args.environment
        _check(args)
        assert access.schema_registry is not None  # noqa: S101 _check

        def make(manifest: dict[str, Any], needs: Sequence[pulumi.Resource]) -> pulumi.Resource:
            return KubernetesObject(
                f"{name}-{manifest['kind']}-{manifest['metadata']['name']}",
                manifest,
                pulumi.ResourceOptions(
                    parent=self,
                    provider=cluster.provider,
                    depends_on=list(needs),
                    # CMF keeps names until the old object has gone.
                    delete_before_replace=True,
                ),
            )

        properties = java_client_properties(access)
        secrets = {key: value for key, value in properties.items() if is_secret(key)}
        if access.schema_registry.user_info is not None:
            properties["schema.registry.basic.auth.credentials.source"] = "USER_INFO"
            secrets["schema.registry.basic.auth.user.info"] = access.schema_registry.user_info
        needs: list[pulumi.Resource] = [*args.needs, *args.kafka.ready]
        if secrets:
            values = {key: pulumi.Output.secret(value) for key, value in secrets.items()}
            metadata = {"name": CONNECTION, "namespace": environment}
            needs.append(
                make({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": values}, args.needs)
            )
        public = {key: value for key, value in properties.items() if not is_secret(key)}
        for manifest in connection_objects(
            environment, args.rest_class, public, access.schema_registry.url, bool(secrets)
        ):
            needs = [*needs, make(manifest, needs)]
        identity = args.cluster.identity(
            f"{name}-sql",
            environment,
            environment_service_account(environment),
            {"state": args.state_policy_arn, **args.kafka.policy_arns},
            pulumi.ResourceOptions(parent=self),
        )
        configuration = pulumi.Output.from_input(args.state_bucket).apply(
            lambda bucket: environment_configuration(bucket, environment)
        )
        templates = [
            {"spec": {**cluster.placement(role).pod_spec(), "priorityClassName": priority}}
            for role, priority in (
                (NodeRole.JOB_MANAGER, JOB_MANAGER_PRIORITY),
                (NodeRole.TASK_MANAGER, TASK_MANAGER_PRIORITY),
            )
        ]
        pools = {
            pool: make(
                compute_pool(
                    flink_name(pool, "flink settings", "flink.sql.pools"),
                    environment,
                    args.rest_class,
                    size,
                    configuration,
                    templates,
                ),
                [*needs, *identity.ready],
            )
            for pool, size in args.pools.items()
        }
        for statement, settings in args.statements.items():
            flink_name(statement, "flink settings", "flink.sql.statements")
            make(flink_statement(statement, environment, args.rest_class, settings), [*needs, pools[settings.pool]])
        self.pools = pulumi.Output.from_input(list(args.pools))
        self.statements = pulumi.Output.from_input(list(args.statements))
        self.register_outputs({"pools": self.pools, "statements": self.statements})


def _check(args: CmfSqlArgs) -> None:
    access = args.kafka.access
    if access.sasl_mechanism == "AWS_MSK_IAM":
        raise problem(
            "flink settings",
            "flink.sql",
            "Kafka by IAM",
            "SCRAM, PLAIN or no login",
            "the Kafka client within CMF and its SQL image has no IAM: take scram, or run the SQL as an application",
        )
    if access.schema_registry is None:
        raise problem(
            "flink settings",
            "flink.sql",
            "a Kafka without a Schema Registry",
            "one with",
            "set kafka.schema_registry: CMF's catalog is made of its subjects",
        )
    for name, statement in args.statements.items():
        if statement.pool not in args.pools:
            raise problem(
                "flink settings",
                f"flink.sql.statements.{name}.pool",
                statement.pool,
                ", ".join(args.pools),
                "name a pool of flink.sql.pools",
            )
