"""The newest state of an Iceberg table (format version 2, Parquet) as one query of DuckDB over its files.

DuckDB's own `iceberg_scan` applies each equality delete to each row of each older file: a table of 1,000 rows that was
upserted for 15 minutes (155,000 equality deletes) took minutes. Here deletes are joined by hash, so that the time grows
with the number of rows and deletes, not with their product. Rules: https://iceberg.apache.org/spec/#scan-planning
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from components.errors import PlatformError, problem

_SQL_TYPES = {
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "binary": "BLOB",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "uuid": "UUID",
}

# Numbers that the specification gives to the content of a file, and to the status of an entry that is gone.
_DATA, _POSITION_DELETES, _EQUALITY_DELETES = 0, 1, 2
_DELETED = 2

Metadata = Mapping[str, Any]


@dataclass(frozen=True)
class File:
    """A live file of a snapshot.

    sequence: data sequence number: which commit its rows, or its deletes, belong to
    keys:     field ids by which an equality delete file deletes
    of:       the only data file that a position delete file deletes from, None where there may be several
    """

    content: int
    path: str
    sequence: int
    keys: tuple[int, ...] = ()
    of: str | None = None


def scan(connection: duckdb.DuckDBPyConnection, metadata: Metadata, where: str) -> str:
    """SELECT of all columns of the table's newest state. Reads its manifests through `connection`.

    where: the table's metadata file, for messages
    Raises PlatformError where the table uses what this reader does not know, duckdb.Error where files cannot be read.
    """
    columns = _columns(metadata, where)
    snapshot = current_snapshot(metadata)
    files = live_files(connection, metadata, snapshot, where) if snapshot else []
    data = [file for file in files if file.content == _DATA]
    names = ", ".join(f"c{number} AS {_quoted(name)}" for number, (name, _) in columns.items())
    if not data:
        nulls = ", ".join(f"CAST(NULL AS {kind}) AS {_quoted(name)}" for name, kind in columns.values())
        return f"SELECT {nulls} WHERE false"
    deletes = [file for file in files if file.content != _DATA and _applies(file, data)]
    if not deletes:
        return f"SELECT {names} FROM {_parquet(data, columns)}"  # noqa: S608 - all parts are quoted here
    query = f"SELECT {names} FROM {_parquet(data, columns)} d JOIN {_sequences(data)} s ON s.file = d.file"  # noqa: S608
    positions = [file for file in deletes if file.content == _POSITION_DELETES]
    if positions:
        places = f"(SELECT file_path, pos FROM read_parquet({_list(positions)}))"  # noqa: S608
        query += f" ANTI JOIN {places} p ON p.file_path = d.file AND p.pos = d.file_row_number"
    for number, keys in enumerate(sorted({file.keys for file in deletes} - {()})):
        of_keys = [file for file in deletes if file.keys == keys]
        selected = ", ".join(f"c{key}" for key in keys)
        # A row goes where any later commit deletes its key: the latest of them tells.
        latest = (
            f"(SELECT {selected}, max(sequence) AS sequence "  # noqa: S608
            f"FROM {_parquet(of_keys, {key: columns[key] for key in keys})} d JOIN {_sequences(of_keys)} s "
            f"ON s.file = d.file GROUP BY {selected})"
        )
        same = " AND ".join(f"e{number}.c{key} IS NOT DISTINCT FROM d.c{key}" for key in keys)
        query += f" ANTI JOIN {latest} e{number} ON {same} AND e{number}.sequence > s.sequence"
    return query


def current_snapshot(metadata: Metadata) -> Mapping[str, Any] | None:
    """The newest snapshot, None where nothing was written yet."""
    current = metadata.get("current-snapshot-id")
    return next((one for one in metadata.get("snapshots", []) if one["snapshot-id"] == current), None)


def row_count(metadata: Metadata) -> int | None:
    """The number of rows as far as the newest snapshot's summary tells it: only where nothing was ever deleted."""
    snapshot = current_snapshot(metadata)
    if snapshot is None:
        return 0
    summary = snapshot.get("summary", {})
    if summary.get("total-delete-files") != "0" or "total-records" not in summary:
        return None
    return int(summary["total-records"])


