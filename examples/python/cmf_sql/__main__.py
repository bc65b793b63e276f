"""A compute pool of CMF and a statement that runs in it."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.flink.cmf.settings import PodSize
from components.flink.cmf.statements import CmfSql, CmfSqlArgs, Statement
from examples.python.shared import NAMESPACE, PREFIX, account_id, cluster, granted, on_aws, policy

opts = on_aws()
sql = CmfSql(
    "sql",
    CmfSqlArgs(
        cluster=cluster(opts),
        environment=NAMESPACE,
        # What `CmfFlink.rest_class` gives.
        rest_class={"name": "default", "namespace": "flink-platform"},
        kafka=granted(opts),
        state_bucket=f"{PREFIX}-state-{account_id()}",
        state_policy_arn=policy("flink-state"),
        pools={"small": PodSize("1", 2048)},
        statements={
            "large-orders-1": Statement("small", "INSERT INTO large_orders SELECT * FROM orders WHERE amount > 1000")
        },
    ),
    opts=opts,
)

pulumi.export("statements", sql.statements)
