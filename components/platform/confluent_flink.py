"""Flink and Tableflow on Confluent Cloud: from the settings."""

from collections.abc import Sequence

import pulumi
import pulumi_confluentcloud as confluent

from components.flink.confluent_args import ConfluentCloudFlinkArgs, FlinkKey, StatementSettings
from components.flink.confluent_cloud import ConfluentCloudFlink
from components.flink.confluent_endpoint import flink_endpoint
from components.flink.confluent_sql import Start, TableSettings, TopicTables
from components.kafka.confluent_access import Role
from components.kafka.confluent_cloud import ConfluentCloud
from components.key_rotation import KeyScope, RotatingApiKeys, RotatingApiKeysArgs, flink_scope, tableflow_scope
from components.naming import Naming
from components.platform.lake import snowflake_role
from components.settings import Settings
from components.settings.confluent import ConfluentConnector
from components.settings.confluent_flink import ConfluentCloudFlink as FlinkSettings
from components.settings.confluent_flink import StatementOverride, TableflowSettings
from components.tableflow import Tableflow, TableflowArgs, TableflowKey


def by(cloud: ConfluentCloud, child: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """`child`, with the control plane's provider beside the one for AWS that it inherits."""
    return pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(providers=[cloud.control]))


def organization_of(cloud: ConfluentCloud) -> pulumi.Output[confluent.GetOrganizationResult]:
    """The organisation that the control plane's key belongs to."""
    return confluent.get_organization_output(opts=pulumi.InvokeOutputOptions(parent=cloud, provider=cloud.control))


# Of the subjects of a topic.
_PARTS = ("key", "value")
# What the connector's formats are called in Flink's `value.format`.
CAPTURE_FORMATS = {"AVRO": "avro", "JSON_SR": "json", "PROTOBUF": "proto"}


def keys_of(
    cloud: ConfluentCloud,
    purpose: str,
    roles: Sequence[Role],
    scope: KeyScope,
    settings: Settings,
    naming: Naming,
    keys: int,
    child: pulumi.ResourceOptions,
) -> tuple[confluent.ServiceAccount, RotatingApiKeys]:
    """A service account of the platform and its keys for `scope`, which take turns with all others."""
    if settings.rotation is None:
        raise AssertionError("checked by components/settings/confluent_checks.py")
    account, bindings = cloud.account(purpose, roles)
    made = RotatingApiKeys(
        f"{purpose}-keys",
        RotatingApiKeysArgs(
            display_name=naming.name(purpose),
            owner_id=account.id,
            scope=scope,
            number=settings.rotation.number,
            keys=keys,
            # Neither needs the brokers: both are asked at public endpoints of the control plane.
            protect=settings.protect,
            after=bindings,
        ),
        opts=by(cloud, child),
    )
    return account, made


def flink_of(
    flink: FlinkSettings,
    settings: Settings,
    naming: Naming,
    cloud: ConfluentCloud,
    organization: pulumi.Output[confluent.GetOrganizationResult],
    topic_tables: TopicTables,
    keys: int,
    child: pulumi.ResourceOptions,
) -> ConfluentCloudFlink:
    """The compute pool. Its key belongs to an account that submits statements and reads no data."""
    region = settings.aws.region
    owner, key = keys_of(cloud, "flink", [], flink_scope(region, cloud.environment_id), settings, naming, keys, child)
    connector = settings.cdc if isinstance(settings.cdc, ConfluentConnector) else None
    return ConfluentCloudFlink(
        "flink",
        ConfluentCloudFlinkArgs(
            name_prefix=naming.name("sql"),
            region=region,
            environment_id=cloud.environment_id,
            environment_name=cloud.environment.display_name,
            environment_crn=cloud.environment.resource_name,
            organization_id=organization.id,
            organization_crn=organization.resource_name,
            cluster_id=cloud.cluster_id,
            cluster_name=cloud.cluster.display_name,
            cluster_crn=cloud.cluster.rbac_crn,
            cluster_kind=cloud.kind,
            registry_crn=cloud.registry.resource_name,
            rest_endpoint=flink_endpoint(cloud, region),
            key=FlinkKey(key.key, key.secret, owner.id, key.resources),
            max_cfu=flink.max_cfu,
            topic_tables=topic_tables,
            capture_format=CAPTURE_FORMATS[connector.format if connector else "AVRO"],
            error_topic=flink.error_topic,
            tables=TableSettings(buckets=flink.sink_partitions, retention_hours=flink.retention_hours),
            statements={name: _statement(one) for name, one in flink.statements.items()},
            protect=settings.protect,
        ),
        opts=by(cloud, child),
    )


def _statement(one: StatementOverride) -> StatementSettings:
    start = None if one.start is None else Start(one.start.offsets, one.start.statement)
    return StatementSettings(one.stopped, one.running, start)


def tableflow_of(
    chosen: TableflowSettings,
    settings: Settings,
    naming: Naming,
    cloud: ConfluentCloud,
    topics: Sequence[str],
    needs: Sequence[pulumi.Resource],
    key_arn: pulumi.Input[str],
    keys: int,
    child: pulumi.ResourceOptions,
) -> Tableflow:
    """What applications write, as tables. Its account turns topics into tables, for which the cluster's administrator
    is asked for: https://docs.confluent.io/cloud/current/topics/tableflow/operate/tableflow-rbac.html"""
    roles = [Role("CloudClusterAdmin", "cluster", "")]
    roles += [
        Role("DeveloperRead", "schema-registry", f"subject={topic}-{part}") for topic in topics for part in _PARTS
    ]
    owner, key = keys_of(cloud, "tableflow", roles, tableflow_scope(), settings, naming, keys, child)
    snowflake = settings.lakehouse.snowflake
    role = snowflake_role(naming)
    return Tableflow(
        "tableflow",
        TableflowArgs(
            name_prefix=naming.name("lake"),
            bucket=naming.name("tableflow", globally_unique=True),
            kms_key_arn=key_arn,
            region=settings.aws.region,
            account_id=settings.aws.account_id,
            environment_id=cloud.environment_id,
            environment_crn=cloud.environment.resource_name,
            cluster_id=cloud.cluster_id,
            key=TableflowKey(key.key, key.secret, owner.id, key.resources),
            topics=topics,
            tags=naming.tags("lakehouse"),
            needs=needs,
            database=chosen.glue_database,
            error_topic=chosen.error_topic,
            snapshot_hours=chosen.snapshot_hours,
            data_days=chosen.data_days,
            # As text: the reader's policy is made with the tables, and its role after that.
            snowflake_role_arn=f"arn:aws:iam::{settings.aws.account_id}:role/{role}" if snowflake else None,
            snowflake_external_id=(snowflake.external_id or role) if snowflake else None,
            protect=settings.protect,
            disposable=not settings.protect,
        ),
        opts=by(cloud, child),
    )
