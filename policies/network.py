"""VPC: who may connect, what leaves, what is written down about it."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from policies.framework import NotKnown, Resource, Stack, policy, stack_policy
from policies.iam_statements import allowed, anyone, closed, label, listed, resources

VPC = "aws:ec2/vpc:Vpc"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
NETWORK_ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
SUBNET = "aws:ec2/subnet:Subnet"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"

# Port -> who listens there. The first four are ports of AWS Security Hub EC2.13, EC2.14 and EC2.19; Kafka's are MSK's (https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html).
SENSITIVE = {
    **{22: "SSH", 3389: "RDP", 5432: "PostgreSQL", 3306: "MySQL"},
    **dict.fromkeys((9092, 9093, 9094, 9096, 9098, 9192, 9194, 9196, 9198), "Kafka"),
    **{2181: "ZooKeeper", 2182: "ZooKeeper", 8081: "Schema Registry and Flink", 8083: "Kafka Connect"},
    **{8080: "CMF", 11001: "JMX exporter", 11002: "node exporter"},
}

# Public ranges wider than these hold so many strangers that they are as good as the internet.
WIDEST_IPV4, WIDEST_IPV6 = 8, 19

OPEN_CONTROLS = ("PCI DSS 1.3.1", "PCI DSS 1.4.2", "SOC 2 CC6.6")


@dataclass(frozen=True)
class Rule:
    """One rule of a security group or of a network ACL. first, last: ports; cidrs: address ranges."""

    protocol: str
    first: int
    last: int
    cidrs: tuple[str, ...]
    description: str

    @property
    def ports(self) -> str:
        if self.first == 0 and self.last == 65535:
            return "all ports" if self.protocol != "-1" else "everything"
        return f"port {self.first}" if self.first == self.last else f"ports {self.first} to {self.last}"


def _wide(cidr: str) -> bool:
    """Whether an address range is the internet, or a good part of it."""
    try:
        network: IPv4Network | IPv6Network = ip_network(cidr, strict=False)
    except ValueError:
        return False
    if network.prefixlen and network.is_private:
        return False
    return network.prefixlen < (WIDEST_IPV4 if network.version == 4 else WIDEST_IPV6)


def _rule(given: Callable[[str], Any]) -> Rule:
    """From the properties of any of the forms in which the provider takes a rule."""
    protocol = str(given("ipProtocol") or given("protocol") or "-1").lower()
    protocol = {"6": "tcp", "17": "udp", "all": "-1"}.get(protocol, protocol)
    first, last = given("fromPort"), given("toPort")
    ports = (int(first), int(first if last is None else last)) if first is not None else (0, 65535)
    if protocol not in ("tcp", "udp"):
        ports = (0, 65535)
    cidrs = [
        cidr
        for key in ("cidrIpv4", "cidrIpv6", "cidrBlock", "ipv6CidrBlock", "cidrBlocks", "ipv6CidrBlocks")
        for cidr in listed(given(key))
    ]
    return Rule(
        protocol,
        *ports,
        tuple(map(str, cidrs)),
        str(given("description") or ""),
    )


def _rules(resource: Resource, outwards: bool) -> Iterator[Rule]:
    """The rules of one direction that a resource declares."""
    if resource.type in (INGRESS, EGRESS):
        if (resource.type == EGRESS) == outwards:
            yield _rule(resource.value)
    elif resource.type == GROUP_RULE:
        if (resource.value("type") == "egress") == outwards:
            yield _rule(resource.value)
    elif resource.type == NETWORK_ACL_RULE:
        if bool(resource.value("egress")) == outwards and resource.value("ruleAction") == "allow":
            yield _rule(resource.value)
    else:
        direction = "egress" if outwards else "ingress"
        for index, _ in enumerate(resource.props.get(direction) or ()):
            yield _rule(functools.partial(resource.value, direction, index))


def _made_rules(resource: Resource, outwards: bool) -> Iterator[Rule]:
    """The same of outputs. AWS tells all rules of a group there, and before `up` none: rules that the program writes
    into a group are known then, and the policies that look at its inputs say so where they are not."""
    if resource.type == GROUP and isinstance(resource.props.get("egress" if outwards else "ingress"), NotKnown):
        return
    yield from _rules(resource, outwards)


def _open(rule: Rule) -> str:
    return ", ".join(cidr for cidr in rule.cidrs if _wide(cidr))


def _sensitive(rule: Rule) -> list[str]:
    return list(dict.fromkeys(who for port, who in SENSITIVE.items() if rule.first <= port <= rule.last))


@policy(
    "network-no-sensitive-ports-open",
    types=(INGRESS, GROUP, GROUP_RULE, NETWORK_ACL_RULE),
    severity="critical",
    controls=(
        *("CIS AWS v5.0.0 5.2", "CIS AWS v5.0.0 5.3", "CIS AWS v5.0.0 5.4"),
        *("AWS Security Hub EC2.13", "AWS Security Hub EC2.14", "AWS FSBP EC2.19", *OPEN_CONTROLS),
    ),
    reason="Remote administration, brokers and databases are what strangers try first.",
    remedy="Let in a security group, or the ranges that connect (tls_endpoint.allowed_cidrs, network.peer_cidrs).",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19",
)
def no_sensitive_ports_open(resource: Resource) -> Iterator[str]:
    for rule in _rules(resource, outwards=False):
        if (cidrs := _open(rule)) and (who := _sensitive(rule)):
            yield f"{cidrs} may connect on {rule.ports}: {', '.join(who)}"


@stack_policy(
    "network-no-open-ingress",
    types=(INGRESS, GROUP, GROUP_RULE),
    severity="high",
    controls=("AWS FSBP EC2.18", *OPEN_CONTROLS),
    reason="Everything that listens there is found and tried within minutes.",
    remedy="Name the ranges that connect. Open to all is only port 443 of a load balancer that faces the internet.",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-18",
)
def no_open_ingress(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Ports of `SENSITIVE` are the policy's before this one."""
    facing: set[Resource] = set()
    for balancer in stack.of("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"):
        with stack.judging(balancer):
            if not balancer.value("internal", default=False):
                facing |= stack.names(balancer, "securityGroups")
    for resource in stack.of(INGRESS, GROUP, GROUP_RULE):
        with stack.judging(resource):
            groups = {resource} if resource.type == GROUP else stack.names(resource, "securityGroupId")
            for rule in _made_rules(resource, outwards=False):
                https = (rule.protocol, rule.first, rule.last) == ("tcp", 443, 443) and groups & facing
                if (cidrs := _open(rule)) and not https and not _sensitive(rule):
                    yield resource, f"{cidrs} may connect on {rule.ports}"


