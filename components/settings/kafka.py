"""Which Kafka a stack uses, and how."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from components.kafka.msk_checks import takes_provisioned_throughput
from components.kafka.msk_configuration import BrokerKind, refused_settings
from components.settings.base import PROJECT, Model, RetentionDays
from components.settings.confluent import ConfluentCloud

# Host names and ports as Kafka clients take them: no scheme, a port on each.
BootstrapServers = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+:[0-9]{1,5}(,[A-Za-z0-9.-]+:[0-9]{1,5})*$")]


class LocalKafka(Model):
    """The broker that `streamctl up` starts."""

    flavour: Literal["local"]


class SecurityProtocol(StrEnum):
    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_SSL = "SASL_SSL"


class SaslMechanism(StrEnum):
    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


def _certificates(text: str) -> str:
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    if not text.strip().startswith(begin) or not text.strip().endswith(end) or text.count(begin) != text.count(end):
        raise ValueError(f"no PEM text; write one or more certificates, each from {begin} to {end}")
    if "PRIVATE KEY" in text:
        raise ValueError("a private key; only certificates of authorities belong here")
    return text


class ExternalSchemaRegistry(Model):
    url: Annotated[str, Field(pattern=r"^https?://")]
    authenticated: bool = Field(
        default=False,
        description=f"True: {PROJECT}:schema_registry_user_info holds user:password as a Pulumi secret",
    )


class ExternalKafka(Model):
    """Any Kafka API that exists already: open source, Redpanda, Aiven, another team's MSK."""

    flavour: Literal["external"]
    bootstrap_servers: BootstrapServers
    security_protocol: SecurityProtocol = SecurityProtocol.SASL_SSL
    sasl_mechanism: SaslMechanism | None = None
    replication_factor: Annotated[int, Field(ge=1, le=9)] = 3
    schema_registry: ExternalSchemaRegistry | None = None
    ca_certificate: Annotated[str, AfterValidator(_certificates)] | None = Field(
        default=None, description="PEM text of the private authorities that signed the brokers' certificates"
    )

    @model_validator(mode="after")
    def _certificates_need_tls(self) -> "ExternalKafka":
        if self.ca_certificate is not None and self.security_protocol is SecurityProtocol.PLAINTEXT:
            raise ValueError("ca_certificate is set while security_protocol is PLAINTEXT; take SSL or SASL_SSL")
        return self

    @model_validator(mode="after")
    def _sasl_needs_a_mechanism(self) -> "ExternalKafka":
        if self.security_protocol is SecurityProtocol.SASL_SSL and self.sasl_mechanism is None:
            raise ValueError(
                "sasl_mechanism is missing while security_protocol is SASL_SSL; set it to PLAIN, SCRAM-SHA-256 or "
                f"SCRAM-SHA-512 and store the login with: pulumi config set --secret {PROJECT}:kafka_username (and "
                "kafka_password)"
            )
        if self.security_protocol is not SecurityProtocol.SASL_SSL and self.sasl_mechanism is not None:
            raise ValueError("sasl_mechanism is set while security_protocol is not SASL_SSL; remove one of the two")
        return self


class MskAuthentication(StrEnum):
    """How clients of MSK say who they are. Several may be on at once."""

    IAM = "iam"
    SCRAM = "scram"
    MTLS = "mtls"


class Monitoring(StrEnum):
    """Which metrics brokers send to CloudWatch; per partition is charged most."""

    PER_BROKER = "PER_BROKER"
    PER_TOPIC_PER_BROKER = "PER_TOPIC_PER_BROKER"
    PER_TOPIC_PER_PARTITION = "PER_TOPIC_PER_PARTITION"


class SchemaRegistrySettings(Model):
    """Confluent's Schema Registry on the cluster, for a Kafka that brings none."""

    replicas: Annotated[int, Field(ge=1, le=5)] = 2


