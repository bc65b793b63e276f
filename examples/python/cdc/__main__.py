"""The configuration of a Debezium connector, for a Connect cluster that this program does not run."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.cdc.debezium import Cdc, CdcArgs
from components.kafka.existing import ExistingKafka, ExistingKafkaArgs
from components.postgres import PostgresAccess

kafka = ExistingKafka("kafka", ExistingKafkaArgs("local", "127.0.0.1:9092", "PLAINTEXT", replication_factor=1))
cdc = Cdc(
    "cdc",
    CdcArgs(
        connector="orders",
        tables=["public.orders"],
        # The password is in an environment variable of the worker, and the configuration only names it.
        postgres=PostgresAccess("127.0.0.1", 5432, "orders", password_variable="ORDERS_PASSWORD"),  # noqa: S106
        kafka=kafka.access,
    ),
)

# PUT it to /connectors/orders/config.
pulumi.export("config", cdc.config)
