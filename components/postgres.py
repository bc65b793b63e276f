"""What every PostgreSQL gives to the rest of the platform."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


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
