"""Changes of two tables into MSK, by Debezium on MSK Connect."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.cdc.msk_connect import MskConnectCdc, MskConnectCdcArgs
from components.cdc.msk_connect_documents import msk_connect_workload
from components.flink.image import connect_plugin_key
from components.kafka.msk_serverless import MskServerless, MskServerlessArgs
from components.postgres import PostgresAccess
from examples.python.shared import PREFIX, REGION, TAGS, account_id, key_arn, network, on_aws

TABLES = ["public.orders", "public.customers"]

opts = on_aws()
# MSK Connect logs in by IAM.
kafka = MskServerless("kafka", MskServerlessArgs(cluster_name=PREFIX, network=network(), tags=TAGS), opts=opts)
cdc = MskConnectCdc(
    "cdc",
    MskConnectCdcArgs(
        connector="orders",
        tables=TABLES,
        postgres=PostgresAccess(
            "postgres.example.com",
            5432,
            "orders",
            password=pulumi.Config().require_secret("postgres_password"),
            ssl_mode="require",
        ),
        kafka=kafka.grant(msk_connect_workload("orders", TABLES), pulumi.ResourceOptions(parent=kafka)),
        network=network(),
        region=REGION,
        account_id=account_id(),
        # `./streamctl image` puts the plugin there.
        plugin_bucket=f"{PREFIX}-artifacts-{account_id()}",
        plugin_key=connect_plugin_key(),
        plugin_kms_key_arns=[key_arn()],
        tags=TAGS,
    ),
    opts=opts,
)

pulumi.export("connector_arn", cdc.connector_arn)
pulumi.export("log_group", cdc.log_group)
