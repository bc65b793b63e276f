"""A KMS key for data, which AWS renews every year."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.data_key import DataKey, DataKeyArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, on_aws

key = DataKey(
    "data",
    DataKeyArgs(alias=f"{PREFIX}-data", region=REGION, account_id=account_id(), tags=TAGS, protect=True),
    opts=on_aws(),
)

pulumi.export("key_arn", key.key_arn)
