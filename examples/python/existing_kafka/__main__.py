"""A Kafka that exists already, as the other components take it."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.kafka.contract import Workload
from components.kafka.existing import ExistingKafka, ExistingKafkaArgs

config = pulumi.Config()
kafka = ExistingKafka(
    "kafka",
    ExistingKafkaArgs(
        flavour="external",
        bootstrap_servers="broker-1.example.com:9096,broker-2.example.com:9096",
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        username=config.require_secret("kafka_username"),
        password=config.require_secret("kafka_password"),
        schema_registry_url="https://registry.example.com",
    ),
)
orders = kafka.grant(
    Workload("orders", reads=["orders"], consumer_group="orders"), pulumi.ResourceOptions(parent=kafka)
)

pulumi.export("java_properties", kafka.access.java_properties)
# Its owner gives these rights.
pulumi.export("outstanding_grants", [vars(grant) for grant in orders.outstanding])
