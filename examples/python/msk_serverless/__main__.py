"""A serverless MSK cluster, and the IAM policy of one workload."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.kafka.contract import Workload
from components.kafka.msk_serverless import MskServerless, MskServerlessArgs
from examples.python.shared import PREFIX, TAGS, network, on_aws

kafka = MskServerless(
    "kafka",
    MskServerlessArgs(cluster_name=PREFIX, network=network(), tags=TAGS),
    opts=on_aws(),
)
orders = kafka.grant(
    Workload("orders", reads=["orders"], consumer_group="orders-*"), pulumi.ResourceOptions(parent=kafka)
)

pulumi.export("bootstrap_brokers", kafka.bootstrap_brokers_iam)
pulumi.export("orders_policy_arns", dict(orders.policy_arns))
