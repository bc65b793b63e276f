"""A Schema Registry on the cluster, with its schemas in a topic of a Kafka that exists."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.kafka.schema_registry import SchemaRegistry, SchemaRegistryArgs, schema_registry_workload
from examples.python.shared import NAMESPACE, cluster, kafka, on_aws

opts = on_aws()
broker = kafka(opts)
registry = SchemaRegistry(
    "schema-registry",
    SchemaRegistryArgs(
        cluster=cluster(opts),
        namespace=NAMESPACE,
        kafka=broker.grant(schema_registry_workload(), pulumi.ResourceOptions(parent=broker)),
        replicas=2,
    ),
    opts=opts,
)

pulumi.export("url", registry.url)
