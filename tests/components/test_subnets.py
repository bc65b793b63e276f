"""Subnets of any range that a stack may name: inside, apart from each other, aligned, equal in size."""

from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import PlatformError
from components.subnets import divide

PRIVATE_RANGES = [IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16")]


@st.composite
def ranges(draw: st.DrawFn) -> IPv4Network:
    inside = draw(st.sampled_from(PRIVATE_RANGES))
    prefix = draw(st.integers(16, 20))
    address = draw(st.integers(int(inside.network_address), int(inside.broadcast_address)))
    return IPv4Network((IPv4Address(address), prefix), strict=False)


@given(ranges(), st.sampled_from([2, 3]))
def test_subnets_lie_inside_apart_and_have_one_size_per_kind(whole: IPv4Network, zones: int):
    plan = divide(str(whole), zones)
    kinds = [[IPv4Network(text) for text in kind] for kind in (plan.public, plan.private, plan.isolated)]
    everything = [subnet for kind in kinds for subnet in kind]
    # IPv4Network refuses a range that is not aligned, so all of them are.
    assert all(subnet.subnet_of(whole) for subnet in everything)
    assert not [pair for pair in combinations(everything, 2) if pair[0].overlaps(pair[1])]
    for kind in kinds:
        assert len(kind) == zones
        assert len({subnet.prefixlen for subnet in kind}) == 1
    public, private, isolated = (kind[0].prefixlen for kind in kinds)
    assert private < isolated < public


@given(ranges())
def test_a_load_balancer_finds_room_and_pods_most_of_the_range(whole: IPv4Network):
    plan = divide(str(whole), 3)
    # AWS keeps five addresses of each subnet; a load balancer wants a /27 and eight free ones.
    assert all(IPv4Network(text).prefixlen <= 27 for text in plan.public)
    assert sum(IPv4Network(text).num_addresses for text in plan.private) == whole.num_addresses * 3 // 4


@given(ranges())
def test_a_third_zone_replaces_no_subnet_of_the_other_two(whole: IPv4Network):
    two, three = divide(str(whole), 2), divide(str(whole), 3)
    assert three.public[:2] == two.public
    assert three.private[:2] == two.private
    assert three.isolated[:2] == two.isolated


def test_the_default_range():
    plan = divide("10.20.0.0/16", 3)
    assert plan.private == ("10.20.0.0/18", "10.20.64.0/18", "10.20.128.0/18")
    assert plan.isolated == ("10.20.192.0/21", "10.20.200.0/21", "10.20.208.0/21")
    assert plan.public == ("10.20.224.0/22", "10.20.228.0/22", "10.20.232.0/22")


@pytest.mark.parametrize(
    ("cidr", "zones", "key"),
    [
        ("10.0.0.0/8", 3, "cidr"),
        ("10.0.0.0/21", 3, "cidr"),
        ("10.0.0.1/16", 3, "cidr"),
        ("here", 3, "cidr"),
        ("10.0.0.0/16", 1, "zones"),
        ("10.0.0.0/16", 4, "zones"),
    ],
)
def test_what_cannot_be_divided_is_told(cidr: str, zones: int, key: str):
    with pytest.raises(PlatformError) as caught:
        divide(cidr, zones)
    (mistake,) = caught.value.mistakes
    assert mistake.key == key
    assert mistake.remedy
