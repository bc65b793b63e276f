"""RDS and Aurora."""

from typing import Any

from operations.plan.values import as_secret
from tests.policies.cases import UNKNOWN, Case, Given, Plant
from tests.policies.cases_load_balancer import having, without

INSTANCE, CLUSTER = "aws:rds/instance:Instance", "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
CLUSTER_PARAMETERS = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
CONNECTOR = "aws:mskconnect/connector:Connector"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"
AWS_KEY = "arn:aws:kms:us-east-1:123456789012:alias/aws/rds"


def parameters(family: str = "postgres17", **values: str) -> dict[str, Any]:
    """Properties of a parameter group; two underscores stand for the dot in a name."""
    listed = [
        {"name": key.replace("__", "."), "value": value, "applyMethod": "pending-reboot"}
        for key, value in values.items()
    ]
    return {"family": family, "parameters": listed}


BOUNDED = {
    "rds__logical_replication": "1",
    "max_replication_slots": "20",
    "max_wal_senders": "25",
    "max_slot_wal_keep_size": "25600",
}


def _but(*names: str) -> dict[str, str]:
    return {key: value for key, value in BOUNDED.items() if key not in names}


def _cluster(*instances: str, **props: Any) -> list[Given]:
    return [
        Given(CLUSTER, "aurora", props),
        *(Given(CLUSTER_INSTANCE, name, {}, refers={"clusterIdentifier": ["aurora"]}) for name in instances),
    ]


def _capture(**values: str) -> list[Given]:
    class_ = "io.debezium.connector.postgresql.PostgresConnector"
    return [
        Given(CONNECTOR, "cdc", {"connectorConfiguration": {"connector.class": class_, "database.hostname": UNKNOWN}}),
        Given(PARAMETERS, "claims", parameters(**values)),
    ]


def _with_parameter(name: str, value: str | None) -> Any:
    def change(props: dict[str, Any]) -> dict[str, Any]:
        others = [one for one in props["parameters"] if one["name"] != name]
        return {**props, "parameters": [*others, *([{"name": name, "value": value}] if value else [])]}

    return change


