"""The Iceberg lakehouse."""

from typing import Annotated

from pydantic import Field

from components.settings.base import Model


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
