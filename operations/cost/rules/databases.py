"""RDS and Aurora. What is charged: https://aws.amazon.com/rds/postgresql/pricing/ and
https://aws.amazon.com/rds/aurora/pricing/. Backups up to the size of the database are free.
"""

from decimal import Decimal

from operations.cost.meter import Meter, NotKnown, Resource, number, rule, value
from operations.plan.plan import name_of


@rule("aws:rds/instance:Instance")
def _instance(meter: Meter, resource: Resource) -> None:
    """Two zones have a second instance that waits: twice the price of one where the table has no price of both."""
    size = value(resource, "instanceClass")
    both = bool(value(resource, "multiAz", default=False))
    key, count, note = f"rds.{size}", 1, ""
    if both:
        if meter.price(f"{key}.multi_az", meter.region(resource)) is not None:
            key = f"{key}.multi_az"
        else:
            count, note = 2, "twice the price of one zone"
    meter.hourly(resource, f"PostgreSQL {size}{', two zones' if both else ''}", key, count, note=note)
    storage = value(resource, "storageType", default="gp3")
    what = f"{storage} storage{', two zones' if both else ''}"
    note = "as first made; it grows by itself" if value(resource, "maxAllocatedStorage") else ""
    kind = f"rds.{storage}.multi_az" if both else f"rds.{storage}"
    meter.charge(resource, what, kind, number(resource, "allocatedStorage"), note=note)
    if value(resource, "monitoringInterval", default=0):
        meter.gap(resource, "enhanced monitoring", "charged as log data, whose amount is not known here")


@rule("aws:rds/cluster:Cluster")
def _aurora(meter: Meter, resource: Resource) -> None:
    """Storage and requests; capacity is charged for each instance."""
    meter.use(resource, "Aurora storage", "aurora.storage", meter.assumed["aurora_gb"], "aurora_gb")
    if value(resource, "storageType") != "aurora-iopt1":
        meter.use(resource, "Aurora requests", "aurora.io", meter.assumed["aurora_million_io"], "aurora_million_io")


@rule("aws:rds/clusterInstance:ClusterInstance")
def _aurora_instance(meter: Meter, resource: Resource) -> None:
    """A serverless instance has capacity between the least and the most of its cluster."""
    size = value(resource, "instanceClass")
    if size != "db.serverless":
        meter.hourly(resource, f"Aurora {size}", f"aurora.{size}")
        return
    cluster = _cluster_of(meter, resource)
    scaling = "serverlessv2ScalingConfiguration"
    least, most = number(cluster, scaling, "minCapacity"), number(cluster, scaling, "maxCapacity")
    key = "aurora.acu.io_optimized" if value(cluster, "storageType") == "aurora-iopt1" else "aurora.acu"
    meter.hourly(resource, "Aurora capacity, the least", key, least)
    above = (most - least) * meter.assumed["aurora_share_above_minimum"] * Decimal(730)
    meter.use(resource, "Aurora capacity above the least", key, above, "aurora_share_above_minimum")


def _cluster_of(meter: Meter, instance: Resource) -> Resource:
    """The cluster that the instance depends on, else the one with its identifier. Raises NotKnown."""
    needs = (instance.get("propertyDependencies") or {}).get("clusterIdentifier") or instance.get("dependencies") or ()
    clusters = [r for r in meter.plan.resources if r["type"] == "aws:rds/cluster:Cluster"]
    identifier = (instance.get("inputs") or {}).get("clusterIdentifier")
    for cluster in clusters:
        if cluster["urn"] in needs or (cluster.get("inputs") or {}).get("clusterIdentifier") == identifier:
            return cluster
    raise NotKnown(f"the cluster of {name_of(instance)}")
