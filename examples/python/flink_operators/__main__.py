"""The operators of Flink and of Confluent on the cluster, without cert-manager, which is there already."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.flink.cmf.operators import FlinkOperators, FlinkOperatorsArgs
from examples.python.shared import cluster, on_aws

opts = on_aws()
operators = FlinkOperators(
    "flink-operators",
    FlinkOperatorsArgs(
        cluster=cluster(opts).access,
        namespace="flink-platform",
        environment_namespaces=["orders"],
        cert_manager=False,
    ),
    opts=opts,
)

pulumi.export("environment_namespaces", operators.environment_namespaces)
