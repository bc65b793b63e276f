"""Debezium on MSK Connect: AWS runs the workers. They reach MSK by IAM only."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.cdc.debezium import managed_debezium_config
from components.cdc.msk_connect_documents import role_policy, secret_reference, worker_properties
from components.errors import problem
from components.kafka.contract import GrantedAccess
from components.kafka.java_properties import properties_text
from components.key_policy import key_policy
from components.network import NetworkAccess
from components.postgres.contract import PostgresAccess
from components.service_trust import service_trust
from components.versions import MSK_CONNECT_KAFKA


@dataclass
class MskConnectCdcArgs:
    """Inputs of `MskConnectCdc`.

    connector:  name of the connector and, with underscores, of the replication slot
    tables:     schema.table of each captured table; at least one
    postgres:   what is captured; its password or its secret is known
    kafka:      what `grant(msk_connect_workload(...))` gave: a login by IAM
    network:    the workers go into its private subnets and carry its workloads' group
    region, account_id: where this is
    plugin_bucket, plugin_key: where the zip with Debezium and the config providers is; the key names its content
                (a hash), because a plugin cannot be changed
    plugin_file: path of that zip, to be uploaded; None: it is there already
    plugin_kms_key_arns: keys of that bucket, and of `postgres.secret_arn` where that is given
    mcu:        MSK Connect units of 1 vCPU and 4 GiB: 1, 2, 4 or 8 (default 1). One connector has one task
    exactly_once: False where MSK Connect refuses it: after a crash some changes come twice (default True)
    log_days:   days that logs are kept (default 30)
    recovery_window_days: of the secret with the password, 0 or 7 to 30 (default 0: the name is free at once)
    protect:    True: Pulumi refuses to delete that secret and the key of it and of the logs (default False)
    after:      what has to exist before the connector starts: the topics
    alarm_actions: ARNs of SNS topics
    """

    connector: str
    tables: list[str]
    postgres: PostgresAccess
    kafka: GrantedAccess
    network: NetworkAccess
    region: str
    account_id: str
    plugin_bucket: pulumi.Input[str]
    plugin_key: str
    tags: dict[str, str]
    plugin_file: str | None = None
    plugin_kms_key_arns: Sequence[pulumi.Input[str]] = ()
    mcu: int = 1
    exactly_once: bool = True
    log_days: int = 30
    recovery_window_days: int = 0
    protect: bool = False
    after: Sequence[pulumi.Resource] = ()
    alarm_actions: Sequence[pulumi.Input[str]] = field(default_factory=list)


class MskConnectCdc(pulumi.ComponentResource):
    """A Debezium connector on MSK Connect.

    Its configuration names the password's secret and never holds the password. When it goes, the replication slot stays
    in the database: drop it with pg_drop_replication_slot, or the log fills the disk.

    Outputs: connector (name), connector_arn, log_group (name).
    """

    connector: pulumi.Output[str]
    connector_arn: pulumi.Output[str]
    log_group: pulumi.Output[str]

    exactly_once: bool
    ready: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: MskConnectCdcArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:MskConnectCdc", name, None, opts)
        _check(args)
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(
            name,
            description=f"Change data capture {args.connector}: logs and login",
            enable_key_rotation=True,
            policy=json.dumps(key_policy(args.account_id, args.region, log_groups=True)),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        logs = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/msk-connect/{args.connector}",
            retention_in_days=args.log_days,
            kms_key_id=key.arn,
            tags=args.tags,
            opts=child,
        )
        secret_arn = self._secret(name, args, key)
        ca_file, uploads = self._certificate(name, args)
        role = aws.iam.Role(
            name,
            name=args.connector,
            description=f"Workers of {args.connector}",
            assume_role_policy=json.dumps(service_trust("kafkaconnect.amazonaws.com", args.account_id)),
            tags=args.tags,
            opts=child,
        )
        rights: list[pulumi.Resource] = [
            aws.iam.RolePolicy(
                name,
                name="database",
                role=role.name,
                policy=pulumi.Output.all(
                    secret=secret_arn,
                    keys=pulumi.Output.all(key.arn, *args.plugin_kms_key_arns),
                    objects=pulumi.Output.all(
                        *(pulumi.Output.concat("arn:aws:s3:::", one.bucket, "/", one.key) for one in uploads)
                    ),
                ).apply(lambda known: json.dumps(role_policy(known["secret"], known["keys"], known["objects"]))),
                opts=child,
            ),
            *(
                aws.iam.RolePolicyAttachment(f"{name}-{short}", role=role.name, policy_arn=arn, opts=child)
                for short, arn in args.kafka.policy_arns.items()
            ),
        ]
        plugin = self._plugin(name, args)
        workers = self._worker_configuration(name, args)
        connector = aws.mskconnect.Connector(
            name,
            name=args.connector,
            description=f"Changes of {args.postgres.database}",
            kafkaconnect_version=MSK_CONNECT_KAFKA,
            capacity=aws.mskconnect.ConnectorCapacityArgs(
                provisioned_capacity=aws.mskconnect.ConnectorCapacityProvisionedCapacityArgs(
                    worker_count=1, mcu_count=args.mcu
                )
            ),
            connector_configuration=self._configuration(args, secret_arn, ca_file),
            kafka_cluster=aws.mskconnect.ConnectorKafkaClusterArgs(
                apache_kafka_cluster=aws.mskconnect.ConnectorKafkaClusterApacheKafkaClusterArgs(
                    bootstrap_servers=args.kafka.access.bootstrap_servers,
                    vpc=aws.mskconnect.ConnectorKafkaClusterApacheKafkaClusterVpcArgs(
                        subnets=list(args.network.private_subnet_ids),
                        security_groups=[args.network.workload_security_group_id],
                    ),
                )
            ),
            kafka_cluster_client_authentication=aws.mskconnect.ConnectorKafkaClusterClientAuthenticationArgs(
                authentication_type="IAM"
            ),
            kafka_cluster_encryption_in_transit=aws.mskconnect.ConnectorKafkaClusterEncryptionInTransitArgs(
                encryption_type="TLS"
            ),
            plugins=[
                aws.mskconnect.ConnectorPluginArgs(
                    custom_plugin=aws.mskconnect.ConnectorPluginCustomPluginArgs(
                        arn=plugin.arn, revision=plugin.latest_revision
                    )
                )
            ],
            worker_configuration=aws.mskconnect.ConnectorWorkerConfigurationArgs(
                arn=workers.arn, revision=workers.latest_revision
            ),
            log_delivery=aws.mskconnect.ConnectorLogDeliveryArgs(
                worker_log_delivery=aws.mskconnect.ConnectorLogDeliveryWorkerLogDeliveryArgs(
                    cloudwatch_logs=aws.mskconnect.ConnectorLogDeliveryWorkerLogDeliveryCloudwatchLogsArgs(
                        enabled=True, log_group=logs.name
                    )
                )
            ),
            service_execution_role_arn=role.arn,
            tags=args.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*rights, *uploads, *args.kafka.ready, *args.postgres.ready, *args.after],
                # The slot takes one reader, and the name is taken until the old connector is gone.
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create="45m", update="45m", delete="30m"),
            ),
        )
        # MSK Connect says RUNNING even where the task has failed; the number of running tasks tells.
        aws.cloudwatch.MetricAlarm(
            f"{name}-task",
            name=f"{args.connector}-task",
            alarm_description=f"The task of {args.connector} does not run: the reason is in /aws/msk-connect/.",
            namespace="AWS/KafkaConnect",
            metric_name="RunningTaskCount",
            dimensions={"ConnectorName": connector.name},
            statistic="Maximum",
            comparison_operator="LessThanThreshold",
            threshold=1,
            period=300,
            evaluation_periods=3,
            treat_missing_data="breaching",
            alarm_actions=list(args.alarm_actions),
            ok_actions=list(args.alarm_actions),
            tags=args.tags,
            opts=child,
        )
        self.exactly_once = args.exactly_once
        self.ready = [connector]
        self.connector = connector.name
        self.connector_arn = connector.arn
        self.log_group = logs.name
        self.register_outputs(
            {"connector": self.connector, "connector_arn": self.connector_arn, "log_group": self.log_group}
        )

    def _secret(self, name: str, args: MskConnectCdcArgs, key: aws.kms.Key) -> pulumi.Output[str]:
        """The secret with the login: the one there is, or one of our own."""
        if args.postgres.secret_arn is not None:
            return pulumi.Output.from_input(args.postgres.secret_arn)
        secret = aws.secretsmanager.Secret(
            name,
            name=f"{args.connector}/database",
            description=f"Login of {args.connector} at the database",
            kms_key_id=key.arn,
            recovery_window_in_days=args.recovery_window_days,
            tags=args.tags,
            # While it could be had back its name is taken, and a connector that is made anew would fail.
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        user = args.postgres.user
        version = aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.arn,
            secret_string=pulumi.Output.secret(args.postgres.password).apply(
                lambda password: json.dumps({"username": user, "password": password})
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Whoever names the secret waits for its content too.
        return pulumi.Output.all(secret.arn, version.id).apply(lambda known: known[0])

    def _certificate(
        self, name: str, args: MskConnectCdcArgs
    ) -> tuple[pulumi.Output[str] | None, list[aws.s3.BucketObjectv2]]:
        """Reference to the authorities of the database, which the workers fetch from S3, and the object."""
        if args.postgres.ca_certificates is None:
            return None, []
        upload = aws.s3.BucketObjectv2(
            f"{name}-certificate",
            bucket=args.plugin_bucket,
            key=f"{args.connector}/database-ca.pem",
            content=args.postgres.ca_certificates,
            content_type="application/x-pem-file",
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return pulumi.Output.concat("${s3import:", args.region, ":", upload.bucket, "/", upload.key, "}"), [upload]

    def _configuration(
        self, args: MskConnectCdcArgs, secret_arn: pulumi.Output[str], ca_file: pulumi.Output[str] | None
    ) -> Mapping[str, pulumi.Input[str]]:
        config = managed_debezium_config(
            args.connector,
            args.postgres,
            args.tables,
            secret_arn.apply(secret_reference),
            ca_file,
            args.exactly_once,
        )
        # The name is an argument of its own; as a key it would be refused where it differs.
        config.pop("name")
        # With a config provider MSK Connect restarts the connector again and again, unless it is told not to.
        return {**config, "config.action.reload": "none"}

    def _plugin(self, name: str, args: MskConnectCdcArgs) -> aws.mskconnect.CustomPlugin:
        key: pulumi.Input[str] = args.plugin_key
        if args.plugin_file is not None:
            key = aws.s3.BucketObjectv2(
                f"{name}-plugin",
                bucket=args.plugin_bucket,
                key=args.plugin_key,
                source=pulumi.FileAsset(args.plugin_file),
                tags=args.tags,
                opts=pulumi.ResourceOptions(parent=self),
            ).key
        bucket_arn = pulumi.Output.concat("arn:aws:s3:::", args.plugin_bucket)
        return aws.mskconnect.CustomPlugin(
            name,
            # A plugin is read once and cannot be changed: another content is another plugin.
            name=f"{args.connector}-{_short(args.plugin_key)}",
            content_type="ZIP",
            location=aws.mskconnect.CustomPluginLocationArgs(
                s3=aws.mskconnect.CustomPluginLocationS3Args(bucket_arn=bucket_arn, file_key=key)
            ),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _worker_configuration(self, name: str, args: MskConnectCdcArgs) -> aws.mskconnect.WorkerConfiguration:
        text = properties_text(worker_properties(args.connector, args.region, args.exactly_once))
        return aws.mskconnect.WorkerConfiguration(
            name,
            # It cannot be changed either.
            name=f"{args.connector}-{_short(text)}",
            properties_file_content=text,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _short(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:8]


def _check(args: MskConnectCdcArgs) -> None:
    if args.kafka.access.sasl_mechanism != "AWS_MSK_IAM":
        raise problem(
            "MskConnectCdc",
            "kafka",
            f"a login by {args.kafka.access.sasl_mechanism or 'nothing'}",
            "AWS_MSK_IAM; MSK Connect has no other",
            "add iam to kafka.authentication, or take cdc.flavour kafka_connect",
        )
    if args.postgres.password is None and args.postgres.secret_arn is None:
        raise problem(
            "MskConnectCdc",
            "postgres",
            "neither a password nor a secret",
            "one of them",
            "take the access of PostgresSetup or ExistingPostgres",
        )
