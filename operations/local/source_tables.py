"""The tables that applications capture, in PostgreSQL: which file makes each, and that their changes are published."""

import re
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from components.application import Application
from components.errors import Mistake, PlatformError, problem
from components.platform import APPLICATIONS
from components.postgres import PostgresAccess

SOURCE_FILE = "source.sql"

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r'(?:\w+|"[^"]+")'
_CREATE = re.compile(rf"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?({_NAME}(?:\s*\.\s*{_NAME})?)", re.IGNORECASE)


def source_files(applications: Sequence[Application], folder: Path = APPLICATIONS) -> list[Path]:
    """The SQL files to run for what `applications` capture, each once, in the order in which to run them.

    These are the applications' own, and before them those of other applications in `folder` that make a table which one
    of these captures too: a table is written down once, whoever else reads it.
    Raises PlatformError for each captured table that no file makes.
    """
    own = [file for application in applications if (file := folder / application.name / SOURCE_FILE).is_file()]
    others = [file for file in sorted(folder.glob(f"*/{SOURCE_FILE}")) if file not in own]
    made_by = {table: file for file in reversed([*own, *others]) for table in created_tables(file)}
    mistakes = [
        Mistake(
            application.where,
            "capture",
            f"{capture.table}, which no {SOURCE_FILE} creates",
            "a table with a CREATE TABLE in one of them",
            f"create it in {Path(application.where).with_name(SOURCE_FILE)}, or correct the name",
        )
        for application in applications
        for capture in application.spec.capture
        if capture.table not in made_by
    ]
    if mistakes:
        raise PlatformError(mistakes)
    needed = {made_by[capture.table] for application in applications for capture in application.spec.capture}
    return [*(file for file in others if file in needed), *own]


def created_tables(file: Path) -> list[str]:
    """schema.table of each CREATE TABLE in an SQL file."""
    text = _COMMENT.sub(" ", file.read_text(encoding="utf-8"))
    return [_full_name(match[1]) for match in _CREATE.finditer(text)]


def _full_name(name: str) -> str:
    parts = [part if part.startswith('"') else part.lower() for part in re.findall(_NAME, name)]
    return ".".join(part.strip('"') for part in (["public"] if len(parts) == 1 else []) + parts)


def ensure_tables(connection: psycopg.Connection, files: Sequence[Path], captured: Sequence[str]) -> None:
    """Run the SQL `files`, and publish the tables `captured` where they are not.

    captured: schema.table
    Raises PlatformError for SQL that PostgreSQL refuses, and for a table that it does not have after all.
    """
    for file in files:
        try:
            connection.execute(file.read_bytes())
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            raise problem(str(file), "", str(error).strip(), "SQL that PostgreSQL takes", "correct it") from None
    present = connection.execute("SELECT schemaname || '.' || tablename FROM pg_tables").fetchall()
    if missing := [table for table in captured if (table,) not in present]:
        raise problem("capture", missing[0], "no such table", "", f"create it in a {SOURCE_FILE} of the applications")
    _publish(connection, captured)


def _publish(connection: psycopg.Connection, captured: Sequence[str]) -> None:
    """Tables that are published and not captured stay: somebody else may read them."""
    name = PostgresAccess.publication
    publication = sql.Identifier(name)
    if connection.execute("SELECT 1 FROM pg_publication WHERE pubname = %s", (name,)).fetchone() is None:
        # Changes of a partition count as changes of its table.
        statement = sql.SQL("CREATE PUBLICATION {} WITH (publish_via_partition_root = true)")
        connection.execute(statement.format(publication))
    published = connection.execute(
        "SELECT schemaname || '.' || tablename FROM pg_publication_tables WHERE pubname = %s", (name,)
    ).fetchall()
    for table in captured:
        if (table,) not in published:
            statement = sql.SQL("ALTER PUBLICATION {} ADD TABLE {}")
            connection.execute(statement.format(publication, sql.Identifier(*table.split("."))))
