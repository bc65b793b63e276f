"""Reading the Iceberg tables of a Glue database with DuckDB, deletes by key applied."""

import json
import threading
import time
from collections.abc import Iterable
from importlib import resources
from typing import Any

import duckdb
from botocore.exceptions import BotoCoreError, ClientError

from components.errors import PlatformError, problem
from operations.local.iceberg_files import current_snapshot, row_count, scan
from operations.local.provision.clients import Clients

# DuckDB's own extensions, from the packages duckdb-extension-*, in the order in which they need each other. Their
# signatures are checked by DuckDB; nothing is downloaded.
_EXTENSIONS = ("httpfs", "avro", "iceberg")

# A query is tried this often: while the emulator is busy it may refuse a connection, and a file of an older snapshot
# may be removed while it is read. The pauses before the second and the later attempts, in seconds.
_PAUSES = (0.2, 1.0, 3.0)
_OF_FILES = (duckdb.IOException, duckdb.HTTPException)

# Metadata files that are remembered.
_FILES_KEPT = 50


def load_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Have `connection` read from S3, and Avro."""
    for extension in _EXTENSIONS:
        folder = resources.files(f"duckdb_extension_{extension}") / "extensions" / f"v{duckdb.__version__}"
        connection.load_extension(str(folder / f"{extension}.duckdb_extension"))


class Lake:
    """The Iceberg tables of one Glue database behind an AWS emulator, read only.

    endpoint:   URL of the emulator, for Glue and S3, such as http://127.0.0.1:25000
    region:     AWS region
    database:   Glue database
    """

    def __init__(self, endpoint: str, region: str, database: str):
        self.endpoint, self._region, self._database = endpoint, region, database
        self._clients = Clients(endpoint, region)
        # Loading the extensions takes most of the time of a small query, so one connection serves all of them.
        self._connection: duckdb.DuckDBPyConnection | None = None
        # A second one without any view: where a view stands for a table, DuckDB does not name the table any more.
        self._empty: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()
        # Metadata file -> its content.
        self._read_last: dict[str, dict[str, Any]] = {}

    def tables(self) -> list[str]:
        """Names of the Iceberg tables, sorted. Raises PlatformError when the emulator does not answer."""
        return sorted(self._locations())

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of one SELECT in DuckDB's SQL.

        Times come back in UTC. A table that has no snapshot yet is empty. Raises PlatformError for broken SQL, an
        unknown table, a statement that is no query, files outside the lakehouse, and an emulator that does not answer.
        """
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._open()
                statements = self._connection.extract_statements(sql)
                if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                    found = f"{len(statements)} statements" if len(statements) != 1 else str(statements[0].type)
                    remedy = "the lakehouse is written by its applications only"
                    raise problem("query", "sql", found, "one SELECT", remedy)
                return self._read(self._connection, sql)
            except duckdb.Error as error:
                if isinstance(error, _OF_FILES):
                    # Where the emulator is away, this says so.
                    self._locations()
                raise self._broken(sql, error) from None

    def count(self, table: str) -> int:
        """Rows of a table, 0 where it does not exist yet. Raises PlatformError when the emulator does not answer."""
        return self._count(table, self._locations().get(table))

    def first_rows(self, tables: Iterable[str]) -> dict[str, int]:
        """Rows of `tables` in turn up to the first that has some: a count may have to read the table's files.

        For who asks again and again: while nothing is written it costs one question to the emulator. Raises
        PlatformError when that does not answer.
        """
        locations = self._locations()
        rows: dict[str, int] = {}
        for table in tables:
            rows[table] = self._count(table, locations.get(table))
            if rows[table]:
                break
        return rows

    def _count(self, table: str, location: str | None) -> int:
        if location is None:
            return 0
        counted = row_count(self._metadata(location))
        if counted is not None:
            return counted
        return self.query(f'SELECT COUNT(*) FROM "{table}"')[1][0][0]  # noqa: S608 - the catalog's own name

    def ages(self) -> dict[str, float]:
        """Seconds since the newest snapshot of each table that has one."""
        ages: dict[str, float] = {}
        for name, location in self._locations().items():
            newest = current_snapshot(self._metadata(location))
            if newest:
                ages[name] = time.time() - newest["timestamp-ms"] / 1000
        return ages

    def _read(self, connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Run a query on the newest snapshots; again on newer ones where files cannot be read."""
        for pause in (*_PAUSES, None):
            try:
                self._register(connection, self._named(sql))
                result = connection.execute(sql)
                return [column[0] for column in result.description or []], result.fetchall()
            except _OF_FILES:
                if pause is None:
                    raise
                time.sleep(pause)
        raise AssertionError

    def _named(self, sql: str) -> set[str]:
        """The tables that a query may mean."""
        if self._empty is None:
            self._empty = duckdb.connect(":memory:", config={"enable_external_access": "false"})
        try:
            return self._empty.get_table_names(sql)
        except duckdb.Error:
            # DuckDB binds the query to find the names, and some queries only bind when the tables are there.
            return set(self._locations())

    def _metadata(self, location: str) -> dict[str, Any]:
        """The table metadata file at `location`."""
        # A commit writes another file; the ones read last serve who asks again.
        if (known := self._read_last.get(location)) is not None:
            return known
        bucket, key = location.removeprefix("s3://").split("/", 1)
        try:
            found = json.load(self._clients.get("s3").get_object(Bucket=bucket, Key=key)["Body"])
        except (ClientError, BotoCoreError) as error:
            raise self._no_answer(error) from None
        while len(self._read_last) >= _FILES_KEPT:
            self._read_last.pop(next(iter(self._read_last)), None)
        self._read_last[location] = found
        return found

    def _open(self) -> duckdb.DuckDBPyConnection:
        """A database in memory that can read the emulator's S3, and no file of this machine."""
        connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
        load_extensions(connection)
        connection.execute(
            # The emulator takes any login.
            "CREATE SECRET (TYPE s3, KEY_ID 'local', SECRET 'local', REGION $region, ENDPOINT $host, "
            f"URL_STYLE 'path', USE_SSL {str(self.endpoint.startswith('https')).lower()})",
            {"region": self._region, "host": self.endpoint.split("://", 1)[1].rstrip("/")},
        )
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET allowed_directories = ['s3://']")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return connection

    def _register(self, connection: duckdb.DuckDBPyConnection, names: set[str]) -> None:
        """Have a view of the newest state of each table among `names`. Unknown names are left to DuckDB to tell."""
        locations = self._locations()
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            # SQL names tables in any case.
            location = locations.get(name.lower())
            if location is None:
                connection.execute(f"DROP VIEW IF EXISTS {quoted}")
            else:
                connection.execute(
                    f"CREATE OR REPLACE VIEW {quoted} AS {scan(connection, self._metadata(location), location)}"
                )

    def _locations(self) -> dict[str, str]:
        """Name -> current metadata file of each Iceberg table."""
        try:
            pages = self._clients.get("glue").get_paginator("get_tables").paginate(DatabaseName=self._database)
            tables = [table for page in pages for table in page["TableList"]]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "EntityNotFoundException":
                remedy = "is the stack up? see: streamctl status"
                raise problem(self.endpoint, "database", f"no Glue database {self._database}", "", remedy) from None
            raise self._no_answer(error) from None
        except BotoCoreError as error:
            raise self._no_answer(error) from None
        return {
            table["Name"]: table["Parameters"]["metadata_location"]
            for table in tables
            if table.get("Parameters", {}).get("table_type", "").upper() == "ICEBERG"
        }

    def _no_answer(self, error: Exception) -> PlatformError:
        return problem(self.endpoint, "", str(error), "the AWS emulator", "is the stack up? see: streamctl status")

    def _broken(self, sql: str, error: duckdb.Error) -> PlatformError:
        allowed = ""
        if isinstance(error, duckdb.CatalogException):
            allowed = f"tables: {', '.join(self.tables()) or 'none yet'}"
        found = f"{str(error).strip()}\n  in {sql}" if sql not in str(error) else str(error).strip()
        return problem("query", "sql", found, allowed, "correct the SQL; it is DuckDB's dialect")
