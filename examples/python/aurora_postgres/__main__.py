"""An Aurora PostgreSQL cluster with a writer and a reader, whose changes can be captured."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.postgres.aurora import AuroraPostgres, AuroraPostgresArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, network, on_aws

database = AuroraPostgres(
    "postgres",
    AuroraPostgresArgs(
        identifier=f"{PREFIX}-orders",
        database="orders",
        network=network(),
        region=REGION,
        account_id=account_id(),
        tags=TAGS,
        min_acu=1,
        max_acu=16,
        instances=2,
    ),
    opts=on_aws(),
)

pulumi.export("host", database.host)
# User and password. What takes a `DatabaseLogin` takes `database.login`.
pulumi.export("secret_arn", database.secret_arn)
