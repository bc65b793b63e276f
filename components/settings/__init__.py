"""The settings of one stack: `stacks/Pulumi.<stack>.yaml`, typed and checked.

The models below are the single source of what a stack file may say. `stacks/settings.schema.json` is generated
from them (`streamctl schema`), so that an editor completes and checks what is checked here again. One module for each
part of the platform; this one puts them together and checks what several of them say together.
"""

from typing import Annotated, Any

import pulumi
from pydantic import Field

from components.errors import Mistake, PlatformError
from components.settings.aws import AwsSettings
from components.settings.base import PROJECT, ApplicationName, Environment, Model
from components.settings.cdc import CdcSettings
from components.settings.checks import contradictions
from components.settings.cluster import ClusterSettings
from components.settings.confluent import RotationSettings
from components.settings.flink import FlinkSettings
from components.settings.images import ImageSettings
from components.settings.kafka import KafkaSettings
from components.settings.lakehouse import LakehouseSettings
from components.settings.local import DEFAULT_PORTS, LocalPorts, LocalSettings
from components.settings.network import NetworkSettings
from components.settings.postgres import PostgresSettings
from components.settings.tls_endpoint import NoEndpoint, TlsEndpointSettings
from components.validation import validate

__all__ = [
    "DEFAULT_PORTS",
    "PROJECT",
    "SECRET_KEYS",
    "ApplicationName",
    "AwsSettings",
    "Environment",
    "LocalPorts",
    "LocalSettings",
    "Model",
    "Settings",
    "load",
    "parse",
]


class Settings(Model):
    """All settings of a stack. Each attribute is one key `streaming-platform:<attribute>` of the stack file."""

    environment: Environment
    aws: AwsSettings
    network: NetworkSettings | None = Field(default=None, description="for what AWS runs in a VPC")
    cluster: ClusterSettings | None = Field(default=None, description="for what runs on Kubernetes")
    lakehouse: LakehouseSettings = LakehouseSettings()
    kafka: KafkaSettings
    flink: FlinkSettings
    postgres: PostgresSettings
    cdc: CdcSettings | None = Field(
        default=None, description="default: as Kafka is: local, confluent_connector, else kafka_connect"
    )
    tls_endpoint: TlsEndpointSettings = NoEndpoint(flavour="none")
    images: ImageSettings = ImageSettings()
    rotation: RotationSettings | None = Field(
        default=None, description="of API keys, for kafka.flavour confluent_cloud; `streamctl rotate` writes it"
    )
    applications: Annotated[list[ApplicationName], Field(min_length=1)] = Field(
        description="folders of applications/ that run on this stack"
    )
    local: LocalSettings | None = None

    @property
    def protect(self) -> bool:
        """Whether stateful resources are protected against deletion: in `prod` only."""
        return self.environment is Environment.PROD


SECRET_KEYS = (
    "kafka_username",
    "kafka_password",
    "schema_registry_user_info",
    "kubeconfig",
    "postgres_password",
    "cmf_database_password",
    "cmf_oauth_client_id",
    "cmf_oauth_client_secret",
    "confluent_cloud_api_key",
    "confluent_cloud_api_secret",
)
"""Keys that `pulumi config set --secret` writes. They are read as Outputs and never pass through `Settings`."""


def parse(config: dict[str, Any], where: str) -> Settings:
    """Check the settings of one stack.

    config: key -> value of the project's namespace, without the `streaming-platform:` prefix and without secrets
    where:  the file they came from, for messages
    Raises PlatformError that names every mistake at once.
    """
    plain = [key for key in SECRET_KEYS if key in config]
    if plain:
        # Before everything else, and without the value: it is in a file that is checked in.
        raise PlatformError(
            [
                Mistake(
                    where,
                    f"{PROJECT}:{key}",
                    "a secret in plain text",
                    "`secure:` with what Pulumi encrypted",
                    f"remove the line, run `pulumi config set --secret {PROJECT}:{key}`, and replace the secret itself "
                    "where the file has been pushed",
                )
                for key in plain
            ]
        )
    settings = validate(Settings, config, where, f"{PROJECT}:")
    found = contradictions(settings)
    if found:
        raise PlatformError([Mistake(where, f"{PROJECT}:{one.key}", one.found, "", one.remedy) for one in found])
    return settings


def load() -> Settings:
    """The settings of the stack that is being evaluated, from the Pulumi configuration.

    Raises PlatformError that names the stack file and every mistake in it.
    """
    from components.stack_config import project_config

    return parse(project_config(PROJECT), f"stacks/Pulumi.{pulumi.get_stack()}.yaml")
