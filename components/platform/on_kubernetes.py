"""The variant on Kubernetes: Flink by CMF, Kafka by MSK or by others.

What is slow to make (brokers, control plane, databases) waits for the network alone, and so is made side by side.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pulumi

from components.application import Application, captured_tables, merge_topics
from components.bucket import PrivateBucket, PrivateBucketArgs
from components.cdc import ChangeDataCapture
from components.cluster.contract import Cluster
from components.flink.sql import group_id
from components.kafka.contract import Kafka, SchemaRegistryAccess, Workload
from components.kafka.existing import ExistingKafka
from components.kafka.schema_registry import (
    SchemaRegistry,
    SchemaRegistryArgs,
    schema_registry_access,
    schema_registry_topics,
    schema_registry_workload,
)
from components.kafka.topics_job import TopicsJob, TopicsJobArgs
from components.naming import Naming
from components.network import NetworkAccess
from components.platform.capture import Plugin, capture, capture_needs
from components.platform.clients import client_secrets
from components.platform.cmf import PLATFORM_NAMESPACE, environment_of, manager_of, operators_of
from components.platform.databases import capture_access, cmf_database, source_database
from components.platform.endpoint import endpoint_of
from components.platform.external_kafka import external_kafka
from components.platform.foundation import Foundation, foundation
from components.platform.images import images_of
from components.platform.lake import formation_of, lake_access, readers_and_upkeep
from components.platform.msk import msk
from components.platform.places import cluster_of, network_of
from components.platform.sql import sql_of, sql_workload
from components.platform.topics import described, outside_clients
from components.settings import Settings
from components.settings.flink import CmfFlink
from components.settings.kafka import ExternalKafka, MskExpress, MskStandard, SchemaRegistrySettings


def on_kubernetes(
    settings: Settings, naming: Naming, applications: list[Application], child: pulumi.ResourceOptions
) -> dict[str, Any]:
    """Declare the variant. Returns its exports."""
    base = foundation(settings, naming, child)
    flink = settings.flink
    if not isinstance(flink, CmfFlink):
        raise AssertionError("called for CMF only")
    read, captured = merge_topics(applications), captured_tables(applications)
    tables = [one.table for one in captured]
    network = network_of(settings, naming, child)
    cluster = cluster_of(settings, naming, network, child)
    registry = _registry_settings(settings)
    kafka = _kafka(
        settings,
        naming,
        network,
        schema_registry_access(PLATFORM_NAMESPACE) if registry else None,
        outside_clients(sorted(read), {one.topic for one in captured}),
        child,
    )
    images = images_of(settings, naming, base.lakehouse.key_arn, child)
    database = source_database(settings, naming, network, child) if tables else None
    operators = operators_of(flink, cluster, child)
    way_out = list(network.ready) if network else []
    managed = manager_of(
        settings,
        flink,
        base,
        cluster,
        operators,
        cmf_database(settings, naming, network, flink.database, child),
        way_out,
        child,
    )

    # Everybody who connects to Kafka is known before the job that makes topics and rights.
    connector = naming.name("cdc")
    replicas = kafka.access.replication_factor
    needs = capture_needs(settings, connector, tables, replicas) if tables else None
    granted = {
        one.name: kafka.grant(one, child)
        for one in [
            *(_workload(application) for application in applications),
            *([needs.workload] if needs else []),
            *([schema_registry_workload()] if registry else []),
            *([sql_workload(sorted(read))] if flink.sql else []),
        ]
    }
    topics = kafka.prepared_topics(
        {
            **described(read, replicas),
            **(needs.topics if needs else {}),
            **(schema_registry_topics(replicas) if registry else {}),
        }
    )
    job = TopicsJob(
        "topics",
        TopicsJobArgs(
            cluster=cluster,
            namespace=PLATFORM_NAMESPACE,
            image=images.connect,
            topics=topics,
            acls=kafka.acls,
            admin=kafka.admin,
            after=[operators.platform_namespace, *way_out],
        ),
        opts=child,
    )
    registry_ready: Sequence[pulumi.Resource] = ()
    if registry:
        registry_ready = SchemaRegistry(
            "schema-registry",
            SchemaRegistryArgs(
                cluster=cluster,
                namespace=PLATFORM_NAMESPACE,
                kafka=granted[schema_registry_workload().name],
                replicas=registry.replicas,
                # CMF beside it, and the applications and pools of the environment.
                client_namespaces=[flink.environment],
                after=[operators.platform_namespace, *job.ready],
            ),
            opts=child,
        ).ready
    cdc = None
    if needs and database:
        artifacts = _artifacts(settings, naming, base, child)
        cdc = capture(
            settings,
            naming,
            connector,
            tables,
            capture_access(database, cluster, PLATFORM_NAMESPACE, tables, [operators.platform_namespace], child),
            granted[needs.workload.name],
            cluster,
            PLATFORM_NAMESPACE,
            images.connect,
            network,
            Plugin(artifacts.bucket, base.lakehouse.key_arn),
            [operators.platform_namespace, *job.ready],
            child,
        )
    environment = environment_of(flink, base, cluster, managed, images.applications, [*job.ready, *way_out], child)
    formation = formation_of(settings, naming, base, child)
    lake = lake_access(base, formation)
    running = {
        application.name: environment.run(_with_duplicates(application, cdc), granted[application.name], lake)
        for application in applications
    }
    if flink.sql:
        sql_of(
            flink.sql,
            flink.environment,
            environment,
            base,
            cluster,
            granted[sql_workload([]).name],
            # CMF reads the tables of its catalog from the registry.
            [*job.ready, *registry_ready],
            child,
        )
    administrators = managed.manager.authentication.administrators
    endpoint = endpoint_of(
        settings,
        naming,
        cluster.access,
        network,
        administrators[0] if managed.manager.authentication.kind == "mtls" else None,
        [operators.platform_namespace],
        child,
    )
    secrets = client_secrets(settings, naming, kafka.access, base.lakehouse.key_arn, child)
    exports: dict[str, Any] = {
        **base.exports,
        "bootstrap_servers": kafka.access.bootstrap_servers,
        "kafka_grants": [vars(grant) for one in granted.values() for grant in one.outstanding],
        "topics": {name: vars(topic) for name, topic in topics.items()},
        "images": images.exports,
        "cmf_url_in_cluster": managed.manager.url_in_cluster,
        "flink_environment": flink.environment,
        "applications": {
            name: {
                "parallelism": one.parallelism,
                "statements": one.statements,
                "tables": one.tables,
            }
            for name, one in running.items()
        },
        "consumers": {
            application.name: {
                group_id(application.spec, source): source.topic.name for source in application.spec.sources
            }
            for application in applications
        },
    }
    exports |= _places(settings, network, cluster) | {
        "client_secrets_policy_arn": secrets.reader_policy_arn,
    }
    if cdc and database:
        exports["postgres"] = {"host": database.login.host, "secret_arn": database.login.secret_arn}
        exports["connector"] = connector
    if network and network.nat_addresses is not None:
        exports["nat_addresses"] = network.nat_addresses
    exports |= readers_and_upkeep(settings, naming, base, applications, formation, child)
    if managed.certificates:
        exports["cmf_ca_command"] = managed.certificates.ca_command
        exports["cmf_client_commands"] = managed.certificates.client_commands
    if endpoint:
        exports["cmf_url"] = endpoint.url
        exports["cmf_cli_command"] = endpoint.cli_command
        exports["cmf_ca_certificate"] = endpoint.ca_certificate
        # What the name of CMF has to lead to (CNAME) where the stack has no zone to make it in.
        exports["cmf_load_balancer"] = endpoint.load_balancer_dns_name
    return exports


def _places(settings: Settings, network: NetworkAccess | None, cluster: Cluster) -> dict[str, Any]:
    """Exports for people who look into the cluster, and for clients that run beside it."""
    exports: dict[str, Any] = {}
    if network is not None:
        # Brokers, databases and endpoints let in who carries this group, and nobody else.
        exports["workload_security_group_id"] = network.workload_security_group_id
    name = cluster.access.eks_name
    if name is not None:
        command = f"aws eks update-kubeconfig --region {settings.aws.region} --name "
        exports["kubeconfig_command"] = pulumi.Output.concat(command, name)
    return exports


def _registry_settings(settings: Settings) -> SchemaRegistrySettings | None:
    kafka = settings.kafka
    return kafka.schema_registry if isinstance(kafka, MskStandard | MskExpress) else None


def _kafka(
    settings: Settings,
    naming: Naming,
    network: NetworkAccess | None,
    registry: SchemaRegistryAccess | None,
    clients: Workload,
    child: pulumi.ResourceOptions,
) -> Kafka | ExistingKafka:
    if isinstance(settings.kafka, ExternalKafka):
        return external_kafka(settings.kafka, child)
    if network is None:
        raise AssertionError("checked by components/settings/checks.py")
    return msk(settings, naming, network, registry, clients, child)


def _workload(application: Application) -> Workload:
    """An application reads its sources, each in a group of its own name; it writes to the lake and not to Kafka."""
    return Workload(
        application.name,
        reads=[source.topic.name for source in application.spec.sources],
        consumer_group=f"{application.name}-*",
    )


def _with_duplicates(application: Application, cdc: ChangeDataCapture | None) -> Application:
    """`application`, told that changes may come twice where the connector cannot rule that out."""
    if cdc is None or cdc.exactly_once or not application.spec.capture:
        return application
    options = {**application.spec.options, "table.exec.source.cdc-events-duplicate": "true"}
    return replace(application, spec=application.spec.model_copy(update={"options": options}))


def _artifacts(settings: Settings, naming: Naming, base: Foundation, child: pulumi.ResourceOptions) -> PrivateBucket:
    """Bucket for what `streamctl image` uploads besides images."""
    return PrivateBucket(
        "artifacts",
        PrivateBucketArgs(
            bucket=naming.name("artifacts", globally_unique=True),
            kms_key_arn=base.lakehouse.key_arn,
            tags=naming.tags("artifacts"),
            versioned=False,
            force_destroy=not settings.protect,
            protect=settings.protect,
        ),
        opts=child,
    )
