"""What clients that log in to MSK by IAM may do, and how they log in.

Actions, what each needs besides, and ARNs: https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
Kafka's ACLs do not bind a client that logs in by IAM; its policy is all that counts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.kafka.contract import KafkaAccess, SchemaRegistryAccess, Workload

IAM_MECHANISM = "AWS_MSK_IAM"
"""SASL mechanism of `software.amazon.msk:aws-msk-iam-auth`, which the client has to have on its class path."""

IAM_JAAS = "software.amazon.msk.auth.iam.IAMLoginModule required;"

IAM_CLIENT_PROPERTIES: Mapping[str, str] = {
    "sasl.client.callback.handler.class": "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
    # A broker takes 100 new IAM connections a second, a t3.small 4: whoever is refused waits before the next attempt.
    # https://docs.aws.amazon.com/msk/latest/developerguide/limits.html
    "reconnect.backoff.ms": "1000",
}


def iam_access(
    flavour: str,
    bootstrap_servers: pulumi.Input[str],
    replication_factor: int,
    schema_registry: SchemaRegistryAccess | None,
) -> KafkaAccess:
    """How a client connects that logs in by IAM, with the credentials that it finds in its surroundings."""
    return KafkaAccess(
        flavour=flavour,
        bootstrap_servers=bootstrap_servers,
        security_protocol="SASL_SSL",
        sasl_mechanism=IAM_MECHANISM,
        sasl_jaas_config=IAM_JAAS,
        client_properties=IAM_CLIENT_PROPERTIES,
        replication_factor=replication_factor,
        schema_registry=schema_registry,
    )


def resource_arn(cluster_arn: str, kind: str, name: str) -> str:
    """ARN of a `topic`, `group` or `transactional-id` of the cluster. A `*` in `name` stands for any text, as in IAM.

    ...:cluster/<name>/<uuid> -> ...:topic/<name>/<uuid>/<topic>
    """
    return f"{cluster_arn.replace(':cluster/', f':{kind}/', 1)}/{name}"


def admin_policy(cluster_arn: str, acls: bool) -> dict[str, Any]:
    """IAM policy document of who makes topics, adds partitions, changes topic settings and, with `acls`, gives rights.

    It can neither read nor write records, nor delete a topic: that is for people. `acls` is False on MSK Serverless,
    which knows no `AlterCluster`.
    """
    cluster = ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"]
    if acls:
        cluster.append("kafka-cluster:AlterCluster")
    return _document(
        ("Cluster", cluster, [cluster_arn]),
        (
            "Topics",
            [
                "kafka-cluster:CreateTopic",
                "kafka-cluster:DescribeTopic",
                "kafka-cluster:AlterTopic",
                "kafka-cluster:DescribeTopicDynamicConfiguration",
                "kafka-cluster:AlterTopicDynamicConfiguration",
            ],
            [resource_arn(cluster_arn, "topic", "*")],
        ),
    )


def workload_policy(cluster_arn: str, workload: Workload) -> dict[str, Any]:
    """IAM policy document of a workload: its topics, its group and its transactions, and nothing else.

    Ending hanging transactions over IAM (WriteTxnMarkers) needs Kafka 3.8, the oldest that the settings offer.
    """
    cluster = ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"]
    if workload.writes:
        cluster.append("kafka-cluster:WriteDataIdempotently")

    def arns(kind: str, names: Sequence[str]) -> list[str]:
        return [resource_arn(cluster_arn, kind, name) for name in dict.fromkeys(names)]

    return _document(
        ("Cluster", cluster, [cluster_arn]),
        ("Read", ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"], arns("topic", workload.reads)),
        (
            "Write",
            ["kafka-cluster:CreateTopic", "kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"],
            arns("topic", workload.writes),
        ),
        (
            "Inspect",
            ["kafka-cluster:DescribeTopic", "kafka-cluster:DescribeTopicDynamicConfiguration"],
            arns("topic", workload.inspects),
        ),
        (
            "Group",
            ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"],
            arns("group", [workload.consumer_group] if workload.consumer_group else []),
        ),
        (
            "Transactions",
            ["kafka-cluster:AlterTransactionalId", "kafka-cluster:DescribeTransactionalId"],
            arns("transactional-id", workload.transactional_ids),
        ),
    )


def _document(*statements: tuple[str, list[str], list[str]]) -> dict[str, Any]:
    """Statements (Sid, actions, resources) that allow; those without resources are left out."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
            for sid, actions, resources in statements
            if resources
        ],
    }
