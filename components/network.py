"""The VPC of a stack, and what the rest of the platform reads of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


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
    """

    vpc_id: pulumi.Input[str]
    private_subnet_ids: Sequence[pulumi.Input[str]]
    isolated_subnet_ids: Sequence[pulumi.Input[str]]
    public_subnet_ids: Sequence[pulumi.Input[str]]
    zone_count: int
    workload_security_group_id: pulumi.Input[str]
    ready: Sequence[pulumi.Resource] = ()
