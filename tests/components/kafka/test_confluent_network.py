"""Private ways in: order, names, who gets in, and what is closed."""

from typing import Any

import pytest

from components.errors import PlatformError
from components.kafka.confluent_kinds import INGRESS, INTERFACE, PEERING, PRIVATE_LINK, TRANSIT_GATEWAY
from components.kafka.confluent_network import ConfluentNetwork
from tests.components.graph import before
from tests.components.kafka.confluent import ZONES, Resources, kind_of, made, network


def declared_network(kind: str, **more: Any) -> Resources:
    args = network(kind, **more)
    args.environment_id = "env-1"
    return made(lambda: ConfluentNetwork("n", args) and None)


def endpoint(found: Resources) -> dict[str, Any]:
    return kind_of(found, "VpcEndpoint")["n"]["sent"]


def test_an_endpoint_an_access_point_and_a_zone_for_its_names():
    found = declared_network(INGRESS)
    assert endpoint(found)["serviceName"] == "com.amazonaws.vpce.x"
    assert endpoint(found)["privateDnsEnabled"] is False
    assert endpoint(found)["subnetIds"] == ["s-a", "s-b", "s-c"]
    assert found["AccessPoint n"]["sent"]["awsIngressPrivateLinkEndpoint"] == {"vpcEndpointId": "vpce-1"}
    zone, record = kind_of(found, "Zone")["n"]["sent"], kind_of(found, "Record")["n"]["sent"]
    assert zone["name"] == "ap1.us-east-1.aws.accesspoint.confluent.cloud"
    assert zone["vpcs"] == [{"vpcId": "vpc-1"}]
    assert (record["name"], record["type"], record["ttl"]) == (f"*.{zone['name']}", "CNAME", 60)
    assert record["records"] == ["vpce-1.vpce.amazonaws.com"]
    assert not kind_of(found, "PrivateLinkAttachment"), "superseded on 2026-02-12"


@pytest.mark.parametrize("kind", [INGRESS, PRIVATE_LINK])
def test_only_workloads_get_in_and_only_to_kafka_and_https(kind: str):
    rules = [
        one["sent"] for one in kind_of(declared_network(kind, zone_ids=ZONES), "SecurityGroupIngressRule").values()
    ]
    assert {(rule["fromPort"], rule["toPort"], rule["referencedSecurityGroupId"]) for rule in rules} == {
        (443, 443, "sg-workloads"),
        (9092, 9092, "sg-workloads"),
    }
    assert not [rule for rule in rules if "cidrIpv4" in rule]


def test_interfaces_are_six_and_confluent_may_attach_before_it_is_told():
    found = declared_network(INTERFACE, zone_ids=ZONES)
    permissions = kind_of(found, "NetworkInterfacePermission")
    assert len(kind_of(found, "NetworkInterface")) == len(permissions) == 6
    assert {one["sent"]["awsAccountId"] for one in permissions.values()} == {"999999999999"}
    first = before(found, "AccessPoint n")
    assert len([key for key in first if "NetworkInterfacePermission" in key]) == 6


def test_a_dedicated_private_link_resolves_privately_and_is_let_in_first():
    found = declared_network(PRIVATE_LINK, zone_ids=ZONES)
    sent = found["Network n"]["sent"]
    assert sent["dnsConfig"] == {"resolution": "PRIVATE"}, "the default needs public DNS too"
    assert sent["zones"] == ZONES
    assert "cidr" not in sent
    key = next(one for one in found if one.endswith("VpcEndpoint n"))
    assert "PrivateLinkAccess n" in before(found, key)
    assert kind_of(found, "Zone")["n"]["sent"]["name"] == "n1.us-east-1.aws.confluent.cloud"


def test_a_peering_is_accepted_and_routed():
    found = declared_network(PEERING, cidr="10.99.0.0/16", routes=["10.20.0.0/16"], route_table_ids=["rtb-1", "rtb-2"])
    assert kind_of(found, "VpcPeeringConnectionAccepter")["n"]["sent"]["vpcPeeringConnectionId"] == "pcx-1"
    routes = kind_of(found, "Route")
    assert {one["sent"]["routeTableId"] for one in routes.values()} == {"rtb-1", "rtb-2"}
    assert {one["sent"]["destinationCidrBlock"] for one in routes.values()} == {"10.99.0.0/16"}


def test_a_transit_gateway_is_attached_and_accepted():
    found = declared_network(
        TRANSIT_GATEWAY,
        cidr="10.99.0.0/16",
        routes=["10.20.0.0/16"],
        transit_gateway_id="tgw-1",
        ram_resource_share_arn="arn:aws:ram:us-east-1:1:resource-share/x",
    )
    assert found["Network n"]["sent"]["connectionTypes"] == ["TRANSITGATEWAY"]
    assert kind_of(found, "VpcAttachmentAccepter")


@pytest.mark.parametrize("kind", [INGRESS, PRIVATE_LINK])
def test_production_keeps_its_way_in(kind: str):
    found = declared_network(kind, zone_ids=ZONES, protect=True)
    assert [key for key in found if key in ("Gateway n", "Network n") and found[key]["protect"]]


@pytest.mark.parametrize(
    ("kind", "more", "message"),
    [
        ("private_link_attachment", {}, "ingress_private_link"),
        ("network_link", {}, "2026-12-31"),
        ("carrier_pigeon", {}, "transit_gateway"),
        (INTERFACE, {"zone_ids": ZONES[:2]}, "three"),
        (INTERFACE, {"zone_ids": ZONES, "routes": ["10.0.0.0/8"] * 11}, "at most 10"),
        (PEERING, {"cidr": "10.0.0.0/20"}, "/16"),
        (TRANSIT_GATEWAY, {"cidr": "10.99.0.0/16"}, "share"),
    ],
)
def test_refused(kind: str, more: dict[str, Any], message: str):
    with pytest.raises(PlatformError, match=message):
        declared_network(kind, **more)
