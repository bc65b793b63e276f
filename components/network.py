"""The VPC of a stack, and what the rest of the platform reads of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.errors import problem
from components.flow_logs import FlowLogs, FlowLogsArgs
from components.service_endpoints import INTERFACE_SERVICES, ServiceEndpoints, ServiceEndpointsArgs
from components.subnets import divide
from components.workload_group import ANYWHERE, LINGERING, workload_group

NAT_KINDS = ("single", "per_zone")
# Names of IAM roles have 64 characters; `-flow-logs` is added.
NAME_PREFIX_LIMIT = 54

# EKS Auto Mode puts load balancers into subnets with these tags:
# https://docs.aws.amazon.com/eks/latest/userguide/tag-subnets-auto.html
PUBLIC_LOAD_BALANCERS = {"kubernetes.io/role/elb": "1"}
INTERNAL_LOAD_BALANCERS = {"kubernetes.io/role/internal-elb": "1"}


@dataclass(frozen=True)
class NetworkAccess:
    """What every network gives: made by this stack or existing.

    vpc_id:             the VPC
    private_subnet_ids: one in each zone: nodes, internal load balancers
    isolated_subnet_ids: one in each zone, in the same order: brokers and databases; no way to the internet
    public_subnet_ids:  one in each zone, or none: load balancers that face the internet
    zone_count:         how many zones, 2 or 3; known before anything is created
    workload_security_group_id: the group that every node carries. Brokers and databases let this group in, so that
                        nobody has to wait for the cluster and no address range is trusted
    ready:              resources that make the way out work (routes through NAT); what pulls images depends on them
    endpoint_security_group_id: group of the interface endpoints, which lets in the workloads group on 443. Nodes
                        without that group need a rule here. None where the stack makes no endpoints
    nat_addresses:      public IPv4 addresses from which pods reach the internet, for allow lists of others; None where
                        they are not this stack's
    """

    vpc_id: pulumi.Input[str]
    private_subnet_ids: Sequence[pulumi.Input[str]]
    isolated_subnet_ids: Sequence[pulumi.Input[str]]
    public_subnet_ids: Sequence[pulumi.Input[str]]
    zone_count: int
    workload_security_group_id: pulumi.Input[str]
    ready: Sequence[pulumi.Resource] = ()
    endpoint_security_group_id: pulumi.Input[str] | None = None
    nat_addresses: pulumi.Input[list[str]] | None = None


@dataclass
class NetworkArgs:
    """Inputs of `Network`.

    name_prefix:         of `Name` tags, log group and role; at most 54 characters
    cidr:                IPv4 range, /16 to /20
    zones:               two or three full names, as us-east-1a. Their order decides who has which range: append a third
                         one at the end
    nat:                 "single" (default) or "per_zone"
    interface_endpoints: True (default): private endpoints of the AWS services in `services`
    flow_log_days:       days that flow logs are kept; a period that CloudWatch has (default 30)
    region, account_id:  where
    protect:             True: Pulumi refuses to delete VPC, flow logs and their key (default False)
    services:            which interface endpoints
    """

    name_prefix: str
    cidr: str
    zones: Sequence[str]
    region: str
    account_id: str
    tags: dict[str, str] = field(default_factory=dict)
    nat: str = "single"
    interface_endpoints: bool = True
    flow_log_days: int = 30
    protect: bool = False
    services: Sequence[str] = INTERFACE_SERVICES


class Network(pulumi.ComponentResource):
    """A VPC with public, private and isolated subnets, the ways out of them, and logs of who used them.

    `access` is what the rest of the platform reads. Raises PlatformError for a range that cannot be divided, for zones
    of another region, and for another kind of NAT.

    Outputs: vpc_id, public_subnet_ids, private_subnet_ids, isolated_subnet_ids, workload_security_group_id,
    endpoint_security_group_id (None without interface endpoints), nat_addresses (public IPv4 addresses from which pods
    reach the internet: for allow lists of others), flow_log_group.
    """

    vpc_id: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[list[str]]
    private_subnet_ids: pulumi.Output[list[str]]
    isolated_subnet_ids: pulumi.Output[list[str]]
    workload_security_group_id: pulumi.Output[str]
    endpoint_security_group_id: pulumi.Output[str] | None
    nat_addresses: pulumi.Output[list[str]]
    flow_log_group: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:Network", name, None, opts)
        _check(args)
        plan = divide(args.cidr, len(args.zones))
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=args.cidr,
            # Private DNS of the endpoints and the names of EFS need both.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags("vpc"),
            # Everything lives in it: in production a mistaken destroy, or a change of the range, stops here.
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        # Whatever is started without a group of its own can talk to nobody (AWS FSBP EC2.2).
        aws.ec2.DefaultSecurityGroup(
            name, vpc_id=vpc.id, ingress=[], egress=[], tags=self._tags("default"), opts=self._child
        )
        logs = FlowLogs(
            f"{name}-flow-logs",
            FlowLogsArgs(
                name_prefix=args.name_prefix,
                vpc_id=vpc.id,
                days=args.flow_log_days,
                region=args.region,
                account_id=args.account_id,
                tags=args.tags,
                protect=args.protect,
            ),
            opts=self._child,
        )
        public = self._subnets("public", vpc.id, plan.public, PUBLIC_LOAD_BALANCERS)
        private = self._subnets("private", vpc.id, plan.private, INTERNAL_LOAD_BALANCERS)
        isolated = self._subnets("isolated", vpc.id, plan.isolated, {})
        gateways, addresses = self._ways_in_and_out(vpc.id, public)
        tables, ready = self._private_routes(vpc.id, private, gateways)
        # Its table has no route but the one within the VPC.
        closed = self._table("isolated", vpc.id)
        for subnet, zone in zip(isolated, args.zones, strict=True):
            self._association(f"isolated-{zone}", closed, subnet)
        group_id, rules = workload_group(name, args.name_prefix, vpc.id, args.tags, self)
        endpoints = ServiceEndpoints(
            f"{name}-endpoints",
            ServiceEndpointsArgs(
                name_prefix=args.name_prefix,
                vpc_id=vpc.id,
                region=args.region,
                account_id=args.account_id,
                route_table_ids=[table.id for table in (*tables, closed)],
                subnet_ids=[subnet.id for subnet in private],
                client_group_id=group_id,
                tags=args.tags,
                services=args.services if args.interface_endpoints else (),
            ),
            opts=self._child,
        )
        self.access = NetworkAccess(
            vpc_id=vpc.id,
            private_subnet_ids=[subnet.id for subnet in private],
            isolated_subnet_ids=[subnet.id for subnet in isolated],
            public_subnet_ids=[subnet.id for subnet in public],
            zone_count=len(args.zones),
            workload_security_group_id=group_id,
            # At teardown the other way round: a pod that ends still reaches AWS, so that no finalizer waits in vain.
            ready=[*ready, *rules, *endpoints.resources],
            endpoint_security_group_id=endpoints.security_group_id,
            nat_addresses=pulumi.Output.all(*addresses),
        )
        self.vpc_id = vpc.id
        self.public_subnet_ids = pulumi.Output.all(*self.access.public_subnet_ids)
        self.private_subnet_ids = pulumi.Output.all(*self.access.private_subnet_ids)
        self.isolated_subnet_ids = pulumi.Output.all(*self.access.isolated_subnet_ids)
        self.workload_security_group_id = group_id
        self.endpoint_security_group_id = endpoints.security_group_id
        self.nat_addresses = pulumi.Output.from_input(self.access.nat_addresses).apply(lambda found: found or [])
        self.flow_log_group = logs.log_group
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "isolated_subnet_ids": self.isolated_subnet_ids,
                "workload_security_group_id": self.workload_security_group_id,
                "endpoint_security_group_id": self.endpoint_security_group_id,
                "nat_addresses": self.nat_addresses,
                "flow_log_group": self.flow_log_group,
            }
        )

    def _tags(self, what: str, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**self._args.tags, **(extra or {}), "Name": f"{self._args.name_prefix}-{what}"}

    def _subnets(
        self, kind: str, vpc_id: pulumi.Input[str], ranges: Sequence[str], tags: Mapping[str, str]
    ) -> list[aws.ec2.Subnet]:
        return [
            aws.ec2.Subnet(
                f"{self._name}-{kind}-{zone}",
                vpc_id=vpc_id,
                cidr_block=cidr,
                availability_zone=zone,
                # Load balancers and NAT gateways bring their public addresses; nothing else may have one.
                map_public_ip_on_launch=False,
                tags=self._tags(f"{kind}-{zone}", tags),
                opts=pulumi.ResourceOptions(parent=self, custom_timeouts=LINGERING),
            )
            for zone, cidr in zip(self._args.zones, ranges, strict=True)
        ]

    def _table(self, what: str, vpc_id: pulumi.Input[str]) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(f"{self._name}-{what}", vpc_id=vpc_id, tags=self._tags(what), opts=self._child)

    def _association(
        self, what: str, table: aws.ec2.RouteTable, subnet: aws.ec2.Subnet
    ) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            f"{self._name}-{what}", route_table_id=table.id, subnet_id=subnet.id, opts=self._child
        )

    def _ways_in_and_out(
        self, vpc_id: pulumi.Input[str], public: Sequence[aws.ec2.Subnet]
    ) -> tuple[list[aws.ec2.NatGateway], list[pulumi.Output[str]]]:
        """The internet gateway, and NAT in the first zone or in each; with the addresses that the internet sees."""
        internet = aws.ec2.InternetGateway(self._name, vpc_id=vpc_id, tags=self._tags("internet"), opts=self._child)
        table = self._table("public", vpc_id)
        route = aws.ec2.Route(
            f"{self._name}-public",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=internet.id,
            opts=self._child,
        )
        joined = [
            self._association(f"public-{zone}", table, subnet)
            for zone, subnet in zip(self._args.zones, public, strict=True)
        ]
        gateways, addresses = [], []
        with_nat = 1 if self._args.nat == "single" else len(public)
        for zone, subnet in list(zip(self._args.zones, public, strict=True))[:with_nat]:
            address = aws.ec2.Eip(
                f"{self._name}-nat-{zone}",
                domain="vpc",
                tags=self._tags(f"nat-{zone}"),
                # AWS does not detach an internet gateway while the VPC has a public address.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[internet]),
            )
            gateway = aws.ec2.NatGateway(
                f"{self._name}-{zone}",
                subnet_id=subnet.id,
                allocation_id=address.allocation_id,
                tags=self._tags(f"nat-{zone}"),
                # NAT works once its own subnet has a way out, and has to go before that way does.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[internet, route, *joined]),
            )
            gateways.append(gateway)
            addresses.append(address.public_ip)
        return gateways, addresses

    def _private_routes(
        self,
        vpc_id: pulumi.Input[str],
        private: Sequence[aws.ec2.Subnet],
        gateways: Sequence[aws.ec2.NatGateway],
    ) -> tuple[list[aws.ec2.RouteTable], list[pulumi.Resource]]:
        """One table per zone even where NAT is single: `per_zone` is then a change of routes and of nothing else."""
        tables: list[aws.ec2.RouteTable] = []
        ready: list[pulumi.Resource] = []
        for index, (zone, subnet) in enumerate(zip(self._args.zones, private, strict=True)):
            table = self._table(f"private-{zone}", vpc_id)
            route = aws.ec2.Route(
                f"{self._name}-private-{zone}",
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=gateways[min(index, len(gateways) - 1)].id,
                opts=self._child,
            )
            tables.append(table)
            ready += [route, self._association(f"private-{zone}", table, subnet)]
        return tables, ready


def _check(args: NetworkArgs) -> None:
    if len(args.name_prefix) > NAME_PREFIX_LIMIT:
        found = f"{args.name_prefix} with {len(args.name_prefix)} characters"
        allowed = f"at most {NAME_PREFIX_LIMIT}: names of IAM roles have 64"
        raise problem("network", "name_prefix", found, allowed, "give the stack a shorter name")
    if args.nat not in NAT_KINDS:
        raise problem("network", "nat", repr(args.nat), ", ".join(NAT_KINDS), "choose one of these")
    strangers = [zone for zone in args.zones if not zone.startswith(args.region)]
    if strangers or len(set(args.zones)) != len(args.zones):
        found = ", ".join(strangers or args.zones)
        allowed = f"different zones of {args.region}"
        raise problem("network", "zones", found, allowed, f"name full zones, each once, as {args.region}a")
