"""The network: rules, flow logs, NAT, endpoints; log groups."""

from typing import Any

from tests.policies.cases import UNKNOWN, Case, Given, Plant
from tests.policies.cases_iam import document

VPC, SUBNET, NAT = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/natGateway:NatGateway"
GROUP, RULE = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
DEFAULT_GROUP, FLOW_LOG = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "aws:ec2/flowLog:FlowLog"
ENDPOINT, LOG_GROUP = "aws:ec2/vpcEndpoint:VpcEndpoint", "aws:cloudwatch/logGroup:LogGroup"
BALANCER, INSTANCE, MSK = "aws:lb/loadBalancer:LoadBalancer", "aws:rds/instance:Instance", "aws:msk/cluster:Cluster"

EVERYWHERE, EVERYWHERE_6, OFFICE = "0.0.0.0/0", "::/0", "203.0.113.0/24"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"


def rule(
    cidr: str, first: int | None = None, last: int | None = None, protocol: str = "tcp", **more: Any
) -> dict[str, Any]:
    """Properties of a rule of a security group."""
    ports = {} if first is None else {"fromPort": first, "toPort": last or first}
    return {"cidrIpv6" if ":" in cidr else "cidrIpv4": cidr, "ipProtocol": protocol, **ports, **more}


def inline(
    cidr: str, first: int, last: int, protocol: str = "tcp", direction: str = "ingress", **more: Any
) -> dict[str, Any]:
    """Properties of a group with one rule written into it."""
    blocks = {"ipv6CidrBlocks" if ":" in cidr else "cidrBlocks": [cidr]}
    return {direction: [{**blocks, "fromPort": first, "toPort": last, "protocol": protocol, **more}]}


def _in_group(props: dict[str, Any], internal: bool, type_: str = INGRESS) -> list[Given]:
    return [
        Given(GROUP, "door"),
        Given(BALANCER, "front", {"internal": internal}, refers={"securityGroups": ["door"]}),
        Given(type_, "rule", props, refers={"securityGroupId": ["door"]}),
    ]


def _of_database(props: dict[str, Any], type_: str = INSTANCE, property_: str = "vpcSecurityGroupIds") -> list[Given]:
    return [
        Given(GROUP, "data"),
        Given(type_, "store", {}, refers={property_: ["data"]}),
        Given(EGRESS, "rule", props, refers={"securityGroupId": ["data"]}),
    ]


def _vpc(*others: Given) -> list[Given]:
    return [Given(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"}), *others]


def _log(traffic: str) -> Given:
    return Given(FLOW_LOG, "log", {"trafficType": traffic}, refers={"vpcId": ["vpc"]})


def _default_group(**rules: Any) -> Given:
    return Given(DEFAULT_GROUP, "default", {"ingress": [], "egress": [], **rules}, refers={"vpcId": ["vpc"]})


def _endpoint(service: str) -> Given:
    return Given(ENDPOINT, "door", {"serviceName": service}, refers={"vpcId": ["vpc"]})


def _zones(nat: str, known: Any = "eu-central-1b") -> list[Given]:
    """Two zones; NAT in those whose letters are given."""
    subnets = [
        Given(SUBNET, "a", {"availabilityZone": "eu-central-1a"}, refers={"vpcId": ["vpc"]}),
        Given(SUBNET, "b", {"availabilityZone": known}, refers={"vpcId": ["vpc"]}),
    ]
    return _vpc(*subnets, *(Given(NAT, f"nat-{zone}", {}, refers={"subnetId": [zone]}) for zone in nat))


OPEN_ENDPOINT = document({"Principal": "*", "Action": "*", "Resource": "*"})
OWN_ENDPOINT = document(
    {
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}},
    }
)

