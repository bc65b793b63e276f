"""Topics of another Kafka, mirrored into a cluster on Confluent Cloud."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi_confluentcloud as confluent

from components.kafka.confluent_linking import ClusterLinkArgs, MirroredTopics
from components.key_rotation import ApiKeyPair

config = pulumi.Config()
control = confluent.Provider(
    "control",
    cloud_api_key=config.require_secret("confluent_key"),
    cloud_api_secret=config.require_secret("confluent_secret"),
)
mirrors = MirroredTopics(
    "site-a",
    ClusterLinkArgs(
        link_name="site-a",
        environment_id="env-123abc",
        destination_id="lkc-123abc",
        rest_endpoint="https://lkc-123abc.us-east-1.aws.confluent.cloud:443",
        destination_key=ApiKeyPair(
            config.require_secret("cluster_key"),
            config.require_secret("cluster_secret"),
        ),
        source_id="4lYwKDFpQh6vT0nZ8nB1Zw",
        bootstrap_servers="kafka.site-a.example.com:9096",
        topics=["orders"],
        username=config.require_secret("kafka_username"),
        password=config.require_secret("kafka_password"),
        prefix="site-a.",
        data=control,
    ),
)

pulumi.export("topics", mirrors.topics)
