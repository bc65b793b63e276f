"""A PostgreSQL that exists already, with logical replication on."""

from dataclasses import dataclass

import pulumi

from components.postgres.contract import DatabaseLogin, PostgresAccess


@dataclass
class ExistingPostgresArgs:
    """Inputs of `ExistingPostgres`.

    host, port, database: where it is (port 5432)
    user, password:  the login; the password is made a secret. For capture: a role with REPLICATION and SELECT
    publication:     publication that names the captured tables; their REPLICA IDENTITY is FULL (default streaming)
    secret_arn:      Secrets Manager secret with `username` and `password`, where there is one
    ssl_mode:        as libpq names it (default verify-full); `disable` only where the network is trusted
    ca_certificates: PEM text of the authority; default: the authorities that the client trusts anyway
    """

    host: pulumi.Input[str]
    database: str
    user: str
    password: pulumi.Input[str]
    port: pulumi.Input[int] = 5432
    publication: str = "streaming"
    secret_arn: pulumi.Input[str] | None = None
    ssl_mode: str = "verify-full"
    ca_certificates: pulumi.Input[str] | None = None


class ExistingPostgres(pulumi.ComponentResource):
    """Access to a PostgreSQL that exists. Creates nothing.

    `access` is for change data capture, `login` for CMF's own database. Before it is captured its owner runs what
    `components.postgres.setup_sql.setup_sql` gives. When this platform goes, its replication slot stays: drop it with
    `SELECT pg_drop_replication_slot('<connector, with underscores>')`, or the log fills the disk.

    Outputs: host, database.
    """

    host: pulumi.Output[str]
    database: pulumi.Output[str]

    access: PostgresAccess
    login: DatabaseLogin

    def __init__(self, name: str, args: ExistingPostgresArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ExistingPostgres", name, None, opts)
        password = pulumi.Output.secret(args.password)
        self.login = DatabaseLogin(
            host=args.host,
            port=args.port,
            database=args.database,
            user=args.user,
            password=password,
            secret_arn=args.secret_arn,
            ssl_mode=args.ssl_mode,
            ca_certificates=args.ca_certificates,
        )
        self.access = PostgresAccess(
            host=args.host,
            port=args.port,
            database=args.database,
            user=args.user,
            publication=args.publication,
            password=password,
            secret_arn=args.secret_arn,
            ssl_mode=args.ssl_mode,
            ca_certificates=args.ca_certificates,
        )
        self.host = pulumi.Output.from_input(args.host)
        self.database = pulumi.Output.from_input(args.database)
        self.register_outputs({"host": self.host, "database": self.database})
