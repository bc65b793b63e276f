"""Who else reads the lake, who decides about it, and who tidies it: from the settings."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import pulumi

from components.application import Application
from components.flink.contract import LakeAccess
from components.lake_formation import LakeFormation, LakeFormationArgs
from components.lake_readers import AthenaReader, AthenaReaderArgs, SnowflakeReader, SnowflakeReaderArgs
from components.naming import Naming
from components.platform.foundation import Foundation
from components.settings import Settings
from components.settings.flink import CmfFlink
from components.settings.lakehouse import AthenaSettings, MaintenanceSettings, SnowflakeSettings
from components.table_maintenance import TableMaintenance, TableMaintenanceArgs, Upkeep


def formation_of(
    settings: Settings, naming: Naming, base: Foundation, child: pulumi.ResourceOptions
) -> LakeFormation | None:
    """Who decides about tables besides IAM; None where nobody does."""
    if settings.lakehouse.permissions != "lake_formation":
        return None
    return LakeFormation(
        "lake-formation",
        LakeFormationArgs(
            bucket_arn=base.lakehouse.bucket_arn,
            key_arn=base.lakehouse.key_arn,
            database=base.lakehouse.database,
            name_prefix=naming.name("lake"),
            account_id=settings.aws.account_id,
            tags=naming.tags("lakehouse"),
        ),
        opts=child,
    )


def lake_access(base: Foundation, formation: LakeFormation | None) -> LakeAccess:
    """The lake as applications see it; where Lake Formation decides about tables, with its grants."""
    return base.lake if formation is None else replace(base.lake, grant_writer=formation.grant_writer)


def readers_and_upkeep(
    settings: Settings,
    naming: Naming,
    base: Foundation,
    applications: Sequence[Application],
    formation: LakeFormation | None,
    child: pulumi.ResourceOptions,
) -> dict[str, Any]:
    """Athena, Snowflake and Glue's optimizers, those that the stack file asks for. Returns exports."""
    lake, exports = settings.lakehouse, {}
    if lake.athena is not None:
        exports["athena_workgroup"] = _athena(lake.athena, settings, naming, base, child).workgroup
    if lake.snowflake is not None:
        reader = snowflake_of(lake.snowflake, settings, naming, base.lakehouse, child)
        exports["snowflake_sql"] = reader.sql
        if formation is not None:
            formation.grant_reader("snowflake", reader.role_arn)
    if lake.maintenance is not None:
        _maintenance(lake.maintenance, settings, naming, base, applications, child)
    return exports


def _athena(
    athena: AthenaSettings, settings: Settings, naming: Naming, base: Foundation, child: pulumi.ResourceOptions
) -> AthenaReader:
    return AthenaReader(
        "athena",
        AthenaReaderArgs(
            bucket=naming.name("athena", globally_unique=True),
            workgroup=naming.name("athena"),
            kms_key_arn=base.lakehouse.key_arn,
            region=settings.aws.region,
            account_id=settings.aws.account_id,
            tags=naming.tags("athena"),
            scan_limit_gib=athena.scan_limit_gib,
            result_days=athena.result_days,
            protect=settings.protect,
        ),
        opts=child,
    )


class Tables(Protocol):
    """Iceberg tables that others may read: of the lakehouse, or of Tableflow."""

    bucket: pulumi.Output[str]
    warehouse: pulumi.Output[str]
    database: pulumi.Output[str]
    reader_policy_arn: pulumi.Output[str]


def snowflake_role(naming: Naming) -> str:
    """Name of the role that Snowflake reads with."""
    return naming.name("snowflake")


def snowflake_of(
    snowflake: SnowflakeSettings, settings: Settings, naming: Naming, tables: Tables, child: pulumi.ResourceOptions
) -> SnowflakeReader:
    """The role that Snowflake reads `tables` with."""
    role = snowflake_role(naming)
    return SnowflakeReader(
        "snowflake",
        SnowflakeReaderArgs(
            bucket=tables.bucket,
            warehouse=tables.warehouse,
            database=tables.database,
            reader_policy_arn=tables.reader_policy_arn,
            role_name=role,
            external_id=snowflake.external_id or role,
            region=settings.aws.region,
            account_id=settings.aws.account_id,
            tags=naming.tags("snowflake"),
            iam_user_arns=snowflake.iam_user_arns,
            object_name=snowflake.object_name,
        ),
        opts=child,
    )


def _maintenance(
    upkeep: MaintenanceSettings,
    settings: Settings,
    naming: Naming,
    base: Foundation,
    applications: Sequence[Application],
    child: pulumi.ResourceOptions,
) -> None:
    TableMaintenance(
        "table-maintenance",
        TableMaintenanceArgs(
            tables=upkeep.tables,
            bucket_arn=base.lakehouse.bucket_arn,
            key_arn=base.lakehouse.key_arn,
            database=settings.lakehouse.database,
            name_prefix=naming.name("lake"),
            region=settings.aws.region,
            account_id=settings.aws.account_id,
            tags=naming.tags("lakehouse"),
            kinds=[Upkeep(kind) for kind in upkeep.kinds],
            orphan_days=upkeep.orphan_days,
            longest_outage_hours=upkeep.longest_outage_hours,
            checkpoint_interval_seconds=max(_checkpoint_seconds(settings, one) for one in applications),
            snapshot_days=upkeep.snapshot_days,
            snapshots_kept=upkeep.snapshots_kept,
        ),
        opts=child,
    )


def _checkpoint_seconds(settings: Settings, application: Application) -> int:
    flink = settings.flink
    if isinstance(flink, CmfFlink):
        of_stack = flink.overrides.get(application.name, flink.defaults).checkpoint_seconds
        if of_stack is not None:
            return of_stack
    return application.spec.checkpointing.interval_seconds
