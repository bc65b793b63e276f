"""To which part of a stack a resource belongs."""

from typing import Any

from operations.plan.plan import name_of

# The component directly below the platform says it; a database's own name, because CMF has one too.
_COMPONENTS = {
    "Network": "network",
    "ExistingNetwork": "network",
    "EksCluster": "cluster",
    "ExistingCluster": "cluster",
    "Msk": "kafka",
    "MskServerless": "kafka",
    "ScramUser": "kafka",
    "SchemaRegistry": "kafka",
    "TopicsJob": "kafka",
    "ExistingKafka": "kafka",
    "ConfluentCloud": "kafka",
    "ConfluentNetwork": "kafka",
    "MirroredTopics": "kafka",
    "ConfluentConnectorCdc": "cdc",
    "MskConnectCdc": "cdc",
    "KafkaConnectCdc": "cdc",
    "CmfFlink": "flink",
    "ConfluentCloudFlink": "flink",
    "ConfluentManager": "flink",
    "FlinkOperators": "flink",
    "StateStore": "flink",
    "CmfCertificates": "flink",
    "RdsPostgres": "postgres",
    "AuroraPostgres": "postgres",
    "PostgresSetup": "postgres",
    "Lakehouse": "lake",
    "Tableflow": "lake",
    "DataKey": "lake",
    "TableMaintenance": "lake",
    "TlsEndpoint": "endpoint",
    "ImageRepository": "images",
    # A bucket of the platform itself; those of a part stand below its component.
    "PrivateBucket": "other",
    "ClientSecrets": "secrets",
    "RotatingApiKeys": "secrets",
}

# Where no component is known: by service, the first that fits.
_TYPES = (
    ("aws:mskconnect/", "cdc"),
    ("aws:msk/", "kafka"),
    ("aws:rds/", "postgres"),
    ("aws:eks/", "cluster"),
    ("aws:efs/", "cluster"),
    ("eks:", "cluster"),
    ("kubernetes:", "cluster"),
    ("aws:ec2", "network"),
    ("aws:vpc/", "network"),
    ("aws:route53/", "network"),
    ("aws:lb/", "endpoint"),
    ("aws:s3", "lake"),
    ("aws:glue/", "lake"),
    ("aws:athena/", "lake"),
    ("aws:ecr/", "images"),
    ("aws:secretsmanager/", "secrets"),
    ("aws:ssm/", "secrets"),
    ("confluentcloud:index/connector:", "cdc"),
    ("confluentcloud:index/flink", "flink"),
    ("confluentcloud:index/tableflow", "lake"),
    ("confluentcloud:", "kafka"),
)


def part_of(resource: dict[str, Any]) -> str:
    """The part of `resource`, one of `model.PARTS`."""
    chain, name = resource["urn"].split("::")[2], name_of(resource)
    for type_ in chain.split("$"):
        component = type_.removeprefix("streaming-platform:index:")
        if component in ("RdsPostgres", "AuroraPostgres") and name.startswith("cmf"):
            return "flink"
        if component in _COMPONENTS:
            return _COMPONENTS[component]
    return next((part for prefix, part in _TYPES if resource["type"].startswith(prefix)), "other")
