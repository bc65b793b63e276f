"""Client configuration in Secrets Manager and Parameter Store, under fixed names that clients read.

Names and keys are a contract with applications that exist already; they stay the same for every Kafka flavour.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.client_forms import FORMS, GENERIC, PYTHON, generic_form, librdkafka_properties, registry_properties
from components.errors import problem
from components.kafka.contract import KafkaAccess

PREFIX = "/confluent_cloud_resource"
SCHEMA_REGISTRY_SECRET = f"{PREFIX}/schema_registry_cluster/java_client"
KAFKA_SECRET = f"{PREFIX}/kafka_cluster/java_client"
CONSUMER_PARAMETERS = f"{PREFIX}/consumer_kafka_client"
PRODUCER_PARAMETERS = f"{PREFIX}/producer_kafka_client"
SCHEMA_REGISTRY_PYTHON_SECRET = f"{PREFIX}/schema_registry_cluster/{PYTHON}"
KAFKA_PYTHON_SECRET = f"{PREFIX}/kafka_cluster/{PYTHON}"
GENERIC_SECRET = f"{PREFIX}/kafka_cluster/{GENERIC}"


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


def reader_policy(secret_arns: list[str], key_arn: str | None, parameters_arn: str | None) -> dict[str, object]:
    """IAM policy document of a client: these secrets and parameters and nothing else.

    key_arn:        customer key of the secrets; with it goes `kms:Decrypt`, for Secrets Manager only
    parameters_arn: ARN up to `parameter`; None: no parameters
    """
    statements: list[dict[str, object]] = [
        {
            "Sid": "Secrets",
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
            "Resource": secret_arns,
        }
    ]
    if key_arn is not None:
        statements.append(
            {
                "Sid": "Key",
                "Effect": "Allow",
                "Action": ["kms:Decrypt"],
                "Resource": [key_arn],
                "Condition": {"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}},
            }
        )
    if parameters_arn is not None:
        statements.append(
            {
                "Sid": "Parameters",
                "Effect": "Allow",
                "Action": ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
                # By path asks for the path, by name for what is below it.
                "Resource": [
                    f"{parameters_arn}{root}{rest}"
                    for root in (CONSUMER_PARAMETERS, PRODUCER_PARAMETERS)
                    for rest in ("", "/*")
                ],
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}


@dataclass
class ClientSecretsArgs:
    """Inputs of `ClientSecrets`.

    kafka:                the Kafka in use, of any flavour
    recovery_window_days: days in which a deleted secret can be had back: 0 or 7 to 30 (default 30). While it
                          lasts its name is taken, and a stack that is made anew fails: 0 for short-lived stacks
    kms_key_arn:          customer key of both secrets; None: AWS' own key, which nobody in another account can use
    reader_policy_name:   name of the IAM policy that is made for readers; None: none is made
    parameters_arn:       ARN up to `parameter`, as in arn:aws:ssm:<region>:<account>:parameter; with the policy
    protect:              Pulumi refuses to delete the secrets, as their names would be taken for the recovery window
                          (default False)
    forms:                further secrets: python_client (librdkafka and the registry's Python client) and
                          generic_client; none by default
    """

    kafka: KafkaAccess
    tags: dict[str, str]
    recovery_window_days: int = 30
    kms_key_arn: pulumi.Input[str] | None = None
    reader_policy_name: str | None = None
    parameters_arn: str | None = None
    protect: bool = False
    forms: Sequence[str] = ()


class ClientSecrets(pulumi.ComponentResource):
    """Two secrets and fourteen parameters that tell a client how to connect, and a secret for each further form.

    Outputs: kafka_secret_arn, schema_registry_secret_arn (None where there is no registry), parameter_paths,
    reader_policy_arn (None where none was asked for).
    """

    kafka_secret_arn: pulumi.Output[str]
    schema_registry_secret_arn: pulumi.Output[str | None]
    parameter_paths: pulumi.Output[list[str]]
    reader_policy_arn: pulumi.Output[str | None]

    def __init__(self, name: str, args: ClientSecretsArgs, opts: pulumi.ResourceOptions | None = None):
        unknown = sorted(set(args.forms) - set(FORMS))
        if unknown:
            raise problem(f"ClientSecrets {name}", "forms", ", ".join(unknown), ", ".join(FORMS), "choose of these")
        super().__init__("streaming-platform:index:ClientSecrets", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        access = args.kafka

        def secret(logical: str, physical: str, description: str, content: dict[str, Any]):
            holder = aws.secretsmanager.Secret(
                f"{name}-{logical}",
                name=physical,
                description=description,
                kms_key_id=args.kms_key_arn,
                recovery_window_in_days=args.recovery_window_days,
                tags=args.tags,
                opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
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
        further: list[pulumi.Output[str]] = []
        if PYTHON in args.forms:
            further.append(
                secret(
                    "kafka-python",
                    KAFKA_PYTHON_SECRET,
                    "Kafka cluster: how a Python client (librdkafka) connects",
                    librdkafka_properties(access),
                )
            )
            if registry is not None:
                further.append(
                    secret(
                        "schema-registry-python",
                        SCHEMA_REGISTRY_PYTHON_SECRET,
                        "Schema Registry: how a Python client connects",
                        registry_properties(access),
                    )
                )
        if GENERIC in args.forms:
            further.append(secret("generic", GENERIC_SECRET, "Kafka: how any client connects", generic_form(access)))
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
        self.reader_policy_arn = pulumi.Output.from_input(None)
        if args.reader_policy_name is not None:
            secrets = [self.kafka_secret_arn] + ([] if registry is None else [self.schema_registry_secret_arn])
            secrets += further
            self.reader_policy_arn = aws.iam.Policy(
                f"{name}-reader",
                name=args.reader_policy_name,
                description="Reads how a client connects to Kafka and the Schema Registry",
                policy=pulumi.Output.all(
                    secrets=pulumi.Output.all(*secrets), key=args.kms_key_arn, parameters=args.parameters_arn
                ).apply(lambda known: json.dumps(reader_policy(known["secrets"], known["key"], known["parameters"]))),
                tags=args.tags,
                opts=child,
            ).arn
        self.register_outputs(
            {
                "kafka_secret_arn": self.kafka_secret_arn,
                "schema_registry_secret_arn": self.schema_registry_secret_arn,
                "parameter_paths": self.parameter_paths,
                "reader_policy_arn": self.reader_policy_arn,
            }
        )