@policy(
    "network-egress-reasoned",
    types=(EGRESS, GROUP, GROUP_RULE),
    severity="low",
    controls=("PCI DSS 1.2.5", "PCI DSS 1.3.2"),
    reason="A way out to everywhere is how data leaves; nobody can tell later whether it was meant.",
    remedy="Name where it goes, or write a description that says why everywhere.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
)
def egress_reasoned(resource: Resource) -> Iterator[str]:
    for rule in _rules(resource, outwards=True):
        if (cidrs := _open(rule)) and not rule.description.strip():
            yield f"{rule.ports} out to {cidrs} without a description"


@stack_policy(
    "network-data-stays-in",
    types=(EGRESS, GROUP, GROUP_RULE),
    severity="medium",
    controls=("PCI DSS 1.3.2", "PCI DSS 1.4.4", "SOC 2 CC6.6"),
    reason="Brokers and databases answer and never call; with a way out a foothold in them can send data anywhere.",
    remedy="Take the egress rule away; AWS' managed parts of MSK and RDS do not use the group's rules.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/infrastructure-security.html",
)
def data_stays_in(stack: Stack) -> Iterator[tuple[Resource, str]]:
    groups: set[Resource] = set()
    for database in stack.of("aws:rds/instance:Instance", "aws:rds/cluster:Cluster"):
        groups |= stack.names(database, "vpcSecurityGroupIds")
    for brokers in stack.of("aws:msk/cluster:Cluster"):
        groups |= stack.names(brokers, "brokerNodeGroupInfo")
    for resource in stack.of(EGRESS, GROUP, GROUP_RULE):
        if not groups & ({resource} if resource.type == GROUP else stack.names(resource, "securityGroupId")):
            continue
        with stack.judging(resource):
            for rule in _made_rules(resource, outwards=True):
                if cidrs := _open(rule):
                    yield resource, f"brokers or databases may send {rule.ports} to {cidrs}"


@stack_policy(
    "network-default-group-empty",
    types=(VPC,),
    severity="high",
    controls=("CIS AWS v5.0.0 5.5", "AWS FSBP EC2.2", "PCI DSS 1.3.1", "SOC 2 CC6.6"),
    reason="Whatever is started without a group of its own gets this one, which lets its members reach each other.",
    remedy="Declare aws.ec2.DefaultSecurityGroup for the VPC with ingress=[] and egress=[].",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-2",
)
def default_group_empty(stack: Stack) -> Iterator[tuple[Resource, str]]:
    emptied: dict[Resource, Resource] = {}
    for group in stack.of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"):
        emptied |= dict.fromkeys(stack.names(group, "vpcId"), group)
    for vpc in stack.of(VPC):
        with stack.judging(vpc):
            if vpc not in emptied:
                yield vpc, "its default security group is left as AWS makes it"
            elif emptied[vpc].value("ingress") or emptied[vpc].value("egress"):
                yield vpc, f"its default security group {emptied[vpc].name} has rules"


