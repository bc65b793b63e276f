"""Kafka and its keys on Confluent Cloud. The region is `aws.region`."""

from datetime import date
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from components.kafka.confluent_kinds import RETIRED, ClusterShape, shape_mistakes
from components.settings.base import Arn, Model


def _range(text: str) -> str:
    try:
        IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no IPv4 range: {error}; write it as 10.20.0.0/16") from None
    return text


# Patterns come first: behind a function the schema would not show them.
Cidr = Annotated[str, Field(pattern=r"^([0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2}$"), AfterValidator(_range)]
NetworkCidr = Annotated[str, Field(pattern=r"^([0-9]{1,3}\.){3}[0-9]{1,3}/16$"), AfterValidator(_range)]
RouteTableIds = list[Annotated[str, Field(pattern=r"^rtb-")]]
# Ids, not names: a name means another zone in every account.
ZoneIds = Annotated[
    list[Annotated[str, Field(pattern=r"^[a-z]{3,4}[0-9]-az[0-9]$")]], Field(min_length=3, max_length=3)
]
Runner = Literal["inside", "outside"]
DisplayName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$")]


class _Private(Model):
    runner: Runner = Field(
        default="inside",
        description="whether `pulumi up` reaches the cluster: inside the VPC it makes topics, schemas and links too; "
        "outside it makes what the public control plane makes",
    )


class IngressPrivateLink(_Private):
    """An ingress gateway, an access point, and on our side an endpoint and a private zone."""

    kind: Literal["ingress_private_link"]


class PrivateNetworkInterface(_Private):
    """Network interfaces in our subnets that Confluent attaches to: two in each of three zones."""

    kind: Literal["private_network_interface"]
    zone_ids: ZoneIds = Field(description="of the VPC's subnets, in their order, as use1-az1")


class DedicatedPrivateLink(_Private):
    kind: Literal["private_link"]
    zone_ids: ZoneIds


class VpcPeering(_Private):
    kind: Literal["peering"]
    cidr: NetworkCidr = Field(description="of Confluent's side, /16; it cannot change")
    routes: Annotated[list[Cidr], Field(min_length=1)] = Field(description="ranges of our VPC")
    route_table_ids: RouteTableIds = Field(
        default_factory=list, description="tables of our VPC that get the route to `cidr`"
    )


class TransitGateway(_Private):
    kind: Literal["transit_gateway"]
    cidr: NetworkCidr
    transit_gateway_id: Annotated[str, Field(pattern=r"^tgw-")]
    ram_resource_share_arn: Arn
    routes: Annotated[list[Cidr], Field(min_length=1)]
    route_table_ids: RouteTableIds = Field(
        default_factory=list, description="tables of our VPC that get the route to `cidr` by the gateway"
    )


def _not_retired(value: Any) -> Any:
    kind = value.get("kind") if isinstance(value, dict) else None
    # Before the models have looked, so it may be anything.
    if isinstance(kind, str) and kind in RETIRED:
        raise ValueError(f"{kind} is being retired; {RETIRED[kind]}")
    return value


EnterpriseNetwork = Annotated[
    IngressPrivateLink | PrivateNetworkInterface, Field(discriminator="kind"), BeforeValidator(_not_retired)
]
DedicatedNetwork = Annotated[
    DedicatedPrivateLink | VpcPeering | TransitGateway, Field(discriminator="kind"), BeforeValidator(_not_retired)
]
MaxEcku = Annotated[int, Field(ge=1)]


class _Cluster(Model):
    @property
    def shape(self) -> ClusterShape:
        """The same as the rules see it."""
        network = getattr(self, "network", None)
        return ClusterShape(
            kind=getattr(self, "kind", ""),
            availability=getattr(self, "availability", ""),
            units=getattr(self, "cku", None) or getattr(self, "max_ecku", None),
            network=network.kind if network else "",
            byok=getattr(self, "encryption_key", None) is not None,
        )

    @model_validator(mode="after")
    def _is_allowed(self) -> "_Cluster":
        found = list(shape_mistakes(self.shape))
        if found:
            raise ValueError("; and ".join(f"{key} is {what}; {remedy}" for key, what, remedy in found))
        return self


class BasicCluster(_Cluster):
    """For trials: one zone, public, rights by ACLs, no role bindings on topics."""

    kind: Literal["basic"]
    max_ecku: MaxEcku | None = None


class StandardCluster(_Cluster):
    """Public, in one zone or in several."""

    kind: Literal["standard"]
    availability: Literal["LOW", "HIGH"] = "LOW"
    max_ecku: MaxEcku | None = None


