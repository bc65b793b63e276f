"""The settings of one stack: `stacks/Pulumi.<stack>.yaml`, typed and checked.

The models below are the single source of what a stack file may say. `stacks/settings.schema.json` is generated
from them (`streamctl schema`), so that an editor completes and checks what is checked here again.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pulumi
from pydantic import BaseModel, ConfigDict, Field, model_validator

from components.validation import validate

PROJECT = "streaming-platform"

Port = Annotated[int, Field(ge=1024, le=65535, description="TCP port on the loopback interface")]
Megabytes = Annotated[int, Field(ge=64, le=16384, description="MiB")]
Share = Annotated[float, Field(ge=0, le=0.5, description="share of all events, 0 to 0.5")]
# Host names and ports as Kafka clients take them: no scheme, a port on each.
BootstrapServers = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+:[0-9]{1,5}(,[A-Za-z0-9.-]+:[0-9]{1,5})*$")]


class Model(BaseModel):
    """Unknown keys are mistakes, and nothing is coerced: a port written as a string is told, not guessed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Environment(StrEnum):
    """What the stack is for. `prod` protects stateful resources against a mistaken destroy."""

    LOCAL = "local"
    DEV = "dev"
    PROD = "prod"


class AwsSettings(Model):
    """Where the AWS resources live."""

    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")] = "us-east-1"
    account_id: Annotated[str, Field(pattern=r"^[0-9]{12}$", description="12 digits, quoted")]
    emulated: bool = Field(
        default=False,
        description="True: the provider's endpoints point at the AWS emulator on local.ports.aws",
    )
    tags: dict[str, str] = Field(default_factory=dict, description="added to the tags of every resource")


class LakehouseSettings(Model):
    """The Iceberg lakehouse: one bucket, one key, one Glue database."""

    # Glue: lower case letters, digits and underscores; Athena reads no other database names.
    database: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")] = "lake"
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")] | None = Field(
        default=None, description="S3 bucket name; default: <project>-<stack>-lake-<account id>"
    )
    noncurrent_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=7, description="days that overwritten or deleted object versions are kept"
    )
    abort_upload_days: Annotated[int, Field(ge=1, le=30)] = Field(
        default=3, description="days after which an unfinished multipart upload is removed"
    )
    key_deletion_days: Annotated[int, Field(ge=7, le=30)] = Field(
        default=30, description="days between the deletion of the KMS key and its end"
    )


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


KafkaSettings = Annotated[LocalKafka | ExternalKafka, Field(discriminator="flavour")]


class LocalFlink(Model):
    """The session cluster that `streamctl up` starts: one JobManager, one TaskManager, one SQL gateway."""

    flavour: Literal["local"]
    task_slots: Annotated[int, Field(ge=1, le=64)] = 4


FlinkSettings = LocalFlink


class LocalPostgres(Model):
    """The database that `streamctl up` starts."""

    flavour: Literal["local"]
    database: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")] = "insurance"


PostgresSettings = LocalPostgres


class LocalPorts(Model):
    """Ports of the local services. Left out: the default, or the next free one where that is taken.

    Given: exactly this one; `up` stops with an error where it is taken.
    """

    aws: Port | None = None
    postgres: Port | None = None
    zookeeper: Port | None = None
    kafka: Port | None = None
    kafka_controller: Port | None = None
    connect: Port | None = None
    jobmanager_rpc: Port | None = None
    jobmanager_rest: Port | None = None
    sql_gateway: Port | None = None
    metrics: Port | None = None


DEFAULT_PORTS = {name: 25000 + index for index, name in enumerate(LocalPorts.model_fields)}
"""25000 and up: below the range from which Linux takes ports for outgoing connections (32768 up)."""


class LocalMemory(Model):
    """Memory of the local services in MiB: JVM heaps, and for Flink the sizes of its memory model.

    The end-to-end tests run with the defaults, and check that the whole platform stays below 4 GiB with them.
    """

    kafka_heap: Megabytes = 384
    connect_heap: Megabytes = 256
    jobmanager_heap: Megabytes = 384
    taskmanager_heap: Megabytes = 640
    taskmanager_managed: Megabytes = 256
    taskmanager_network: Megabytes = 64
    sql_gateway_heap: Megabytes = 256


class TelemetrySettings(Model):
    """The synthetic vehicles. The same seed gives the same vehicles and the same events."""

    events_per_second: Annotated[int, Field(ge=1, le=500_000)] = 200
    vehicles: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 7
    duplicates: Share = 0.01
    late: Share = 0.005
    events: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="events in all, then only heartbeats; default: without end"
    )


class ClaimsSettings(Model):
    """The synthetic insurance portfolio in PostgreSQL."""

    policies: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    changes_per_second: Annotated[int, Field(ge=0, le=10_000)] = 10
    changes: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="changes in all; default: without end"
    )
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 7


class LocalSettings(Model):
    """What only the stack on one machine has."""

    ports: LocalPorts = LocalPorts()
    memory: LocalMemory = LocalMemory()
    telemetry: TelemetrySettings = TelemetrySettings()
    claims: ClaimsSettings = ClaimsSettings()


ApplicationName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class Settings(Model):
    """All settings of a stack. Each attribute is one key `streaming-platform:<attribute>` of the stack file."""

    environment: Environment
    aws: AwsSettings
    lakehouse: LakehouseSettings = LakehouseSettings()
    kafka: KafkaSettings
    flink: FlinkSettings
    postgres: PostgresSettings
    applications: Annotated[list[ApplicationName], Field(min_length=1)] = Field(
        description="folders of applications/ that run on this stack"
    )
    local: LocalSettings | None = None

    @model_validator(mode="after")
    def _flavours_fit_together(self) -> "Settings":
        if len(set(self.applications)) != len(self.applications):
            raise ValueError("applications names one application twice; keep one of them")
        on_this_machine = [key for key in ("kafka", "flink", "postgres") if getattr(self, key).flavour == "local"]
        if on_this_machine and self.local is None:
            raise ValueError(
                f"{', '.join(on_this_machine)} run on this machine but local is missing; add `{PROJECT}:local: {{}}`"
            )
        if self.flink.flavour == "local" and not self.aws.emulated:
            raise ValueError(
                "flink.flavour is local but aws.emulated is not true; a local Flink writes to the emulator"
            )
        return self

    @property
    def protect(self) -> bool:
        """Whether stateful resources are protected against deletion: in `prod` only."""
        return self.environment is Environment.PROD


SECRET_KEYS = ("kafka_username", "kafka_password", "schema_registry_user_info")
"""Keys that `pulumi config set --secret` writes. They are read as Outputs and never pass through `Settings`."""


def parse(config: dict[str, Any], where: str) -> Settings:
    """Check the settings of one stack.

    config: key -> value of the project's namespace, without the `streaming-platform:` prefix
    where:  the file they came from, for messages
    Raises PlatformError that names every mistake at once.
    """
    return validate(Settings, {k: v for k, v in config.items() if k not in SECRET_KEYS}, where, prefix=f"{PROJECT}:")


def load() -> Settings:
    """The settings of the stack that is being evaluated, from the Pulumi configuration.

    Raises PlatformError that names the stack file and every mistake in it.
    """
    from components.stack_config import project_config

    return parse(project_config(PROJECT), f"stacks/Pulumi.{pulumi.get_stack()}.yaml")
