"""The role with which Snowflake reads a lake that exists, and the SQL for Snowflake."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.lake_readers import SnowflakeReader, SnowflakeReaderArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, on_aws, policy

bucket = f"{PREFIX}-lake-{account_id()}"
reader = SnowflakeReader(
    "snowflake",
    SnowflakeReaderArgs(
        bucket=bucket,
        warehouse=f"s3://{bucket}/warehouse",
        database="orders",
        reader_policy_arn=policy("lake-reader"),
        role_name=f"{PREFIX}-snowflake",
        external_id="example-snowflake",
        region=REGION,
        account_id=account_id(),
        tags=TAGS,
        # What the SQL shows once it ran: then `pulumi up` again.
        iam_user_arns=[],
    ),
    opts=on_aws(),
)

pulumi.export("role_arn", reader.role_arn)
pulumi.export("sql", reader.sql)
