"""Client configuration in Secrets Manager and Parameter Store, under fixed names that clients read.

Names and keys are a contract with applications that exist already; they stay the same for every Kafka flavour.
"""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.kafka.contract import KafkaAccess

PREFIX = "/confluent_cloud_resource"
SCHEMA_REGISTRY_SECRET = f"{PREFIX}/schema_registry_cluster/java_client"
KAFKA_SECRET = f"{PREFIX}/kafka_cluster/java_client"
CONSUMER_PARAMETERS = f"{PREFIX}/consumer_kafka_client"
PRODUCER_PARAMETERS = f"{PREFIX}/producer_kafka_client"


def consumer_parameters(access: KafkaAccess) -> dict[str, str]:
    """Consumer properties, one parameter each. Times in milliseconds."""
    return {
        **_connection_parameters(access),
        "auto.commit.interval.ms": "1000",
        "auto.offset.reset": "earliest",
        "basic.auth.credentials.source": "USER_INFO",
        "enable.auto.commit": "true",
        # Kafka's own defaults for poll interval; session and request are widened for clusters across a WAN.
        "max.poll.interval.ms": "300000",
        "request.timeout.ms": "60000",
        "session.timeout.ms": "90000",
    }


def producer_parameters(access: KafkaAccess) -> dict[str, str]:
    """Producer properties, one parameter each."""
    return {**_connection_parameters(access), "acks": "all"}


def _connection_parameters(access: KafkaAccess) -> dict[str, str]:
    return {
        "client.dns.lookup": "use_all_dns_ips",
        # Parameter Store takes no empty value; without SASL clients do not look at the mechanism.
        "sasl.mechanism": access.sasl_mechanism or "PLAIN",
        "security.protocol": access.security_protocol,
    }


@dataclass
class ClientSecretsArgs:
    """Inputs of `ClientSecrets`.

    kafka:                the Kafka in use, of any flavour
    recovery_window_days: days in which a deleted secret can be had back: 0 or 7 to 30 (default 30). While it
                          lasts its name is taken, and a stack that is made anew fails: 0 for short-lived stacks
    """

    kafka: KafkaAccess
    tags: dict[str, str]
    recovery_window_days: int = 30


class ClientSecrets(pulumi.ComponentResource):
    """Two secrets and fourteen parameters that tell a client how to connect.

    Outputs: kafka_secret_arn, schema_registry_secret_arn (None where there is no registry), parameter_paths.
    """

    kafka_secret_arn: pulumi.Output[str]
    schema_registry_secret_arn: pulumi.Output[str | None]
    parameter_paths: pulumi.Output[list[str]]

    def __init__(self, name: str, args: ClientSecretsArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ClientSecrets", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        access = args.kafka

        def secret(logical: str, physical: str, description: str, content: dict[str, pulumi.Input[str]]):
            holder = aws.secretsmanager.Secret(
                f"{name}-{logical}",
                name=physical,
                description=description,
                recovery_window_in_days=args.recovery_window_days,
                tags=args.tags,
                opts=child,
            )
            aws.secretsmanager.SecretVersion(
                f"{name}-{logical}",
                secret_id=holder.arn,
                secret_string=pulumi.Output.secret(pulumi.Output.all(**content).apply(json.dumps)),
                opts=child,
            )
            return holder.arn

        self.kafka_secret_arn = secret(
            "kafka",
            KAFKA_SECRET,
            "Kafka cluster: how a Java client connects",
            {
                "bootstrap.servers": access.bootstrap_servers,
                "sasl.jaas.config": "" if access.sasl_jaas_config is None else access.sasl_jaas_config,
            },
        )
        registry = access.schema_registry
        self.schema_registry_secret_arn = pulumi.Output.from_input(None)
        if registry is not None:
            self.schema_registry_secret_arn = secret(
                "schema-registry",
                SCHEMA_REGISTRY_SECRET,
                "Schema Registry: how a Java client connects",
                {
                    "basic.auth.credentials.source": "USER_INFO",
                    "basic.auth.user.info": "" if registry.user_info is None else registry.user_info,
                    "schema.registry.url": registry.url,
                },
            )
        paths: list[str] = []
        for role, root, parameters in (
            ("consumer", CONSUMER_PARAMETERS, consumer_parameters(access)),
            ("producer", PRODUCER_PARAMETERS, producer_parameters(access)),
        ):
            for key, value in sorted(parameters.items()):
                paths.append(f"{root}/{key}")
                aws.ssm.Parameter(
                    f"{name}-{role}-{key}",
                    name=paths[-1],
                    type="String",
                    value=value,
                    tags=args.tags,
                    opts=child,
                )
        self.parameter_paths = pulumi.Output.from_input(paths)
        self.register_outputs(
            {
                "kafka_secret_arn": self.kafka_secret_arn,
                "schema_registry_secret_arn": self.schema_registry_secret_arn,
                "parameter_paths": self.parameter_paths,
            }
        )
