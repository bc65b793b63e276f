"""The variant on Confluent Cloud: Kafka, connector, Flink and tables are run by Confluent.

Ours are the way in, the keys, the buckets, and what clients read.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.application import Application, captured_tables, merge_topics
from components.cdc.confluent_connector import (
    ConfluentConnectorCdc,
    ConfluentConnectorCdcArgs,
    connector_topics,
    connector_workload,
)
from components.client_forms import FORMS
from components.data_key import DataKey, DataKeyArgs
from components.flink.confluent_schema import schemas_to_register, topics_of_others
from components.flink.confluent_spec import for_confluent
from components.flink.confluent_sql import TopicTables
from components.kafka.confluent_access import roles_for, subject_roles
from components.kafka.confluent_cloud import ConfluentCloud
from components.kafka.contract import GrantedAccess, TopicDescription
from components.naming import Naming
from components.platform.clients import client_secrets
from components.platform.confluent import confluent_cloud, mirrors
from components.platform.confluent_flink import by, flink_of, organization_of, tableflow_of
from components.platform.databases import source_database
from components.platform.lake import snowflake_of
from components.platform.places import network_of
from components.platform.topics import described, outside_clients
from components.postgres.existing import ExistingPostgres
from components.settings import Settings
from components.settings.confluent import ConfluentCloud as KafkaSettings
from components.settings.confluent import ConfluentConnector
from components.settings.confluent_flink import ConfluentCloudFlink as FlinkSettings


def on_confluent_cloud(
    settings: Settings, naming: Naming, applications: list[Application], child: pulumi.ResourceOptions
) -> dict[str, Any]:
    """Declare the variant. Returns its exports."""
    kafka, flink, rotation = settings.kafka, settings.flink, settings.rotation
    if not isinstance(kafka, KafkaSettings) or not isinstance(flink, FlinkSettings) or rotation is None:
        raise AssertionError("checked by components/settings/confluent_checks.py")
    applications = [for_confluent(application) for application in applications]
    read = merge_topics(applications)
    mirrored = {f"{link.prefix}{topic}" for link in kafka.links for topic in link.topics}
    # What another site has captured is not captured here.
    captured = [one for one in captured_tables(applications) if one.topic not in mirrored]
    network = network_of(settings, naming, child)
    key = DataKey(
        "data-key",
        DataKeyArgs(
            alias=naming.name("data"),
            region=settings.aws.region,
            account_id=settings.aws.account_id,
            tags=naming.tags("lakehouse"),
            key_deletion_days=settings.lakehouse.key_deletion_days,
            protect=settings.protect,
        ),
        opts=child,
    )
    # What others write is not for clients to produce: captured tables, and mirrors, which are read-only.
    clients = outside_clients(sorted(read), {one.topic for one in captured} | mirrored)
    cloud = confluent_cloud(kafka, rotation, settings.aws, settings.protect, naming, network, clients, child)
    # Nobody reaches the brokers of a private cluster from outside: there Flink makes the topics that it reads.
    tables = TopicTables.EXISTING if cloud.data_plane else TopicTables.CREATED
    theirs = topics_of_others(applications, tables) | mirrored
    topics = {
        **{name: one for name, one in described(read, cloud.access.replication_factor).items() if name not in theirs},
        **(connector_topics(cloud.access.replication_factor) if captured else {}),
    }
    made = cloud.topics(topics, schemas_to_register(applications, tables))
    links = mirrors(cloud, kafka.links, child)
    made += [mirror for link in links for mirror in link.ready]
    exports: dict[str, Any] = {}
    if captured:
        source = _capture(settings, naming, cloud, [one.table for one in captured], made, child)
        exports |= {"connector": naming.name("cdc"), "connector_id": source.connector_id}
        # A statement finds a topic's columns in the schemas that the connector registers.
        made += source.ready
    organization = organization_of(cloud)
    pool = flink_of(flink, settings, naming, cloud, organization, tables, kafka.key_rotation.keys, child)
    running = {one.name: pool.run(one, GrantedAccess(cloud.access, ready=made)) for one in applications}
    if flink.tableflow:
        sinks = [sink.name for application in applications for sink in application.spec.sinks]
        lake = tableflow_of(
            flink.tableflow,
            settings,
            naming,
            cloud,
            sinks,
            [*running.values()],
            key.key_arn,
            kafka.key_rotation.keys,
            child,
        )
        exports |= {
            "lake_bucket": lake.bucket,
            "lake_database": lake.database,
            "lake_warehouse": lake.warehouse,
            "lake_reader_policy_arn": lake.reader_policy_arn,
            "lake_tables": lake.tables,
            "lake_suspended": lake.suspended,
            "iceberg_catalog": pulumi.Output.all(lake.iceberg_catalog, organization.id).apply(
                lambda known: known[0].replace("{organization}", known[1])
            ),
        }
        if settings.lakehouse.snowflake is not None:
            snowflake_of(settings.lakehouse.snowflake, settings, naming, lake, child)
            exports["snowflake_sql"] = lake.snowflake_sql
    secrets = client_secrets(settings, naming, cloud.access, key.key_arn, child, FORMS)
    return {
        "environment": settings.environment.value,
        "region": settings.aws.region,
        # What `streamctl rotate --applied` asks for.
        "rotation": rotation.number,
        "rotation_since": rotation.since,
        "bootstrap_servers": cloud.access.bootstrap_servers,
        "confluent_environment": cloud.environment_id,
        "kafka_cluster": cloud.cluster_id,
        "compute_pool": pool.compute_pool,
        "topics": {name: vars(topic) for name, topic in _shown(cloud, topics).items()},
        "mirrors": {one.name: link.topics for one, link in zip(kafka.links, links, strict=True)},
        "link_commands": {one.name: link.setup_command for one, link in zip(kafka.links, links, strict=True)},
        "applications": {
            name: {"job": one.job, "tables": one.tables, "latest_offsets": one.latest_offsets}
            for name, one in running.items()
        },
        "client_secrets_policy_arn": secrets.reader_policy_arn,
        **exports,
    }


def _shown(cloud: ConfluentCloud, topics: Mapping[str, TopicDescription]) -> Mapping[str, TopicDescription]:
    return cloud.prepared_topics(topics) if cloud.data_plane else {}


def _capture(
    settings: Settings,
    naming: Naming,
    cloud: ConfluentCloud,
    tables: list[str],
    after: Sequence[pulumi.Resource],
    child: pulumi.ResourceOptions,
) -> ConfluentConnectorCdc:
    """The managed connector, as a service account of its own."""
    cdc = (
        settings.cdc
        if isinstance(settings.cdc, ConfluentConnector)
        else ConfluentConnector(flavour="confluent_connector")
    )
    database = source_database(settings, naming, None, child)
    if not isinstance(database, ExistingPostgres):
        raise AssertionError("checked by components/settings/confluent_checks.py")
    connector = naming.name("cdc")
    workload = connector_workload(connector, tables)
    account, rights = cloud.account(
        "cdc", list(dict.fromkeys([*roles_for(workload), *subject_roles(workload, registers=True)]))
    )
    return ConfluentConnectorCdc(
        "cdc",
        ConfluentConnectorCdcArgs(
            connector=connector,
            tables=tables,
            postgres=database.access,
            environment_id=cloud.environment_id,
            cluster_id=cloud.cluster_id,
            account_id=account.id,
            data_format=cdc.format,
            after=[*rights, *after],
            protect=settings.protect,
        ),
        opts=by(cloud, child),
    )
