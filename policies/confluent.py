"""Confluent Cloud: cluster, network, Flink's pool."""

import ipaddress
import re
from collections.abc import Iterator

from policies.framework import Resource, policy
from policies.reading import at, each

_CLUSTER = "confluentcloud:index/kafkaCluster:KafkaCluster"
_DOCS = "https://docs.confluent.io/cloud/current"

# The block that says the kind, and the kind; two of them are lists in the schema.
_KINDS = {
    "basic": "basic",
    "standard": "standard",
    "enterprises": "enterprise",
    "freights": "freight",
    "dedicated": "dedicated",
}


def _kind(cluster: Resource) -> str:
    """The cluster's kind, "" where no block says one. An empty block says it too."""
    for block, kind in _KINDS.items():
        if at(cluster.props, block) not in (None, []):
            return kind
    return ""


@policy(
    "confluent-cluster-not-basic",
    types=(_CLUSTER,),
    severity="high",
    controls=("PCI DSS 7.3.2", "SOC 2 CC6.3", "SOC 2 A1.2"),
    reason="A Basic cluster has one zone, no audit log, and role bindings on its topics do nothing.",
    remedy="Take kafka.cluster.kind: enterprise, dedicated or standard.",
    url=f"{_DOCS}/clusters/cluster-types.html",
)
def cluster_not_basic(resource: Resource) -> Iterator[str]:
    """In production."""
    if resource.production and _kind(resource) == "basic":
        yield "the cluster is of kind basic"


@policy(
    "confluent-cluster-private",
    types=(_CLUSTER,),
    severity="high",
    controls=("PCI DSS 1.3.1", "PCI DSS 1.4.4", "SOC 2 CC6.6"),
    reason="With a public endpoint a key that leaked works from anywhere.",
    remedy="Take kafka.cluster.kind: enterprise, or dedicated with a network.",
    url=f"{_DOCS}/networking/overview.html",
)
def cluster_private(resource: Resource) -> Iterator[str]:
    """In production. Of a Basic cluster another policy speaks (`confluent-cluster-not-basic`)."""
    if not resource.production:
        return
    kind = _kind(resource)
    if kind == "standard" or (kind == "dedicated" and at(resource.props, "network") is None):
        yield f"the {kind} cluster has a public endpoint"


@policy(
    "confluent-cluster-zones",
    types=(_CLUSTER,),
    severity="high",
    controls=("SOC 2 A1.2",),
    reason="A cluster in one zone is away as long as that zone is, and another availability makes a new, empty one.",
    remedy="Set kafka.cluster.availability: HIGH (dedicated: MULTI_ZONE).",
    url=f"{_DOCS}/clusters/cluster-types.html",
)
def cluster_zones(resource: Resource) -> Iterator[str]:
    """In production. A Basic cluster has no other choice."""
    if not resource.production or _kind(resource) == "basic":
        return
    availability = at(resource.props, "availability")
    if availability not in ("HIGH", "MULTI_ZONE"):
        yield f"the availability is {availability or 'not set'}"


@policy(
    "confluent-cluster-own-key",
    types=(_CLUSTER,),
    severity="medium",
    controls=("PCI DSS 3.6.1", "PCI DSS 3.7.5", "SOC 2 CC6.1"),
    reason="Under a key of Confluent's own nobody of ours can end access to the data at rest.",
    remedy="Set kafka.cluster.encryption_key: created, or the ARN of a KMS key, before the cluster is made.",
    url=f"{_DOCS}/security/encrypt/byok/overview.html",
)
def cluster_own_key(resource: Resource) -> Iterator[str]:
    """In production, for the kinds that can."""
    if resource.production and _kind(resource) in ("enterprise", "dedicated") and at(resource.props, "byokKey") is None:
        yield "the cluster is encrypted under Confluent's key"


@policy(
    "confluent-cluster-delete-refused",
    types=(_CLUSTER,),
    severity="critical",
    controls=("SOC 2 A1.2",),
    reason="Deleting a cluster deletes every topic, and nothing brings them back.",
    remedy="Set deletionProtection on the cluster (stack settings: protect: true), beside Pulumi's own protect.",
    url="https://www.pulumi.com/registry/packages/confluentcloud/api-docs/kafkacluster/",
)
def cluster_delete_refused(resource: Resource) -> Iterator[str]:
    """In production."""
    if resource.production and at(resource.props, "deletionProtection") is not True:
        yield "Confluent Cloud does not refuse to delete the cluster"


_OWN_NETWORK = re.compile(r"(?:flink|lsrc-?[a-z0-9]+)(?:-[a-z0-9]+\.|\.(?!(?:[a-z]+-)+[a-z]*-?\d))")


