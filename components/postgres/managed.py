"""What RDS and Aurora have in common: key, login, network, logs, parameters and alarms."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.key_policy import key_policy
from components.network import NetworkAccess
from components.postgres.certificates import rds_root
from components.postgres.contract import DatabaseLogin

PORT = 5432
OWNER = "platform"
"""Master user. `admin`, `rdsadmin` and `postgres`-like names are reserved or guessed first."""

SLOTS = 20
"""Replication slots: RDS' own default, written out because a smaller one stops a slot from being made."""

WAL_SENDERS = 25
"""Connections that read the log: one for each slot, and some for the snapshots of a new connector."""

EXTENDED_SUPPORT = "open-source-rds-extended-support-disabled"
"""A major version past its end is refused or upgraded; with extended support it would cost by vCPU and hour."""

SLOT_ADVICE = (
    "A replication slot holds back the log: its connector is stopped, slow or gone. Start the connector, or drop the "
    "slot with pg_drop_replication_slot."
)


@dataclass
class ManagedPostgresArgs:
    """Inputs that `RdsPostgres` and `AuroraPostgres` share.

    identifier:    name of the database server: at most 63 lower case letters, digits and hyphens
    database:      database to create
    network:       the VPC; the server goes into its isolated subnets and lets in its workloads' group
    region, account_id: for the key's policy and the certificate of RDS
    major_version: of PostgreSQL (default 17)
    backup_days:   days that backups are kept, 1 to 35 (default 7)
    log_days:      days that PostgreSQL's log is kept in CloudWatch (default 30)
    logical_replication: True: changes can be captured (default); False: for a database that nobody captures
    protect:       True: Pulumi and AWS refuse to delete it, and a destroy leaves a final snapshot (default False)
    ca_certificates: PEM text that clients trust; default: the root certificate of RDS in `region`
    alarm_actions: ARNs of SNS topics that the alarms call
    """

    identifier: str
    database: str
    network: NetworkAccess
    region: str
    account_id: str
    tags: dict[str, str]
    major_version: str = "17"
    backup_days: int = 7
    log_days: int = 30
    logical_replication: bool = True
    protect: bool = False
    ca_certificates: str | None = None
    alarm_actions: Sequence[pulumi.Input[str]] = ()


def parameters(logical_replication: bool, keep_mib: int | None) -> dict[str, tuple[str, str]]:
    """Parameter -> (value, apply method) of a parameter group.

    keep_mib: MiB of log that a slot without a reader may hold back; None: without limit
    """
    values = {
        # Without TLS nobody gets in.
        "rds.force_ssl": ("1", "immediate"),
        # Milliseconds. Slow statements are worth a line in the log, fast ones are not.
        "log_min_duration_statement": ("1000", "immediate"),
    }
    if logical_replication:
        values |= {
            # Sets wal_level to logical. Static: it works from the next restart on, which for a new server is its first
            # start; on one that runs already, reboot it.
            "rds.logical_replication": ("1", "pending-reboot"),
            "max_replication_slots": (str(SLOTS), "pending-reboot"),
            "max_wal_senders": (str(WAL_SENDERS), "pending-reboot"),
            # Milliseconds; PostgreSQL's own default. A reader that is silent for longer is taken for dead.
            "wal_sender_timeout": ("60000", "immediate"),
        }
        if keep_mib is not None:
            # A connector that is gone would fill the disk and stop the database. Beyond this the slot is given up and
            # the connector has to take a new snapshot: the lesser evil. In MiB.
            values["max_slot_wal_keep_size"] = (str(keep_mib), "immediate")
    return values


@dataclass(frozen=True)
class Surroundings:
    """What is there before the server."""

    key: aws.kms.Key
    subnet_group: aws.rds.SubnetGroup
    security_group: aws.ec2.SecurityGroup
    password: random.RandomPassword
    snapshot_name: pulumi.Output[str]
    logs: Sequence[aws.cloudwatch.LogGroup]


