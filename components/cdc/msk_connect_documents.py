"""Names, rights and files of the connector on MSK Connect. Plain data from plain data."""

from collections.abc import Sequence
from urllib.parse import quote

from components.cdc.contract import compacted, heartbeat_topic, heartbeat_topics
from components.cdc.debezium import TOPIC_PREFIX, captured_topics
from components.kafka.contract import Login, TopicDescription, Workload

_OWN = "__amazon_msk_connect_*"
"""What MSK Connect calls its own topics and groups:
https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-service-execution-role.html"""

_PROVIDERS = "com.amazonaws.kafka.config.providers"
"""Package of https://github.com/aws-samples/msk-config-providers, the providers that AWS' manual uses. They are in no
Maven repository: the plugin's zip takes them from that project's releases."""


def offsets_topic(connector: str) -> str:
    """Where the connector's position is. A name of our own: with MSK Connect's own one, which has a number in it, a
    connector that is made anew would begin with another snapshot."""
    return f"{connector}-offsets"


def msk_connect_workload(connector: str, tables: Sequence[str]) -> Workload:
    """What the connector asks of MSK: the captured topics, MSK Connect's own ones, and transactions.

    The transactional ids begin with `connect-cluster-` and with the group of the workers, which MSK Connect names.
    """
    own = [offsets_topic(connector), _OWN]
    return Workload(
        name=connector,
        reads=own,
        writes=[*captured_topics(tables), heartbeat_topic(TOPIC_PREFIX), *own],
        consumer_group=_OWN,
        transactional_ids=[f"connect-cluster-{_OWN}", _OWN],
        inspects=own,
        login=Login.IAM,
    )


def msk_connect_topics(connector: str, replication_factor: int) -> dict[str, TopicDescription]:
    """The topics that the connector needs besides the captured ones; MSK Connect makes its own two itself."""
    return {
        offsets_topic(connector): compacted(5, replication_factor),
        **heartbeat_topics(TOPIC_PREFIX, replication_factor),
    }


def worker_properties(connector: str, region: str, exactly_once: bool) -> dict[str, str]:
    """The worker configuration. MSK Connect sets the connection, the group and the REST interface itself and refuses
    such keys; all others are allowed, `exactly.once.source.support` among them:
    https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-supported-worker-config-properties.html"""
    return {
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "key.converter.schemas.enable": "false",
        "value.converter.schemas.enable": "false",
        "offset.storage.topic": offsets_topic(connector),
        "topic.creation.enable": "false",
        **({"exactly.once.source.support": "enabled"} if exactly_once else {}),
        "config.providers": "secretsmanager,s3import",
        "config.providers.secretsmanager.class": f"{_PROVIDERS}.SecretsManagerConfigProvider",
        "config.providers.secretsmanager.param.region": region,
        "config.providers.s3import.class": f"{_PROVIDERS}.S3ImportConfigProvider",
        "config.providers.s3import.param.region": region,
    }


def secret_reference(secret_arn: str) -> str:
    """How the connector's configuration names the password. The ARN is encoded: Kafka splits a reference at colons."""
    return f"${{secretsmanager:{quote(secret_arn, safe='')}:password}}"


def role_policy(secret_arn: str, key_arns: Sequence[str], object_arns: Sequence[str]) -> dict[str, object]:
    """What the workers read besides Kafka: the password, and the certificate of the database."""
    statements: list[dict[str, object]] = [
        {
            "Sid": "Password",
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
            "Resource": [secret_arn],
        },
        {"Sid": "Keys", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": list(key_arns)},
    ]
    if object_arns:
        statements.append(
            {"Sid": "Certificate", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": list(object_arns)}
        )
    return {"Version": "2012-10-17", "Statement": statements}