CASES = [
    Case(
        "network-no-sensitive-ports-open",
        type=INGRESS,
        good=[
            rule(EVERYWHERE, 443),
            rule("10.0.0.0/8", 5432),
            rule(OFFICE, 22),
            rule(EVERYWHERE, 9000, 9001),
            {"referencedSecurityGroupId": "sg-1", "ipProtocol": "-1"},
            Given(RULE, "out", {"type": "egress", "cidrBlocks": [EVERYWHERE], "protocol": "-1", "fromPort": 0}),
            Given(ACL_RULE, "out", {"egress": True, "cidrBlock": EVERYWHERE, "protocol": "-1", "ruleAction": "allow"}),
        ],
        bad=[
            rule(EVERYWHERE, 22),
            rule(EVERYWHERE_6, 5432),
            rule(EVERYWHERE, 9000, 9100),
            rule(EVERYWHERE, protocol="-1"),
            # Half of the internet, twice, is all of it.
            rule("128.0.0.0/1", 3389),
            Given(GROUP, "door", inline(EVERYWHERE, 9092, 9094)),
            Given(GROUP, "door", inline(EVERYWHERE_6, 0, 0, "-1")),
            Given(
                RULE,
                "in",
                {"type": "ingress", "cidrBlocks": [EVERYWHERE], "protocol": "tcp", "fromPort": 22, "toPort": 22},
            ),
            Given(
                ACL_RULE,
                "in",
                {"cidrBlock": EVERYWHERE, "protocol": "6", "ruleAction": "allow", "fromPort": 3389, "toPort": 3389},
            ),
        ],
        unknown={"cidrIpv4": UNKNOWN, "ipProtocol": "tcp", "fromPort": 22, "toPort": 22},
    ),
    Case(
        "network-no-open-ingress",
        good=[
            _in_group(rule(EVERYWHERE, 443), internal=False),
            _in_group(rule(OFFICE, 9000), internal=True),
            [Given(GROUP, "door", inline("10.0.0.0/8", 9000, 9000))],
        ],
        bad=[
            # An internal load balancer has no strangers.
            _in_group(rule(EVERYWHERE, 443), internal=True),
            _in_group(rule(EVERYWHERE, 80), internal=False),
            _in_group(rule(EVERYWHERE, 443, 444), internal=False),
            _in_group(rule("2000::/3", 443), internal=True),
            [Given(GROUP, "door", inline(EVERYWHERE, 443, 443))],
        ],
        unknown=_in_group({"cidrIpv4": UNKNOWN, "ipProtocol": "tcp", "fromPort": 9000}, internal=True),
    ),
    Case(
        "network-egress-reasoned",
        type=EGRESS,
        good=[rule(EVERYWHERE, protocol="-1", description="To AWS and registries"), rule("10.0.0.0/8", 443)],
        bad=[
            rule(EVERYWHERE, protocol="-1"),
            rule(EVERYWHERE_6, 443, description=" "),
            Given(GROUP, "workloads", inline(EVERYWHERE, 0, 0, "-1", direction="egress")),
        ],
        unknown={"cidrIpv4": UNKNOWN, "ipProtocol": "-1"},
    ),
    Case(
        "network-data-stays-in",
        good=[
            _of_database({"referencedSecurityGroupId": "sg-1", "ipProtocol": "-1"}),
            [Given(GROUP, "pods"), Given(EGRESS, "out", rule(EVERYWHERE, 443), refers={"securityGroupId": ["pods"]})],
        ],
        bad=[
            _of_database(rule(EVERYWHERE, 443)),
            _of_database(rule(EVERYWHERE, protocol="-1"), MSK, "brokerNodeGroupInfo"),
            [
                Given(GROUP, "data", inline(EVERYWHERE, 0, 0, "-1", direction="egress")),
                Given(INSTANCE, "store", {}, refers={"vpcSecurityGroupIds": ["data"]}),
            ],
        ],
        unknown=_of_database({"cidrIpv4": UNKNOWN, "ipProtocol": "-1"}),
    ),
    Case(
        "network-default-group-empty",
        good=[_vpc(_default_group())],
        bad=[_vpc(), _vpc(_default_group(ingress=[{"self": True, "protocol": "-1", "fromPort": 0, "toPort": 0}]))],
        unknown=_vpc(_default_group(egress=UNKNOWN)),
    ),
    Case(
        "network-flow-logs",
        good=[_vpc(_log("ALL")), _vpc(_log("REJECT"))],
        bad=[_vpc(), _vpc(_log("ACCEPT")), _vpc(Given(FLOW_LOG, "of-another", {"trafficType": "ALL"}))],
        unknown=_vpc(_log(UNKNOWN)),
    ),
    Case(
        "network-nat-per-zone",
        production=True,
        # Without any NAT the network is of another kind: there is nothing that a zone could lose.
        good=[_zones("ab"), _zones("")],
        bad=[_zones("a")],
        unknown=_zones("a", UNKNOWN),
    ),
    Case("network-nat-per-zone", good=[_zones("a")], no_unknown="nothing is asked for outside of production"),
    Case(
        "network-no-public-addresses",
        type=SUBNET,
        good=[{"mapPublicIpOnLaunch": False}, {}],
        bad=[{"mapPublicIpOnLaunch": True}],
        unknown={"mapPublicIpOnLaunch": UNKNOWN},
    ),
    Case(
        "network-s3-endpoint",
        good=[_vpc(_endpoint("com.amazonaws.eu-central-1.s3"))],
        bad=[_vpc(), _vpc(_endpoint("com.amazonaws.eu-central-1.s3tables"))],
        unknown=_vpc(_endpoint(UNKNOWN)),
    ),
    Case(
        "network-endpoint-policy",
        type=ENDPOINT,
        good=[
            {"serviceName": "com.amazonaws.eu-central-1.glue", "policy": OWN_ENDPOINT},
            # Confluent's, which takes none.
            {"serviceName": "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"},
        ],
        bad=[
            {"serviceName": "com.amazonaws.eu-central-1.glue"},
            {"serviceName": "com.amazonaws.eu-central-1.glue", "policy": OPEN_ENDPOINT},
        ],
        unknown={"serviceName": "com.amazonaws.eu-central-1.glue", "policy": UNKNOWN},
    ),
    Case(
        "logs-encrypted",
        type=LOG_GROUP,
        good=[{"kmsKeyId": KEY}, {"kmsKeyId": UNKNOWN}],
        bad=[{"name": "/aws/x"}, {"kmsKeyId": ""}, {"kmsKeyId": "alias/aws/logs"}],
        no_unknown="a key that is not made yet is a key of this program",
    ),
    Case(
        "logs-kept",
        type=LOG_GROUP,
        production=True,
        good=[
            {"name": "/aws/rds/instance/x/postgresql", "retentionInDays": 30},
            {"name": "/aws/eks/x/cluster", "retentionInDays": 365},
        ],
        bad=[
            {"name": "/x/vpc-flow-logs"},
            {"name": "/x/vpc-flow-logs", "retentionInDays": 90},
            {"name": "/aws/rds/instance/x/postgresql", "retentionInDays": 7},
        ],
        unknown={"name": "/x/vpc-flow-logs", "retentionInDays": UNKNOWN},
    ),
    Case("logs-kept", type=LOG_GROUP, good=[{"retentionInDays": 1}], bad=[{}, {"retentionInDays": 0}]),
]