CASES = [
    Case(
        "rds-encrypted",
        type=INSTANCE,
        good=[{"storageEncrypted": True, "kmsKeyId": KEY}, {"storageEncrypted": True, "kmsKeyId": UNKNOWN}],
        bad=[
            {},
            {"storageEncrypted": False, "kmsKeyId": KEY},
            {"storageEncrypted": True, "kmsKeyId": AWS_KEY},
            Given(CLUSTER, "aurora", {"storageEncrypted": True}),
        ],
        unknown={"storageEncrypted": UNKNOWN, "kmsKeyId": KEY},
    ),
    Case(
        "rds-not-public",
        type=INSTANCE,
        good=[{"publiclyAccessible": False}, {}],
        bad=[{"publiclyAccessible": True}, Given(CLUSTER_INSTANCE, "aurora", {"publiclyAccessible": True})],
        unknown={"publiclyAccessible": UNKNOWN},
    ),
    Case(
        "rds-survives-destroy",
        type=INSTANCE,
        production=True,
        good=[{"deletionProtection": True, "skipFinalSnapshot": False}, {"deletionProtection": True}],
        bad=[{}, {"deletionProtection": True, "skipFinalSnapshot": True}, Given(CLUSTER, "aurora", {})],
        unknown={"deletionProtection": UNKNOWN},
    ),
    Case("rds-survives-destroy", type=INSTANCE, good=[{"skipFinalSnapshot": True}]),
    Case(
        "rds-backups",
        type=INSTANCE,
        production=True,
        good=[{"backupRetentionPeriod": 7}, {"backupRetentionPeriod": 35}],
        bad=[{"backupRetentionPeriod": 1}, {}],
        unknown={"backupRetentionPeriod": UNKNOWN},
    ),
    Case(
        "rds-backups",
        type=INSTANCE,
        good=[{"backupRetentionPeriod": 1}, Given(CLUSTER, "aurora", {})],
        bad=[{}, {"backupRetentionPeriod": 0}],
    ),
    Case(
        "rds-zones",
        production=True,
        good=[
            [Given(INSTANCE, "claims", {"multiAz": True})],
            _cluster("a", "b"),
            _cluster(dbClusterInstanceClass="db.m6gd"),
        ],
        bad=[
            [Given(INSTANCE, "claims", {})],
            _cluster("a"),
            [*_cluster("a"), Given(CLUSTER_INSTANCE, "of-another", {})],
        ],
        unknown=[Given(INSTANCE, "claims", {"multiAz": UNKNOWN})],
    ),
    Case("rds-zones", good=[[Given(INSTANCE, "claims", {})]]),
    Case(
        "rds-tls-forced",
        type=PARAMETERS,
        good=[
            parameters(rds__force_ssl="1"),
            {"family": "mysql8.4"},
            Given(CLUSTER_PARAMETERS, "aurora", parameters("aurora-postgresql17", rds__force_ssl="1")),
            # The parameter is the cluster's.
            Given(PARAMETERS, "aurora-instance", parameters("aurora-postgresql17")),
        ],
        bad=[
            {"family": "postgres17"},
            parameters(rds__force_ssl="0"),
            Given(CLUSTER_PARAMETERS, "aurora", parameters("aurora-postgresql17", max_wal_senders="9")),
        ],
        unknown={"family": "postgres17", "parameters": UNKNOWN},
    ),
    Case(
        "rds-password-secret",
        type=INSTANCE,
        good=[
            {"password": as_secret("correct horse")},
            {"manageMasterUserPassword": True},
            {"passwordWo": "battery", "passwordWoVersion": 1},
            {"password": UNKNOWN},
        ],
        bad=[{"password": "correct horse"}, Given(CLUSTER, "aurora", {"masterPassword": "battery"})],
        no_unknown="a value that is not known yet is no text of the program",
    ),
    Case(
        "rds-replication-bounded",
        type=PARAMETERS,
        good=[
            parameters(**BOUNDED),
            parameters(rds__force_ssl="1"),
            Given(CLUSTER_PARAMETERS, "aurora", parameters("aurora-postgresql17", **_but("max_slot_wal_keep_size"))),
        ],
        bad=[
            parameters(**_but("max_slot_wal_keep_size")),
            parameters(**_but("max_wal_senders")),
            parameters(**BOUNDED | {"max_slot_wal_keep_size": "-1"}),
            {
                "family": "postgres17",
                "parameters": [{**one, "applyMethod": "immediate"} for one in parameters(**BOUNDED)["parameters"]],
            },
        ],
        unknown={"family": "postgres17", "parameters": UNKNOWN},
    ),
    Case(
        "rds-capture-possible",
        good=[
            _capture(**BOUNDED),
            _capture()[:1],
            [Given(CONNECTOR, "sink", {}), Given(PARAMETERS, "p", parameters())],
        ],
        bad=[_capture(rds__force_ssl="1"), _capture(rds__logical_replication="0")],
        unknown=[Given(CONNECTOR, "cdc", {"connectorConfiguration": UNKNOWN})],
    ),
    Case(
        "rds-minor-upgrades",
        type=INSTANCE,
        good=[{"autoMinorVersionUpgrade": True}, {}],
        bad=[{"autoMinorVersionUpgrade": False}],
        unknown={"autoMinorVersionUpgrade": UNKNOWN},
    ),
    Case(
        "rds-logs",
        type=INSTANCE,
        good=[{"enabledCloudwatchLogsExports": ["postgresql", "upgrade"]}, {"engine": "mysql"}],
        bad=[{"engine": "postgres"}, {"enabledCloudwatchLogsExports": ["upgrade"]}],
        unknown={"engine": "postgres", "enabledCloudwatchLogsExports": UNKNOWN},
    ),
    Case(
        "rds-insights",
        type=INSTANCE,
        good=[
            {"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": KEY},
            {"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": UNKNOWN},
        ],
        bad=[
            {},
            {"performanceInsightsEnabled": True},
            {"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": AWS_KEY},
        ],
        unknown={"performanceInsightsEnabled": UNKNOWN},
    ),
]

POSTGRES = "*Instance::postgres"
GROUP = "*ParameterGroup::postgres"

PLANTS = [
    Plant("rds-encrypted", where=POSTGRES, change=having(storageEncrypted=False)),
    Plant("rds-encrypted", stack="dev-external", where=CLUSTER, change=without("kmsKeyId")),
    Plant("rds-not-public", where=POSTGRES, change=having(publiclyAccessible=True)),
    Plant("rds-survives-destroy", stack="prod-msk", where=POSTGRES, change=having(deletionProtection=False)),
    Plant("rds-backups", stack="prod-msk", where=POSTGRES, change=having(backupRetentionPeriod=1)),
    Plant("rds-zones", stack="prod-msk", where=POSTGRES, change=having(multiAz=False)),
    Plant("rds-tls-forced", where=GROUP, change=_with_parameter("rds.force_ssl", "0")),
    Plant(
        "rds-tls-forced", stack="dev-external", where=CLUSTER_PARAMETERS, change=_with_parameter("rds.force_ssl", None)
    ),
    Plant("rds-password-secret", where=POSTGRES, change=having(password="correct horse")),
    Plant("rds-replication-bounded", where=GROUP, change=_with_parameter("max_slot_wal_keep_size", None)),
    Plant("rds-capture-possible", where=GROUP, change=_with_parameter("rds.logical_replication", None)),
    Plant("rds-minor-upgrades", where=POSTGRES, change=having(autoMinorVersionUpgrade=False)),
    Plant("rds-logs", where=POSTGRES, change=without("enabledCloudwatchLogsExports")),
    Plant("rds-insights", where=POSTGRES, change=having(performanceInsightsEnabled=False)),
]
