"""PostgreSQL on Amazon RDS."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.postgres.certificates import AUTHORITY
from components.postgres.contract import DatabaseLogin
from components.postgres.managed import (
    EXTENDED_SUPPORT,
    OWNER,
    PORT,
    SLOT_ADVICE,
    ManagedPostgresArgs,
    alarm,
    owner_login,
    parameters,
    surroundings,
)

_GIB = 1024**3


@dataclass
class RdsPostgresArgs(ManagedPostgresArgs):
    """Inputs of `RdsPostgres`, besides those of `ManagedPostgresArgs`.

    instance_class:  default db.t4g.medium: 2 vCPU, 4 GiB
    storage_gib:     first size of the disk, gp3 (default 50)
    storage_max_gib: it grows by itself up to this (default 500); at least 110 % of `storage_gib`
    multi_az:        True: a standby in another zone takes over (default False)
    """

    instance_class: str = "db.t4g.medium"
    storage_gib: int = 50
    storage_max_gib: int = 500
    multi_az: bool = False


class RdsPostgres(pulumi.ComponentResource):
    """One PostgreSQL server: encrypted, not public, TLS only, with backups, logs and, where captured, slot alarms.

    `login` is what the setup of change data capture and CMF take.

    Outputs: host, identifier, secret_arn, key_arn, security_group_id.
    """

    host: pulumi.Output[str]
    identifier: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]

    login: DatabaseLogin

    def __init__(self, name: str, args: RdsPostgresArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:RdsPostgres", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        log_root = f"/aws/rds/instance/{args.identifier}"
        around = surroundings(
            name, args, {"postgresql": f"{log_root}/postgresql", "upgrade": f"{log_root}/upgrade"}, self
        )
        # Half of the first disk: enough for a long outage of the connector, and never the whole disk.
        keep_mib = args.storage_gib * 1024 // 2
        group = aws.rds.ParameterGroup(
            name,
            # A new major version needs a group of another family beside the one in use, so the version is in the name.
            name=f"{args.identifier}-{args.major_version}",
            family=f"postgres{args.major_version}",
            description=f"PostgreSQL {args.identifier}",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name=key, value=value, apply_method=method)
                for key, (value, method) in parameters(args.logical_replication, keep_mib).items()
            ],
            tags=args.tags,
            opts=child,
        )
        instance = aws.rds.Instance(
            name,
            identifier=args.identifier,
            engine="postgres",
            # The major version only: AWS moves the minor one in the maintenance window, and the provider compares no
            # more than what stands here. Ignoring changes of the version would ignore a wanted upgrade too.
            engine_version=args.major_version,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=True,
            engine_lifecycle_support=EXTENDED_SUPPORT,
            instance_class=args.instance_class,
            db_name=args.database,
            username=OWNER,
            password=around.password.result,
            port=PORT,
            parameter_group_name=group.name,
            db_subnet_group_name=around.subnet_group.name,
            vpc_security_group_ids=[around.security_group.id],
            publicly_accessible=False,
            multi_az=args.multi_az,
            # Said, because SDK and API disagree about the default.
            storage_type="gp3",
            # AWS owns the size once it has grown: the provider ignores a difference while there is a maximum.
            allocated_storage=args.storage_gib,
            max_allocated_storage=args.storage_max_gib,
            storage_encrypted=True,
            kms_key_id=around.key.arn,
            ca_cert_identifier=AUTHORITY,
            backup_retention_period=args.backup_days,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not args.protect,
            deletion_protection=args.protect,
            # Without a final snapshot a destroy goes through; with one it takes some minutes and the data is kept.
            skip_final_snapshot=not args.protect,
            final_snapshot_identifier=around.snapshot_name if args.protect else None,
            # Where it matters to somebody, a change that restarts the server waits for the maintenance window.
            apply_immediately=not args.protect,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=around.key.arn,
            # Days; 7 is free of charge.
            performance_insights_retention_period=7,
            enabled_cloudwatch_logs_exports=["postgresql", "upgrade"],
            tags=args.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=list(around.logs),
                # 6 min measured by others for one zone, 10 to 20 for two; a snapshot comes on top at the end.
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="120m", delete="60m"),
            ),
        )
        self._alarms(name, args, keep_mib, instance)
        self.login = owner_login(name, args, around, instance.address, [instance], self)
        self.host = instance.address
        self.identifier = instance.identifier
        self.secret_arn = pulumi.Output.from_input(self.login.secret_arn or "")
        self.key_arn = around.key.arn
        self.security_group_id = around.security_group.id
        self.register_outputs(
            {
                "host": self.host,
                "identifier": self.identifier,
                "secret_arn": self.secret_arn,
                "key_arn": self.key_arn,
                "security_group_id": self.security_group_id,
            }
        )

    def _alarms(self, name: str, args: RdsPostgresArgs, keep_mib: int, instance: aws.rds.Instance) -> None:
        server = {"DBInstanceIdentifier": instance.identifier}
        alarm(
            f"{name}-free-storage",
            f"{args.identifier}-free-storage",
            "Less than a tenth of the first disk is free. RDS enlarges it at most once in six hours.",
            "FreeStorageSpace",
            server,
            args.storage_gib * _GIB / 10,
            args,
            self,
            below=True,
        )
        if not args.logical_replication:
            return
        # Half of what a slot may hold back: there is as much time again before the slot is given up.
        half = keep_mib * 1024**2 / 2
        alarm(
            f"{name}-slot-lag",
            f"{args.identifier}-slot-lag",
            SLOT_ADVICE,
            "OldestReplicationSlotLag",
            server,
            half,
            args,
            self,
        )
        alarm(
            f"{name}-log-disk",
            f"{args.identifier}-log-disk",
            "The write-ahead log takes much of the disk, mostly because of a replication slot without a reader.",
            "TransactionLogsDiskUsage",
            server,
            keep_mib * 1024**2,
            args,
            self,
        )
