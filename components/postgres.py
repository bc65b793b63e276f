"""What every PostgreSQL gives to the rest of the platform."""

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
    """

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    database: str
    user: str = "cdc"
    password_variable: str = "CDC_PASSWORD"  # noqa: S105 the name of a variable
    publication: str = "streaming"
