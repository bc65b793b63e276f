"""PostgreSQL on Amazon Aurora, Serverless v2."""

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

_SLOT_LAG_BYTES = 25 * 1024**3
"""Aurora's storage grows to 128 TiB by itself: a slot without a reader costs money and restart time before it stops the
database. 25 GiB is some hours of log of a busy database."""


@dataclass
class AuroraPostgresArgs(ManagedPostgresArgs):
    """Inputs of `AuroraPostgres`, besides those of `ManagedPostgresArgs`.

    min_acu, max_acu: Aurora capacity units of 2 GiB, in steps of 0.5 (default 0.5 to 8). 0 would pause the database,
                      which an open replication slot prevents anyway
    instances:        one writer; each further one reads and can take over (default 1)
    """

    min_acu: float = 0.5
    max_acu: float = 8
    instances: int = 1


class AuroraPostgres(pulumi.ComponentResource):
    """One Aurora cluster: encrypted, not public, TLS only, with backups, logs and, where captured, a slot alarm.

    `login` is what the setup of change data capture and CMF take.

    Outputs: host (of the writer), identifier, secret_arn, key_arn, security_group_id.
    """

    host: pulumi.Output[str]
    identifier: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]

    login: DatabaseLogin

    def __init__(self, name: str, args: AuroraPostgresArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:AuroraPostgres", name, None, opts)
        around = surroundings(name, args, {"postgresql": f"/aws/rds/cluster/{args.identifier}/postgresql"}, parent=self)
        # Replication is a matter of the cluster: in the group of an instance these parameters have no effect.
        group = aws.rds.ClusterParameterGroup(
            name,
            name=f"{args.identifier}-{args.major_version}",
            family=f"aurora-postgresql{args.major_version}",
            description=f"Aurora PostgreSQL {args.identifier}",
            parameters=[
                aws.rds.ClusterParameterGroupParameterArgs(name=key, value=value, apply_method=method)
                # Aurora has no limit for what a slot holds back.
                for key, (value, method) in parameters(args.logical_replication, keep_mib=None).items()
            ],
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        cluster = aws.rds.Cluster(
            name,
            cluster_identifier=args.identifier,
            engine=aws.rds.EngineType.AURORA_POSTGRESQL,
            engine_mode="provisioned",
            # The major version only: AWS moves the minor one. The API fills in the rest.
            engine_version=args.major_version,
            allow_major_version_upgrade=True,
            engine_lifecycle_support=EXTENDED_SUPPORT,
            serverlessv2_scaling_configuration=aws.rds.ClusterServerlessv2ScalingConfigurationArgs(
                min_capacity=args.min_acu, max_capacity=args.max_acu
            ),
            database_name=args.database,
            master_username=OWNER,
            master_password=around.password.result,
            port=PORT,
            db_cluster_parameter_group_name=group.name,
            db_subnet_group_name=around.subnet_group.name,
            vpc_security_group_ids=[around.security_group.id],
            storage_encrypted=True,
            kms_key_id=around.key.arn,
            backup_retention_period=args.backup_days,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not args.protect,
            deletion_protection=args.protect,
            skip_final_snapshot=not args.protect,
            final_snapshot_identifier=around.snapshot_name if args.protect else None,
            apply_immediately=not args.protect,
            enabled_cloudwatch_logs_exports=["postgresql"],
            tags=args.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=list(around.logs),
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="120m", delete="60m"),
            ),
        )
        instances = [
            aws.rds.ClusterInstance(
                f"{name}-{number}",
                identifier=f"{args.identifier}-{number}",
                cluster_identifier=cluster.cluster_identifier,
                engine=aws.rds.EngineType.AURORA_POSTGRESQL,
                instance_class="db.serverless",
                db_subnet_group_name=around.subnet_group.name,
                publicly_accessible=False,
                ca_cert_identifier=AUTHORITY,
                auto_minor_version_upgrade=True,
                apply_immediately=not args.protect,
                # Those of tier 0 and 1 are kept as large as the writer, so that they can take over at once.
                promotion_tier=min(number, 15),
                performance_insights_enabled=True,
                performance_insights_kms_key_id=around.key.arn,
                performance_insights_retention_period=7,
                tags=args.tags,
                opts=pulumi.ResourceOptions(
                    parent=self,
                    custom_timeouts=pulumi.CustomTimeouts(create="60m", update="120m", delete="60m"),
                ),
            )
            for number in range(args.instances)
        ]
        if args.logical_replication:
            alarm(
                f"{name}-slot-lag",
                f"{args.identifier}-slot-lag",
                SLOT_ADVICE,
                "OldestReplicationSlotLag",
                # The writer, whichever instance it is at the time.
                {"DBClusterIdentifier": cluster.cluster_identifier, "Role": "WRITER"},
                _SLOT_LAG_BYTES,
                args,
                self,
            )
        self.login = owner_login(name, args, around, cluster.endpoint, instances, self)
        self.host = cluster.endpoint
        self.identifier = cluster.cluster_identifier
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
