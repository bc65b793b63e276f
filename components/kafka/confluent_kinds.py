"""What each kind of Kafka cluster on Confluent Cloud allows. Data, and the checks that follow from it."""

from collections.abc import Iterator
from dataclasses import dataclass

# Cluster kinds: https://docs.confluent.io/cloud/current/clusters/cluster-types.html; the provider's own rules:
# confluentinc/terraform-provider-confluent, internal/provider/resource_kafka_cluster.go.
INGRESS = "ingress_private_link"
INTERFACE = "private_network_interface"
PRIVATE_LINK = "private_link"
PEERING = "peering"
TRANSIT_GATEWAY = "transit_gateway"
PUBLIC = "public"

RETIRED = {
    "private_link_attachment": f"PrivateLink attachments were superseded on 2026-02-12; write {INGRESS}, which is the "
    "gateway and the access point in their place",
    "network_link": "network links end on 2026-12-31, and cluster linking no longer needs them; remove it",
}
"""Ways that the platform closes -> what to do. Refused here: every stack of this program is a new one."""


@dataclass(frozen=True)
class ClusterKind:
    """One kind.

    availability:     what the provider takes; the first is the default
    networks:         ways in; the first is the default
    byok:             may be encrypted under a key of the customer
    topic_roles:      role bindings work on topics, groups and transactional ids; else ACLs
    link_destination: may be the destination of a cluster link
    transactions:     has idempotent producers and transactions
    most_units:       eCKU or CKU at most, by way in; for hints, not for refusals: copies of the page disagree
    """

    availability: tuple[str, ...]
    networks: tuple[str, ...]
    byok: bool = False
    topic_roles: bool = True
    link_destination: bool = False
    transactions: bool = True
    most_units: int | None = None


KINDS = {
    "basic": ClusterKind(("LOW",), (PUBLIC,), topic_roles=False, most_units=50),
    "standard": ClusterKind(("LOW", "HIGH"), (PUBLIC,), most_units=10),
    "enterprise": ClusterKind(("HIGH", "LOW"), (INGRESS, INTERFACE), byok=True, link_destination=True, most_units=32),
    "freight": ClusterKind(("HIGH",), (INTERFACE,), transactions=False),
    "dedicated": ClusterKind(
        ("MULTI_ZONE", "SINGLE_ZONE"),
        (PUBLIC, PRIVATE_LINK, PEERING, TRANSIT_GATEWAY),
        byok=True,
        link_destination=True,
        most_units=252,
    ),
}
INGRESS_UNITS = 10
"""An Enterprise cluster behind PrivateLink grows to 10 eCKU, on private network interfaces to 32."""


@dataclass(frozen=True)
class ClusterShape:
    """A cluster as it is asked for.

    kind:         basic, standard, enterprise, freight or dedicated
    availability: as the provider names it; "": the kind's default
    units:        dedicated: CKU; else the most eCKU that it may grow to, None: the kind's own limit
    network:      the way in; "": the kind's default
    byok:         under a key of the customer
    """

    kind: str
    availability: str = ""
    units: int | None = None
    network: str = ""
    byok: bool = False

    @property
    def rules(self) -> ClusterKind:
        return KINDS[self.kind]

    @property
    def zones(self) -> str:
        return self.availability or self.rules.availability[0]

    @property
    def way_in(self) -> str:
        return self.network or self.rules.networks[0]


def shape_mistakes(shape: ClusterShape) -> Iterator[tuple[str, str, str]]:
    """(key, found, remedy) of everything that Confluent Cloud would refuse."""
    if shape.kind not in KINDS:
        yield "kind", shape.kind, f"write one of {', '.join(KINDS)}"
        return
    rules = shape.rules
    if shape.zones not in rules.availability:
        yield (
            "availability",
            f"{shape.zones} on a {shape.kind} cluster",
            f"write {' or '.join(rules.availability)}, or take another kind",
        )
    if shape.way_in in RETIRED:
        yield "network", shape.way_in, RETIRED[shape.way_in]
    elif shape.way_in not in rules.networks:
        others = [kind for kind, other in KINDS.items() if shape.way_in in other.networks]
        other = f", or take {' or '.join(others)}" if others else ""
        yield (
            "network",
            f"{shape.way_in} on a {shape.kind} cluster",
            f"write {' or '.join(rules.networks)}{other}",
        )
    if shape.byok and not rules.byok:
        yield (
            "encryption_key",
            f"a key of your own on a {shape.kind} cluster",
            f"remove it, or take {' or '.join(kind for kind, other in KINDS.items() if other.byok)}",
        )
    if shape.kind == "dedicated" and shape.units is None:
        yield "cku", "no number of CKU on a dedicated cluster", "write cku: 2 or more"
    least = 2 if shape.zones in ("HIGH", "MULTI_ZONE") else 1
    if shape.units is not None and shape.units < least:
        key = "cku" if shape.kind == "dedicated" else "max_ecku"
        yield key, f"{shape.units} with availability {shape.zones}", f"write {least} or more"


def hints(shape: ClusterShape) -> list[str]:
    """What is allowed by the provider and probably not meant. Limits change: for warnings."""
    found: list[str] = []
    most = shape.rules.most_units
    if shape.kind == "enterprise" and shape.way_in == INGRESS:
        most = INGRESS_UNITS
    if shape.units is not None and most is not None and shape.units > most:
        found.append(f"{shape.units} units, kind {shape.kind} by {shape.way_in}; {most} is the known limit")
    return found
