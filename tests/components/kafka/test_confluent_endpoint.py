"""Where the Schema Registry is reached: by the cluster's own way in, for the platform's provider and for clients."""

import json

import pytest

from components.client_secrets import ClientSecrets, ClientSecretsArgs
from components.errors import PlatformError
from components.kafka.confluent_cloud import ConfluentCloud
from components.kafka.confluent_endpoint import endpoint_by
from components.kafka.confluent_kinds import INGRESS, INTERFACE, PEERING, PRIVATE_LINK, TRANSIT_GATEWAY, ClusterShape
from tests.components.kafka.confluent import ZONES, Resources, cloud_args, made, network

OWN = {"cidr": "10.9.0.0/16", "routes": ["10.0.0.0/16"]}
GATEWAY = {"transit_gateway_id": "tgw-1", "ram_resource_share_arn": "arn:aws:ram:us-east-1:123456789012:share/1"}


def built(shape: ClusterShape | None = None, **way: object) -> Resources:
    def program() -> None:
        more = {} if shape is None else {"shape": shape, "network": network(shape.way_in, **way)}
        cloud = ConfluentCloud("kafka", cloud_args(**more))
        ClientSecrets("clients", ClientSecretsArgs(kafka=cloud.access, tags={}))

    return made(program)


def endpoints(found: Resources) -> set[str]:
    """What the provider of schemas and what clients are told."""
    secret = found["SecretVersion clients-schema-registry"]["sent"]["secretString"]
    provider = found["confluentcloud kafka-data"]["sent"]
    return {provider["schemaRegistryRestEndpoint"], json.loads(secret)["schema.registry.url"]}


@pytest.mark.parametrize(("way", "more"), [(INGRESS, {}), (INTERFACE, {"zone_ids": ZONES})])
def test_behind_an_access_point_it_is_the_access_points(way: str, more: dict[str, object]):
    assert endpoints(built(ClusterShape("enterprise", network=way), **more)) == {"https://lsrc-1-ap1"}


@pytest.mark.parametrize(
    ("way", "more"), [(PRIVATE_LINK, {"zone_ids": ZONES}), (PEERING, OWN), (TRANSIT_GATEWAY, {**OWN, **GATEWAY})]
)
def test_in_a_network_of_its_own_it_has_the_networks_suffix(way: str, more: dict[str, object]):
    found = built(ClusterShape("dedicated", units=2, network=way), **more)
    assert endpoints(found) == {"https://lsrc-1-n1.us-east-1.aws.glb.confluent.cloud"}


def test_a_public_cluster_has_the_public_one():
    assert endpoints(built()) == {"https://psrc-1.confluent.cloud"}


def test_a_missing_endpoint_is_told():
    with pytest.raises(PlatformError, match="SCHEMA_REGISTRY") as told:
        endpoint_by(
            [{"endpoint": "e", "endpoint_type": "REST", "access_points": [{"id": "ap-2"}]}], "ap-1", "SCHEMA_REGISTRY"
        )
    assert "pulumi up" in str(told.value)
