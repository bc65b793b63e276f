"""The network: who can reach whom, what AWS needs to find its way, and a teardown that cannot hang."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from components.errors import PlatformError
from components.existing_network import ExistingNetwork, ExistingNetworkArgs
from components.flow_logs import delivery_policy
from components.network import Network, NetworkArgs
from components.service_endpoints import INTERFACE_SERVICES
from tests.components.graph import Resources, before, of_type, referred

ACCOUNT, REGION = "123456789012", "us-east-1"
ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]


def program(**changes: Any) -> Callable[[], None]:
    values: dict[str, Any] = {
        "name_prefix": "p-test",
        "cidr": "10.20.0.0/16",
        "zones": ZONES,
        "region": REGION,
        "account_id": ACCOUNT,
        "tags": {"team": "data"},
    }

    def declare() -> None:
        Network("net", NetworkArgs(**{**values, **changes}))

    return declare


@pytest.fixture
def network(declared) -> Resources:
    return declared(program())


def access_of(declare: Callable[[], Network | ExistingNetwork]) -> tuple[Callable[[], None], dict[str, Any]]:
    kept: dict[str, Any] = {}

    def run() -> None:
        kept["network"] = declare()

    return run, kept


# -- subnets and routes ------------------------------------------------------------------------------------------


def test_auto_mode_finds_the_subnets_for_its_load_balancers(network: Resources):
    subnets = of_type(network, "Subnet")
    for zone in ZONES:
        assert subnets[f"net-public-{zone}"]["inputs"]["tags"]["kubernetes.io/role/elb"] == "1"
        assert subnets[f"net-private-{zone}"]["inputs"]["tags"]["kubernetes.io/role/internal-elb"] == "1"
        # A load balancer among brokers and databases would be a way in.
        assert not [tag for tag in subnets[f"net-isolated-{zone}"]["inputs"]["tags"] if tag.startswith("kubernetes.io")]


def test_nothing_gets_a_public_address_by_itself(network: Resources):
    assert {subnet["inputs"]["mapPublicIpOnLaunch"] for subnet in of_type(network, "Subnet").values()} == {False}


def test_isolated_subnets_have_no_way_out(network: Resources):
    routes = of_type(network, "Route")
    assert routes.keys() == {"net-public", *(f"net-private-{zone}" for zone in ZONES)}
    for name in routes:
        assert referred(network, f"Route {name}", "routeTableId") == [f"RouteTable {name}"]
    for zone in ZONES:
        joined = f"RouteTableAssociation net-isolated-{zone}"
        assert referred(network, joined, "routeTableId") == ["RouteTable net-isolated"]
        assert referred(network, joined, "subnetId") == [f"Subnet net-isolated-{zone}"]


@pytest.mark.parametrize(("nat", "gateways"), [("single", 1), ("per_zone", 3)])
def test_private_subnets_leave_through_nat(declared, nat: str, gateways: int):
    found = declared(program(nat=nat))
    assert len(of_type(found, "NatGateway")) == len(of_type(found, "Eip")) == gateways
    used = [referred(found, f"Route net-private-{zone}", "natGatewayId") for zone in ZONES]
    assert used == [[f"NatGateway net-{zone}"] for zone in (ZONES if gateways == 3 else ZONES[:1] * 3)]


def test_from_single_to_per_zone_only_routes_change(declared):
    single, per_zone = declared(program(nat="single")), declared(program(nat="per_zone"))

    def both(key: str) -> list[Any]:
        return [(plan[key]["inputs"], referred(plan, key)) for plan in (single, per_zone)]

    # The address list is an output of the component itself, which AWS does not see.
    common = {key for key in single.keys() & per_zone.keys() if single[key]["type"].startswith("aws:")}
    changed = {key for key in common if both(key)[0] != both(key)[1]}
    assert changed == {f"Route net-private-{zone}" for zone in ZONES[1:]}
    assert not single.keys() - per_zone.keys()


# -- endpoints ---------------------------------------------------------------------------------------------------


def test_s3_is_reached_from_private_and_isolated_subnets_without_nat(network: Resources):
    names = ["net-isolated", *(f"net-private-{zone}" for zone in ZONES)]
    assert referred(network, "VpcEndpoint net-endpoints-s3", "routeTableIds") == [
        f"RouteTable {name}" for name in names
    ]


def test_interface_endpoints_let_in_workloads_and_no_address_range(network: Resources):
    endpoints = {name: e for name, e in of_type(network, "VpcEndpoint").items() if name != "net-endpoints-s3"}
    assert len(endpoints) == len(INTERFACE_SERVICES)
    private = [f"Subnet net-private-{zone}" for zone in ZONES]
    for name, endpoint in endpoints.items():
        assert endpoint["inputs"]["privateDnsEnabled"] is True
        assert referred(network, f"VpcEndpoint {name}", "subnetIds") == private
        assert referred(network, f"VpcEndpoint {name}", "securityGroupIds") == ["SecurityGroup net-endpoints"]
    let_in = "SecurityGroupIngressRule net-endpoints-workloads"
    assert referred(network, let_in, "securityGroupId") == ["SecurityGroup net-endpoints"]
    assert referred(network, let_in, "referencedSecurityGroupId") == ["SecurityGroup net-workloads"]
    rule = network[let_in]["inputs"]
    assert (rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (443, 443, "tcp")
    assert "cidrIpv4" not in rule


def test_without_interface_endpoints_s3_stays(declared):
    found = declared(program(interface_endpoints=False))
    assert of_type(found, "VpcEndpoint").keys() == {"net-endpoints-s3"}
    assert "SecurityGroup net-endpoints" not in found


# -- groups, logs, names -----------------------------------------------------------------------------------------


def test_workloads_reach_each_other_and_nobody_else_reaches_them(network: Resources):
    group = ["SecurityGroup net-workloads"]
    rules = [f"SecurityGroupIngressRule {name}" for name in of_type(network, "SecurityGroupIngressRule")]
    (own,) = [key for key in rules if referred(network, key, "securityGroupId") == group]
    assert referred(network, own, "referencedSecurityGroupId") == group
    assert "cidrIpv4" not in network[own]["inputs"]
    (out,) = of_type(network, "SecurityGroupEgressRule").values()
    assert out["inputs"]["cidrIpv4"] == "0.0.0.0/0"


def test_rules_are_never_inline(network: Resources):
    for group in of_type(network, "SecurityGroup").values():
        assert not {"ingress", "egress"} & group["inputs"].keys()


def test_the_default_group_is_emptied(network: Resources):
    inputs = network["DefaultSecurityGroup net"]["inputs"]
    assert inputs["ingress"] == []
    assert inputs["egress"] == []


def test_flow_logs_are_encrypted_and_the_group_is_not_made_again_after_a_destroy(network: Resources):
    log = network["FlowLog net-flow-logs"]["inputs"]
    assert (log["trafficType"], log["logDestinationType"]) == ("ALL", "cloud-watch-logs")
    key = network["Key net-flow-logs"]["inputs"]
    assert key["enableKeyRotation"] is True
    service = json.loads(key["policy"])["Statement"][1]
    assert service["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    name = network["LogGroup net-flow-logs"]["inputs"]["name"]
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"
    assert service["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn}}
    assert referred(network, "LogGroup net-flow-logs", "kmsKeyId") == ["Key net-flow-logs"]
    statements: Any = delivery_policy(REGION, ACCOUNT, name)["Statement"]
    assert "logs:CreateLogGroup" not in json.dumps(statements)
    assert statements[0]["Resource"] == [arn, f"{arn}:*"]
    trust = json.loads(network["Role net-flow-logs"]["inputs"]["assumeRolePolicy"])["Statement"][0]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_names_that_private_dns_needs(network: Resources):
    vpc = network["Vpc net"]["inputs"]
    assert vpc["enableDnsSupport"] is True
    assert vpc["enableDnsHostnames"] is True


@pytest.mark.parametrize("protect", [True, False])
def test_a_mistaken_destroy_stops_at_the_vpc(declared, protect: bool):
    found = declared(program(protect=protect))
    for key in ("Vpc net", "Key net-flow-logs", "LogGroup net-flow-logs"):
        assert found[key].get("protect", False) is protect


def test_values_are_those_of_aws(network: Resources):
    shapes = boto3.client("ec2", region_name=REGION).meta.service_model
    enum = lambda name: set(shapes.shape_for(name).enum)  # noqa: E731
    for endpoint in of_type(network, "VpcEndpoint").values():
        assert endpoint["inputs"]["vpcEndpointType"] in enum("VpcEndpointType")
    log = network["FlowLog net-flow-logs"]["inputs"]
    assert log["trafficType"] in enum("TrafficType")
    assert log["logDestinationType"] in enum("LogDestinationType")
    assert {eip["inputs"]["domain"] for eip in of_type(network, "Eip").values()} <= enum("DomainType")


# -- order ---------------------------------------------------------------------------------------------------------


def test_public_addresses_go_before_the_internet_gateway(network: Resources):
    # AWS answers DependencyViolation to a detach while the VPC has mapped public addresses.
    internet = "InternetGateway net"
    assert internet in before(network, "NatGateway net-us-east-1a")
    assert internet in before(network, "Eip net-nat-us-east-1a")
    assert "Eip net-nat-us-east-1a" in before(network, "NatGateway net-us-east-1a")


def test_nat_has_a_way_out_before_anything_uses_it(network: Resources):
    earlier = before(network, "NatGateway net-us-east-1a")
    assert {"Route net-public", *(f"RouteTableAssociation net-public-{zone}" for zone in ZONES)} <= earlier
    assert "NatGateway net-us-east-1a" in before(network, "Route net-private-us-east-1b")


def test_endpoints_are_reachable_as_long_as_dns_names_them(network: Resources):
    for name in of_type(network, "VpcEndpoint"):
        if name != "net-endpoints-s3":
            assert "SecurityGroupIngressRule net-endpoints-workloads" in before(network, f"VpcEndpoint {name}")


def test_flow_logs_end_before_what_they_write_with(network: Resources):
    earlier = before(network, "FlowLog net-flow-logs")
    assert {"RolePolicy net-flow-logs", "LogGroup net-flow-logs", "Key net-flow-logs"} <= earlier


def test_subnets_wait_for_interfaces_that_linger(network: Resources):
    for key in ("Subnet net-private-us-east-1a", "SecurityGroup net-workloads"):
        assert network[key]["customTimeouts"] == {"delete": "30m"}
    assert network["SecurityGroup net-workloads"]["inputs"]["revokeRulesOnDelete"] is True


def test_ready_means_that_pods_reach_the_internet_aws_and_each_other(declared):
    run, kept = access_of(
        lambda: Network(
            "net",
            NetworkArgs("p", "10.0.0.0/16", ZONES, REGION, ACCOUNT, services=["sts"]),
        )
    )
    declared(run)
    access = kept["network"].access
    kinds = [type(resource).__name__ for resource in access.ready]
    assert kinds.count("Route") == kinds.count("RouteTableAssociation") == 3
    assert kinds.count("VpcEndpoint") == 2
    # Rules of the workloads group outlive the pods, too, or their finalizers could reach nobody.
    assert {"SecurityGroupIngressRule", "SecurityGroupEgressRule"} <= set(kinds)
    assert access.zone_count == len(access.private_subnet_ids) == len(access.isolated_subnet_ids) == 3


# -- existing -----------------------------------------------------------------------------------


def test_an_existing_network_gets_the_workloads_group_and_nothing_else(declared):
    run, kept = access_of(
        lambda: ExistingNetwork("net", ExistingNetworkArgs("vpc-0a", "p", ["subnet-1", "subnet-2"], tags={"a": "b"}))
    )
    found = declared(run)
    kinds = {resource["type"].rpartition(":")[2] for resource in found.values() if resource["type"].startswith("aws:")}
    assert kinds == {"SecurityGroup", "SecurityGroupIngressRule", "SecurityGroupEgressRule"}
    assert found["SecurityGroup net-workloads"]["inputs"]["vpcId"] == "vpc-0a"
    access = kept["network"].access
    assert access.isolated_subnet_ids == access.private_subnet_ids
    assert access.zone_count == 2
    assert len(access.ready) == 2


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"name_prefix": "p" * 55}, "name_prefix"),
        ({"nat": "none"}, "nat"),
        ({"zones": ["eu-west-1a", "eu-west-1b"]}, "zones"),
        ({"zones": ["us-east-1a", "us-east-1a"]}, "zones"),
        ({"zones": ["us-east-1a"]}, "zones"),
        ({"cidr": "10.0.0.0/24"}, "cidr"),
    ],
)
def test_a_network_that_cannot_be_is_refused(declared, changes: dict[str, Any], key: str):
    with pytest.raises(PlatformError) as caught:
        declared(program(**changes))
    assert caught.value.mistakes[0].key == key


def test_existing_subnets_are_one_per_zone(declared):
    with pytest.raises(PlatformError) as caught:
        declared(lambda: ExistingNetwork("net", ExistingNetworkArgs("vpc-0a", "p", ["a", "b"], ["c"])) and None)
    assert "1 isolated" in caught.value.mistakes[0].found
