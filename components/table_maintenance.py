"""Glue's upkeep of Iceberg tables: what the sinks do not do themselves.

The sinks rewrite small files and expire snapshots of every table that an application writes
(`components/flink/sql.py`). Files that no snapshot names, left behind by a job that failed between writing and
committing, are found by nobody but an optimizer. `compaction` and `retention` here are for tables whose sink does
neither: two that rewrite one table make each other's commits fail.

An optimizer needs its table to exist, and tables are made by the first job that writes them: a second phase.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_aws as aws

from components.errors import problem
from components.service_trust import service_trust

# The SDK's names of the innermost blocks, which no line can hold.
_Orphans = aws.glue.CatalogTableOptimizerConfigurationOrphanFileDeletionConfigurationIcebergConfigurationArgs
_Snapshots = aws.glue.CatalogTableOptimizerConfigurationRetentionConfigurationIcebergConfigurationArgs
_Files = aws.glue.CatalogTableOptimizerConfigurationCompactionConfigurationIcebergConfigurationArgs


class Upkeep(StrEnum):
    """compaction: joins small files; retention: drops old snapshots; orphan_file_deletion: files that nothing names."""

    COMPACTION = "compaction"
    RETENTION = "retention"
    ORPHAN_FILE_DELETION = "orphan_file_deletion"


def optimizer_policy(bucket_arn: str, key_arn: str, table_arns: Sequence[str], log_arn: str) -> dict[str, object]:
    """What Glue's optimizers may do: https://docs.aws.amazon.com/glue/latest/dg/optimization-prerequisites.html

    table_arns: catalog, database and tables
    log_arn:    of the log groups /aws-glue/iceberg-*
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Objects",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                "Resource": [f"{bucket_arn}/*"],
            },
            {"Sid": "Bucket", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [bucket_arn]},
            {
                "Sid": "Tables",
                "Effect": "Allow",
                "Action": ["glue:GetTable", "glue:UpdateTable"],
                "Resource": list(table_arns),
            },
            {"Sid": "Key", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": [key_arn]},
            {
                "Sid": "Logs",
                "Effect": "Allow",
                "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": [log_arn],
            },
        ],
    }


@dataclass
class TableMaintenanceArgs:
    """Inputs of `TableMaintenance`.

    tables:        of the database; they exist already
    bucket_arn, key_arn, database: Outputs of the `Lakehouse`
    name_prefix:   of the role
    region, account_id: where the catalog is
    kinds:         what is done (default: orphan_file_deletion only)
    orphan_days:   days for which a file that no snapshot names is left alone (default 7)
    longest_outage_hours: how long a job may be down and still commit what it wrote before (default 72). The file of a
                   checkpoint that is not committed yet looks like an orphan
    checkpoint_interval_seconds: longest of the applications (default 5)
    snapshot_days, snapshots_kept: for `retention`: snapshots younger than this, and at least so many, stay (5 and 20)
    """

    tables: list[str]
    bucket_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    database: str
    name_prefix: str
    region: str
    account_id: str
    tags: dict[str, str]
    kinds: Sequence[Upkeep] = (Upkeep.ORPHAN_FILE_DELETION,)
    orphan_days: int = 7
    longest_outage_hours: int = 72
    checkpoint_interval_seconds: int = 5
    snapshot_days: int = 5
    snapshots_kept: int = 20


class TableMaintenance(pulumi.ComponentResource):
    """Glue's optimizers for named tables, and the role that they work with.

    Raises PlatformError where orphans would be deleted that a job may still commit.

    Outputs: role_arn.
    """

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: TableMaintenanceArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:TableMaintenance", name, None, opts)
        check_orphans(args.orphan_days, args.checkpoint_interval_seconds, args.longest_outage_hours)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            name=f"{args.name_prefix}-table-maintenance",
            description="Glue's upkeep of Iceberg tables",
            assume_role_policy=json.dumps(service_trust("glue.amazonaws.com", args.account_id)),
            tags=args.tags,
            opts=child,
        )
        glue = f"arn:aws:glue:{args.region}:{args.account_id}"
        tables = [f"{glue}:table/{args.database}/{table}" for table in args.tables]
        rights = aws.iam.RolePolicy(
            name,
            name="tables",
            role=role.name,
            policy=pulumi.Output.all(args.bucket_arn, args.key_arn).apply(
                lambda arns: json.dumps(
                    optimizer_policy(
                        arns[0],
                        arns[1],
                        [f"{glue}:catalog", f"{glue}:database/{args.database}", *tables],
                        f"arn:aws:logs:{args.region}:{args.account_id}:log-group:/aws-glue/iceberg-*",
                    )
                )
            ),
            opts=child,
        )
        for table in args.tables:
            for kind in args.kinds:
                aws.glue.CatalogTableOptimizer(
                    f"{name}-{table}-{kind.value}",
                    catalog_id=args.account_id,
                    database_name=args.database,
                    table_name=table,
                    type=kind.value,
                    configuration=_configuration(kind, args, role.arn),
                    # Glue tries the role when an optimizer is made.
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[rights]),
                )
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})


def check_orphans(orphan_days: int, checkpoint_interval_seconds: int, longest_outage_hours: int) -> None:
    """Raises PlatformError unless orphans are older than the longest time between writing and committing a file."""
    needed = checkpoint_interval_seconds + longest_outage_hours * 3600
    if orphan_days * 86_400 <= needed:
        raise problem(
            "stack file",
            "streaming-platform:lakehouse.maintenance.orphan_days",
            f"{orphan_days} days, while a job may be down for {longest_outage_hours} h and then commit older files",
            f"more than {needed / 86_400:.1f} days",
            "write more days, or a shorter longest_outage_hours",
        )


def _configuration(
    kind: Upkeep, args: TableMaintenanceArgs, role_arn: pulumi.Output[str]
) -> aws.glue.CatalogTableOptimizerConfigurationArgs:
    configuration = aws.glue.CatalogTableOptimizerConfigurationArgs(enabled=True, role_arn=role_arn)
    if kind is Upkeep.ORPHAN_FILE_DELETION:
        configuration.orphan_file_deletion_configuration = (
            aws.glue.CatalogTableOptimizerConfigurationOrphanFileDeletionConfigurationArgs(
                iceberg_configuration=_Orphans(orphan_file_retention_period_in_days=args.orphan_days)
            )
        )
    if kind is Upkeep.RETENTION:
        configuration.retention_configuration = aws.glue.CatalogTableOptimizerConfigurationRetentionConfigurationArgs(
            iceberg_configuration=_Snapshots(
                snapshot_retention_period_in_days=args.snapshot_days,
                number_of_snapshots_to_retain=args.snapshots_kept,
                clean_expired_files=True,
            )
        )
    if kind is Upkeep.COMPACTION:
        configuration.compaction_configuration = aws.glue.CatalogTableOptimizerConfigurationCompactionConfigurationArgs(
            iceberg_configuration=_Files(strategy="binpack")
        )
    return configuration