def _opened(props: dict[str, Any], cidr: str, port: int) -> dict[str, Any]:
    kept = {key: value for key, value in props.items() if key != "referencedSecurityGroupId"}
    return {**kept, "cidrIpv4": cidr, "fromPort": port, "toPort": port}


PLANTS = [
    Plant(
        "network-no-sensitive-ports-open", where="*::kafka-brokers-iam", change=lambda it: _opened(it, EVERYWHERE, 9098)
    ),
    Plant(
        "network-no-sensitive-ports-open", where="*Rule::postgres", change=lambda it: _opened(it, "64.0.0.0/2", 5432)
    ),
    Plant("network-no-open-ingress", where="*::tls-endpoint-workloads", change=lambda it: _opened(it, EVERYWHERE, 443)),
    Plant(
        "network-egress-reasoned",
        where="*::network-workloads-outwards",
        change=lambda props: {key: value for key, value in props.items() if key != "description"},
    ),
    Plant(
        "network-data-stays-in",
        where="*SecurityGroupEgressRule::kafka-brokers-brokers",
        change=lambda props: {**_opened(props, EVERYWHERE, 443), "ipProtocol": "tcp"},
    ),
    Plant("network-default-group-empty", where=DEFAULT_GROUP, remove=True),
    Plant(
        "network-default-group-empty",
        where=DEFAULT_GROUP,
        change=lambda props: {**props, "ingress": [{"self": True, "protocol": "-1", "fromPort": 0, "toPort": 0}]},
    ),
    Plant("network-flow-logs", where=FLOW_LOG, remove=True),
    Plant("network-flow-logs", where=FLOW_LOG, change=lambda props: {**props, "trafficType": "ACCEPT"}),
    Plant("network-nat-per-zone", stack="prod-msk", where=NAT, remove=True),
    Plant(
        "network-no-public-addresses",
        where="*::network-public-us-east-1a",
        change=lambda props: {**props, "mapPublicIpOnLaunch": True},
    ),
    Plant("network-s3-endpoint", where="*::network-endpoints-s3", remove=True),
    Plant(
        "network-endpoint-policy",
        where="*::network-endpoints-s3",
        change=lambda props: {**props, "policy": OPEN_ENDPOINT},
    ),
    Plant(
        "logs-encrypted",
        where="*LogGroup::network-flow-logs",
        change=lambda props: {key: value for key, value in props.items() if key != "kmsKeyId"},
    ),
    Plant(
        "logs-kept",
        stack="prod-msk",
        where="*LogGroup::network-flow-logs",
        change=lambda it: {**it, "retentionInDays": 90},
    ),
]
