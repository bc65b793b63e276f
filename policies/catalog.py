"""Glue: the catalog of the lake's tables, and what keeps them tidy."""

from collections.abc import Iterator

from policies.customer_keys import key_problem
from policies.framework import Resource, Stack, policy, stack_policy

DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
OPTIMIZER = "aws:glue/catalogTableOptimizer:CatalogTableOptimizer"
SETTINGS = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings"


@policy(
    "glue-database-location",
    types=(DATABASE,),
    severity="medium",
    controls=("PCI DSS 7.2.1", "SOC 2 C1.1"),
    reason="A table without a place of its own lands wherever its writer likes, outside the lake's key and rights.",
    remedy="Set locationUri to a prefix of the lake's bucket, as s3://<bucket>/warehouse.",
    url="https://docs.aws.amazon.com/glue/latest/dg/define-database.html",
)
def database_location(resource: Resource) -> Iterator[str]:
    location = str(resource.value("locationUri", default=""))
    if not location.startswith("s3://"):
        yield f"the location is {location or 'not set'}"


@policy(
    "glue-table-permissions",
    types=(DATABASE,),
    severity="medium",
    controls=("PCI DSS 7.2.1", "SOC 2 CC6.3"),
    reason="Who may use a new table is what the account happens to say: everybody that IAM lets in, or nobody.",
    remedy="Set createTableDefaultPermissions; lakehouse.permissions chooses between IAM and Lake Formation.",
    url="https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html",
)
def table_permissions(resource: Resource) -> Iterator[str]:
    if not resource.value("createTableDefaultPermissions"):
        yield "the permissions of new tables are not said"


@policy(
    "glue-optimizer-keeps-files",
    types=(OPTIMIZER,),
    severity="high",
    controls=("SOC 2 A1.2", "SOC 2 PI1.5"),
    reason="Files of a commit that Flink has yet to make count as orphans: deleted, they make the job fail for good.",
    remedy="Set lakehouse.maintenance.orphan_days and snapshot_days above the longest outage of a job.",
    url="https://docs.aws.amazon.com/glue/latest/dg/orphan-file-deletion.html",
    config={
        "least_days": {
            "type": "integer",
            # Iceberg's own default for remove_orphan_files: https://iceberg.apache.org/docs/latest/spark-procedures/
            "default": 3,
            "description": "least days that orphan files are kept, and that snapshots are",
        }
    },
)
def optimizer_keeps_files(resource: Resource) -> Iterator[str]:
    least = resource.config["least_days"]
    orphans = ("orphanFileDeletionConfiguration", "icebergConfiguration", "orphanFileRetentionPeriodInDays")
    snapshots = ("retentionConfiguration", "icebergConfiguration", "snapshotRetentionPeriodInDays")
    # What the API takes where nothing is said: 3 and 5 days.
    for kind, path, default in (("orphan_file_deletion", orphans, 3), ("retention", snapshots, 5)):
        if resource.value("type") == kind and (days := resource.value("configuration", *path, default=default)) < least:
            yield f"{kind} after {days} days"


@stack_policy(
    "glue-catalog-encrypted",
    types=(SETTINGS,),
    severity="medium",
    controls=("PCI DSS 3.5.1", "SOC 2 CC6.1"),
    reason="Names, columns and statistics of tables tell much of the data; connection passwords lie there too.",
    remedy="Set catalogEncryptionMode SSE-KMS and returnConnectionPasswordEncrypted, each with a customer key.",
    url="https://docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html",
)
def catalog_encrypted(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Of a stack that declares these settings: they hold for all of the account in a region."""
    for settings in stack.of(SETTINGS):
        with stack.judging(settings):
            both = "dataCatalogEncryptionSettings"
            mode = settings.value(both, "encryptionAtRest", "catalogEncryptionMode", default="DISABLED")
            if not str(mode).startswith("SSE-KMS"):
                yield settings, f"the catalog's encryption is {mode}"
            elif problem := key_problem(stack, settings, both, "encryptionAtRest", "sseAwsKmsKeyId"):
                yield settings, f"the catalog: {problem}"
            if not settings.value(both, "connectionPasswordEncryption", "returnConnectionPasswordEncrypted"):
                yield settings, "connection passwords are given back in clear text"
