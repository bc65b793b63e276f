"""What `Msk` is told, whether that can be, and how AWS's provider wants to hear it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.errors import Mistake, PlatformError
from components.kafka.contract import SchemaRegistryAccess, Workload
from components.kafka.msk_checks import cluster_findings
from components.kafka.msk_configuration import BrokerKind
from components.network import NetworkAccess


@dataclass
class MskArgs:
    """Inputs of `Msk`.

    cluster_name:      physical name, at most 64 letters, digits and hyphens; names of policies, secrets, key and logs
                       begin with it
    region, account_id: where the cluster is
    network:           the brokers' subnets, one in each zone, and the group that gets in
    kind:              standard or express
    kafka_version:     a name of MSK, as 3.9.x.kraft
    instance_type:     kafka.* for standard, express.* for express brokers
    broker_count:      a multiple of the zones (default 3)
    authentication:    iam, and scram or mtls or both (default iam, scram)
    certificate_authority_arns: AWS Private CAs whose certificates mtls takes
    configuration:     further broker settings, over the platform's own
    monitoring:        level of CloudWatch metrics (default PER_TOPIC_PER_BROKER)
    log_days:          days that broker logs are kept, one of those that CloudWatch offers (default 30)
    volume_gib, volume_max_gib: standard only: first size of a broker's volume (default 100), and how far it grows by
                       itself (default 1000)
    volume_throughput_mibs: standard only: MiB/s of a volume, 250 to 2375; None: what its size gives
    tiered_storage:    standard only: older segments move to cheaper storage (default False). It cannot be turned off
    schema_registry:   what clients are told; None where there is none
    clients:           what clients outside of the platform may do: their user, or role, is called as this workload
    mtls_clients:      subjects of client certificates (CN=billing,OU=it) that may do what `clients` may, by mtls
    secret_recovery_days: days in which a deleted SCRAM secret can be had back: 0 or 7 to 30 (default 30)
    key_deletion_days: days between deletion and end of the key, 7 to 30 (default 30, as AWS)
    protect:           True: Pulumi refuses to delete or replace cluster, key and security group (default False)
    """

    cluster_name: str
    region: str
    account_id: str
    network: NetworkAccess
    kafka_version: str
    instance_type: str
    tags: dict[str, str]
    kind: BrokerKind = BrokerKind.STANDARD
    broker_count: int = 3
    authentication: Sequence[str] = ("iam", "scram")
    certificate_authority_arns: Sequence[str] = ()
    configuration: Mapping[str, str] = field(default_factory=dict)
    monitoring: str = "PER_TOPIC_PER_BROKER"
    log_days: int = 30
    volume_gib: int = 100
    volume_max_gib: int = 1000
    volume_throughput_mibs: int | None = None
    tiered_storage: bool = False
    schema_registry: SchemaRegistryAccess | None = None
    clients: Workload = field(default_factory=lambda: Workload("clients"))
    mtls_clients: Sequence[str] = ()
    secret_recovery_days: int = 30
    key_deletion_days: int = 30
    protect: bool = False


def check(name: str, args: MskArgs) -> None:
    """Raises PlatformError with everything that MSK would refuse about a cluster called `name` in the program."""
    findings = cluster_findings(
        kind=args.kind,
        cluster_name=args.cluster_name,
        instance_type=args.instance_type,
        broker_count=args.broker_count,
        zone_count=args.network.zone_count,
        authentication=args.authentication,
        certificate_authority_arns=args.certificate_authority_arns,
        configuration=args.configuration,
        volume_gib=args.volume_gib,
        volume_max_gib=args.volume_max_gib,
        volume_throughput_mibs=args.volume_throughput_mibs,
        tiered_storage=args.tiered_storage,
    )
    mistakes = [Mistake(f"Msk {name}", key, found, "", remedy) for key, found, remedy in findings]
    if mistakes:
        raise PlatformError(mistakes)


def broker_nodes(args: MskArgs, group_id: pulumi.Input[str]) -> aws.msk.ClusterBrokerNodeGroupInfoArgs:
    """Where brokers run, and on what. Public access and access from other VPCs cannot be on from the start."""
    storage = None
    if args.kind is BrokerKind.STANDARD:
        throughput = None
        if args.volume_throughput_mibs is not None:
            throughput = aws.msk.ClusterBrokerNodeGroupInfoStorageInfoEbsStorageInfoProvisionedThroughputArgs(
                enabled=True, volume_throughput=args.volume_throughput_mibs
            )
        storage = aws.msk.ClusterBrokerNodeGroupInfoStorageInfoArgs(
            ebs_storage_info=aws.msk.ClusterBrokerNodeGroupInfoStorageInfoEbsStorageInfoArgs(
                volume_size=args.volume_gib, provisioned_throughput=throughput
            )
        )
    return aws.msk.ClusterBrokerNodeGroupInfoArgs(
        instance_type=args.instance_type,
        client_subnets=list(args.network.isolated_subnet_ids),
        security_groups=[group_id],
        az_distribution="DEFAULT",
        # Express brokers have storage of their own and refuse to be told about it.
        storage_info=storage,
    )


def client_authentication(args: MskArgs) -> aws.msk.ClusterClientAuthenticationArgs:
    """Who may log in, and how. Nobody without a login."""
    mtls = list(args.certificate_authority_arns)
    return aws.msk.ClusterClientAuthenticationArgs(
        sasl=aws.msk.ClusterClientAuthenticationSaslArgs(iam=True, scram="scram" in args.authentication),
        tls=aws.msk.ClusterClientAuthenticationTlsArgs(certificate_authority_arns=mtls) if mtls else None,
        unauthenticated=False,
    )


def open_monitoring() -> aws.msk.ClusterOpenMonitoringArgs:
    """Both exporters of each broker, for Prometheus."""
    return aws.msk.ClusterOpenMonitoringArgs(
        prometheus=aws.msk.ClusterOpenMonitoringPrometheusArgs(
            jmx_exporter=aws.msk.ClusterOpenMonitoringPrometheusJmxExporterArgs(enabled_in_broker=True),
            node_exporter=aws.msk.ClusterOpenMonitoringPrometheusNodeExporterArgs(enabled_in_broker=True),
        )
    )


def broker_logs(log_group: pulumi.Input[str]) -> aws.msk.ClusterLoggingInfoArgs:
    """Broker logs to a CloudWatch log group."""
    return aws.msk.ClusterLoggingInfoArgs(
        broker_logs=aws.msk.ClusterLoggingInfoBrokerLogsArgs(
            cloudwatch_logs=aws.msk.ClusterLoggingInfoBrokerLogsCloudwatchLogsArgs(enabled=True, log_group=log_group)
        )
    )
