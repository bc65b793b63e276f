"""Confluent Cloud as the stack's Kafka."""

from typing import Any

import pulumi

from components.kafka.confluent_cloud import ConfluentCloud, ConfluentCloudArgs
from components.kafka.confluent_kinds import PUBLIC
from components.kafka.confluent_linking import ClusterLinkArgs, MirroredTopics
from components.kafka.confluent_network import ConfluentNetworkArgs
from components.kafka.contract import Workload
from components.naming import Naming
from components.network import NetworkAccess
from components.settings.aws import AwsSettings
from components.settings.base import PROJECT
from components.settings.confluent import ClusterLinkSource, RotationSettings
from components.settings.confluent import ConfluentCloud as ConfluentCloudSettings


def confluent_cloud(
    kafka: ConfluentCloudSettings,
    rotation: RotationSettings,
    aws: AwsSettings,
    protect: bool,
    naming: Naming,
    network: NetworkAccess | None,
    clients: Workload,
    child: pulumi.ResourceOptions,
) -> ConfluentCloud:
    """The environment and cluster that the stack file describes.

    network: our VPC; None for a public cluster
    clients: what clients outside of the platform may do
    """
    secrets = pulumi.Config(PROJECT)
    environment = kafka.environment or naming.name("platform")
    private = getattr(kafka.cluster, "network", None)
    return ConfluentCloud(
        "kafka",
        ConfluentCloudArgs(
            environment_name=environment,
            cluster_name=naming.name("kafka"),
            name_prefix=naming.name("kafka"),
            region=aws.region,
            account_id=aws.account_id,
            cluster=kafka.cluster.shape,
            rotation=rotation.number,
            tags=naming.tags("kafka"),
            keys=kafka.key_rotation.keys,
            stream_governance=kafka.stream_governance,
            network=_way_in(private, aws, protect, naming, network),
            encryption_key=getattr(kafka.cluster, "encryption_key", None),
            data_plane=private is None or private.runner == "inside",
            clients=clients,
            cloud_api_key=secrets.get_secret("confluent_cloud_api_key"),
            cloud_api_secret=secrets.get_secret("confluent_cloud_api_secret"),
            protect=protect,
        ),
        opts=child,
    )


def _way_in(
    private: Any, aws: AwsSettings, protect: bool, naming: Naming, network: NetworkAccess | None
) -> ConfluentNetworkArgs | None:
    if private is None or private.kind == PUBLIC:
        return None
    if network is None:
        raise AssertionError("checked by components/settings/checks.py")
    return ConfluentNetworkArgs(
        kind=private.kind,
        display_name=naming.name("kafka"),
        environment_id="",
        region=aws.region,
        account_id=aws.account_id,
        network=network,
        tags=naming.tags("kafka"),
        zone_ids=getattr(private, "zone_ids", ()),
        cidr=getattr(private, "cidr", None),
        routes=getattr(private, "routes", ()),
        route_table_ids=getattr(private, "route_table_ids", ()),
        transit_gateway_id=getattr(private, "transit_gateway_id", None),
        ram_resource_share_arn=getattr(private, "ram_resource_share_arn", None),
        protect=protect,
    )


def mirrors(
    cloud: ConfluentCloud, links: list[ClusterLinkSource], child: pulumi.ResourceOptions
) -> list[MirroredTopics]:
    """The topics of other sites. Their login is in kafka_username and kafka_password."""
    secrets = pulumi.Config(PROJECT)
    return [
        MirroredTopics(
            link.name,
            ClusterLinkArgs(
                link_name=link.name,
                environment_id=cloud.environment_id,
                destination_id=cloud.cluster_id,
                rest_endpoint=cloud.rest_endpoint,
                destination_key=cloud.administrator.kafka,
                source_id=link.cluster_id,
                bootstrap_servers=link.bootstrap_servers,
                topics=link.topics,
                data=cloud.data,
                mechanism=link.sasl_mechanism,
                username=secrets.get_secret("kafka_username"),
                password=secrets.get_secret("kafka_password"),
                prefix=link.prefix,
                consumer_offsets=link.consumer_offsets,
                after=cloud.administrator.ready,
            ),
            opts=child,
        )
        for link in links
    ]
