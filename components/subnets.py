"""One address range, divided over zones: small public, large private and isolated subnets."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import islice

from components.errors import problem

# A VPC takes /16 at most; below /20 the public subnets would be smaller than the /27 with eight free addresses that a
# load balancer needs (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html).
WIDEST, NARROWEST = 16, 20
ZONES = (2, 3)


@dataclass(frozen=True)
class SubnetPlan:
    """Ranges, one per zone and kind, in the order of the zones.

    private:  a quarter of the whole each: every pod has an address of its own
    isolated: 1/32 each: brokers, databases, file systems
    public:   1/64 each: load balancers and NAT gateways
    """

    public: tuple[str, ...]
    private: tuple[str, ...]
    isolated: tuple[str, ...]


def divide(cidr: str, zone_count: int) -> SubnetPlan:
    """The subnets of `cidr` (prefix /16 to /20) over 2 or 3 zones.

    The first three quarters are the private subnets; the first half of the last quarter holds the isolated ones, its
    second half the public ones. A third zone takes what two zones leave free, so that adding it later replaces nothing;
    7/64 of the range stay free in any case.
    Raises PlatformError for a range or a number of zones that cannot be divided so.
    """
    where = "network"
    try:
        whole = IPv4Network(cidr)
    except ValueError as error:
        raise problem(where, "cidr", f"{cidr!r}: {error}", "an IPv4 range", "write one as 10.20.0.0/16") from None
    if not WIDEST <= whole.prefixlen <= NARROWEST:
        allowed = f"/{WIDEST} to /{NARROWEST}"
        raise problem(where, "cidr", cidr, allowed, "take a range with such a prefix, as 10.20.0.0/16")
    if zone_count not in ZONES:
        raise problem(where, "zones", f"{zone_count} zones", "2 or 3", "name two or three zones of the region")
    quarters = list(whole.subnets(2))
    isolated_half, public_half = quarters[3].subnets(1)
    return SubnetPlan(
        public=tuple(map(str, islice(public_half.subnets(3), zone_count))),
        private=tuple(map(str, quarters[:zone_count])),
        isolated=tuple(map(str, islice(isolated_half.subnets(2), zone_count))),
    )