@stack_policy(
    "network-flow-logs",
    types=(VPC,),
    severity="medium",
    controls=("CIS AWS v5.0.0 3.7", "AWS FSBP EC2.6", "PCI DSS 10.2.1", "SOC 2 CC7.2"),
    reason="Without them nobody can say afterwards who talked to whom.",
    remedy="Declare aws.ec2.FlowLog with traffic_type ALL for the VPC (network.flow_log_days).",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
)
def flow_logs(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for vpc in stack.of(VPC):
        with stack.judging(vpc):
            logs = [log for log in stack.of("aws:ec2/flowLog:FlowLog") if vpc in stack.names(log, "vpcId")]
            if not logs:
                yield vpc, "no flow log"
            elif all(log.value("trafficType") == "ACCEPT" for log in logs):
                yield vpc, "its flow log leaves rejected traffic out"


@stack_policy(
    "network-nat-per-zone",
    types=(VPC,),
    severity="medium",
    controls=("SOC 2 A1.2",),
    reason="When the one zone with NAT fails, pods of all zones lose Kafka of others, image registries and AWS' APIs.",
    remedy="Set network.nat: per_zone.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
)
def nat_per_zone(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """In production. A regional NAT gateway is in every zone by itself."""
    if not stack.production:
        return
    for vpc in stack.of(VPC):
        with stack.judging(vpc):
            zones: set[str] = set()
            served: set[str] = set()
            gateways = False
            for subnet in (one for one in stack.of(SUBNET) if vpc in stack.names(one, "vpcId")):
                zone = str(subnet.value("availabilityZone") or subnet.value("availabilityZoneId"))
                zones.add(zone)
                for gateway in stack.of("aws:ec2/natGateway:NatGateway"):
                    if subnet in stack.names(gateway, "subnetId"):
                        gateways = True
                        served.add(zone)
            if gateways and zones - served:
                yield vpc, f"no NAT gateway in {', '.join(sorted(zones - served))}"


@policy(
    "network-no-public-addresses",
    types=(SUBNET, "aws:ec2/defaultSubnet:DefaultSubnet"),
    severity="medium",
    controls=("AWS FSBP EC2.15", "PCI DSS 1.4.4", "SOC 2 CC6.6"),
    reason="Whatever is started in the subnet would be on the internet, whether somebody wants it or not.",
    remedy="Set map_public_ip_on_launch=False: load balancers and NAT gateways bring their own addresses.",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-15",
)
def no_public_addresses(resource: Resource) -> Iterator[str]:
    if resource.value("mapPublicIpOnLaunch", default=False):
        yield "what is started here gets a public address"


@stack_policy(
    "network-s3-endpoint",
    types=(VPC,),
    severity="low",
    controls=("CIS AWS v7.0.0 6.8", "PCI DSS 1.4.2"),
    reason="Without it all of the lake's data goes through NAT gateways, at 0.045 USD a GB, and past no policy.",
    remedy="Declare a gateway endpoint for com.amazonaws.<region>.s3; it costs nothing.",
    url="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html",
)
def s3_endpoint(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for vpc in stack.of(VPC):
        with stack.judging(vpc):
            here = [endpoint for endpoint in stack.of(ENDPOINT) if vpc in stack.names(endpoint, "vpcId")]
            if not any(str(endpoint.value("serviceName")).endswith(".s3") for endpoint in here):
                yield vpc, "no endpoint for S3"


@policy(
    "network-endpoint-policy",
    types=(ENDPOINT,),
    severity="medium",
    controls=("PCI DSS 1.3.2", "SOC 2 CC6.7"),
    reason="With AWS' default policy data can be carried into other accounts, with keys of those.",
    remedy="Give the endpoint a policy with a condition on aws:PrincipalAccount (components/service_endpoints.py).",
    url="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
)
def endpoint_policy(resource: Resource) -> Iterator[str]:
    """Endpoints of AWS services only: those of others, as Confluent's, take no policy."""
    service = str(resource.value("serviceName", default=""))
    if not service.startswith("com.amazonaws.") or service.startswith("com.amazonaws.vpce."):
        return
    document = resource.document("policy")
    if document is None:
        yield "no policy"
    for statement in allowed(document):
        if anyone(statement) and not closed(statement) and "*" in resources(statement):
            yield f"{label(statement)} lets everybody use every resource"
