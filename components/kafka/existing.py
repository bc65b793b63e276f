"""A Kafka that the program does not create: the local broker, or anyone's cluster (open source, Redpanda, Aiven...)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.errors import problem
from components.kafka.contract import (
    Grant,
    GrantedAccess,
    KafkaAccess,
    Login,
    SchemaRegistryAccess,
    TopicDescription,
    Workload,
    grants_for,
)

_LOGIN_MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}


def jaas_config(mechanism: str, username: str, password: str) -> str:
    """The one-line JAAS configuration of a Java client. Backslashes and quotes in the login are escaped."""
    user, secret = (text.replace("\\", "\\\\").replace('"', '\\"') for text in (username, password))
    return f'{_LOGIN_MODULES[mechanism]} required username="{user}" password="{secret}";'


def truststore_properties(ca_certificate: str | None) -> dict[str, str]:
    """Client properties that make a Java client trust the authorities in `ca_certificate` (PEM text), and only these.

    The certificates are in the property itself, so that no pod needs a file (KIP-651).
    """
    if ca_certificate is None:
        return {}
    return {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": ca_certificate.strip() + "\n"}


@dataclass
class ExistingKafkaArgs:
    """Inputs of `ExistingKafka`.

    flavour:           name for people: `local` or `external`
    bootstrap_servers: host:port, comma separated
    security_protocol: PLAINTEXT, SSL or SASL_SSL
    sasl_mechanism:    PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; None without SASL
    username, password: the SASL login, best as secret Outputs; what is made of it is secret anyway; None without SASL
    replication_factor: of topics that the platform creates (default 3)
    schema_registry_url, schema_registry_user_info: None where there is no registry, or it asks for no login
    ca_certificate:    PEM text of the private authorities that signed the brokers' certificates; None: those that Java
                       trusts anyway
    """

    flavour: str
    bootstrap_servers: pulumi.Input[str]
    security_protocol: str
    sasl_mechanism: str | None = None
    username: pulumi.Input[str] | None = None
    password: pulumi.Input[str] | None = None
    replication_factor: int = 3
    schema_registry_url: pulumi.Input[str] | None = None
    schema_registry_user_info: pulumi.Input[str] | None = None
    ca_certificate: str | None = None


class ExistingKafka(pulumi.ComponentResource):
    """Access to a Kafka that exists already. Creates nothing.

    Outputs: bootstrap_servers, security_protocol.
    """

    bootstrap_servers: pulumi.Output[str]
    security_protocol: pulumi.Output[str]

    def __init__(self, name: str, args: ExistingKafkaArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ExistingKafka", name, None, opts)
        jaas = None
        if args.sasl_mechanism is not None:
            mechanism = args.sasl_mechanism
            jaas = pulumi.Output.secret(
                pulumi.Output.all(args.username, args.password).apply(
                    lambda login: jaas_config(mechanism, login[0], login[1])
                )
            )
        registry = (
            SchemaRegistryAccess(
                args.schema_registry_url,
                None
                if args.schema_registry_user_info is None
                else pulumi.Output.secret(args.schema_registry_user_info),
            )
            if args.schema_registry_url is not None
            else None
        )
        self.access = KafkaAccess(
            flavour=args.flavour,
            bootstrap_servers=args.bootstrap_servers,
            security_protocol=args.security_protocol,
            sasl_mechanism=args.sasl_mechanism,
            sasl_jaas_config=jaas,
            client_properties=truststore_properties(args.ca_certificate),
            replication_factor=args.replication_factor,
            schema_registry=registry,
            username=None if args.username is None else pulumi.Output.secret(args.username),
            password=None if args.password is None else pulumi.Output.secret(args.password),
        )
        self.admin = GrantedAccess(self.access)
        self.bootstrap_servers = pulumi.Output.from_input(args.bootstrap_servers)
        self.security_protocol = pulumi.Output.from_input(args.security_protocol)
        self.register_outputs(
            {"bootstrap_servers": self.bootstrap_servers, "security_protocol": self.security_protocol}
        )

    @property
    def acls(self) -> Sequence[Grant]:
        """None: the rights are the business of the cluster's owner."""
        return []

    def grant(self, workload: Workload, opts: pulumi.ResourceOptions) -> GrantedAccess:
        """The one login that there is, and the rights that the cluster's owner has to give to it.

        Raises PlatformError for a workload that can only use IAM.
        """
        if workload.login is Login.IAM:
            raise problem(
                f"Kafka {self.access.flavour}",
                workload.name,
                "a workload that can only log in by IAM (MSK Connect)",
                "a Kafka of the flavours msk_standard, msk_express and msk_serverless",
                "run it elsewhere: cdc.flavour kafka_connect works with every Kafka",
            )
        outstanding = [] if self.access.security_protocol == "PLAINTEXT" else grants_for(workload)
        return GrantedAccess(self.access, outstanding=outstanding)

    def prepared_topics(self, topics: Mapping[str, TopicDescription]) -> dict[str, TopicDescription]:
        """`topics` as they are: what this cluster refuses is not known here."""
        return dict(topics)
