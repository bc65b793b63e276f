"""A private way from a VPC that exists to Confluent Cloud, by ingress gateway, endpoint, DNS."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi_confluentcloud as confluent

from components.kafka.confluent_network import ConfluentNetwork, ConfluentNetworkArgs
from examples.python.shared import PREFIX, REGION, TAGS, account_id, network, on_aws

config = pulumi.Config()
control = confluent.Provider(
    "control",
    cloud_api_key=config.require_secret("confluent_key"),
    cloud_api_secret=config.require_secret("confluent_secret"),
)
way_in = ConfluentNetwork(
    "kafka-network",
    ConfluentNetworkArgs(
        kind="ingress_private_link",
        display_name=PREFIX,
        environment_id="env-123abc",
        region=REGION,
        account_id=account_id(),
        network=network(),
        tags=TAGS,
        provider=control,
    ),
    opts=on_aws(),
)

pulumi.export("access_point_id", way_in.access_point_id)
