"""Which Flink runs the applications, and how."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from components.settings.base import DnsLabel, Model
from components.settings.postgres import CmfDatabaseSettings


class LocalFlink(Model):
    """The session cluster that `streamctl up` starts: one JobManager, one TaskManager, one SQL gateway."""

    flavour: Literal["local"]
    task_slots: Annotated[int, Field(ge=1, le=64)] = 4


class NoAuthentication(Model):
    """CMF asks nobody who they are: whoever reaches it may do everything."""

    kind: Literal["none"]


class MtlsAuthentication(Model):
    """CMF asks for a client certificate of the platform's own issuer (or of your CA). TLS has to end at CMF."""

    kind: Literal["mtls"]
    administrators: Annotated[list[str], Field(min_length=1)] = Field(
        default=["platform-admin"], description="common names of the client certificates that may do everything"
    )


class OauthAuthentication(Model):
    """CMF takes access tokens of your identity provider."""

    kind: Literal["oauth"]
    issuer: Annotated[str, Field(pattern=r"^https://")]
    jwks_url: Annotated[str, Field(pattern=r"^https://")]
    token_url: Annotated[str, Field(pattern=r"^https://")] = Field(
        description="where Confluent for Kubernetes gets its token, by cmf_oauth_client_id and cmf_oauth_client_secret"
    )
    audience: Annotated[str, Field(min_length=1)]
    subject_claim: str = "sub"
    groups_claim: str = "groups"
    administrators: Annotated[list[str], Field(min_length=1)] = Field(
        description="subjects or groups (as group:name) that may do everything"
    )


CmfAuthentication = Annotated[NoAuthentication | MtlsAuthentication | OauthAuthentication, Field(discriminator="kind")]


class Quantity(Model):
    """Of one pod. CPU as Kubernetes writes it: a number in text; memory in MiB."""

    cpu: Annotated[str, Field(pattern=r"^([0-9]+m|[0-9]+(\.[0-9]{1,3})?)$")] = "1"
    memory_mib: Annotated[int, Field(ge=728, le=262_144)] = Field(
        default=2048, description="the whole process; Flink's own overheads need 728 at least"
    )


class UpgradeMode(StrEnum):
    """What a changed application starts from."""

    SAVEPOINT = "savepoint"
    LAST_STATE = "last-state"
    STATELESS = "stateless"


class ApplicationDefaults(Model):
    """How applications run unless their own key in `overrides` says otherwise."""

    job_manager: Quantity = Quantity()
    task_manager: Quantity = Quantity(memory_mib=4096)
    task_slots: Annotated[int, Field(ge=1, le=64)] = Field(default=2, description="of each TaskManager")
    upgrade_mode: UpgradeMode = UpgradeMode.SAVEPOINT
    standby_job_managers: Annotated[int, Field(ge=0, le=2)] = Field(
        default=0, description="further JobManagers that take over at once; without, Kubernetes starts a new one"
    )
    autoscaler: bool = False
    max_parallelism: Annotated[int, Field(ge=1, le=32_768)] = Field(
        default=720, description="key groups: a number with many divisors; never changed while state is kept"
    )


class SqlPools(Model):
    """Compute pools and statements of CMF's own SQL, beside applications. They cannot log in to Kafka by IAM."""

    pools: dict[DnsLabel, Quantity] = Field(default_factory=dict)
    statements: dict[DnsLabel, str] = Field(default_factory=dict, description="name -> INSERT statement")


class CmfFlink(Model):
    """Confluent Manager for Apache Flink on the cluster."""

    flavour: Literal["cmf"]
    version: Literal["2.3.1", "2.4.2"] = "2.4.2"
    environment: DnsLabel = Field(default="streaming", description="CMF environment and namespace of the applications")
    database: CmfDatabaseSettings
    authentication: CmfAuthentication
    licence_secret: str | None = Field(
        default=None, description="Secrets Manager secret that holds the licence; default: the trial of 30 days"
    )
    defaults: ApplicationDefaults = ApplicationDefaults()
    overrides: dict[str, ApplicationDefaults] = Field(default_factory=dict, description="application -> its own values")
    sql: SqlPools | None = None


FlinkSettings = Annotated[LocalFlink | CmfFlink, Field(discriminator="flavour")]
