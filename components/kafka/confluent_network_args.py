"""Inputs of a private way to Confluent Cloud, and what is refused of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.errors import problem
from components.kafka import confluent_kinds as kinds
from components.network import NetworkAccess

MOST_ROUTES = 10


@dataclass
class ConfluentNetworkArgs:
    """Inputs of `ConfluentNetwork`.

    kind:            ingress_private_link, private_network_interface, private_link, peering or transit_gateway
    display_name:    of what is made on Confluent's side
    environment_id:  env-...
    region, account_id: ours on AWS
    network:         our VPC; its workloads group gets in
    zone_ids:        for private_network_interface and private_link: three ids as use1-az1. Confluent's zones and the
                     subnets of the VPC have to be the same ones: ids, because names differ between accounts
    cidr:            for peering and transit_gateway: Confluent's side, /16; never changes
    routes:          for the same two: ranges of our side; for interfaces: what is reached from them, at most 10
    route_table_ids: for the same two: our tables that get the route to `cidr`
    transit_gateway_id, ram_resource_share_arn: for transit_gateway; the gateway is shared with Confluent's account
    """

    kind: str
    display_name: str
    environment_id: pulumi.Input[str]
    region: str
    account_id: str
    network: NetworkAccess
    tags: dict[str, str]
    zone_ids: Sequence[str] = ()
    cidr: str | None = None
    routes: Sequence[str] = ()
    route_table_ids: Sequence[pulumi.Input[str]] = ()
    transit_gateway_id: str | None = None
    ram_resource_share_arn: str | None = None
    protect: bool = False
    provider: pulumi.ProviderResource | None = None


def check_network(name: str, args: ConfluentNetworkArgs) -> None:
    """Raises PlatformError for a way that is being retired, or that lacks one of its inputs."""
    where = f"ConfluentNetwork {name}"
    if args.kind in kinds.RETIRED:
        raise problem(where, "kind", args.kind, "", kinds.RETIRED[args.kind])
    ways = {kinds.INGRESS, kinds.INTERFACE, kinds.PRIVATE_LINK, kinds.PEERING, kinds.TRANSIT_GATEWAY}
    if args.kind not in ways:
        raise problem(where, "kind", args.kind, ", ".join(sorted(ways)), "choose one of these")
    if args.kind in (kinds.INTERFACE, kinds.PRIVATE_LINK) and len(args.zone_ids) != 3:
        raise problem(where, "zone_ids", len(args.zone_ids), "three ids of zones, as use1-az1", "name the three zones")
    if args.kind == kinds.INTERFACE and args.network.zone_count != 3:
        raise problem(where, "network", f"{args.network.zone_count} zones", "3 zones", "give the VPC a third zone")
    if args.kind == kinds.INTERFACE and len(args.routes) > MOST_ROUTES:
        raise problem(where, "routes", len(args.routes), f"at most {MOST_ROUTES}", "join ranges")
    if args.kind in (kinds.PEERING, kinds.TRANSIT_GATEWAY) and not (args.cidr or "").endswith("/16"):
        raise problem(where, "cidr", args.cidr, "a range of /16 that overlaps with no network of ours", "write one")
    if args.kind == kinds.TRANSIT_GATEWAY and not (args.transit_gateway_id and args.ram_resource_share_arn):
        raise problem(
            where, "transit_gateway_id", "no gateway or no share", "", "share the gateway by AWS RAM and name both"
        )
