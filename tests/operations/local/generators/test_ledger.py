"""The producer's ledger: complete lines only, each event once, and what is under way known after a kill."""

from pathlib import Path

import pytest

from operations.local.generators.fleet import Batch, Fleet
from operations.local.generators.ledger import COLUMNS, Ledger

ARGUMENTS = {"seed": 7, "vehicles": 5, "events_per_second": 10, "late": 0.1, "duplicates": 0.1}
FLEET = Fleet(**ARGUMENTS)
FIRST, SECOND = Batch(0, 30, 1_800_000_000_000), Batch(30, 20, 1_800_000_003_000)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "data" / "ledger.csv"


def numbers(path: Path) -> list[int]:
    lines = path.read_text().splitlines()
    assert lines[0].split(",") == list(COLUMNS)
    assert all(len(line.split(",")) == len(COLUMNS) for line in lines)
    return [int(line.split(",")[0]) for line in lines[1:]]


def written(path: Path, *batches: Batch) -> None:
    ledger = Ledger(path, ARGUMENTS)
    for batch in batches:
        ledger.plan(batch)
        ledger.acknowledged(FLEET.events(batch))
    ledger.close()


def test_a_new_ledger_begins_with_event_0_and_nothing_pending(path):
    ledger = Ledger(path, ARGUMENTS)
    assert ledger.next == 0
    assert ledger.pending() is None


def test_acknowledged_events_are_remembered(path):
    written(path, FIRST, SECOND)
    assert numbers(path) == list(range(50))
    ledger = Ledger(path, ARGUMENTS)
    assert ledger.next == 50
    assert ledger.pending() is None


def test_a_batch_that_was_planned_and_not_acknowledged_is_pending_with_its_fleet(path):
    written(path, FIRST)
    Ledger(path, ARGUMENTS).plan(SECOND)
    after = Ledger(path, {**ARGUMENTS, "seed": 8})
    assert after.pending() == (SECOND, ARGUMENTS)


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_that_was_cut_off_is_written_again(path, cut):
    written(path, FIRST, SECOND)
    path.write_bytes(path.read_bytes()[:-cut])
    ledger = Ledger(path, ARGUMENTS)
    assert ledger.pending() == (SECOND, ARGUMENTS)
    ledger.acknowledged(FLEET.events(SECOND))
    ledger.close()
    assert numbers(path) == list(range(50))


def test_a_ledger_with_a_heading_only_begins_with_event_0(path):
    written(path)
    assert Ledger(path, ARGUMENTS).next == 0
