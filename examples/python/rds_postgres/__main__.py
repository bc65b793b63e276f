"""A PostgreSQL server with a standby, whose changes can be captured."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.postgres.rds import RdsPostgres, RdsPostgresArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, network, on_aws

database = RdsPostgres(
    "postgres",
    RdsPostgresArgs(
        identifier=f"{PREFIX}-orders",
        database="orders",
        network=network(),
        region=REGION,
        account_id=account_id(),
        tags=TAGS,
        instance_class="db.m7g.large",
        storage_gib=200,
        storage_max_gib=1000,
        multi_az=True,
    ),
    opts=on_aws(),
)

pulumi.export("host", database.host)
# User and password. What takes a `DatabaseLogin` takes `database.login`.
pulumi.export("secret_arn", database.secret_arn)
