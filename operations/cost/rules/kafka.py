"""Amazon MSK. What is charged: https://aws.amazon.com/msk/pricing/"""

from decimal import Decimal

from operations.cost.meter import Meter, Resource, number, rule, value
from operations.cost.model import HOURS

SECONDS = HOURS * 3600


def monthly_gb(meter: Meter) -> Decimal:
    """GB that are written to Kafka in a month."""
    return meter.assumed["data_in_mb_per_second"] * SECONDS / 1000


def retained_gb(meter: Meter) -> Decimal:
    """GB that Kafka keeps, counted once."""
    return meter.assumed["data_in_mb_per_second"] * 86_400 * meter.assumed["kafka_retention_days"] / 1000


@rule("aws:msk/cluster:Cluster")
def _cluster(meter: Meter, resource: Resource) -> None:
    instance = value(resource, "brokerNodeGroupInfo", "instanceType")
    brokers = number(resource, "numberOfBrokerNodes")
    meter.hourly(resource, f"broker {instance}", f"msk.{instance}", brokers)
    if str(instance).startswith("express."):
        rate = "data_in_mb_per_second"
        meter.use(resource, "data written", "msk.express.data_in", monthly_gb(meter), rate)
        meter.use(
            resource,
            "data kept",
            "msk.express.storage",
            retained_gb(meter),
            rate,
            "kafka_retention_days",
            note="counted once, not per copy",
        )
    else:
        _volumes(meter, resource, brokers)
    both = monthly_gb(meter) * (1 + meter.assumed["reads_per_byte"])
    # Leaving one zone and entering the other are charged each. Between brokers nothing is charged.
    meter.use(
        resource,
        "traffic of clients in other zones",
        "vpc.cross_zone",
        both * meter.assumed["kafka_cross_zone_share"] * 2,
        "data_in_mb_per_second",
        "reads_per_byte",
        "kafka_cross_zone_share",
    )
    level = value(resource, "enhancedMonitoring", default="DEFAULT")
    if level != "DEFAULT":
        reason = "CloudWatch charges each metric; how many there are depends on topics and partitions"
        meter.gap(resource, f"metrics of level {level}", reason)
    clients = value(resource, "brokerNodeGroupInfo", "connectivityInfo", "vpcConnectivity", default={})
    authentication = clients.get("clientAuthentication") or {}
    schemes = [*(authentication.get("sasl") or {}).values(), authentication.get("tls")]
    meter.hourly(resource, "private connectivity, for each scheme", "msk.vpc_connectivity", schemes.count(True))


def _volumes(meter: Meter, resource: Resource, brokers: Decimal) -> None:
    disk = ("brokerNodeGroupInfo", "storageInfo", "ebsStorageInfo")
    meter.charge(
        resource,
        "broker storage",
        "msk.storage",
        number(resource, *disk, "volumeSize") * brokers,
        note="as first made; it grows by itself where scaling is declared",
    )
    if value(resource, *disk, "provisionedThroughput", "enabled", default=False):
        throughput = number(resource, *disk, "provisionedThroughput", "volumeThroughput") * brokers
        meter.charge(resource, "provisioned throughput", "msk.storage.throughput", throughput)
    if value(resource, "storageMode", default="LOCAL") == "TIERED":
        tiered = meter.assumed["tiered_storage_gb"]
        meter.use(resource, "tiered storage", "msk.storage.tiered", tiered, "tiered_storage_gb")


@rule("aws:msk/serverlessCluster:ServerlessCluster")
def _serverless(meter: Meter, resource: Resource) -> None:
    rate = "data_in_mb_per_second"
    written = monthly_gb(meter)
    meter.hourly(resource, "serverless cluster", "msk.serverless")
    partitions = meter.assumed["serverless_partitions"] * HOURS
    meter.use(resource, "partitions", "msk.serverless.partition", partitions, "serverless_partitions")
    meter.use(resource, "data written", "msk.serverless.data_in", written, rate)
    read = written * meter.assumed["reads_per_byte"]
    meter.use(resource, "data read", "msk.serverless.data_out", read, rate, "reads_per_byte")
    kept = retained_gb(meter)
    meter.use(resource, "data kept", "msk.serverless.storage", kept, rate, "kafka_retention_days")


@rule("aws:mskconnect/connector:Connector")
def _connector(meter: Meter, resource: Resource) -> None:
    """Units (MCU) of all workers; where workers scale, of the fewest."""
    note, path, workers = "", ("capacity", "provisionedCapacity"), "workerCount"
    if value(resource, "capacity", "autoscaling") is not None:
        path, workers = ("capacity", "autoscaling"), "minWorkerCount"
        note = f"for the fewest workers, of at most {value(resource, *path, 'maxWorkerCount')}"
    units = number(resource, *path, "mcuCount", default=1) * number(resource, *path, workers, default=1)
    meter.hourly(resource, "MSK Connect unit", "msk.connect.mcu", units, note=note)


@rule("aws:msk/replicator:Replicator")
def _replicator(meter: Meter, resource: Resource) -> None:
    meter.hourly(resource, "replicator", "msk.replicator")
    gb = monthly_gb(meter)
    meter.use(resource, "replicated data", "msk.replicator.data", gb, "data_in_mb_per_second", note="all topics")


@rule("aws:msk/vpcConnection:VpcConnection")
def _connection(meter: Meter, resource: Resource) -> None:
    """The owner of the cluster pays for the connectivity; this end is not charged."""
