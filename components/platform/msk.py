"""Amazon MSK as the stack's Kafka."""

import pulumi

from components.kafka.contract import SchemaRegistryAccess, Workload
from components.kafka.msk import Msk, MskArgs
from components.kafka.msk_configuration import BrokerKind
from components.kafka.msk_serverless import MskServerless, MskServerlessArgs
from components.naming import Naming
from components.network import NetworkAccess
from components.settings import Settings
from components.settings.kafka import MskExpress, MskStandard
from components.settings.kafka import MskServerless as ServerlessSettings


def msk(
    settings: Settings,
    naming: Naming,
    network: NetworkAccess,
    schema_registry: SchemaRegistryAccess | None,
    clients: Workload,
    child: pulumi.ResourceOptions,
) -> Msk | MskServerless:
    """The cluster that the stack file describes.

    clients: what clients outside of the platform may do
    """
    kafka = settings.kafka
    if isinstance(kafka, ServerlessSettings):
        return MskServerless(
            "kafka",
            MskServerlessArgs(
                cluster_name=naming.name("kafka"),
                network=network,
                tags=naming.tags("kafka"),
                schema_registry=schema_registry,
                clients=clients,
                protect=settings.protect,
            ),
            opts=child,
        )
    if not isinstance(kafka, MskStandard | MskExpress):
        raise AssertionError("called for MSK only")
    args = MskArgs(
        cluster_name=naming.name("kafka"),
        region=settings.aws.region,
        account_id=settings.aws.account_id,
        network=network,
        kafka_version=kafka.kafka_version,
        instance_type=kafka.instance_type,
        tags=naming.tags("kafka"),
        kind=BrokerKind.EXPRESS,
        broker_count=kafka.broker_count,
        authentication=[one.value for one in kafka.authentication],
        certificate_authority_arns=kafka.certificate_authority_arns,
        mtls_clients=kafka.mtls_clients,
        configuration=kafka.configuration,
        monitoring=kafka.monitoring.value,
        log_days=kafka.log_days,
        schema_registry=schema_registry,
        clients=clients,
        # A production secret that was deleted by mistake can be had back; elsewhere its name is free at once.
        secret_recovery_days=30 if settings.protect else 0,
        protect=settings.protect,
    )
    if isinstance(kafka, MskStandard):
        args.kind = BrokerKind.STANDARD
        args.volume_gib, args.volume_max_gib = kafka.volume_gib, kafka.volume_max_gib
        args.volume_throughput_mibs = kafka.volume_throughput_mibs
        args.tiered_storage = kafka.tiered_storage
    return Msk("kafka", args, opts=child)
