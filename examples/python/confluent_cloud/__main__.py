"""Kafka on Confluent Cloud, with environment, cluster, registry, keys that rotate, topics."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.kafka.confluent_cloud import ConfluentCloud, ConfluentCloudArgs
from components.kafka.confluent_kinds import ClusterShape
from components.kafka.contract import TopicDescription, Workload
from examples.python.shared import PREFIX, REGION, TAGS, account_id, on_aws

config = pulumi.Config()
cloud = ConfluentCloud(
    "kafka",
    ConfluentCloudArgs(
        environment_name=PREFIX,
        cluster_name=f"{PREFIX}-kafka",
        name_prefix=PREFIX,
        region=REGION,
        account_id=account_id(),
        cluster=ClusterShape("standard", availability="HIGH"),
        # One more for each rotation: `streamctl rotate` does that for a stack of the platform.
        rotation=0,
        tags=TAGS,
        clients=Workload("clients", reads=["orders"], writes=["orders"], consumer_group="clients-*"),
        cloud_api_key=config.require_secret("confluent_key"),
        cloud_api_secret=config.require_secret("confluent_secret"),
    ),
    opts=on_aws(),
)
cloud.topics({"orders": TopicDescription(partitions=6, replication_factor=3)}, schemas={})

pulumi.export("bootstrap_servers", cloud.bootstrap_servers)
pulumi.export("cluster_id", cloud.cluster_id)
