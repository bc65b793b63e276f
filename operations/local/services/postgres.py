"""PostgreSQL with logical replication."""

import shutil
import subprocess

from components.errors import problem
from operations.local import credentials
from operations.local.layout import copy_folder
from operations.local.ports import HOST
from operations.local.services.checks import PostgresAnswers
from operations.local.services.inputs import Inputs
from operations.local.services.model import Service


def dsn(inputs: Inputs, role: str = credentials.OWNER) -> str:
    """Where and how to log in, as libpq takes it, with the password. role: one of the names in `credentials`."""
    login = credentials.of(inputs.layout)
    password = login.cdc if role == credentials.CDC else login.owner
    database = inputs.settings.postgres.database
    return f"host={HOST} port={inputs.ports.postgres} dbname={database} user={role} password={password}"


def configuration(inputs: Inputs) -> dict[str, str | int]:
    """The settings of postgresql.conf that are not the server's own defaults."""
    conf = inputs.layout.conf / "postgres"
    return {
        "data_directory": str(inputs.layout.data / "postgres"),
        "hba_file": str(conf / "pg_hba.conf"),
        "ident_file": str(conf / "pg_ident.conf"),
        "listen_addresses": HOST,
        "port": inputs.ports.postgres,
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
        "wal_level": "logical",
        "max_replication_slots": 8,
        "max_wal_senders": 8,
        "max_connections": 50,
        "shared_buffers": "32MB",
        "max_wal_size": "256MB",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # A statement that fails must not bring its text, and a password in it, into the log.
        "log_min_error_statement": "panic",
    }


# Nobody but the two roles, and those only with their passwords; the superuser has none and so cannot log in.
_HBA = """\
host all insurance_owner 127.0.0.1/32 scram-sha-256
host all cdc             127.0.0.1/32 scram-sha-256
"""


def service(inputs: Inputs) -> Service:
    """The server, as an unprivileged user where `up` was called by root: PostgreSQL refuses to run as root."""
    conf, data = inputs.layout.conf / "postgres", inputs.layout.data / "postgres"
    dist = inputs.distribution
    command = (*dist.unprivileged, str(dist.postgres / "bin" / "postgres"), "-D", str(data))
    command = (*command, "-c", f"config_file={conf / 'postgresql.conf'}")
    lines = [f"{key} = '{value}'\n" for key, value in configuration(inputs).items()]
    return Service(
        name="postgres",
        command=command,
        files={
            conf / "postgresql.conf": "".join(lines),
            conf / "pg_hba.conf": _HBA,
            conf / "pg_ident.conf": "",
        },
        prepare=lambda: _prepare(inputs, command),
        directory=inputs.layout.run,
        ready=PostgresAnswers(dsn(inputs)),
        waits_for=f"a login on {HOST}:{inputs.ports.postgres}",
        # SIGINT is PostgreSQL's fast shutdown: it ends sessions instead of waiting for them.
        stop_signal="INT",
    )


def _prepare(inputs: Inputs, command: tuple[str, ...]) -> None:
    """Make the data folder from the prepared one, with the roles and the database; harmless when there already."""
    data = inputs.layout.data / "postgres"
    finished = inputs.layout.data / "postgres.made"
    # Left behind by a server that was killed. It must not be taken for a running one when its number is in use again.
    (data / "postmaster.pid").unlink(missing_ok=True)
    if finished.exists():
        return
    shutil.rmtree(data, ignore_errors=True)
    copy_folder(inputs.distribution.postgres_data, data)
    inputs.distribution.give_to_unprivileged(data)
    for database, statements in _statements(inputs).items():
        # Single-user mode reads one statement per line from its standard input: no network, no trust, no superuser
        # password. The first word after the program must be --single.
        program = command.index("-D")
        call = [*command[:program], "--single", *command[program:], database]
        done = subprocess.run(call, input="\n".join(statements) + "\n", capture_output=True, text=True)
        if done.returncode or "ERROR:" in done.stderr:
            raise problem(
                "postgres",
                "",
                f"making the database failed: {done.stderr.strip()[-800:]}",
                "",
                "run `./streamctl down` and `./streamctl up` again",
            )
    finished.touch()


def _statements(inputs: Inputs) -> dict[str, list[str]]:
    """database -> statements that make the roles and the database of the settings."""
    login, owner, cdc = credentials.of(inputs.layout), credentials.OWNER, credentials.CDC
    database = inputs.settings.postgres.database
    return {
        "postgres": [
            f"CREATE ROLE {owner} LOGIN PASSWORD '{login.owner}'",
            f"CREATE ROLE {cdc} LOGIN REPLICATION PASSWORD '{login.cdc}'",
            *([] if database == "postgres" else [f'CREATE DATABASE "{database}" OWNER {owner}']),
        ],
        database: [
            f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC',
            f'GRANT ALL ON DATABASE "{database}" TO {owner}',
            f'GRANT CONNECT ON DATABASE "{database}" TO {cdc}',
            f"ALTER SCHEMA public OWNER TO {owner}",
            f"GRANT USAGE ON SCHEMA public TO {cdc}",
            # Tables that the owner makes later are readable for change data capture without another word.
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT ON TABLES TO {cdc}",
        ],
    }
