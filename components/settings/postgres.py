"""Which PostgreSQL holds what is captured, and which one CMF keeps its state in."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.settings.base import HostName, Model

DatabaseName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]


class LocalPostgres(Model):
    """The database that `streamctl up` starts."""

    flavour: Literal["local"]
    database: DatabaseName = "insurance"


class ExistingPostgres(Model):
    """A PostgreSQL that exists, with logical replication on. Its login is the secret `postgres_password` (CMF's:
    `cmf_database_password`)."""

    flavour: Literal["existing"]
    host: HostName
    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    database: DatabaseName
    user: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")] = "cdc"
    publication: DatabaseName = Field(default="streaming", description="publication that names the captured tables")
    ssl_mode: Literal["verify-full", "verify-ca", "require", "disable"] = Field(
        default="verify-full", description="as libpq names it; disable only where the network is trusted"
    )
    ca_certificates: Annotated[str, Field(pattern=r"^\s*-----BEGIN CERTIFICATE-----")] | None = Field(
        default=None, description="PEM text of the authority; default: the authorities that Java trusts"
    )


class _ManagedPostgres(Model):
    database: DatabaseName = "insurance"
    major_version: Literal["15", "16", "17"] = "17"
    backup_days: Annotated[int, Field(ge=1, le=35)] = Field(default=7, description="days that backups are kept")


class RdsPostgres(_ManagedPostgres):
    """Amazon RDS for PostgreSQL."""

    flavour: Literal["rds"]
    instance_class: Annotated[str, Field(pattern=r"^db\.[a-z0-9]+\.[0-9a-z]+$")] = "db.t4g.medium"
    storage_gib: Annotated[int, Field(ge=20, le=65_536)] = 50
    storage_max_gib: Annotated[int, Field(ge=20, le=65_536)] = Field(default=500, description="it grows up to this")
    multi_az: bool = False

    @model_validator(mode="after")
    def _storage_grows(self) -> "RdsPostgres":
        # RDS: the maximum has to be at least 10 % above the first size.
        if self.storage_max_gib * 10 < self.storage_gib * 11:
            raise ValueError(
                f"storage_max_gib {self.storage_max_gib} is less than 110 % of storage_gib {self.storage_gib}; raise it"
            )
        return self


class AuroraPostgres(_ManagedPostgres):
    """Amazon Aurora PostgreSQL, Serverless v2."""

    flavour: Literal["aurora"]
    min_acu: Annotated[float, Field(ge=0.5, le=256)] = Field(default=0.5, description="Aurora capacity units of 2 GiB")
    max_acu: Annotated[float, Field(ge=1, le=256)] = 8
    instances: Annotated[int, Field(ge=1, le=15)] = Field(default=1, description="one writer, the others read")

    @model_validator(mode="after")
    def _acu_order(self) -> "AuroraPostgres":
        for name in ("min_acu", "max_acu"):
            if getattr(self, name) * 2 % 1:
                raise ValueError(f"{name} {getattr(self, name)} is no multiple of 0.5; round it")
        if self.max_acu < self.min_acu:
            raise ValueError(f"max_acu {self.max_acu} is less than min_acu {self.min_acu}; raise it")
        return self


PostgresSettings = Annotated[
    LocalPostgres | ExistingPostgres | RdsPostgres | AuroraPostgres, Field(discriminator="flavour")
]
CmfDatabaseSettings = Annotated[ExistingPostgres | RdsPostgres | AuroraPostgres, Field(discriminator="flavour")]
