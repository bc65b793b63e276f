"""What the way to a private cluster says together with the VPC, its region and who runs `pulumi up`."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from components.contradiction import Contradiction
from components.settings.confluent import ConfluentCloud
from components.settings.network import CreatedNetwork

if TYPE_CHECKING:
    from components.settings import Settings

_WORDS = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c", "gov": "g"}


def way_in_contradictions(settings: "Settings", kafka: ConfluentCloud) -> Iterator[Contradiction]:
    """Nothing for a public cluster but what its own key says."""
    region = settings.aws.region
    key = getattr(kafka.cluster, "encryption_key", None)
    if key not in (None, "created") and key.split(":")[2:4] != ["kms", region]:
        yield Contradiction(
            "kafka.cluster.encryption_key",
            key,
            f"name a key of KMS in {region}, where the cluster is, or write created",
        )
    way = getattr(kafka.cluster, "network", None)
    if way is None:
        return
    if kafka.links and way.runner == "outside":
        yield Contradiction(
            "kafka.links",
            "links, while kafka.cluster.network.runner is outside",
            "a link and its mirrors are made on the cluster: run `pulumi up` in the VPC and write inside",
        )
    zones = getattr(way, "zone_ids", [])
    others = [zone for zone in zones if not zone.startswith(f"{zone_prefix(region)}-")]
    if others or len(set(zones)) != len(zones):
        yield Contradiction(
            "kafka.cluster.network.zone_ids",
            ", ".join(zones),
            f"write three different zones of {region}, as {zone_prefix(region)}-az1 "
            "(`aws ec2 describe-availability-zones`, ZoneId)",
        )
    theirs, ours = getattr(way, "cidr", None), settings.network
    if theirs and isinstance(ours, CreatedNetwork) and IPv4Network(theirs).overlaps(IPv4Network(ours.cidr)):
        yield Contradiction(
            "kafka.cluster.network.cidr",
            f"{theirs}, which overlaps with network.cidr {ours.cidr}",
            "take a range of which neither the VPC nor what it is connected to has a part: it cannot be changed later",
        )


def zone_prefix(region: str) -> str:
    """`us-east-1` -> `use1`, `ap-southeast-2` -> `apse2`: how ids of a region's zones begin."""
    area, *middle, number = region.split("-")
    for word, letter in _WORDS.items():
        middle = [one.replace(word, letter) for one in middle]
    return f"{area}{''.join(middle)}{number}"
