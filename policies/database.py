"""RDS and Aurora for PostgreSQL."""

from collections.abc import Iterator
from typing import Any

from policies.customer_keys import given_key_problem
from policies.framework import MASKED, NotKnown, Resource, Stack, policy, stack_policy
from policies.secrecy import is_secret

INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
CLUSTER_PARAMETERS = "aws:rds/clusterParameterGroup:ClusterParameterGroup"

# They take effect when the server starts; AWS refuses another apply method.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html
STATIC = ("rds.logical_replication", "max_replication_slots", "max_wal_senders")

_CAPTURES = "io.debezium.connector.postgresql.PostgresConnector"


def _parameters(resource: Resource) -> dict[str, dict[str, Any]]:
    """Name -> parameter of a parameter group."""
    return {str(one.get("name")): one for one in resource.value("parameters", default=[])}


def _is_on(parameter: dict[str, Any] | None) -> bool:
    return str((parameter or {}).get("value", "")).lower() in ("1", "on", "true")


def _postgres(resource: Resource) -> bool:
    return "postgres" in str(resource.value("family", default=""))


@policy(
    "rds-encrypted",
    types=(INSTANCE, CLUSTER),
    severity="high",
    controls=("CIS AWS v5.0.0 2.2.1", "AWS FSBP RDS.3", "AWS FSBP RDS.27", "PCI DSS 3.5.1", "SOC 2 CC6.1"),
    reason="Storage, backups and snapshots could be read by whoever gets hold of them; it cannot be changed later.",
    remedy="Set storage_encrypted=True and kms_key_id to a key of the stack.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html",
)
def encrypted(resource: Resource) -> Iterator[str]:
    if not resource.value("storageEncrypted", default=False):
        yield "the storage is not encrypted"
    elif problem := given_key_problem(resource.props.get("kmsKeyId")):
        yield f"the storage: {problem}"


@policy(
    "rds-not-public",
    types=(INSTANCE, CLUSTER_INSTANCE),
    severity="critical",
    controls=("CIS AWS v5.0.0 2.2.3", "AWS FSBP RDS.2", "PCI DSS 1.4.4", "SOC 2 CC6.6"),
    reason="The database would have an address on the internet.",
    remedy="Set publicly_accessible=False; clients come through the VPC.",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-2",
)
def not_public(resource: Resource) -> Iterator[str]:
    if resource.value("publiclyAccessible", default=False):
        yield "it is publicly accessible"


@policy(
    "rds-survives-destroy",
    types=(INSTANCE, CLUSTER),
    severity="high",
    controls=("AWS FSBP RDS.7", "AWS FSBP RDS.8", "SOC 2 A1.2"),
    reason="A mistaken destroy would take the data with it.",
    remedy="Set deletion_protection=True, and skip_final_snapshot=False (the platform does in environment prod).",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
)
def survives_destroy(resource: Resource) -> Iterator[str]:
    if not resource.production:
        return
    if not resource.value("deletionProtection", default=False):
        yield "no deletion protection"
    # Of an Aurora cluster's instance the cluster keeps the data.
    if resource.value("skipFinalSnapshot", default=False):
        yield "no snapshot is left when it is deleted"


@policy(
    "rds-backups",
    types=(INSTANCE, CLUSTER),
    severity="high",
    controls=("AWS FSBP RDS.11", "PCI DSS 10.3.3", "SOC 2 A1.2"),
    reason="Without backups a mistaken statement cannot be taken back.",
    remedy="Set postgres.backup_days (and flink.database.backup_days).",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
    config={"days": {"type": "integer", "default": 7, "description": "at least, in production; elsewhere 1"}},
)
def backups(resource: Resource) -> Iterator[str]:
    # RDS keeps none where nothing is said, Aurora a day's.
    days = resource.value("backupRetentionPeriod", default=0 if resource.type == INSTANCE else 1)
    least = resource.config["days"] if resource.production else 1
    if days < least:
        yield f"backups of {days} days, less than {least}"


@stack_policy(
    "rds-zones",
    types=(INSTANCE, CLUSTER),
    severity="medium",
    controls=("CIS AWS v5.0.0 2.2.4", "AWS FSBP RDS.5", "AWS FSBP RDS.15", "SOC 2 A1.2"),
    reason="When its zone fails, so does the database, until somebody restores a backup elsewhere.",
    remedy="Set multi_az: true (RDS), or a reader in another zone (Aurora).",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.html",
)
def in_zones(stack: Stack) -> Iterator[tuple[Resource, str]]:
    if not stack.production:
        return
    for instance in stack.of(INSTANCE):
        with stack.judging(instance):
            if not instance.value("multiAz", default=False):
                yield instance, "one zone"
    for cluster in stack.of(CLUSTER):
        with stack.judging(cluster):
            instances = [one for one in stack.of(CLUSTER_INSTANCE) if cluster in stack.names(one, "clusterIdentifier")]
            if len(instances) < 2 and not cluster.value("dbClusterInstanceClass"):
                yield cluster, f"{len(instances)} instance"


