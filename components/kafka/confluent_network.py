"""Private ways from a VPC to Kafka on Confluent Cloud.

One component, one function for each way in. `before_cluster` has to exist before the cluster does, `before_data_plane`
before anybody speaks with brokers.
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_confluentcloud as confluent

from components.kafka import confluent_kinds as kinds
from components.kafka.confluent_network_args import ConfluentNetworkArgs, check_network

# Kafka and everything with HTTPS. Port 80 would only redirect.
PORTS = (443, 9092)
INTERFACES_PER_ZONE = 2
"""Confluent wants six network interfaces or more in three zones."""


class ConfluentNetwork(pulumi.ComponentResource):
    """One private way in.

    Outputs: network_id and endpoint_suffix (of hosts beside Kafka's; None without a network of one's own),
    access_point_id (None without an access point).
    For the program: `before_cluster`, `before_data_plane`.
    Raises PlatformError for a way that is being retired, or that lacks one of its inputs.
    """

    network_id: pulumi.Output[str | None]
    endpoint_suffix: pulumi.Output[str | None]
    access_point_id: pulumi.Output[str | None]

    def __init__(self, name: str, args: ConfluentNetworkArgs, opts: pulumi.ResourceOptions | None = None):
        check_network(name, args)
        super().__init__("streaming-platform:index:ConfluentNetwork", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._confluent = pulumi.ResourceOptions(parent=self, provider=args.provider)
        # Replacing the network replaces the cluster, data and all.
        self._kept = pulumi.ResourceOptions(parent=self, provider=args.provider, protect=args.protect)
        self.before_cluster: list[pulumi.Resource] = []
        self.before_data_plane: list[pulumi.Resource] = []
        network_id: pulumi.Input[str] | None = None
        endpoint_suffix: pulumi.Input[str] | None = None
        access_point_id: pulumi.Input[str] | None = None
        if args.kind == kinds.INGRESS:
            access_point_id = self._ingress()
        elif args.kind == kinds.INTERFACE:
            access_point_id = self._interfaces()
        else:
            network_id, endpoint_suffix = self._network()
        self.network_id = pulumi.Output.from_input(network_id)
        self.endpoint_suffix = pulumi.Output.from_input(endpoint_suffix)
        self.access_point_id = pulumi.Output.from_input(access_point_id)
        self.register_outputs(
            {
                "network_id": self.network_id,
                "endpoint_suffix": self.endpoint_suffix,
                "access_point_id": self.access_point_id,
            }
        )

    def _ingress(self) -> pulumi.Output[str]:
        """Gateway, endpoint, access point, zone. The zone's name is known when the access point is ready."""
        args, name = self._args, self._name
        gateway = confluent.Gateway(
            name,
            display_name=args.display_name,
            environment={"id": args.environment_id},
            aws_ingress_private_link_gateway={"region": args.region},
            opts=self._kept,
        )
        service = gateway.aws_ingress_private_link_gateway.apply(lambda one: one.vpc_endpoint_service_name or "")
        endpoint = self._endpoint(service)
        point = confluent.AccessPoint(
            name,
            display_name=args.display_name,
            environment={"id": args.environment_id},
            gateway={"id": gateway.id},
            aws_ingress_private_link_endpoint={"vpc_endpoint_id": endpoint.id},
            opts=self._kept,
        )
        domain = point.aws_ingress_private_link_endpoint.apply(lambda one: (one.dns_domain if one else None) or "")
        self.before_data_plane += self._zone(domain, endpoint)
        # The cluster lists its endpoints; the one of the access point is among them if that is there before.
        self.before_cluster.append(point)
        return point.id

    def _interfaces(self) -> pulumi.Output[str]:
        """Interfaces in our subnets which Confluent's account may attach to."""
        args, name = self._args, self._name
        gateway = confluent.Gateway(
            name,
            display_name=args.display_name,
            environment={"id": args.environment_id},
            aws_private_network_interface_gateway={"region": args.region, "zones": [*args.zone_ids]},
            opts=self._kept,
        )
        account = gateway.aws_private_network_interface_gateway.apply(lambda one: one.account or "")
        group = self._group()
        interfaces: list[aws.ec2.NetworkInterface] = []
        permissions: list[pulumi.Resource] = []
        for zone, subnet in enumerate(args.network.private_subnet_ids):
            for index in range(INTERFACES_PER_ZONE):
                interface = aws.ec2.NetworkInterface(
                    f"{name}-{zone}-{index}",
                    subnet_id=subnet,
                    security_groups=[group.id],
                    description=f"Confluent Cloud {args.display_name}",
                    tags={**args.tags, "Name": f"{args.display_name}-{zone}-{index}"},
                    # Confluent attaches it; the attachment is not ours to take away.
                    opts=pulumi.ResourceOptions(parent=self, ignore_changes=["attachments"]),
                )
                interfaces.append(interface)
                permissions.append(
                    aws.ec2.NetworkInterfacePermission(
                        f"{name}-{zone}-{index}",
                        network_interface_id=interface.id,
                        permission="INSTANCE-ATTACH",
                        aws_account_id=account,
                        opts=self._child,
                    )
                )
        point = confluent.AccessPoint(
            name,
            display_name=args.display_name,
            environment={"id": args.environment_id},
            gateway={"id": gateway.id},
            aws_private_network_interface={
                "network_interfaces": [one.id for one in interfaces],
                "account": args.account_id,
                "routes": [*args.routes],
            },
            opts=pulumi.ResourceOptions(
                parent=self, provider=args.provider, protect=args.protect, depends_on=permissions
            ),
        )
        self.before_cluster.append(point)
        return point.id

    def _network(self) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """A network of one's own on Confluent's side, for a dedicated cluster: its id and the suffix of its hosts."""
        args, name = self._args, self._name
        link = args.kind == kinds.PRIVATE_LINK
        network = confluent.Network(
            name,
            display_name=args.display_name,
            cloud="AWS",
            region=args.region,
            connection_types=[{"private_link": "PRIVATELINK", "peering": "PEERING"}.get(args.kind, "TRANSITGATEWAY")],
            zones=[*args.zone_ids] if link else None,
            cidr=args.cidr,
            # The API's own default, CHASED_PRIVATE, needs public DNS too.
            dns_config={"resolution": "PRIVATE"} if link else None,
            environment={"id": args.environment_id},
            opts=self._kept,
        )
        if link:
            access = confluent.PrivateLinkAccess(
                name,
                display_name=args.display_name,
                environment={"id": args.environment_id},
                network={"id": network.id},
                aws={"account": args.account_id},
                opts=self._confluent,
            )
            service = network.aws.apply(lambda found: (found[0].private_link_endpoint_service or "") if found else "")
            # Confluent's service takes an endpoint of this account only after it has been given access.
            endpoint = self._endpoint(service, [access])
            self.before_data_plane += self._zone(network.dns_domain, endpoint)
        elif args.kind == kinds.PEERING:
            self._peering(network)
        else:
            self._transit_gateway(network)
        return network.id, network.endpoint_suffix

    def _peering(self, network: confluent.Network) -> None:
        args, name = self._args, self._name
        peering = confluent.Peering(
            name,
            display_name=args.display_name,
            environment={"id": args.environment_id},
            network={"id": network.id},
            aws={
                "account": args.account_id,
                "vpc": args.network.vpc_id,
                "routes": [*args.routes],
                "customer_region": args.region,
            },
            opts=self._confluent,
        )
        connection = aws.ec2.get_vpc_peering_connection_output(
            vpc_id=network.aws.apply(lambda found: (found[0].vpc or "") if found else ""),
            peer_vpc_id=args.network.vpc_id,
            opts=pulumi.InvokeOutputOptions(parent=self, depends_on=[peering]),
        )
        accepted = aws.ec2.VpcPeeringConnectionAccepter(
            name, vpc_peering_connection_id=connection.id, auto_accept=True, tags=args.tags, opts=self._child
        )
        self.before_data_plane.append(accepted)
        self._routes(vpc_peering_connection_id=accepted.vpc_peering_connection_id)

    def _transit_gateway(self, network: confluent.Network) -> None:
        args, name = self._args, self._name
        attachment = confluent.TransitGatewayAttachment(
            name,
            display_name=args.display_name,
            environment={"id": args.environment_id},
            network={"id": network.id},
            aws={
                "ram_resource_share_arn": args.ram_resource_share_arn or "",
                "transit_gateway_id": args.transit_gateway_id or "",
                "routes": [*args.routes],
            },
            opts=self._confluent,
        )
        accepted = aws.ec2transitgateway.VpcAttachmentAccepter(
            name,
            transit_gateway_attachment_id=attachment.aws.apply(
                lambda one: (one.transit_gateway_attachment_id if one else None) or ""
            ),
            tags=args.tags,
            opts=self._child,
        )
        self.before_data_plane.append(accepted)
        self._routes(transit_gateway_id=args.transit_gateway_id)

    def _routes(self, **target: pulumi.Input[str] | None) -> None:
        for index, table in enumerate(self._args.route_table_ids):
            self.before_data_plane.append(
                aws.ec2.Route(
                    f"{self._name}-{index}",
                    route_table_id=table,
                    destination_cidr_block=self._args.cidr,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[*self.before_data_plane[:1]]),
                    **target,
                )
            )

    def _group(self) -> aws.ec2.SecurityGroup:
        """A group that lets in the workloads group: a reference, no address range."""
        args, name = self._args, self._name
        group = aws.ec2.SecurityGroup(
            name,
            description="Kafka on Confluent Cloud",
            vpc_id=args.network.vpc_id,
            tags={**args.tags, "Name": args.display_name},
            opts=self._child,
        )
        for port in PORTS:
            self.before_data_plane.append(
                aws.vpc.SecurityGroupIngressRule(
                    f"{name}-{port}",
                    security_group_id=group.id,
                    referenced_security_group_id=args.network.workload_security_group_id,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    description="Confluent Cloud, from workloads",
                    tags=args.tags,
                    opts=self._child,
                )
            )
        return group

    def _endpoint(self, service: pulumi.Input[str], after: Sequence[pulumi.Resource] = ()) -> aws.ec2.VpcEndpoint:
        args = self._args
        return aws.ec2.VpcEndpoint(
            self._name,
            vpc_id=args.network.vpc_id,
            service_name=service,
            vpc_endpoint_type="Interface",
            subnet_ids=args.network.private_subnet_ids,
            security_group_ids=[self._group().id],
            # Confluent's names are resolved by the zone below.
            private_dns_enabled=False,
            tags={**args.tags, "Name": args.display_name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*after]),
        )

    def _zone(self, domain: pulumi.Input[str], endpoint: aws.ec2.VpcEndpoint) -> list[pulumi.Resource]:
        """A private zone that sends every name of the domain, of whatever depth, to the endpoint in any zone."""
        args, name = self._args, self._name
        zone = aws.route53.Zone(
            name,
            name=domain,
            comment=f"Confluent Cloud {args.display_name}",
            vpcs=[aws.route53.ZoneVpcArgs(vpc_id=args.network.vpc_id)],
            tags=args.tags,
            opts=self._child,
        )
        record = aws.route53.Record(
            name,
            zone_id=zone.zone_id,
            name=pulumi.Output.format("*.{0}", domain),
            type="CNAME",
            ttl=60,
            records=[endpoint.dns_entries.apply(lambda found: found[0].dns_name or "" if found else "")],
            opts=self._child,
        )
        return [zone, record]
