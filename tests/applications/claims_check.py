"""Whether the tables of the application claims equal the same queries run on PostgreSQL."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from components.application import Application, load_application

FOLDER = Path(__file__).parents[2] / "applications" / "claims"

Rows = list[tuple[Any, ...]]
ReadTable = Callable[[str], tuple[list[str], Rows]]
"""Name of a table of the lakehouse -> its columns and rows: `lambda name: lake.query(f"SELECT * FROM {name}")`."""


def postgres_select(application: Application, sink: str) -> str:
    """The query that feeds `sink`, as one SELECT for PostgreSQL: the views become parts of a WITH.

    The text of the queries is the application's own: its SQL is written for both dialects.
    """
    [insert] = [one for one in application.transformation.inserts if one.sink == sink]
    views = ",\n".join(f"{view.name} AS (\n{view.query}\n)" for view in application.transformation.views)
    return f"{f'WITH {views}' if views else ''}\nSELECT * FROM (\n{insert.query}\n) AS {sink}"


def claims_differences(dsn: str, read_table: ReadTable) -> list[str]:
    """What the lakehouse and PostgreSQL disagree about, one line per table that differs; empty when nothing does."""
    application = load_application(FOLDER)
    differences = []
    with psycopg.connect(dsn) as connection:
        # One snapshot for all tables.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("SET TIME ZONE 'UTC'")
        for sink in application.spec.sinks:
            expected = Counter(connection.execute(postgres_select(application, sink.name).encode()).fetchall())
            found = Counter(read_table(sink.name)[1])
            missing, surplus = expected - found, found - expected
            if missing or surplus:
                differences.append(
                    f"{sink.name}: {missing.total()} of {expected.total()} rows of PostgreSQL are missing, such as "
                    f"{sorted(map(str, missing))[:2]}; {surplus.total()} are there that should not, such as "
                    f"{sorted(map(str, surplus))[:2]}"
                )
    return differences
