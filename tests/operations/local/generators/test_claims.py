"""How many changes the claims workload makes over all its starts. What they do to a database is the platform's test."""

import json
import threading
from collections.abc import Callable

import pytest

from operations.local.generators import claims
from operations.local.generators.claims import Tally


class Patient(threading.Event):
    """Whoever waits for it without an end has stayed, as asked; the test goes on."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(timeout) if timeout is not None else True


@pytest.fixture
def start(monkeypatch, tmp_path) -> Callable[..., list[int]]:
    """Starts the generator on something that takes every change: sizes of its transactions, until it waits."""

    def run(**config) -> list[int]:
        taken: list[int] = []

        class Workload:
            def __init__(self, config, stop): ...
            def seed(self): ...
            def close(self): ...
            def change(self, count: int) -> int:
                taken.append(count)
                return count

        monkeypatch.setattr(claims, "Workload", Workload)
        monkeypatch.setattr(claims, "stop_on_signal", Patient)
        file = tmp_path / "generator.json"
        values = {"dsn": "", "seed": 1, "policies": 1, "changes_per_second": 1000}
        file.write_text(json.dumps(values | {"ledger": str(tmp_path / "data" / "ledger.json")} | config))
        claims.main([str(file)])
        return taken

    return run


def test_changes_are_counted_over_all_starts(start):
    assert sum(start(changes=60)) == 60
    # As the supervisor would after a kill, or `up` for a changed setting.
    assert start(changes=60) == []
    assert sum(start(changes=75)) == 15
    assert start(changes=10) == []


def test_without_a_ledger_each_start_begins_anew(start):
    assert [sum(start(changes=5, ledger=None)) for _ in range(2)] == [5, 5]


def test_a_kill_leaves_the_old_number_or_the_new_one(tmp_path):
    path = tmp_path / "ledger.json"
    Tally(path).add(3)
    path.with_name("ledger.json.new").write_text("{")
    tally = Tally(path)
    tally.add(4)
    assert Tally(path).made == tally.made == 7
