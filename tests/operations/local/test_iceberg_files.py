"""The reader of Iceberg tables against tables whose rows are known: upserts, deletes, compactions, in any order."""

import itertools
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import PlatformError
from operations.local.iceberg_files import row_count, scan
from tests.operations.local.iceberg_table import IcebergTable

KEYS = st.tuples(st.sampled_from([None, "north", "it's"]), st.sampled_from([None, 1, 2]))
COMMITS = st.lists(st.tuples(KEYS, st.none() | st.integers(0, 9)), max_size=8)
# A number compacts the files of that many of the commits so far.
STEPS = st.lists(COMMITS | st.integers(1, 6), max_size=8)


@settings(max_examples=15, deadline=None)
@given(steps=STEPS)
def test_any_sequence_of_commits_and_compactions_reads_as_its_rows(steps, tmp_path_factory):
    table = IcebergTable(tmp_path_factory.mktemp("table"))
    compacted = False
    for step in steps:
        if isinstance(step, list):
            table.commit(step)
        elif not compacted and table.sequence:
            # Once: what a table was before a second one is not kept here.
            table.compact(min(step, table.sequence))
            compacted = True
    assert Counter(table.read()) == Counter((*key, amount) for key, amount in table.rows.items())


def test_a_column_that_older_files_do_not_have_is_null_in_their_rows(tmp_path):
    table = IcebergTable(tmp_path)
    table.commit([(("north", 1), 5)])
    metadata = table.metadata()
    metadata["schemas"][0]["fields"].append({"id": 9, "name": "file", "type": "decimal(12, 2)"})
    # Renamed: columns are found by their ids.
    metadata["schemas"][0]["fields"][2]["name"] = "file_row_number"
    found = table.connection.execute(scan(table.connection, metadata, "table"))
    assert [column[0] for column in found.description] == ["region", "number", "file_row_number", "file"]
    assert found.fetchall() == [("north", 1, 5, None)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format-version": 3}, "format-version"),
        ({"schemas": [{"schema-id": 0, "fields": [{"id": 1, "name": "a", "type": {"type": "list"}}]}]}, "column a"),
        ({"default-spec-id": 1}, "older partition spec"),
        ({"partition-specs": [{"spec-id": 0, "fields": [{"source-id": 3}]}]}, "deletes by fields"),
    ],
)
def test_what_the_reader_does_not_know_is_told(tmp_path, change, says):
    table = IcebergTable(tmp_path)
    table.commit([(("north", 1), 5)])
    with pytest.raises(PlatformError, match=says):
        scan(table.connection, {**table.metadata(), **change}, "table")


def test_files_that_are_no_parquet_are_told(tmp_path, monkeypatch):
    table = IcebergTable(tmp_path)
    monkeypatch.setattr(IcebergTable, "_manifest", _puffin)
    table.commit([(("north", 1), 5)])
    with pytest.raises(PlatformError, match="PUFFIN"):
        table.read()


def _puffin(self: IcebergTable, content: int, entries: list) -> None:
    path = str(self.folder / "puffin.avro")
    self.connection.execute(
        f"COPY (SELECT 1 AS status, NULL::BIGINT AS sequence_number, {{'content': 1, 'file_path': 'x', 'file_format': "
        f"'PUFFIN', 'equality_ids': NULL::INTEGER[], 'referenced_data_file': 'y'}} AS data_file) "
        f"TO '{path}' (FORMAT avro)"
    )
    self._manifests = [{"path": path, "content": content, "sequence_number": 1, "live": 1}]


@pytest.mark.parametrize(
    ("summary", "rows"),
    [
        ({"total-delete-files": "0", "total-records": "12"}, 12),
        ({"total-delete-files": "3", "total-records": "12"}, None),
        ({}, None),
    ],
)
def test_rows_are_counted_from_the_summary_where_nothing_was_deleted(summary, rows):
    snapshots = [{"snapshot-id": 4, "summary": {"total-records": "1"}}, {"snapshot-id": 5, "summary": summary}]
    assert row_count({"current-snapshot-id": 5, "snapshots": snapshots}) == rows


@pytest.mark.parametrize("current", [{}, {"current-snapshot-id": -1}, {"current-snapshot-id": None}])
def test_a_table_without_a_snapshot_has_no_rows(current):
    assert row_count(current) == 0


def test_many_equality_deletes_are_applied_in_one_pass(tmp_path):
    # 20 commits that each write the same 5,000 rows anew: 100,000 rows, as many deletes, 40 files. Row by row that
    # would be 10^10 comparisons, which is minutes; this takes a fraction of a second on an idle machine.
    table = IcebergTable(tmp_path)
    keys = list(itertools.product(["north", "south"], range(2500)))
    for number in range(20):
        table.commit([(key, number) for key in keys])
    began = time.monotonic()
    assert table.read("count(*), min(amount)") == [(5000, 19)]
    assert time.monotonic() - began < 30
