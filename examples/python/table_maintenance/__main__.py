"""Glue removes orphan files of two Iceberg tables that exist."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.table_maintenance import TableMaintenance, TableMaintenanceArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, key_arn, on_aws

upkeep = TableMaintenance(
    "upkeep",
    TableMaintenanceArgs(
        tables=["orders", "customers"],
        bucket_arn=f"arn:aws:s3:::{PREFIX}-lake-{account_id()}",
        key_arn=key_arn(),
        database="orders",
        name_prefix=PREFIX,
        region=REGION,
        account_id=account_id(),
        tags=TAGS,
        orphan_days=10,
        checkpoint_interval_seconds=60,
    ),
    opts=on_aws(),
)

pulumi.export("role_arn", upkeep.role_arn)
