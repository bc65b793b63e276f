"""Latency is counted up to the first commit of a row, whatever table maintenance does with its file later."""

import pytest

from operations.bench.commits import first_commits, metadata_of
from operations.local.provision.clients import Clients


@pytest.fixture
def orders(lake):
    return metadata_of(Clients(lake.endpoint, "us-east-1"), "lake", "orders")


def test_each_file_has_the_time_of_the_commit_that_added_it(lake, orders):
    committed = first_commits(lake, orders)
    added = sum(int(one["summary"].get("added-data-files", 0)) for one in orders["snapshots"])
    assert len(committed) == added
    assert set(committed.values()) == {
        one["timestamp-ms"] for one in orders["snapshots"] if "added-data-files" in one["summary"]
    }


def test_a_rewrite_commits_no_row(lake, orders):
    *_, last = (one for one in orders["snapshots"] if "added-data-files" in one["summary"])
    last["summary"]["operation"] = "replace"
    assert last["timestamp-ms"] not in first_commits(lake, orders).values()


def test_a_table_to_which_nothing_was_written_has_no_commit(lake):
    assert first_commits(lake, metadata_of(Clients(lake.endpoint, "us-east-1"), "lake", "nothing_yet")) == {}