_CertificateAuthorities = Annotated[
    list[Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:acm-pca:.+$")]], Field(max_length=10)
]


class _Msk(Model):
    """What both kinds of provisioned MSK have."""

    broker_count: Annotated[int, Field(ge=2, le=60)] = Field(default=3, description="a multiple of the zones")
    authentication: Annotated[list[MskAuthentication], Field(min_length=1)] = Field(
        default=[MskAuthentication.IAM, MskAuthentication.SCRAM]
    )
    certificate_authority_arns: _CertificateAuthorities = Field(
        default_factory=list, description="AWS Private CAs whose certificates mtls takes"
    )
    mtls_clients: list[Annotated[str, Field(pattern=r"^CN=[^\n]+$")]] = Field(
        default_factory=list,
        description="subjects of client certificates, as CN=billing,OU=it: they may do what other outside clients may",
    )
    monitoring: Monitoring = Monitoring.PER_TOPIC_PER_BROKER
    log_days: RetentionDays = Field(default=30, description="days that broker logs are kept")
    schema_registry: SchemaRegistrySettings | None = SchemaRegistrySettings()
    configuration: dict[str, str] = Field(
        default_factory=dict, description="further broker settings, over the platform's own"
    )

    @model_validator(mode="after")
    def _authentication_is_whole(self) -> "_Msk":
        mtls = MskAuthentication.MTLS in self.authentication
        if mtls and not self.certificate_authority_arns:
            raise ValueError(
                "authentication has mtls but certificate_authority_arns is empty; name the AWS Private CA of clients"
            )
        if self.certificate_authority_arns and not mtls:
            raise ValueError("certificate_authority_arns is set but authentication has no mtls; add mtls or remove it")
        if self.mtls_clients and not mtls:
            raise ValueError("mtls_clients is set but authentication has no mtls; add mtls or remove it")
        if MskAuthentication.IAM not in self.authentication:
            raise ValueError(
                "authentication has no iam; topics and the ACLs of SCRAM and mTLS users are made through it, for no "
                "Kafka user may do so before the first ACL: add iam"
            )
        if len(set(self.authentication)) != len(self.authentication):
            raise ValueError("authentication names one way twice; keep one of them")
        if self.schema_registry is not None and MskAuthentication.SCRAM not in self.authentication:
            raise ValueError(
                "authentication has no scram while schema_registry is set; the registry's image cannot log in by IAM: "
                "add scram, or write `schema_registry: null`"
            )
        return self


def _settable(kind: BrokerKind, configuration: dict[str, str]) -> None:
    refused = refused_settings(kind, configuration)
    if refused:
        found = ", and ".join(text.partition("; ")[0] for text in refused.values())
        raise ValueError(f"configuration: {found}; remove {', '.join(refused)}")


_STANDARD_TYPES = (
    r"^kafka\.(t3\.small|m5\.(large|xlarge|2xlarge|4xlarge|8xlarge|12xlarge|16xlarge|24xlarge)"
    r"|m7g\.(large|xlarge|2xlarge|4xlarge|8xlarge|12xlarge|16xlarge))$"
)


class MskStandard(_Msk):
    """MSK with standard brokers: any instance size, EBS volumes that grow by themselves."""

    flavour: Literal["msk_standard"]
    kafka_version: Literal["3.8.x.kraft", "3.9.x.kraft", "4.0.x.kraft", "4.1.x.kraft"] = "3.9.x.kraft"
    instance_type: Annotated[str, Field(pattern=_STANDARD_TYPES)] = "kafka.m7g.large"
    volume_gib: Annotated[int, Field(ge=1, le=16_384)] = Field(
        default=100, description="first size of a broker's volume"
    )
    volume_max_gib: Annotated[int, Field(ge=1, le=16_384)] = Field(default=1000, description="it grows up to this")
    volume_throughput_mibs: Annotated[int, Field(ge=250, le=2375)] | None = Field(
        default=None, description="MiB/s of a volume; from kafka.m7g.2xlarge or kafka.m5.4xlarge on"
    )
    tiered_storage: bool = Field(
        default=False, description="older segments move to cheaper storage; it cannot be turned off again"
    )

    @model_validator(mode="after")
    def _sizes_fit(self) -> "MskStandard":
        if self.volume_max_gib < self.volume_gib:
            raise ValueError(
                f"volume_max_gib {self.volume_max_gib} is less than volume_gib {self.volume_gib}; a volume only grows"
            )
        if self.tiered_storage and self.instance_type == "kafka.t3.small":
            raise ValueError("tiered_storage is not for kafka.t3.small; take kafka.m7g.large or larger")
        if self.volume_throughput_mibs is not None and not takes_provisioned_throughput(self.instance_type):
            raise ValueError(
                f"volume_throughput_mibs is not for {self.instance_type}; take kafka.m7g.2xlarge, kafka.m5.4xlarge or "
                "larger, or leave it out"
            )
        _settable(BrokerKind.STANDARD, self.configuration)
        return self


class MskExpress(_Msk):
    """MSK with express brokers: storage without limits, replication factor 3 and two in-sync replicas always."""

    flavour: Literal["msk_express"]
    kafka_version: Literal["3.8.x", "3.9.x.kraft", "4.2.x.kraft"] = "3.9.x.kraft"
    instance_type: Annotated[
        str, Field(pattern=r"^express\.m7g\.(large|xlarge|2xlarge|4xlarge|8xlarge|12xlarge|16xlarge)$")
    ] = "express.m7g.large"

    @model_validator(mode="after")
    def _three_zones(self) -> "MskExpress":
        if self.broker_count % 3:
            raise ValueError(
                f"broker_count is {self.broker_count}; express brokers come in threes, one for each zone: write a "
                "multiple of 3"
            )
        if not self.kafka_version.endswith(".kraft") and self.broker_count > 30:
            raise ValueError(
                f"broker_count is {self.broker_count} with Kafka {self.kafka_version}, which runs with ZooKeeper; take "
                "3.9.x.kraft for more than 30"
            )
        _settable(BrokerKind.EXPRESS, self.configuration)
        return self


class MskServerless(Model):
    """MSK Serverless: no brokers to size. IAM only, no ACLs."""

    flavour: Literal["msk_serverless"]
    authentication: list[MskAuthentication] = Field(default=[MskAuthentication.IAM])

    @model_validator(mode="after")
    def _iam_only(self) -> "MskServerless":
        if self.authentication != [MskAuthentication.IAM]:
            found = ", ".join(kind.value for kind in self.authentication)
            raise ValueError(
                f"authentication is {found or 'empty'}; MSK Serverless takes iam alone: write [iam], or take "
                "msk_standard or msk_express for SCRAM and mTLS"
            )
        return self


KafkaSettings = Annotated[
    LocalKafka | ExternalKafka | MskStandard | MskExpress | MskServerless | ConfluentCloud,
    Field(discriminator="flavour"),
]
