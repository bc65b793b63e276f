"""The platform of one stack: the only room that knows which variant was chosen."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from components.application import Application, captured_tables, load_application, merge_topics
from components.aws_provider import aws_provider
from components.cdc import Cdc, CdcArgs
from components.client_secrets import ClientSecrets, ClientSecretsArgs
from components.errors import Mistake, PlatformError
from components.flink.contract import LakeAccess
from components.flink.session_cluster import SessionCluster, SessionClusterArgs
from components.flink.sql import group_id
from components.flink.state_store import StateStore, StateStoreArgs
from components.kafka.contract import Workload
from components.kafka.existing import ExistingKafka, ExistingKafkaArgs
from components.lakehouse import Lakehouse, LakehouseArgs
from components.naming import Naming
from components.postgres import PostgresAccess
from components.settings import DEFAULT_PORTS, PROJECT, Environment, LocalSettings, Settings
from components.settings.kafka import LocalKafka

APPLICATIONS = Path(__file__).resolve().parent.parent / "applications"
HOST = "127.0.0.1"


def load_applications(names: list[str], folder: Path = APPLICATIONS) -> list[Application]:
    """The applications of a stack. Raises PlatformError with the mistakes of all of them at once."""
    loaded: list[Application] = []
    mistakes: list[Mistake] = []
    for name in names:
        try:
            loaded.append(load_application(folder / name))
        except PlatformError as error:
            mistakes += error.mistakes
    if mistakes:
        raise PlatformError(mistakes)
    return loaded


@dataclass
class PlatformArgs:
    """Inputs of `Platform`: checked settings and the applications that they name."""

    settings: Settings
    applications: list[Application]


class Platform(pulumi.ComponentResource):
    """Everything of one stack. `exports` is what the stack exports."""

    exports: dict[str, Any]

    def __init__(self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None):
        settings = args.settings
        naming = Naming(
            pulumi.get_project(),
            pulumi.get_stack(),
            settings.aws.account_id,
            settings.environment.value,
            settings.aws.tags,
        )
        endpoint = _emulator_endpoint(settings)
        provider = aws_provider(settings.aws, endpoint, pulumi.ResourceOptions())
        super().__init__(
            "streaming-platform:index:Platform",
            name,
            None,
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(providers=[provider])),
        )
        child = pulumi.ResourceOptions(parent=self)
        # The emulator's data lives as long as its process, and it speaks plain HTTP.
        disposable = settings.environment is Environment.LOCAL
        tls_only = not settings.aws.emulated

        lakehouse = Lakehouse(
            "lakehouse",
            LakehouseArgs(
                bucket=settings.lakehouse.bucket or naming.name("lake", globally_unique=True),
                database=settings.lakehouse.database,
                name_prefix=naming.name("platform"),
                region=settings.aws.region,
                account_id=settings.aws.account_id,
                tags=naming.tags("lakehouse"),
                noncurrent_days=settings.lakehouse.noncurrent_days,
                abort_upload_days=settings.lakehouse.abort_upload_days,
                key_deletion_days=settings.lakehouse.key_deletion_days,
                disposable=disposable,
                protect=settings.protect,
                tls_only=tls_only,
            ),
            opts=child,
        )
        state_store = StateStore(
            "flink-state",
            StateStoreArgs(
                bucket=naming.name("state", globally_unique=True),
                policy_name=naming.name("flink-state"),
                kms_key_arn=lakehouse.key_arn,
                tags=naming.tags("flink"),
                disposable=disposable,
                protect=settings.protect,
                tls_only=tls_only,
            ),
            opts=child,
        )
        kafka = _kafka(settings, child)
        ClientSecrets(
            "client-secrets",
            ClientSecretsArgs(
                kafka=kafka.access,
                tags=naming.tags("client-secrets"),
                # A production secret that was deleted by mistake can be had back; elsewhere its name is free at once.
                recovery_window_days=30 if settings.protect else 0,
            ),
            opts=child,
        )
        topics = merge_topics(args.applications)
        tables = [capture.table for capture in captured_tables(args.applications)]
        connectors: dict[str, Any] = {}
        if tables:
            cdc = Cdc(
                "cdc",
                CdcArgs(connector=naming.name("cdc"), tables=tables, postgres=_postgres(settings), kafka=kafka.access),
                opts=child,
            )
            connectors = {naming.name("cdc"): cdc.config}
        flink = SessionCluster("flink", SessionClusterArgs(state_store.bucket, settings.flink.task_slots), opts=child)
        lake = LakeAccess(lakehouse.database, lakehouse.warehouse, settings.aws.region, endpoint)
        grants: list[Any] = []
        jobs: dict[str, Any] = {}
        for application in args.applications:
            sources = [source.topic.name for source in application.spec.sources]
            granted = kafka.grant(Workload(application.name, reads=sources), child)
            grants += granted.outstanding
            job = flink.run(application, granted, lake)
            jobs[application.name] = {
                "parallelism": job.parallelism,
                "statements": job.statements,
                "tables": job.tables,
                "consumers": {
                    group_id(application.spec, source): source.topic.name for source in application.spec.sources
                },
            }
        self.exports = {
            "environment": settings.environment.value,
            "region": settings.aws.region,
            "aws_endpoint": endpoint,
            "lake_bucket": lakehouse.bucket,
            "lake_database": lakehouse.database,
            "lake_warehouse": lakehouse.warehouse,
            "lake_writer_policy_arn": lakehouse.writer_policy_arn,
            "lake_reader_policy_arn": lakehouse.reader_policy_arn,
            "state_bucket": state_store.bucket,
            "bootstrap_servers": kafka.bootstrap_servers,
            "kafka_grants": [vars(grant) for grant in grants],
            "topics": {
                name: {
                    "partitions": topic.partitions,
                    "replication_factor": kafka.access.replication_factor,
                    "config": topic.settings,
                }
                for name, topic in sorted(topics.items())
            },
            "connectors": connectors,
            "applications": jobs,
        }
        self.register_outputs({})


def _emulator_endpoint(settings: Settings) -> str | None:
    if not settings.aws.emulated:
        return None
    return f"http://{HOST}:{_port(settings, 'aws')}"


def _port(settings: Settings, name: str) -> int:
    ports = (settings.local or LocalSettings()).ports
    return getattr(ports, name) or DEFAULT_PORTS[name]


def _postgres(settings: Settings) -> PostgresAccess:
    return PostgresAccess(HOST, _port(settings, "postgres"), settings.postgres.database)


def _kafka(settings: Settings, opts: pulumi.ResourceOptions) -> ExistingKafka:
    kafka = settings.kafka
    if isinstance(kafka, LocalKafka):
        return ExistingKafka(
            "kafka",
            ExistingKafkaArgs(
                flavour="local",
                bootstrap_servers=f"{HOST}:{_port(settings, 'kafka')}",
                security_protocol="PLAINTEXT",
                replication_factor=1,
                # There is no registry here; Confluent's clients take this URL for one of their own in memory.
                schema_registry_url="mock://local",
            ),
            opts=opts,
        )
    config = pulumi.Config(PROJECT)
    registry = kafka.schema_registry
    sasl = kafka.sasl_mechanism
    return ExistingKafka(
        "kafka",
        ExistingKafkaArgs(
            flavour="external",
            bootstrap_servers=kafka.bootstrap_servers,
            security_protocol=kafka.security_protocol.value,
            sasl_mechanism=sasl.value if sasl else None,
            username=config.require_secret("kafka_username") if sasl else None,
            password=config.require_secret("kafka_password") if sasl else None,
            replication_factor=kafka.replication_factor,
            schema_registry_url=registry.url if registry else None,
            schema_registry_user_info=(
                config.require_secret("schema_registry_user_info") if registry and registry.authenticated else None
            ),
        ),
        opts=opts,
    )
