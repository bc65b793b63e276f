"""An Iceberg table of format version 2 in local files, written as Flink writes upserts: the material of tests."""

import functools
import itertools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from operations.local.iceberg_files import scan
from operations.local.lake import load_extensions

# (region, number) -> amount. Both parts of the key may be null.
Key = tuple[str | None, int | None]
FIELDS = [("region", "string", "VARCHAR"), ("number", "int", "INTEGER"), ("amount", "long", "BIGINT")]
_DATA, _POSITION_DELETES, _EQUALITY_DELETES = 0, 1, 2
_EXISTING, _ADDED, _DELETED = 0, 1, 2


@functools.cache
def _database() -> duckdb.DuckDBPyConnection:
    """One for all tables, which use nothing of it but functions: loading the extensions takes most of a small test."""
    connection = duckdb.connect(":memory:")
    load_extensions(connection)
    return connection


class IcebergTable:
    """A table with the columns of `FIELDS`, keyed by the first two. `rows` is what a reader has to find."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.connection = _database().cursor()
        self.rows: dict[Key, int] = {}
        self.sequence = 0
        self._numbers = itertools.count()
        # (content, path, data sequence) of live files, and the manifests that list them.
        self._data: list[tuple[str, int]] = []
        self._manifests: list[dict[str, Any]] = []
        self._list = ""

    def commit(self, changes: Iterable[tuple[Key, int | None]]) -> None:
        """One commit of upserts and, where the amount is None, deletes."""
        self.sequence += 1
        written: list[tuple[Key, int]] = []
        places: dict[Key, int] = {}
        equality: list[Key] = []
        positions: list[int] = []
        for key, amount in changes:
            if key in places:
                # What this commit wrote itself can only be deleted by its place.
                positions.append(places.pop(key))
            else:
                equality.append(key)
            self.rows.pop(key, None)
            if amount is not None:
                places[key] = len(written)
                written.append((key, amount))
                self.rows[key] = amount
        if written:
            path = self._parquet([(*key, amount) for key, amount in written])
            self._data.append((path, self.sequence))
            self._manifest(0, [(_ADDED, None, _DATA, path, None)])
            if positions:
                rows = sorted(positions)
                self._manifest(1, [(_ADDED, None, _POSITION_DELETES, self._places(path, rows), None)])
        if equality:
            deletes = self._parquet([(*key, None) for key in equality], columns=2)
            self._manifest(1, [(_ADDED, None, _EQUALITY_DELETES, deletes, [1, 2])])
        self._save_list()

    def compact(self, of: int) -> None:
        """Rewrite the files of the first `of` commits into one, as a compaction that began `of` commits ago does.

        The deletes are left where they are. The new file belongs to commit `of`, so later deletes still reach it.
        """
        old = [(path, sequence) for path, sequence in self._data if sequence <= of]
        if not old:
            return
        rows = self.connection.execute(scan(self.connection, self.metadata(until=of), "table")).fetchall()
        self.sequence += 1
        kept = [(path, sequence) for path, sequence in self._data if sequence > of]
        self._manifests = [one for one in self._manifests if one["content"] == 1]
        entries: list[tuple[int, int | None, int, str, list[int] | None]] = [
            (_DELETED, sequence, _DATA, path, None) for path, sequence in old
        ]
        entries += [(_EXISTING, sequence, _DATA, path, None) for path, sequence in kept]
        if rows:
            path = self._parquet(rows)
            kept = [(path, of), *kept]
            entries.append((_ADDED, of, _DATA, path, None))
        self._data = kept
        self._manifest(0, entries)
        self._save_list()

    def metadata(self, until: int | None = None) -> dict[str, Any]:
        """The table's metadata file as plain data. until: as it was after this commit, where nothing was compacted"""
        path = self._list
        if until is not None:
            path = self._write_list([one for one in self._manifests if one["sequence_number"] <= until])
        snapshots = [{"snapshot-id": 1, "manifest-list": path, "summary": {}}] if self.sequence else []
        fields = [{"id": number, "name": name, "type": kind} for number, (name, kind, _) in enumerate(FIELDS, 1)]
        return {
            "format-version": 2,
            "current-schema-id": 0,
            "schemas": [{"schema-id": 0, "fields": fields}],
            "default-spec-id": 0,
            "partition-specs": [{"spec-id": 0, "fields": []}],
            "current-snapshot-id": 1 if self.sequence else -1,
            "snapshots": snapshots,
        }

    def read(self, select: str = "*") -> list[tuple[Any, ...]]:
        """What the reader under test finds."""
        query = scan(self.connection, self.metadata(), "table")
        return self.connection.execute(f"SELECT {select} FROM ({query})").fetchall()

    def _path(self, suffix: str) -> str:
        return str(self.folder / f"{next(self._numbers):05}.{suffix}")

    def _parquet(self, rows: list[tuple[Any, ...]], columns: int = len(FIELDS)) -> str:
        path = self._path("parquet")
        names = [name for name, _, _ in FIELDS]
        ids = ", ".join(f"{name}: {number}" for number, name in enumerate(names[:columns], 1))
        self._copy(rows, [f"{name} {kind}" for name, _, kind in FIELDS], ", ".join(names[:columns]))
        self.connection.execute(f"COPY copied TO '{path}' (FORMAT parquet, FIELD_IDS {{{ids}}})")
        return path

    def _places(self, of: str, positions: list[int]) -> str:
        path = self._path("parquet")
        self._copy([(of, position) for position in positions], ["file_path VARCHAR", "pos BIGINT"], "*")
        self.connection.execute(f"COPY copied TO '{path}' (FORMAT parquet)")
        return path

    def _copy(self, rows: list[tuple[Any, ...]], columns: list[str], select: str) -> None:
        """Have `rows` in the relation `copied`."""
        path = self._path("json")
        names = [column.split()[0] for column in columns]
        Path(path).write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows))
        types = ", ".join(f"{name}: '{kind}'" for name, kind in map(str.split, columns))
        read = f"read_json('{path}', format = 'newline_delimited', columns = {{{types}}})"
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE rows AS SELECT * FROM {read}")
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW copied AS SELECT {select} FROM rows")

    def _manifest(self, content: int, entries: list[tuple[int, int | None, int, str, list[int] | None]]) -> None:
        """A manifest. Each entry: status, data sequence number, content, path, equality ids."""
        path = self._path("avro")
        columns = ["status INTEGER", "sequence_number BIGINT", "content INTEGER", "path VARCHAR", "ids INTEGER[]"]
        self._copy(
            list(entries),
            columns,
            "status, sequence_number, {'content': content, 'file_path': path, 'file_format': 'PARQUET', "
            "'equality_ids': ids, 'referenced_data_file': NULL::VARCHAR} AS data_file",
        )
        self.connection.execute(f"COPY copied TO '{path}' (FORMAT avro)")
        live = sum(entry[0] != _DELETED for entry in entries)
        self._manifests.append({"path": path, "content": content, "sequence_number": self.sequence, "live": live})

    def _save_list(self) -> None:
        self._list = self._write_list(self._manifests)

    def _write_list(self, manifests: list[dict[str, Any]]) -> str:
        path = self._path("avro")
        columns = ["manifest_path VARCHAR", "content INTEGER", "sequence_number BIGINT", "partition_spec_id INTEGER"]
        columns += ["added_files_count INTEGER", "existing_files_count INTEGER"]
        rows = [(one["path"], one["content"], one["sequence_number"], 0, one["live"], 0) for one in manifests]
        self._copy(rows, columns, "*")
        self.connection.execute(f"COPY copied TO '{path}' (FORMAT avro)")
        return path
