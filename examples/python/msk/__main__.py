"""An MSK cluster with logins by IAM and SCRAM, and a user of its own for one workload."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.kafka.contract import Workload
from components.kafka.msk import Msk, MskArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, network, on_aws

kafka = Msk(
    "kafka",
    MskArgs(
        cluster_name=PREFIX,
        region=REGION,
        account_id=account_id(),
        network=network(),
        kafka_version="3.9.x.kraft",
        instance_type="kafka.m7g.large",
        # A multiple of the two zones.
        broker_count=2,
        volume_gib=200,
        tags=TAGS,
    ),
    opts=on_aws(),
)
orders = kafka.grant(
    Workload("orders", reads=["orders"], consumer_group="orders-*"), pulumi.ResourceOptions(parent=kafka)
)

pulumi.export("bootstrap_brokers", kafka.bootstrap_brokers_scram)
pulumi.export("orders_login", orders.access.sasl_jaas_config)
# For `TopicsJob`, which makes them.
pulumi.export("acls", [vars(one) for one in kafka.acls])