def surroundings(
    name: str, args: ManagedPostgresArgs, log_groups: Mapping[str, str], parent: pulumi.Resource
) -> Surroundings:
    """Declare what a server needs. log_groups: short name -> name of the group that RDS writes to."""
    child = pulumi.ResourceOptions(parent=parent)
    key = aws.kms.Key(
        name,
        description=f"PostgreSQL {args.identifier}: storage, backups, login and logs",
        enable_key_rotation=True,
        policy=json.dumps(key_policy(args.account_id, args.region, log_groups=True)),
        tags=args.tags,
        # Without the key neither the data nor a snapshot of it can be read.
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )
    aws.kms.Alias(name, name=f"alias/{args.identifier}", target_key_id=key.key_id, opts=child)
    subnet_group = aws.rds.SubnetGroup(
        name,
        name=args.identifier,
        description=f"Isolated subnets of {args.identifier}",
        subnet_ids=list(args.network.isolated_subnet_ids),
        tags=args.tags,
        opts=child,
    )
    security_group = aws.ec2.SecurityGroup(
        name,
        name=args.identifier,
        description=f"PostgreSQL {args.identifier}",
        vpc_id=args.network.vpc_id,
        tags=args.tags,
        opts=child,
    )
    # By group and not by address: whoever is no workload of this platform gets no connection, wherever it is. There is
    # no rule out: a database answers and never calls.
    aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=security_group.id,
        referenced_security_group_id=args.network.workload_security_group_id,
        ip_protocol="tcp",
        from_port=PORT,
        to_port=PORT,
        description="Workloads of the platform",
        tags=args.tags,
        opts=child,
    )
    # Letters and digits: RDS refuses / @ " and a blank, and a URL or a properties file would need escapes for others.
    # RDS could manage the password itself (manage_master_user_password), but it rotates it every week: CMF and the
    # setup job hold it as a Kubernetes Secret, and a rotation would cut them off until somebody restarts them.
    password = random.RandomPassword(name, length=32, special=False, opts=child)
    # A snapshot's name is used up for good: a stack that is destroyed twice needs two.
    suffix = random.RandomId(f"{name}-snapshot", byte_length=4, opts=child)
    logs = [
        aws.cloudwatch.LogGroup(
            f"{name}-{short}",
            # RDS would make it itself at the first line: without a key, and kept forever.
            name=physical,
            retention_in_days=args.log_days,
            kms_key_id=key.arn,
            tags=args.tags,
            opts=child,
        )
        for short, physical in log_groups.items()
    ]
    snapshot_name = suffix.hex.apply(lambda end: f"{args.identifier}-final-{end}")
    return Surroundings(key, subnet_group, security_group, password, snapshot_name, logs)


def owner_login(
    name: str,
    args: ManagedPostgresArgs,
    around: Surroundings,
    host: pulumi.Output[str],
    ready: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> DatabaseLogin:
    """The master login, also as a secret in Secrets Manager with the keys that AWS' own tools expect."""
    secret = aws.secretsmanager.Secret(
        name,
        # With a slash: a name that ended in a hyphen and six characters could not be told from a whole ARN.
        name=f"{args.identifier}/login",
        description=f"Owner of PostgreSQL {args.identifier}",
        kms_key_id=around.key.arn,
        # 0: the name is free at once, for a stack that is made anew.
        recovery_window_in_days=30 if args.protect else 0,
        tags=args.tags,
        # Its name would be taken for as long as it can be had back, and the next `up` would fail.
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )
    content = pulumi.Output.all(host=host, password=around.password.result).apply(
        lambda known: json.dumps(
            {
                "engine": "postgres",
                "host": known["host"],
                "port": PORT,
                "dbname": args.database,
                "username": OWNER,
                "password": known["password"],
            }
        )
    )
    aws.secretsmanager.SecretVersion(
        name,
        secret_id=secret.arn,
        secret_string=pulumi.Output.secret(content),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return DatabaseLogin(
        host=host,
        port=PORT,
        database=args.database,
        user=OWNER,
        password=pulumi.Output.secret(around.password.result),
        secret_arn=secret.arn,
        ca_certificates=args.ca_certificates or rds_root(args.region),
        ready=ready,
    )


def alarm(
    name: str,
    physical: str,
    description: str,
    metric: str,
    dimensions: Mapping[str, pulumi.Input[str]],
    threshold: float,
    args: ManagedPostgresArgs,
    parent: pulumi.Resource,
    below: bool = False,
) -> None:
    """An alarm when `metric` (bytes) is above or `below` the threshold for a quarter of an hour."""
    aws.cloudwatch.MetricAlarm(
        name,
        name=physical,
        alarm_description=description,
        namespace="AWS/RDS",
        metric_name=metric,
        dimensions=dict(dimensions),
        statistic="Minimum" if below else "Maximum",
        comparison_operator="LessThanThreshold" if below else "GreaterThanThreshold",
        threshold=threshold,
        period=300,
        evaluation_periods=3,
        # Before there is a slot there is no lag.
        treat_missing_data="notBreaching",
        alarm_actions=list(args.alarm_actions),
        ok_actions=list(args.alarm_actions),
        tags=args.tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
