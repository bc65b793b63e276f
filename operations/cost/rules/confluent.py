"""Confluent Cloud. What is charged: https://docs.confluent.io/cloud/current/billing/billing-dimensions.html"""

from operations.cost.meter import Meter, Resource, number, rule, value
from operations.cost.model import HOURS
from operations.cost.rules.kafka import monthly_gb, retained_gb

ELASTIC = {"basic": "basic", "standard": "standard", "enterprises": "enterprise", "freights": "freight"}
"""Block of the provider's KafkaCluster -> kind of an elastic cluster, which is charged by eCKU."""


@rule("confluentcloud:index/kafkaCluster:KafkaCluster")
def _cluster(meter: Meter, resource: Resource) -> None:
    if value(resource, "dedicated") is not None:
        units = number(resource, "dedicated", "cku")
        meter.hourly(resource, "dedicated cluster, CKU", "confluent.dedicated.cku", units)
        kind = "dedicated"
    else:
        kind = next((ELASTIC[block] for block in ELASTIC if value(resource, block) is not None), "basic")
        units = meter.assumed["confluent_ecku"]
        # The first eCKU of a Basic cluster is free: https://www.confluent.io/pricing/
        charged = max(units - 1, units * 0) if kind == "basic" else units
        what = f"{kind} cluster, eCKU" + (" above the first" if kind == "basic" else "")
        assumption = f"confluent_ecku {units:f}"
        meter.hourly(resource, what, f"confluent.{kind}.ecku", charged, assumption=assumption, fixed=True)
    rate = "data_in_mb_per_second"
    both = monthly_gb(meter) * (1 + meter.assumed["reads_per_byte"])
    meter.use(resource, "data written and read", f"confluent.{kind}.data", both, rate, "reads_per_byte")
    kept = retained_gb(meter)
    meter.use(resource, "data kept", f"confluent.{kind}.storage", kept, rate, "kafka_retention_days")


@rule("confluentcloud:index/flinkComputePool:FlinkComputePool")
def _pool(meter: Meter, resource: Resource) -> None:
    """By CFU that statements use, never more than max_cfu; an idle pool costs nothing.

    https://docs.confluent.io/cloud/current/billing/dimensions/flink.html
    """
    share = meter.assumed["cfu_share_of_ceiling"]
    meter.charge(
        resource,
        "compute pool, CFU",
        "confluent.flink.cfu",
        number(resource, "maxCfu", default=5) * share * HOURS,
        assumption=f"cfu_share_of_ceiling {share:f}",
        fixed=True,
        note="the most that it can cost: its ceiling all month" if share == 1 else "a share of its ceiling",
        most=share == 1,
    )


@rule("confluentcloud:index/connector:Connector")
def _connector(meter: Meter, resource: Resource) -> None:
    kind = value(resource, "configNonsensitive", "connector.class", default="custom")
    tasks = number(resource, "configNonsensitive", "tasks.max", default=1)
    meter.hourly(resource, f"connector {kind}, task", f"confluent.connector.{kind}", tasks)


@rule("confluentcloud:index/environment:Environment")
def _environment(meter: Meter, resource: Resource) -> None:
    package = value(resource, "streamGovernance", "package", default="ESSENTIALS")
    meter.hourly(resource, f"Schema Registry, package {package}", f"confluent.governance.{package}")


_WITHOUT_PRICE = {
    "accessPoint:AccessPoint": "access point",
    "byokKey:ByokKey": "encryption under a key of one's own",
    "clusterLink:ClusterLink": "cluster link and its data",
    "flinkConnection:FlinkConnection": "connection of Flink",
    "gateway:Gateway": "gateway",
    "kafkaMirrorTopic:KafkaMirrorTopic": "mirrored data",
    "ksqlCluster:KsqlCluster": "ksqlDB cluster",
    "network:Network": "network of one's own",
    "peering:Peering": "peering",
    "privateLinkAccess:PrivateLinkAccess": "private link",
    "privateLinkAttachment:PrivateLinkAttachment": "private link",
    "privateLinkAttachmentConnection:PrivateLinkAttachmentConnection": "private link connection",
    "schema:Schema": "schema above those that the package includes",
    "tableflowTopic:TableflowTopic": "Tableflow topic and its data",
    "transitGatewayAttachment:TransitGatewayAttachment": "transit gateway attachment",
}


@rule(*(f"confluentcloud:index/{name}" for name in _WITHOUT_PRICE))
def _without_price(meter: Meter, resource: Resource) -> None:
    """Charged, or perhaps; no public price was found. A price of one's own is taken for an hour of one of them."""
    name = resource["type"].removeprefix("confluentcloud:index/")
    meter.hourly(resource, _WITHOUT_PRICE[name], f"confluent.{name.partition(':')[0]}")
