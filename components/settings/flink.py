"""Which Flink runs the applications, and how."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.settings.base import DnsLabel, Model
from components.settings.confluent_flink import ConfluentCloudFlink
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
    administrators: Annotated[list[DnsLabel], Field(min_length=1)] = Field(
        default=["platform-admin"], description="common names of the client certificates that may do everything"
    )


# CMF splits its list of super users at semicolons.
Principal = Annotated[str, Field(pattern=r"^[^;,\s]+$")]


class OauthAuthentication(Model):
    """CMF takes access tokens of your identity provider."""

    kind: Literal["oauth"]
    issuer: Annotated[str, Field(pattern=r"^https://")]
    jwks_url: Annotated[str, Field(pattern=r"^https://")]
    token_url: Annotated[str, Field(pattern=r"^https://")] = Field(
        description="where Confluent for Kubernetes gets its token, by cmf_oauth_client_id and cmf_oauth_client_secret"
    )
    audience: Annotated[str, Field(min_length=1)]
    subject_claim: str = Field(default="sub", description="claim that names who asks; the same for people and programs")
    groups_claim: str = "groups"
    operator_subject: Annotated[str, Field(min_length=1)] = Field(
        description="what subject_claim says in the token that Confluent for Kubernetes gets: it may do everything"
    )
    administrators: Annotated[list[Principal], Field(min_length=1)] = Field(
        description="subjects or groups (as group:name) that may do everything"
    )
    authorize_url: Annotated[str, Field(pattern=r"^https://")] | None = Field(
        default=None, description="where a browser logs in; for CMF's UI and `confluent login`"
    )
    device_url: Annotated[str, Field(pattern=r"^https://")] | None = Field(
        default=None, description="device authorization of the provider; for `confluent login` without a browser"
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
    checkpoint_seconds: Annotated[int, Field(ge=1, le=3600)] | None = Field(
        default=60,
        description="how often results become durable and readable; each time writes files and a snapshot. "
        "null: as the application's spec says",
    )
    upgrade_mode: UpgradeMode = UpgradeMode.SAVEPOINT
    standby_job_managers: Annotated[int, Field(ge=0, le=2)] = Field(
        default=0, description="further JobManagers that take over at once; without, Kubernetes starts a new one"
    )
    autoscaler: bool = False
    max_parallelism: Annotated[int, Field(ge=1, le=32_768)] = Field(
        default=720, description="key groups: a number with many divisors; never changed while state is kept"
    )
    restore_from: Annotated[str, Field(pattern=r"^s3://.+/.+$")] | None = Field(
        default=None,
        description="savepoint or retained checkpoint from which a new application starts; a change of it restarts a "
        "running one from there",
    )
    allow_dropped_state: bool = Field(
        default=False, description="start although state of the savepoint belongs to no operator any more; it is lost"
    )

    @model_validator(mode="after")
    def _fits(self) -> "ApplicationDefaults":
        if self.upgrade_mode is UpgradeMode.STATELESS and self.restore_from is not None:
            raise ValueError("restore_from is set while upgrade_mode is stateless; write savepoint, or remove it")
        return self


# CMF and the Flink operator: a lower case letter first, at least 4 and at most 45 characters.
FlinkName = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{2,43})[a-z0-9]$")]


class SqlStatement(Model):
    """One statement. Its text never changes once it runs: give a changed one a new name."""

    pool: FlinkName
    statement: Annotated[str, Field(min_length=1)] = Field(description="one INSERT INTO ..., or one CREATE TABLE ...")
    parallelism: Annotated[int, Field(ge=1, le=256)] = 1
    checkpoint_seconds: Annotated[int, Field(ge=1, le=3600)] = Field(
        default=10, description="CMF refuses an INSERT without checkpoints"
    )
    stopped: bool = False


class SqlPools(Model):
    """Compute pools and statements of CMF's own SQL, beside applications. They cannot log in to Kafka by IAM.

    Confluent calls their custom resources a preview, not for production (Confluent for Kubernetes 3.3.0).
    """

    pools: Annotated[dict[FlinkName, Quantity], Field(min_length=1)]
    statements: dict[FlinkName, SqlStatement] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _pools_exist(self) -> "SqlPools":
        for name, statement in self.statements.items():
            if statement.pool not in self.pools:
                raise ValueError(
                    f"statements.{name}.pool is {statement.pool}, which is no key of pools; name one of "
                    f"{', '.join(self.pools)}"
                )
        return self


class CmfFlink(Model):
    """Confluent Manager for Apache Flink on the cluster."""

    flavour: Literal["cmf"]
    version: Literal["2.3.1", "2.4.2"] = "2.4.2"
    environment: FlinkName = Field(default="streaming", description="CMF environment and namespace of the applications")
    database: CmfDatabaseSettings
    authentication: CmfAuthentication
    authorization: bool = Field(
        default=True,
        description="CMF keeps role bindings; without, whoever is authenticated may do everything",
    )
    licence_secret: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="Secrets Manager secret that holds the licence; default: the trial of 30 days"
    )
    cert_manager: bool = Field(default=True, description="False where the cluster has a cert-manager already")
    paused: bool = Field(
        default=False,
        description="CMF and the Flink operator are uninstalled while jobs, custom resources and databases stay: the "
        "middle of an upgrade, see docs/upgrades.md. Never destroy a paused stack",
    )
    defaults: ApplicationDefaults = ApplicationDefaults()
    overrides: dict[str, ApplicationDefaults] = Field(default_factory=dict, description="application -> its own values")
    sql: SqlPools | None = None


FlinkSettings = Annotated[LocalFlink | CmfFlink | ConfluentCloudFlink, Field(discriminator="flavour")]
