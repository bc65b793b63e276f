"""When the rows of an Iceberg table were committed first, however often table maintenance rewrote them since."""

import json
from collections.abc import Mapping
from typing import Any

from operations.local.lake import Lake
from operations.local.provision.clients import Clients

# What Iceberg calls a snapshot that puts the same rows into other files.
_REWRITE = "replace"
# The status of a manifest's entry whose file came with that manifest's snapshot.
_ADDED, _DATA = 1, 0


def metadata_of(clients: Clients, database: str, table: str) -> dict[str, Any]:
    """The table's metadata file."""
    found = clients.get("glue").get_table(DatabaseName=database, Name=table)["Table"]
    bucket, key = found["Parameters"]["metadata_location"].removeprefix("s3://").split("/", 1)
    return json.load(clients.get("s3").get_object(Bucket=bucket, Key=key)["Body"])


def first_commits(lake: Lake, metadata: Mapping[str, Any]) -> dict[str, int]:
    """Data file -> milliseconds since 1970 of the snapshot that added its rows to the table.

    Files that are no longer part of the table are among them, those of a rewrite are not. Rows of snapshots that have
    expired are in none of them.
    """
    times = {
        one["snapshot-id"]: one["timestamp-ms"]
        for one in metadata["snapshots"]
        if one["summary"]["operation"] != _REWRITE
    }
    lists = [one["manifest-list"] for one in metadata["snapshots"] if one["snapshot-id"] in times]
    if not lists:
        return {}
    _, manifests = lake.query(
        f"SELECT DISTINCT manifest_path, added_snapshot_id FROM read_avro({lists}) WHERE content = {_DATA}"  # noqa: S608
    )
    snapshot_of = dict(manifests)
    _, files = lake.query(
        "SELECT filename, snapshot_id, data_file.file_path "  # noqa: S608 - the catalog's own paths
        f"FROM read_avro({list(snapshot_of)}, filename = true) WHERE status = {_ADDED}"
    )
    # An entry without a snapshot belongs to the one of its manifest.
    added = {path: snapshot or snapshot_of[manifest] for manifest, snapshot, path in files}
    return {path: times[snapshot] for path, snapshot in added.items() if snapshot in times}
