"""Changes of two tables into Kafka, exactly once, by Debezium on Kafka Connect on the cluster."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.cdc.kafka_connect import KafkaConnectCdc, KafkaConnectCdcArgs, kafka_connect_workload
from components.postgres import PostgresAccess
from examples.python.shared import NAMESPACE, cluster, kafka, on_aws

TABLES = ["public.orders", "public.customers"]

opts = on_aws()
broker = kafka(opts)
cdc = KafkaConnectCdc(
    "cdc",
    KafkaConnectCdcArgs(
        connector="orders",
        tables=TABLES,
        cluster=cluster(opts),
        namespace=NAMESPACE,
        image="registry.example.com/connect:1.0.0",
        postgres=PostgresAccess(
            "postgres.example.com",
            5432,
            "orders",
            password=pulumi.Config().require_secret("postgres_password"),
            ssl_mode="require",
        ),
        kafka=broker.grant(kafka_connect_workload("orders", TABLES), pulumi.ResourceOptions(parent=broker)),
    ),
    opts=opts,
)

pulumi.export("connector", cdc.connector)
pulumi.export("rest_url", cdc.rest_url)
