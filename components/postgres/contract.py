"""What every PostgreSQL gives to the rest of the platform."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class DatabaseLogin:
    """How the owner of a database logs in: the setup of change data capture, and CMF with its own database.

    host, port, database: where it is
    user, password: the login; the password is a secret Output
    secret_arn:      Secrets Manager secret with `username` and `password`; None where there is none
    ssl_mode:        as libpq and the JDBC driver name it. `verify-full`: the certificate has to be of this host
    ca_certificates: PEM text of the authorities that are trusted; None: those of the system that connects
    ready:           what has to exist before it answers
    """

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    database: str
    user: str
    password: pulumi.Input[str]
    secret_arn: pulumi.Input[str] | None = None
    ssl_mode: str = "verify-full"
    ca_certificates: pulumi.Input[str] | None = None
    ready: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True)
class PostgresAccess:
    """How change data capture reaches the database.

    host, port, database: where it is
    user:                 role with REPLICATION and SELECT on the captured tables
    password_variable:    environment variable of the Connect worker that holds the password. The connector's
                          configuration only names it, so that no plan, state or REST answer holds the password
    publication:          publication that names the captured tables
    password:             of `user`, as a secret Output, for workers that this program declares; None on this machine,
                          where the worker is given it in another way
    secret_arn:           Secrets Manager secret with `username` and `password`, for AWS services; None where there is
                          none
    ready:                what has to be done before capturing: the database, its role and its publication
    ssl_mode:             as libpq and the JDBC driver name it; None: the driver's own choice, for this machine only
    ca_certificates:      PEM text of the authorities that are trusted; None: those of the Java that connects
    """

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    database: str
    user: str = "cdc"
    password_variable: str = "CDC_PASSWORD"  # noqa: S105 the name of a variable
    publication: str = "streaming"
    password: pulumi.Input[str] | None = None
    secret_arn: pulumi.Input[str] | None = None
    ready: Sequence[pulumi.Resource] = ()
    ssl_mode: str | None = None
    ca_certificates: pulumi.Input[str] | None = None