@policy(
    "confluent-endpoints-private",
    types=("pulumi:providers:confluentcloud",),
    severity="high",
    controls=("PCI DSS 1.4.4", "SOC 2 CC6.6"),
    reason="Statements and schemas are sent over the internet, and a key that leaked works from anywhere; "
    "changing the endpoint later replaces them all.",
    remedy="Take Flink's and the registry's private endpoint of the network or access point from the first day.",
    url=f"{_DOCS}/flink/operate-and-deploy/private-networking.html",
)
def endpoints_private(resource: Resource) -> Iterator[str]:
    """In production. The REST endpoint of a private cluster is private by itself."""
    if not resource.production:
        return
    for key in ("flinkRestEndpoint", "schemaRegistryRestEndpoint"):
        endpoint = str(at(resource.props, key, default=""))
        host = endpoint.partition("://")[2].partition("/")[0].partition(":")[0]
        # Of an attachment, an access point, or a network of one's own (`<service>.<network>.<region>` or with a dash
        # before the network); the public ones are `flink.<region>` and `psrc-<id>.<region>`.
        private = ("." + word + "." in host for word in ("private", "accesspoint", "glb"))
        if host and not any(private) and not _OWN_NETWORK.match(host):
            yield f"{key} is {host}, which is public"


@policy(
    "confluent-network-retired",
    types=(
        "confluentcloud:index/privateLinkAttachment:PrivateLinkAttachment",
        "confluentcloud:index/privateLinkAttachmentConnection:PrivateLinkAttachmentConnection",
        "confluentcloud:index/networkLinkService:NetworkLinkService",
        "confluentcloud:index/networkLinkEndpoint:NetworkLinkEndpoint",
    ),
    severity="medium",
    controls=("PCI DSS 2.2.4", "SOC 2 CC8.1"),
    reason="Confluent has retired this way: PrivateLink attachments were superseded on 2026-02-12, "
    "network links end on 2026-12-31.",
    remedy="Take kafka.cluster.network: {kind: ingress_private_link}; cluster linking needs no network link.",
    url=f"{_DOCS}/networking/overview.html",
)
def network_retired(resource: Resource) -> Iterator[str]:
    yield f"is a {resource.type.rpartition(':')[2]}"


@policy(
    "confluent-network-dns-private",
    types=("confluentcloud:index/network:Network",),
    severity="medium",
    controls=("PCI DSS 1.4.5", "SOC 2 CC6.6"),
    reason="The API's own default, CHASED_PRIVATE, resolves names of brokers over public DNS first.",
    remedy="Set dnsConfig.resolution: PRIVATE.",
    url=f"{_DOCS}/networking/overview.html",
)
def network_dns_private(resource: Resource) -> Iterator[str]:
    if "PRIVATELINK" in each(resource.props, "connectionTypes"):
        resolution = at(resource.props, "dnsConfig", "resolution", default="CHASED_PRIVATE")
        if resolution != "PRIVATE":
            yield f"names are resolved as {resolution}"


@policy(
    "confluent-ip-group-closed",
    types=("confluentcloud:index/ipGroup:IpGroup",),
    severity="high",
    controls=("PCI DSS 1.3.1", "SOC 2 CC6.6"),
    reason="A filter that lets in half of the internet is none.",
    remedy="Name the ranges of your own exits (NAT gateways, offices).",
    url=f"{_DOCS}/security/access-control/ip-filtering/overview.html",
    config={"shortest_prefix": {"type": "integer", "default": 16, "description": "of an IPv4 range"}},
)
def ip_group_closed(resource: Resource) -> Iterator[str]:
    for one in each(resource.props, "cidrBlocks"):
        try:
            network = ipaddress.ip_network(str(at([one], 0)), strict=False)
        except ValueError:
            yield f"{one} is no range"
            continue
        if network.version == 4 and network.prefixlen < int(resource.config["shortest_prefix"]):
            yield f"lets in {network}"


@policy(
    "confluent-pool-ceiling",
    types=("confluentcloud:index/flinkComputePool:FlinkComputePool",),
    severity="medium",
    controls=("SOC 2 A1.1",),
    reason="Without a ceiling one bad join costs whatever Confluent is ready to bill.",
    remedy="Set flink.max_cfu; a higher ceiling is a decision: write it into policies/config/<stack>.json.",
    url=f"{_DOCS}/flink/concepts/compute-pools.html",
    config={"most_cfu": {"type": "integer", "default": 50, "description": "of one pool"}},
)
def pool_ceiling(resource: Resource) -> Iterator[str]:
    ceiling = at(resource.props, "maxCfu")
    if ceiling is None:
        yield "the pool has no ceiling of its own (maxCfu)"
    elif int(ceiling) > int(resource.config["most_cfu"]):
        yield f"the pool may use {int(ceiling)} CFU, more than {resource.config['most_cfu']}"