EncryptionKey = Literal["created"] | Arn


class EnterpriseCluster(_Cluster):
    """Private only, grows by itself."""

    kind: Literal["enterprise"]
    availability: Literal["LOW", "HIGH"] = "HIGH"
    max_ecku: MaxEcku | None = None
    network: EnterpriseNetwork
    encryption_key: EncryptionKey | None = Field(
        default=None, description="`created`, or the ARN of a KMS key whose policy you look after"
    )


class FreightCluster(_Cluster):
    """Cheap and slow, for logs: no transactions, no idempotent producers, no cluster links. Private only."""

    kind: Literal["freight"]
    max_ecku: MaxEcku | None = None
    network: Annotated[PrivateNetworkInterface, BeforeValidator(_not_retired)]


class DedicatedCluster(_Cluster):
    """Capacity of one's own, in CKU; public where no network is written."""

    kind: Literal["dedicated"]
    availability: Literal["SINGLE_ZONE", "MULTI_ZONE"] = "MULTI_ZONE"
    cku: Annotated[int, Field(ge=1)]
    network: DedicatedNetwork | None = None
    encryption_key: EncryptionKey | None = None


ClusterSettings = Annotated[
    BasicCluster | StandardCluster | EnterpriseCluster | FreightCluster | DedicatedCluster,
    Field(discriminator="kind"),
]


class KeyRotation(Model):
    """How many API keys stand side by side, and how often the oldest is replaced."""

    keys: Annotated[int, Field(ge=2, le=10)] = 2
    days: Annotated[int, Field(ge=1, le=365)] = Field(default=30, description="days between two rotations")


class ClusterLinkSource(Model):
    """A Kafka elsewhere from which topics are mirrored: produced there, consumed here.

    Its login is in kafka_username and kafka_password, as Pulumi secrets.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,128}$")]
    cluster_id: Annotated[str, Field(min_length=1)] = Field(description="as `kafka-cluster cluster-id` tells it")
    bootstrap_servers: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+:[0-9]{1,5}(,[A-Za-z0-9.-]+:[0-9]{1,5})*$")]
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    topics: Annotated[list[Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]], Field(min_length=1)]
    prefix: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{0,40}$")] = Field(
        default="", description="before the names of the mirrors: tells several sites apart"
    )
    consumer_offsets: bool = Field(default=True, description="offsets of consumer groups come along")


class ConfluentCloud(Model):
    """Kafka as a service, with Schema Registry."""

    flavour: Literal["confluent_cloud"]
    environment: DisplayName | None = Field(
        default=None, description="display name, and name of the Flink catalog; default: the stack's own"
    )
    stream_governance: Literal["ESSENTIALS", "ADVANCED"] = "ESSENTIALS"
    cluster: ClusterSettings
    key_rotation: KeyRotation = KeyRotation()
    links: list[ClusterLinkSource] = Field(default_factory=list)

    @model_validator(mode="after")
    def _links_have_a_place(self) -> "ConfluentCloud":
        if self.links and not self.cluster.shape.rules.link_destination:
            raise ValueError(
                f"links, on a {self.cluster.kind} cluster, which cannot be the destination of one; take an enterprise "
                "or a dedicated cluster"
            )
        names = [link.name for link in self.links]
        if len(set(names)) != len(names):
            raise ValueError("links has one name twice; rename one of them")
        mirrors = [f"{link.prefix}{topic}" for link in self.links for topic in link.topics]
        if len(set(mirrors)) != len(mirrors):
            raise ValueError("links would make one mirror topic twice; give each site a prefix of its own")
        return self


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is no day; write it as 2026-11-20, in quotation marks") from None
    return text


class RotationSettings(Model):
    """The rotation of API keys that a stack is in. `streamctl rotate` writes it; nobody else has to."""

    number: Annotated[int, Field(ge=0)] = 0
    since: Annotated[str, AfterValidator(_day)] = Field(description="day on which it began (UTC), in quotation marks")


class ConfluentConnector(Model):
    """Change data capture by the managed connector PostgreSQL CDC Source V2 (V1 ended on 2026-03-31). Values have
    Debezium's envelope, without which each update would be one more row for Flink."""

    flavour: Literal["confluent_connector"]
    format: Literal["AVRO", "JSON_SR", "PROTOBUF"] = Field(
        default="AVRO", description="of keys and values, with their schemas in the registry"
    )
