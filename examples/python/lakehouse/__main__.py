"""Bucket, key and Glue database of Iceberg tables, with a policy for writers and one for readers."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.lakehouse import Lakehouse, LakehouseArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, on_aws

lake = Lakehouse(
    "lakehouse",
    LakehouseArgs(
        bucket=f"{PREFIX}-lake-{account_id()}",
        database="orders",
        name_prefix=PREFIX,
        region=REGION,
        account_id=account_id(),
        tags=TAGS,
        noncurrent_days=14,
        protect=True,
    ),
    opts=on_aws(),
)

pulumi.export("warehouse", lake.warehouse)
pulumi.export("writer_policy_arn", lake.writer_policy_arn)
pulumi.export("reader_policy_arn", lake.reader_policy_arn)