def live_files(
    connection: duckdb.DuckDBPyConnection, metadata: Metadata, snapshot: Mapping[str, Any], where: str
) -> list[File]:
    """The files of a snapshot, read from its manifests."""
    manifests = {
        path: sequence
        for path, sequence, spec, live in connection.execute(
            "SELECT manifest_path, sequence_number, partition_spec_id, added_files_count + existing_files_count "
            "FROM read_avro($1)",
            [snapshot["manifest-list"]],
        ).fetchall()
        if live and _known_partitions(metadata, spec, where)
    }
    if not manifests:
        return []
    entries = connection.execute(
        "SELECT filename, sequence_number, data_file.content, data_file.file_path, data_file.file_format, "
        "data_file.equality_ids, data_file.referenced_data_file FROM read_avro($1, filename = true) WHERE status <> $2",
        [list(manifests), _DELETED],
    ).fetchall()
    files: list[File] = []
    for manifest, sequence, content, path, file_format, keys, of in entries:
        if file_format.upper() != "PARQUET":
            raise _unknown(where, "files", f"{path} ({file_format})", "Parquet")
        # A file that its own manifest added has no number there: it was written before the commit had one.
        own = manifests[manifest] if sequence is None else sequence
        files.append(File(content, path, own, tuple(sorted(keys or ())), of))
    _check_keys(files, metadata, where)
    return files


def _applies(delete: File, data: list[File]) -> bool:
    """Whether a delete file may delete anything. Compaction leaves deletes behind whose rows are long gone."""
    if delete.content == _POSITION_DELETES:
        return delete.of is None or any(file.path == delete.of for file in data)
    return any(file.sequence < delete.sequence for file in data)


def _columns(metadata: Metadata, where: str) -> dict[int, tuple[str, str]]:
    """Field id -> (name, DuckDB's type) of the current schema."""
    if metadata["format-version"] != 2:
        raise _unknown(where, "format-version", metadata["format-version"], "2")
    schema = next(one for one in metadata["schemas"] if one["schema-id"] == metadata["current-schema-id"])
    return {field["id"]: (field["name"], _sql_type(field, where)) for field in schema["fields"]}


def _sql_type(field: Mapping[str, Any], where: str) -> str:
    kind = field["type"]
    if isinstance(kind, str) and kind.startswith("decimal("):
        return kind.upper()
    if isinstance(kind, str) and kind.startswith("fixed["):
        return "BLOB"
    if not isinstance(kind, str) or kind not in _SQL_TYPES:
        raise _unknown(where, f"column {field['name']}", kind, f"{', '.join(_SQL_TYPES)}, decimal, fixed")
    return _SQL_TYPES[kind]


def _known_partitions(metadata: Metadata, spec: int, where: str) -> bool:
    if spec != metadata["default-spec-id"]:
        raise _unknown(where, "partitions", "files of an older partition spec", "one partition spec")
    return True


def _check_keys(files: Iterable[File], metadata: Metadata, where: str) -> None:
    """Equality deletes reach within their partition only. Where the key holds the partition, that changes nothing."""
    spec = next(one for one in metadata["partition-specs"] if one["spec-id"] == metadata["default-spec-id"])
    sources = {field["source-id"] for field in spec["fields"]}
    for file in files:
        if file.content == _EQUALITY_DELETES and not sources <= set(file.keys):
            raise _unknown(where, "partitions", f"deletes by fields {file.keys}", f"keys with {sorted(sources)}")


def _parquet(files: list[File], columns: Mapping[int, tuple[str, str]]) -> str:
    """The columns `c<field id>` of Parquet files, found by field id, and `file`, the path of each row's file."""
    schema = ", ".join(
        f"{number}: {{name: 'c{number}', type: '{kind}', default_value: NULL}}" for number, (_, kind) in columns.items()
    )
    selected = ", ".join([*(f"c{number}" for number in columns), "file", "file_row_number"])
    read = f"read_parquet({_list(files)}, schema = MAP {{{schema}}}, filename = 'file')"
    return f"(SELECT {selected} FROM {read})"  # noqa: S608 - all parts are quoted here


def _sequences(files: list[File]) -> str:
    rows = ", ".join(f"({_literal(file.path)}, {file.sequence})" for file in files)
    return f"(SELECT * FROM (VALUES {rows}) s(file, sequence))"  # noqa: S608 - all parts are quoted here


def _list(files: list[File]) -> str:
    return f"[{', '.join(_literal(file.path) for file in files)}]"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _unknown(where: str, key: str, found: object, allowed: str) -> PlatformError:
    return problem(where, key, found, allowed, "read this table with an engine that knows it, such as Flink")
