"""Amazon MSK with brokers of one's own choice: standard or express."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components.errors import PlatformError, problem
from components.kafka.contract import (
    Grant,
    GrantedAccess,
    KafkaAccess,
    Login,
    TopicDescription,
    Workload,
    grants_for,
)
from components.kafka.iam_grants import IamGrants
from components.kafka.iam_policies import iam_access
from components.kafka.msk_args import MskArgs, broker_logs, broker_nodes, check, client_authentication, open_monitoring
from components.kafka.msk_configuration import BrokerKind, replication, server_properties
from components.kafka.msk_foundation import broker_key, grow_storage, key_policy, log_group_name
from components.kafka.msk_network import LISTENERS, METRICS, broker_security_group
from components.kafka.msk_topics import prepared, provisioned_mistakes
from components.kafka.scram import SCRAM_MECHANISM, ScramUser, ScramUserArgs

__all__ = ["Msk", "MskArgs"]

# 23 to 40 minutes were seen for a creation, more than 60 at worst; a rolling change takes 10 to 15 for each broker.
_TIMEOUTS = pulumi.CustomTimeouts(create="120m", update="120m", delete="120m")


class Msk(pulumi.ComponentResource):
    """An MSK cluster, its key, logs, users and rights.

    Outputs: cluster_arn, cluster_name, key_arn, security_group_id, bootstrap_brokers_scram, bootstrap_brokers_iam,
    bootstrap_brokers_tls (host:port, comma separated; empty where that login is off), clients_secret_arn (None without
    SCRAM).
    Raises PlatformError with everything that MSK would refuse.

    For the program: `access` (clients outside), `clients` (the same as granted access), `admin`, `grant`, `acls`.
    """

    cluster_arn: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    bootstrap_brokers_scram: pulumi.Output[str]
    bootstrap_brokers_iam: pulumi.Output[str]
    bootstrap_brokers_tls: pulumi.Output[str]
    clients_secret_arn: pulumi.Output[str | None]

    def __init__(self, name: str, args: MskArgs, opts: pulumi.ResourceOptions | None = None):
        check(name, args)
        super().__init__("streaming-platform:index:Msk", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._args = name, args
        self._flavour = f"msk_{args.kind.value}"
        self._acls: list[Grant] = []
        self._granted: set[str] = {"admin"}
        key = broker_key(
            name,
            key_policy(args.account_id, args.region, args.cluster_name),
            args.cluster_name,
            args.key_deletion_days,
            args.tags,
            args.protect,
            self,
        )
        ports = {login: LISTENERS[login] for login in args.authentication}
        network = args.network
        group = broker_security_group(
            f"{name}-brokers",
            network.vpc_id,
            network.workload_security_group_id,
            {**ports, **METRICS},
            args.tags,
            args.protect,
            self,
        )
        logs = aws.cloudwatch.LogGroup(
            name,
            name=log_group_name(args.cluster_name),
            retention_in_days=args.log_days,
            kms_key_id=key.arn,
            tags=args.tags,
            opts=child,
        )
        configuration = aws.msk.Configuration(
            name,
            # Named by Pulumi, and made before the old one goes: a configuration in use cannot be deleted. A new Kafka
            # version gets a new one, so that both change in one update.
            kafka_versions=[args.kafka_version],
            server_properties=server_properties(args.kind, args.broker_count, args.configuration),
            description=f"Brokers of {args.cluster_name}",
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=False),
        )
        standard = args.kind is BrokerKind.STANDARD
        self._cluster = aws.msk.Cluster(
            name,
            cluster_name=args.cluster_name,
            kafka_version=args.kafka_version,
            number_of_broker_nodes=args.broker_count,
            broker_node_group_info=broker_nodes(args, group.id),
            client_authentication=client_authentication(args),
            encryption_info=aws.msk.ClusterEncryptionInfoArgs(
                encryption_at_rest_kms_key_arn=key.arn,
                encryption_in_transit=aws.msk.ClusterEncryptionInfoEncryptionInTransitArgs(
                    client_broker="TLS", in_cluster=True
                ),
            ),
            configuration_info=aws.msk.ClusterConfigurationInfoArgs(
                arn=configuration.arn, revision=configuration.latest_revision
            ),
            enhanced_monitoring=args.monitoring,
            open_monitoring=open_monitoring(),
            logging_info=broker_logs(logs.name),
            storage_mode=("TIERED" if args.tiered_storage else "LOCAL") if standard else None,
            tags=args.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Another name, subnet, security group, key or an older version would be another, empty cluster.
                protect=args.protect,
                custom_timeouts=_TIMEOUTS,
                # Storage autoscaling owns the size of the volumes: an update would ask for the first size again, and
                # MSK refuses to shrink.
                ignore_changes=["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"] if standard else None,
            ),
        )
        if standard:
            grow_storage(f"{name}-storage", self._cluster, args.volume_max_gib, args.tags, self)
        self._iam = IamGrants(
            name,
            args.cluster_name,
            self._cluster.arn,
            iam_access(self._flavour, self._cluster.bootstrap_brokers_sasl_iam, self._replicas, args.schema_registry),
            [self._cluster],
            args.tags,
        )
        self._key_arn = key.arn
        self.admin = self._iam.admin(acls=True, opts=child)
        self.clients_secret_arn = pulumi.Output.from_input(None)
        self.clients = self.grant(args.clients, child)
        self.access = self.clients.access

        self.cluster_arn = self._cluster.arn
        self.cluster_name = self._cluster.cluster_name
        self.key_arn = key.arn
        self.security_group_id = group.id
        self.bootstrap_brokers_scram = self._cluster.bootstrap_brokers_sasl_scram
        self.bootstrap_brokers_iam = self._cluster.bootstrap_brokers_sasl_iam
        self.bootstrap_brokers_tls = self._cluster.bootstrap_brokers_tls
        self.register_outputs(
            {
                "cluster_arn": self.cluster_arn,
                "cluster_name": self.cluster_name,
                "key_arn": self.key_arn,
                "security_group_id": self.security_group_id,
                "bootstrap_brokers_scram": self.bootstrap_brokers_scram,
                "bootstrap_brokers_iam": self.bootstrap_brokers_iam,
                "bootstrap_brokers_tls": self.bootstrap_brokers_tls,
                "clients_secret_arn": self.clients_secret_arn,
            }
        )

    @property
    def acls(self) -> Sequence[Grant]:
        """The ACLs of all SCRAM users so far, and of the certificates of outside clients.

        The user of a certificate is its whole subject: MSK has no rules that shorten it.
        https://docs.aws.amazon.com/msk/latest/developerguide/msk-acls.html
        """
        certificates = (replace(self._args.clients, name=subject) for subject in self._args.mtls_clients)
        return [*self._acls, *(grant for workload in certificates for grant in grants_for(workload))]

    @property
    def _replicas(self) -> int:
        return replication(self._args.broker_count)[0]

    def grant(self, workload: Workload, opts: pulumi.ResourceOptions) -> GrantedAccess:
        """A SCRAM user of its own, whose ACLs are added to `acls`; an IAM policy where SCRAM is off or not wanted.

        Raises PlatformError where the name is taken.
        """
        if workload.name in self._granted:
            raise problem(
                f"Msk {self._name}",
                workload.name,
                "a second workload of this name",
                "one login for each workload",
                "give it another name, or grant both together",
            )
        self._granted.add(workload.name)
        if workload.login is Login.IAM or "scram" not in self._args.authentication:
            return self._iam.grant(workload, opts)
        user = ScramUser(
            f"{self._name}-{workload.name}",
            ScramUserArgs(
                username=workload.name,
                cluster_name=self._args.cluster_name,
                cluster_arn=self._cluster.arn,
                kms_key_arn=self._key_arn,
                tags=self._args.tags,
                recovery_window_days=self._args.secret_recovery_days,
                cluster=self._cluster,
            ),
            opts=opts,
        )
        if workload is self._args.clients:
            self.clients_secret_arn = user.secret_arn
        self._acls += grants_for(workload)
        access = KafkaAccess(
            flavour=self._flavour,
            bootstrap_servers=self._cluster.bootstrap_brokers_sasl_scram,
            security_protocol="SASL_SSL",
            sasl_mechanism=SCRAM_MECHANISM,
            sasl_jaas_config=user.jaas_config,
            replication_factor=self._replicas,
            schema_registry=self._args.schema_registry,
        )
        return GrantedAccess(access, ready=user.ready)

    def prepared_topics(self, topics: Mapping[str, TopicDescription]) -> dict[str, TopicDescription]:
        """`topics`, with old segments moving to tiered storage where that is on.

        Raises PlatformError with everything that the brokers would refuse: settings, replicas, too many partitions.
        """
        args = self._args
        mistakes = list(
            provisioned_mistakes(f"Msk {self._name}", topics, args.kind, args.instance_type, args.broker_count)
        )
        if mistakes:
            raise PlatformError(mistakes)
        return prepared(topics, args.kind, args.tiered_storage)