@policy(
    "rds-tls-forced",
    types=(PARAMETERS, CLUSTER_PARAMETERS),
    severity="high",
    controls=("AWS FSBP RDS.38", "PCI DSS 4.2.1", "SOC 2 CC6.7"),
    reason="A client that does not ask for TLS would send its password and data in the clear.",
    remedy="Set the parameter rds.force_ssl to 1.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html",
)
def tls_forced(resource: Resource) -> Iterator[str]:
    """For an Aurora cluster in the cluster's group: an instance's group has no such parameter."""
    if not _postgres(resource):
        return
    aurora = "aurora" in str(resource.value("family"))
    if aurora and resource.type == PARAMETERS:
        return
    if not _is_on(_parameters(resource).get("rds.force_ssl")):
        yield "rds.force_ssl is not 1"


@policy(
    "rds-password-secret",
    types=(INSTANCE, CLUSTER),
    severity="critical",
    controls=("PCI DSS 8.3.2", "PCI DSS 8.6.2", "SOC 2 CC6.1"),
    reason="The password would stand in the program, in the state and in every plan.",
    remedy="Take a RandomPassword, a secret of the stack's configuration, password_wo or manage_master_user_password.",
    url="https://www.pulumi.com/docs/iac/concepts/secrets/",
)
def password_secret(resource: Resource) -> Iterator[str]:
    for key in ("password", "masterPassword"):
        given = resource.props.get(key)
        if isinstance(given, NotKnown) or given is None or is_secret(given) or given == MASKED:
            continue
        yield f"{key} is plain text"


@policy(
    "rds-replication-bounded",
    types=(PARAMETERS, CLUSTER_PARAMETERS),
    severity="high",
    controls=("SOC 2 A1.2",),
    reason="A replication slot that nobody reads keeps all of the log until the disk is full and the database stops.",
    remedy="Set max_slot_wal_keep_size, max_replication_slots and max_wal_senders (components/postgres/managed.py).",
    url="https://www.postgresql.org/docs/current/runtime-config-replication.html",
)
def replication_bounded(resource: Resource) -> Iterator[str]:
    """Aurora keeps its log in shared storage, which has no such bound."""
    if not _postgres(resource):
        return
    given = _parameters(resource)
    if not _is_on(given.get("rds.logical_replication")):
        return
    for name in STATIC[1:]:
        if name not in given:
            yield f"{name} is not set"
    if "aurora" not in str(resource.value("family")):
        bound = str(given.get("max_slot_wal_keep_size", {}).get("value", "-1"))
        if bound == "-1":
            yield "max_slot_wal_keep_size is without limit"
    for name in STATIC:
        if name in given and given[name].get("applyMethod", "immediate") != "pending-reboot":
            yield f"{name} takes effect at the next start: its apply_method has to be pending-reboot"


@stack_policy(
    "rds-capture-possible",
    types=("aws:mskconnect/connector:Connector",),
    severity="medium",
    reason="A connector cannot read changes from a server that does not write them down.",
    remedy="Set the parameter rds.logical_replication to 1 in the database's parameter group, and restart it once.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.FeatureSupport.LogicalReplication.html",
)
def capture_possible(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Of a stack with a Debezium connector and databases of its own: one of them has to allow it."""
    groups = stack.of(PARAMETERS, CLUSTER_PARAMETERS)
    for connector in stack.of("aws:mskconnect/connector:Connector"):
        with stack.judging(connector):
            captures = connector.value("connectorConfiguration", "connector.class", default="") == _CAPTURES
            if captures and groups and not any(_is_on(_parameters(one).get(STATIC[0])) for one in groups):
                yield connector, "no database of the stack has logical replication"


@policy(
    "rds-minor-upgrades",
    types=(INSTANCE, CLUSTER_INSTANCE),
    severity="medium",
    controls=("CIS AWS v5.0.0 2.2.2", "AWS FSBP RDS.13", "PCI DSS 6.3.3", "SOC 2 CC7.1"),
    reason="Security fixes come in minor versions.",
    remedy="Set auto_minor_version_upgrade=True and pin the major version only.",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-13",
)
def minor_upgrades(resource: Resource) -> Iterator[str]:
    if not resource.value("autoMinorVersionUpgrade", default=True):
        yield "minor versions are not taken"


@policy(
    "rds-logs",
    types=(INSTANCE, CLUSTER),
    severity="medium",
    controls=("AWS FSBP RDS.9", "AWS FSBP RDS.36", "AWS FSBP RDS.37", "PCI DSS 10.2.1", "SOC 2 CC7.2"),
    reason="The server's own log is the only trace of who logged in and what failed, and goes with the server.",
    remedy='Set enabled_cloudwatch_logs_exports to ["postgresql", "upgrade"] (Aurora: ["postgresql"]).',
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html",
)
def logs(resource: Resource) -> Iterator[str]:
    exported = resource.value("enabledCloudwatchLogsExports", default=[])
    if "postgres" in str(resource.value("engine", default="postgres")) and "postgresql" not in exported:
        yield "PostgreSQL's log is not exported"


@policy(
    "rds-insights",
    types=(INSTANCE, CLUSTER_INSTANCE),
    severity="low",
    controls=("SOC 2 CC7.2",),
    reason="Nobody can say afterwards which statement the database was busy with.",
    remedy="Set performance_insights_enabled=True with performance_insights_kms_key_id; seven days cost nothing.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.html",
)
def insights(resource: Resource) -> Iterator[str]:
    if not resource.value("performanceInsightsEnabled", default=False):
        yield "Performance Insights is off"
    elif problem := given_key_problem(resource.props.get("performanceInsightsKmsKeyId")):
        yield f"the statements: {problem}"
