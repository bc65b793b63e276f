"""PostgreSQL: the one whose changes are captured, and CMF's own."""

from dataclasses import dataclass

import pulumi

from components.cluster.contract import Cluster
from components.naming import Naming
from components.network import NetworkAccess
from components.postgres import DatabaseLogin, PostgresAccess
from components.postgres.aurora import AuroraPostgres, AuroraPostgresArgs
from components.postgres.existing import ExistingPostgres, ExistingPostgresArgs
from components.postgres.rds import RdsPostgres, RdsPostgresArgs
from components.postgres.setup_job import PostgresSetup, PostgresSetupArgs
from components.settings import PROJECT, Settings
from components.settings import postgres as chosen


@dataclass(frozen=True)
class _Place:
    settings: Settings
    naming: Naming
    network: NetworkAccess | None
    child: pulumi.ResourceOptions


def source_database(
    settings: Settings,
    naming: Naming,
    network: NetworkAccess | None,
    child: pulumi.ResourceOptions,
) -> ExistingPostgres | RdsPostgres | AuroraPostgres:
    """The database whose changes are captured."""
    return _database("postgres", settings.postgres, "postgres_password", True, _Place(settings, naming, network, child))


def cmf_database(
    settings: Settings,
    naming: Naming,
    network: NetworkAccess | None,
    database: chosen.CmfDatabaseSettings,
    child: pulumi.ResourceOptions,
) -> DatabaseLogin:
    """The database that CMF keeps its state in."""
    place = _Place(settings, naming, network, child)
    return _database("cmf-database", database, "cmf_database_password", False, place).login


def capture_access(
    database: ExistingPostgres | RdsPostgres | AuroraPostgres,
    cluster: Cluster,
    namespace: str,
    tables: list[str],
    needs: list[pulumi.Resource],
    child: pulumi.ResourceOptions,
) -> PostgresAccess:
    """How change data capture reaches the database. One that this stack made is prepared by a Job."""
    if isinstance(database, ExistingPostgres):
        return database.access
    return PostgresSetup(
        "postgres-setup",
        PostgresSetupArgs(cluster=cluster, namespace=namespace, login=database.login, tables=tables, after=needs),
        opts=child,
    ).access


def _database(
    name: str,
    database: chosen.PostgresSettings,
    password: str,
    captured: bool,
    place: _Place,
) -> ExistingPostgres | RdsPostgres | AuroraPostgres:
    settings, naming = place.settings, place.naming
    if isinstance(database, chosen.ExistingPostgres):
        return ExistingPostgres(
            name,
            ExistingPostgresArgs(
                host=database.host,
                port=database.port,
                database=database.database,
                user=database.user,
                password=pulumi.Config(PROJECT).require_secret(password),
                publication=database.publication,
                ssl_mode=database.ssl_mode,
                ca_certificates=database.ca_certificates,
            ),
            opts=place.child,
        )
    if place.network is None or isinstance(database, chosen.LocalPostgres):
        raise AssertionError("checked by components/settings/checks.py")
    shared = {
        "identifier": naming.name(name),
        "database": database.database,
        "network": place.network,
        "region": settings.aws.region,
        "account_id": settings.aws.account_id,
        "tags": naming.tags("postgres"),
        "major_version": database.major_version,
        "backup_days": database.backup_days,
        "logical_replication": captured,
        "protect": settings.protect,
        "alarm_actions": settings.aws.alarm_actions,
    }
    if isinstance(database, chosen.RdsPostgres):
        return RdsPostgres(
            name,
            RdsPostgresArgs(
                **shared,
                instance_class=database.instance_class,
                storage_gib=database.storage_gib,
                storage_max_gib=database.storage_max_gib,
                multi_az=database.multi_az,
            ),
            opts=place.child,
        )
    return AuroraPostgres(
        name,
        AuroraPostgresArgs(**shared, min_acu=database.min_acu, max_acu=database.max_acu, instances=database.instances),
        opts=place.child,
    )
