"""Buckets, catalog, images, file systems, keys, secrets, logs, alarms. What is charged: the pricing page of each
service at https://aws.amazon.com/pricing/.
"""

from decimal import Decimal

from operations.cost.meter import Meter, Resource, number, rule, value
from operations.plan.plan import name_of


@rule("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
def _bucket(meter: Meter, resource: Resource) -> None:
    part = meter.part(resource)
    kind = {"lake": "lake", "flink": "state"}.get(part, "other_bucket")
    if "log" in name_of(resource):
        kind = "other_bucket"
    size = f"{kind}_gb"
    meter.use(resource, "bucket storage", "s3.storage", meter.assumed[size], size)
    for verb, key, words in (("put", "s3.put", "writes and lists"), ("get", "s3.get", "reads")):
        thousands = f"{kind}_{verb}_thousands"
        if thousands in meter.assumed.values:
            meter.use(resource, f"bucket {words}", key, meter.assumed[thousands], thousands)


@rule("aws:glue/catalogDatabase:CatalogDatabase")
def _catalog(meter: Meter, resource: Resource) -> None:
    """The first million objects and the first million requests of a month are free."""
    above = max(meter.assumed["glue_million_requests"] - 1, Decimal(0))
    meter.use(resource, "catalog requests above a million", "glue.requests", above, "glue_million_requests")


@rule("aws:glue/catalogTableOptimizer:CatalogTableOptimizer")
def _optimizer(meter: Meter, resource: Resource) -> None:
    hours = meter.assumed["optimizer_dpu_hours_each"]
    meter.use(resource, "table optimizer", "glue.dpu", hours, "optimizer_dpu_hours_each")


@rule("aws:athena/workgroup:Workgroup")
def _athena(meter: Meter, resource: Resource) -> None:
    meter.gap(resource, "queries", "charged by data scanned, no price in the table (athena.scanned)")


@rule("aws:ecr/repository:Repository")
def _repository(meter: Meter, resource: Resource) -> None:
    meter.use(resource, "images stored", "ecr.storage", meter.assumed["image_gb_each"], "image_gb_each")


@rule("aws:efs/fileSystem:FileSystem")
def _file_system(meter: Meter, resource: Resource) -> None:
    meter.use(resource, "file system storage", "efs.standard", meter.assumed["efs_gb"], "efs_gb")
    mode = value(resource, "throughputMode", default="bursting")
    if mode == "provisioned":
        throughput = number(resource, "provisionedThroughputInMibps")
        meter.charge(resource, "file system throughput", "efs.provisioned", throughput)
    elif mode == "elastic":
        meter.gap(resource, "file system throughput", "elastic throughput has no price in the table")


@rule("aws:kms/key:Key")
def _key(meter: Meter, resource: Resource) -> None:
    """Each of the first two yearly rotations adds the price of a key: https://aws.amazon.com/kms/pricing/"""
    note = "rotation adds a key's price in each of two years" if value(resource, "enableKeyRotation") else ""
    meter.charge(resource, "KMS key", "kms.key", 1, note=note)
    calls = meter.assumed["key_calls_each"] / 10_000
    meter.use(resource, "KMS calls", "kms.calls", calls, "key_calls_each")


@rule("aws:secretsmanager/secret:Secret")
def _secret(meter: Meter, resource: Resource) -> None:
    meter.charge(resource, "secret", "secretsmanager.secret", 1)
    calls = meter.assumed["secret_calls_each"] / 10_000
    meter.use(resource, "secret, calls", "secretsmanager.calls", calls, "secret_calls_each")


@rule("aws:ssm/parameter:Parameter")
def _parameter(meter: Meter, resource: Resource) -> None:
    """Standard parameters are free: https://aws.amazon.com/systems-manager/pricing/"""
    if value(resource, "tier", default="Standard") != "Standard":
        meter.gap(resource, "advanced parameter", "no price in the table (ssm.advanced)")


@rule("aws:cloudwatch/logGroup:LogGroup")
def _logs(meter: Meter, resource: Resource) -> None:
    """What is kept: a month's amount times retention, without compression; 0 days are for ever, counted as a year."""
    each = meter.assumed["log_gb_each"]
    meter.use(resource, "logs written", "cloudwatch.logs", each, "log_gb_each")
    days = number(resource, "retentionInDays", default=0) or Decimal(365)
    meter.use(resource, "logs kept", "cloudwatch.logs.storage", each * days * 12 / 365, "log_gb_each")


@rule("aws:cloudwatch/metricAlarm:MetricAlarm")
def _alarm(meter: Meter, resource: Resource) -> None:
    """By metrics that it looks at: https://aws.amazon.com/cloudwatch/pricing/"""
    queries = value(resource, "metricQueries", default=[])
    metrics = sum(1 for query in queries if query.get("metric")) or 1
    meter.charge(resource, "alarm, for each metric", "cloudwatch.alarm", metrics)
