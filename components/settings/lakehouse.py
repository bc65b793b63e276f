"""The Iceberg lakehouse."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from components.settings.base import Arn, Model

TableName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]


class AthenaSettings(Model):
    """An Athena workgroup that reads the lakehouse."""

    scan_limit_gib: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=100, description="GiB; a query that reads more is cancelled"
    )
    result_days: Annotated[int, Field(ge=1, le=365)] = Field(default=7, description="days that results are kept")


class SnowflakeSettings(Model):
    """Snowflake reads the lakehouse. In two steps: `snowflake: {}`, `up`, the SQL of the export `snowflake_sql`, then
    the ARNs that it shows, and `up` again."""

    iam_user_arns: list[Arn] = Field(
        default_factory=list, description="STORAGE_AWS_IAM_USER_ARN and API_AWS_IAM_USER_ARN of Snowflake"
    )
    external_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9+=,.@:/_-]{2,1224}$")] | None = Field(
        default=None, description="what Snowflake says when it comes; default: the name of the stack's role"
    )
    object_name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,254}$")] = Field(
        default="streaming_lake", description="of the external volume and the catalog integration"
    )


class MaintenanceSettings(Model):
    """Glue's optimizers, for tables that exist: the first `up` is without, the second names them."""

    tables: Annotated[list[TableName], Field(min_length=1)]
    kinds: Annotated[list[Literal["compaction", "retention", "orphan_file_deletion"]], Field(min_length=1)] = Field(
        default=["orphan_file_deletion"],
        description="the sinks of the applications compact and drop snapshots themselves; both for other writers only",
    )
    orphan_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=7, description="days after which a file that no snapshot names is deleted"
    )
    longest_outage_hours: Annotated[int, Field(ge=1, le=8760)] = Field(
        default=72, description="how long a job may be down and still commit what it wrote before"
    )
    snapshot_days: Annotated[int, Field(ge=1, le=365)] = 5
    snapshots_kept: Annotated[int, Field(ge=1, le=10_000)] = 20

    @field_validator("tables", "kinds")
    @classmethod
    def _once(cls, names: list[str]) -> list[str]:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} twice; keep one of them")
        return names

    @model_validator(mode="after")
    def _orphans_are_old(self) -> "MaintenanceSettings":
        # An hour more, for the checkpoint that was under way: no application's interval is longer.
        if "orphan_file_deletion" in self.kinds and self.orphan_days * 24 <= self.longest_outage_hours + 1:
            raise ValueError(
                f"orphan_days {self.orphan_days} with longest_outage_hours {self.longest_outage_hours} deletes files "
                "that a job may still commit; write more days or fewer hours"
            )
        return self


class LakehouseSettings(Model):
    """The Iceberg lakehouse: one bucket, one key, one Glue database."""

    # Glue: lower case letters, digits and underscores; Athena reads no other database names.
    database: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")] = "lake"
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")] | None = Field(
        default=None, description="S3 bucket name; default: <project>-<stack>-lake-<account id>"
    )
    noncurrent_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=7, description="days that overwritten or deleted object versions are kept"
    )
    abort_upload_days: Annotated[int, Field(ge=1, le=30)] = Field(
        default=3, description="days after which an unfinished multipart upload is removed"
    )
    key_deletion_days: Annotated[int, Field(ge=7, le=30)] = Field(
        default=30, description="days between the deletion of the KMS key and its end"
    )
    permissions: Literal["iam", "lake_formation"] = Field(
        default="iam", description="who decides about tables: IAM alone, or Lake Formation too"
    )
    maintenance: MaintenanceSettings | None = Field(default=None, description="Glue's optimizers; default: none")
    athena: AthenaSettings | None = Field(default=None, description="a workgroup for Athena; default: none")
    snowflake: SnowflakeSettings | None = Field(default=None, description="a role for Snowflake; default: none")
