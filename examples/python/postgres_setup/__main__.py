"""The role and the publication that change data capture needs, made by a Job on the cluster."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.postgres.setup_job import PostgresSetup, PostgresSetupArgs
from examples.python.shared import NAMESPACE, cluster, database, on_aws

opts = on_aws()
setup = PostgresSetup(
    "postgres-setup",
    PostgresSetupArgs(
        cluster=cluster(opts),
        namespace=NAMESPACE,
        login=database("orders"),
        tables=["public.orders", "public.customers"],
    ),
    opts=opts,
)

pulumi.export("user", setup.user)
pulumi.export("publication", setup.publication)
