"""The bucket of checkpoints and savepoints, and the policy of who uses it."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.flink.state_store import StateStore, StateStoreArgs
from examples.python.shared import PREFIX, TAGS, account_id, key_arn, on_aws

state = StateStore(
    "flink-state",
    StateStoreArgs(
        bucket=f"{PREFIX}-state-{account_id()}",
        policy_name=f"{PREFIX}-flink-state",
        kms_key_arn=key_arn(),
        tags=TAGS,
        protect=True,
    ),
    opts=on_aws(),
)

pulumi.export("bucket", state.bucket)
pulumi.export("policy_arn", state.policy_arn)
