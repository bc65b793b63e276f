"""Changes of a PostgreSQL that exists, captured by the managed connector."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi_confluentcloud as confluent

from components.cdc.confluent_connector import ConfluentConnectorCdc, ConfluentConnectorCdcArgs
from components.postgres import PostgresAccess
from examples.python.shared import PREFIX

config = pulumi.Config()
control = confluent.Provider(
    "control",
    cloud_api_key=config.require_secret("confluent_key"),
    cloud_api_secret=config.require_secret("confluent_secret"),
)
cdc = ConfluentConnectorCdc(
    "cdc",
    ConfluentConnectorCdcArgs(
        connector=f"{PREFIX}-cdc",
        tables=["public.orders"],
        postgres=PostgresAccess(
            "postgres.example.com", 5432, "shop", user="cdc", password=config.require_secret("postgres_password")
        ),
        environment_id="env-123abc",
        cluster_id="lkc-123abc",
        account_id="sa-123abc",
    ),
    opts=pulumi.ResourceOptions(providers=[control]),
)

pulumi.export("connector_id", cdc.connector_id)
