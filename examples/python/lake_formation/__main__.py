"""Lake Formation decides who uses a lake: one writer and one reader."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.lake_formation import LakeFormation, LakeFormationArgs
from components.lakehouse import Lakehouse, LakehouseArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, on_aws

opts = on_aws()
lake = Lakehouse(
    "lakehouse",
    LakehouseArgs(
        bucket=f"{PREFIX}-lake-{account_id()}",
        database="orders",
        name_prefix=PREFIX,
        region=REGION,
        account_id=account_id(),
        tags=TAGS,
        lake_formation=True,
    ),
    opts=opts,
)
rights = LakeFormation(
    "lake-formation",
    LakeFormationArgs(
        bucket_arn=lake.bucket_arn,
        key_arn=lake.key_arn,
        database=lake.database,
        name_prefix=PREFIX,
        account_id=account_id(),
        tags=TAGS,
        writers={"orders": f"arn:aws:iam::{account_id()}:role/orders"},
        readers={"analysts": f"arn:aws:iam::{account_id()}:role/analysts"},
    ),
    opts=opts,
)

pulumi.export("role_arn", rights.role_arn)
