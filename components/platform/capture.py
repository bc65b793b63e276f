"""Change data capture of the stack: what it asks of Kafka, and the connector."""

from dataclasses import dataclass

import pulumi

from components.cdc import ChangeDataCapture
from components.cdc.kafka_connect import (
    KafkaConnectCdc,
    KafkaConnectCdcArgs,
    kafka_connect_topics,
    kafka_connect_workload,
)
from components.cdc.msk_connect import MskConnectCdc, MskConnectCdcArgs
from components.cdc.msk_connect_documents import msk_connect_topics, msk_connect_workload
from components.cluster.contract import Cluster
from components.flink.image import connect_plugin_key
from components.kafka.contract import GrantedAccess, TopicDescription, Workload
from components.naming import Naming
from components.network import NetworkAccess
from components.postgres import PostgresAccess
from components.settings import Settings
from components.settings.cdc import KafkaConnect, MskConnect


@dataclass(frozen=True)
class Plugin:
    """Where `streamctl image` puts the plugin of MSK Connect: a bucket, encrypted under a key."""

    bucket: pulumi.Input[str]
    key_arn: pulumi.Input[str]


@dataclass(frozen=True)
class Needs:
    """What a connector needs of Kafka: rights, and topics besides the captured ones."""

    workload: Workload
    topics: dict[str, TopicDescription]


def capture_needs(settings: Settings, connector: str, tables: list[str], replication_factor: int) -> Needs:
    """What the chosen way of capture asks for."""
    if isinstance(settings.cdc, MskConnect):
        return Needs(msk_connect_workload(connector, tables), msk_connect_topics(connector, replication_factor))
    return Needs(kafka_connect_workload(connector, tables), kafka_connect_topics(connector, replication_factor))


def capture(
    settings: Settings,
    naming: Naming,
    connector: str,
    tables: list[str],
    postgres: PostgresAccess,
    kafka: GrantedAccess,
    cluster: Cluster,
    namespace: str,
    image: pulumi.Input[str],
    network: NetworkAccess | None,
    plugin: Plugin,
    after: list[pulumi.Resource],
    child: pulumi.ResourceOptions,
) -> ChangeDataCapture:
    """The connector. after: what has to exist before it starts, its topics"""
    cdc = settings.cdc
    if isinstance(cdc, MskConnect):
        if network is None:
            raise AssertionError("checked by components/settings/checks.py")
        return MskConnectCdc(
            "cdc",
            MskConnectCdcArgs(
                connector=connector,
                tables=tables,
                postgres=postgres,
                kafka=kafka,
                network=network,
                region=settings.aws.region,
                account_id=settings.aws.account_id,
                plugin_bucket=plugin.bucket,
                plugin_key=connect_plugin_key(),
                tags=naming.tags("cdc"),
                plugin_kms_key_arns=[plugin.key_arn],
                mcu=cdc.mcu,
                exactly_once=cdc.exactly_once,
                log_days=cdc.log_days,
                alarm_actions=settings.aws.alarm_actions,
                recovery_window_days=30 if settings.protect else 0,
                protect=settings.protect,
                after=after,
            ),
            opts=child,
        )
    sizes = cdc if isinstance(cdc, KafkaConnect) else KafkaConnect(flavour="kafka_connect")
    return KafkaConnectCdc(
        "cdc",
        KafkaConnectCdcArgs(
            connector=connector,
            tables=tables,
            cluster=cluster,
            namespace=namespace,
            image=image,
            postgres=postgres,
            kafka=kafka,
            replicas=sizes.replicas,
            cpu=sizes.cpu,
            memory_mib=sizes.memory_mib,
            after=after,
        ),
        opts=child,
    )
