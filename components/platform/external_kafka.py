"""A Kafka that exists: the broker on this machine, or somebody else's."""

import pulumi

from components.kafka.existing import ExistingKafka, ExistingKafkaArgs
from components.platform.foundation import HOST, local_port
from components.settings import PROJECT, Settings
from components.settings.kafka import ExternalKafka


def local_kafka(settings: Settings, child: pulumi.ResourceOptions) -> ExistingKafka:
    """The broker that `streamctl up` starts."""
    return ExistingKafka(
        "kafka",
        ExistingKafkaArgs(
            flavour="local",
            bootstrap_servers=f"{HOST}:{local_port(settings, 'kafka')}",
            security_protocol="PLAINTEXT",
            replication_factor=1,
            # There is no registry here; Confluent's clients take this URL for one of their own in memory.
            schema_registry_url="mock://local",
        ),
        opts=child,
    )


def external_kafka(kafka: ExternalKafka, child: pulumi.ResourceOptions) -> ExistingKafka:
    """A Kafka that the stack file names, with its login from the configuration's secrets."""
    config = pulumi.Config(PROJECT)
    registry = kafka.schema_registry
    sasl = kafka.sasl_mechanism
    return ExistingKafka(
        "kafka",
        ExistingKafkaArgs(
            flavour="external",
            bootstrap_servers=kafka.bootstrap_servers,
            security_protocol=kafka.security_protocol.value,
            sasl_mechanism=sasl.value if sasl else None,
            username=config.require_secret("kafka_username") if sasl else None,
            password=config.require_secret("kafka_password") if sasl else None,
            ca_certificate=kafka.ca_certificate,
            replication_factor=kafka.replication_factor,
            schema_registry_url=registry.url if registry else None,
            schema_registry_user_info=(
                config.require_secret("schema_registry_user_info") if registry and registry.authenticated else None
            ),
        ),
        opts=child,
    )
