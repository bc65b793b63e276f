"""An Athena workgroup that stops queries over 50 GiB and deletes results after three days."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.lake_readers import AthenaReader, AthenaReaderArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, key_arn, on_aws

reader = AthenaReader(
    "athena",
    AthenaReaderArgs(
        bucket=f"{PREFIX}-athena-{account_id()}",
        workgroup=PREFIX,
        kms_key_arn=key_arn(),
        region=REGION,
        account_id=account_id(),
        tags=TAGS,
        scan_limit_gib=50,
        result_days=3,
    ),
    opts=on_aws(),
)

pulumi.export("workgroup", reader.workgroup)
# For an analyst's role, besides the reader policy of the lake.
pulumi.export("policy_arn", reader.policy_arn)
