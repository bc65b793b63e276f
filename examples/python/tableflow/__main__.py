"""Topics of Confluent Cloud as Iceberg tables in a bucket of ours, known to Glue."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi_aws as aws
import pulumi_confluentcloud as confluent

from components.tableflow import Tableflow, TableflowArgs, TableflowKey
from examples.python.shared import PREFIX, REGION, TAGS, account_id, key_arn

config = pulumi.Config()
control = confluent.Provider(
    "control",
    cloud_api_key=config.require_secret("confluent_key"),
    cloud_api_secret=config.require_secret("confluent_secret"),
)
amazon = aws.Provider("aws", region=REGION, allowed_account_ids=[account_id()])
tables = Tableflow(
    "tableflow",
    TableflowArgs(
        name_prefix=PREFIX,
        bucket=f"{PREFIX}-tableflow-{account_id()}",
        kms_key_arn=key_arn(),
        region=REGION,
        account_id=account_id(),
        environment_id="env-123abc",
        environment_crn="crn://confluent.cloud/organization=11112222-3333-4444-5555-666677778888/environment=env-123abc",
        cluster_id="lkc-123abc",
        key=TableflowKey(
            config.require_secret("tableflow_key"), config.require_secret("tableflow_secret"), "sa-123abc"
        ),
        topics=["order_summary"],
        tags=TAGS,
    ),
    opts=pulumi.ResourceOptions(providers=[amazon, control]),
)

pulumi.export("warehouse", tables.warehouse)
pulumi.export("database", tables.database)
