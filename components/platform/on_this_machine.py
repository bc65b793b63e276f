"""The variant on one machine: what `streamctl up` brings real processes to."""

from typing import Any, cast

import pulumi

from components.application import Application, captured_tables, merge_topics
from components.cdc import Cdc, CdcArgs
from components.client_secrets import ClientSecrets, ClientSecretsArgs
from components.flink.session_cluster import SessionCluster, SessionClusterArgs
from components.flink.sql import group_id
from components.kafka.contract import Workload
from components.naming import Naming
from components.platform.external_kafka import external_kafka, local_kafka
from components.platform.foundation import HOST, foundation, local_port
from components.platform.topics import described
from components.postgres import PostgresAccess
from components.settings import Settings
from components.settings.flink import LocalFlink
from components.settings.kafka import ExternalKafka
from components.settings.postgres import LocalPostgres


def on_this_machine(
    settings: Settings, naming: Naming, applications: list[Application], child: pulumi.ResourceOptions
) -> dict[str, Any]:
    """Declare the variant. Returns its exports. The settings were checked: Flink and PostgreSQL are local here."""
    base = foundation(settings, naming, child)
    kafka = (
        external_kafka(settings.kafka, child)
        if isinstance(settings.kafka, ExternalKafka)
        else local_kafka(settings, child)
    )
    ClientSecrets(
        "client-secrets",
        ClientSecretsArgs(
            kafka=kafka.access,
            tags=naming.tags("client-secrets"),
            # Nothing is kept after a `down`, so the names are to be free at once.
            recovery_window_days=0,
            kms_key_arn=base.lakehouse.key_arn,
        ),
        opts=child,
    )
    tables = [capture.table for capture in captured_tables(applications)]
    connectors: dict[str, Any] = {}
    if tables:
        database = cast(LocalPostgres, settings.postgres).database
        postgres = PostgresAccess(HOST, local_port(settings, "postgres"), database)
        connector = naming.name("cdc")
        cdc = Cdc("cdc", CdcArgs(connector=connector, tables=tables, postgres=postgres, kafka=kafka.access), opts=child)
        connectors = {connector: cdc.config}
    flink = SessionCluster(
        "flink", SessionClusterArgs(base.state_store.bucket, cast(LocalFlink, settings.flink).task_slots), opts=child
    )
    grants: list[Any] = []
    jobs: dict[str, Any] = {}
    for application in applications:
        sources = [source.topic.name for source in application.spec.sources]
        granted = kafka.grant(Workload(application.name, reads=sources), child)
        grants += granted.outstanding
        job = flink.run(application, granted, base.lake)
        jobs[application.name] = {
            "parallelism": job.parallelism,
            "statements": job.statements,
            "tables": job.tables,
            "consumers": {group_id(application.spec, source): source.topic.name for source in application.spec.sources},
        }
    return {
        **base.exports,
        "bootstrap_servers": kafka.bootstrap_servers,
        "kafka_grants": [vars(grant) for grant in grants],
        "topics": {
            name: vars(topic)
            for name, topic in described(merge_topics(applications), kafka.access.replication_factor).items()
        },
        "connectors": connectors,
        "applications": jobs,
    }
