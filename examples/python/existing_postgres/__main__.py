"""A PostgreSQL that exists already, as change data capture takes it, and the SQL that its owner runs before."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.postgres.existing import ExistingPostgres, ExistingPostgresArgs
from components.postgres.setup_sql import setup_sql

database = ExistingPostgres(
    "postgres",
    ExistingPostgresArgs(
        host="postgres.example.com",
        database="orders",
        user="cdc",
        password=pulumi.Config().require_secret("postgres_password"),
    ),
)

pulumi.export("host", database.host)
# For psql, before anything is captured.
pulumi.export("setup_sql", setup_sql("cdc", database.access.publication, ["public.orders", "public.customers"]))
