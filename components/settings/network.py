"""The VPC of a stack: made by it, or one that exists."""

from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from components.settings.base import Model, RetentionDays


def _private_range(text: str) -> str:
    try:
        network = IPv4Network(text)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is no IPv4 range: {error}; write an address and a prefix, as 10.20.0.0/16"
        ) from None
    # VPC: /16 to /28. Two or three zones of three subnets need more than a /20 leaves once every pod has an address.
    if not 16 <= network.prefixlen <= 20:
        raise ValueError(
            f"{text} has a prefix of /{network.prefixlen}; a VPC takes /16 at most, and pods need /20 at least"
        )
    if not network.is_private:
        raise ValueError(f"{text} is a public range; take one of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    return text


Cidr = Annotated[str, AfterValidator(_private_range)]

ZoneLetter = Annotated[str, Field(pattern=r"^[a-f]$")]
SubnetId = Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8,17}$")]


class NatKind(StrEnum):
    """single: one gateway, cheaper; its zone's failure cuts the others off. per_zone: one in each."""

    SINGLE = "single"
    PER_ZONE = "per_zone"


class CreatedNetwork(Model):
    """A VPC with public, private and isolated subnets in each zone."""

    flavour: Literal["created"]
    cidr: Cidr = "10.20.0.0/16"
    zones: Annotated[list[ZoneLetter], Field(min_length=2, max_length=3)] = Field(
        default=["a", "b", "c"], description="letters of the region's zones"
    )
    nat: NatKind = NatKind.SINGLE
    interface_endpoints: bool = Field(
        default=True,
        description="private endpoints of the 12 AWS services that pods call; each costs 0.01 USD an hour and zone. "
        "Without them the calls go through NAT",
    )
    flow_log_days: RetentionDays = Field(default=30, description="days that flow logs are kept")
    peer_cidrs: list[str] = Field(
        default_factory=list, description="ranges that will be connected to this VPC; they may not overlap with it"
    )

    @model_validator(mode="after")
    def _fits(self) -> "CreatedNetwork":
        if len(set(self.zones)) != len(self.zones):
            raise ValueError("zones names one zone twice; name two or three different ones")
        for peer in self.peer_cidrs:
            try:
                other = IPv4Network(peer)
            except ValueError as error:
                raise ValueError(f"peer_cidrs: {peer!r} is no IPv4 range: {error}; write one as 10.30.0.0/16") from None
            if other.overlaps(IPv4Network(self.cidr)):
                raise ValueError(f"peer_cidrs: {peer} overlaps with cidr {self.cidr}; choose another cidr")
        return self


class ExistingNetwork(Model):
    """A VPC that exists. Its private subnets reach the internet through NAT, or hold the endpoints that pods need."""

    flavour: Literal["existing"]
    vpc_id: Annotated[str, Field(pattern=r"^vpc-[0-9a-f]{8,17}$")]
    private_subnet_ids: Annotated[list[SubnetId], Field(min_length=2, max_length=3)] = Field(
        description="one in each zone, for nodes and load balancers"
    )
    isolated_subnet_ids: Annotated[list[SubnetId], Field(max_length=3)] = Field(
        default_factory=list, description="one in each zone, for brokers and databases; default: private_subnet_ids"
    )
    public_subnet_ids: Annotated[list[SubnetId], Field(max_length=3)] = Field(
        default_factory=list, description="one in each zone, for load balancers that face the internet"
    )

    @model_validator(mode="after")
    def _one_in_each_zone(self) -> "ExistingNetwork":
        zones = len(self.private_subnet_ids)
        for kind, ids in (
            ("isolated_subnet_ids", self.isolated_subnet_ids),
            ("public_subnet_ids", self.public_subnet_ids),
        ):
            if ids and len(ids) != zones:
                raise ValueError(
                    f"{kind} names {len(ids)} and private_subnet_ids {zones}; name one of each kind in every "
                    "zone, in the same order"
                )
        for kind in ("private_subnet_ids", "isolated_subnet_ids", "public_subnet_ids"):
            ids = getattr(self, kind)
            if len(set(ids)) != len(ids):
                raise ValueError(f"{kind} names one subnet twice; name one in each zone")
        return self


NetworkSettings = Annotated[CreatedNetwork | ExistingNetwork, Field(discriminator="flavour")]
