"""A VPC that somebody else made."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi

from components.errors import problem
from components.network import NetworkAccess
from components.workload_group import workload_group


@dataclass
class ExistingNetworkArgs:
    """Inputs of `ExistingNetwork`. Its private subnets reach the internet through NAT, or hold the endpoints that pods
    need, and their load balancer tags are set by whoever owns them.

    vpc_id:              the VPC
    name_prefix:         of `Name` tags
    private_subnet_ids:  one in each zone, 2 or 3
    isolated_subnet_ids: one in each zone, in the same order (default: the private ones)
    public_subnet_ids:   one in each zone, or none (default)
    """

    vpc_id: pulumi.Input[str]
    name_prefix: str
    private_subnet_ids: Sequence[pulumi.Input[str]]
    isolated_subnet_ids: Sequence[pulumi.Input[str]] = ()
    public_subnet_ids: Sequence[pulumi.Input[str]] = ()
    tags: dict[str, str] = field(default_factory=dict)


class ExistingNetwork(pulumi.ComponentResource):
    """A VPC that somebody else made; only the security group of the workloads is added.

    `access` is what the rest of the platform reads. Raises PlatformError where the subnets are not one in each zone.
    Outputs: vpc_id, workload_security_group_id.
    """

    vpc_id: pulumi.Output[str]
    workload_security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: ExistingNetworkArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ExistingNetwork", name, None, opts)
        zones = len(args.private_subnet_ids)
        counts = {zones, len(args.isolated_subnet_ids) or zones, len(args.public_subnet_ids) or zones}
        if zones not in (2, 3) or len(counts) > 1:
            found = f"{zones} private, {len(args.isolated_subnet_ids)} isolated, {len(args.public_subnet_ids)} public"
            raise problem(
                "network", "subnet ids", found, "two or three, of each kind as many", "name one of each kind per zone"
            )
        group_id, rules = workload_group(name, args.name_prefix, args.vpc_id, args.tags, self)
        self.access = NetworkAccess(
            vpc_id=args.vpc_id,
            private_subnet_ids=args.private_subnet_ids,
            isolated_subnet_ids=args.isolated_subnet_ids or args.private_subnet_ids,
            public_subnet_ids=args.public_subnet_ids,
            zone_count=zones,
            workload_security_group_id=group_id,
            ready=rules,
        )
        self.vpc_id = pulumi.Output.from_input(args.vpc_id)
        self.workload_security_group_id = group_id
        self.register_outputs({"vpc_id": self.vpc_id, "workload_security_group_id": group_id})
