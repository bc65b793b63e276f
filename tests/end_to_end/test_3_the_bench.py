"""The bench's parts that need a platform, with tiny numbers, on the one that is up: figures are there and may be true.

After the README, because the generators are ended by it.
"""

import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from operations.bench import latency, stand, throughput
from operations.bench.command import bench
from operations.bench.stand import Stand
from operations.local import record
from tests.end_to_end.checkout import REPOSITORY
from tests.end_to_end.conftest import Platform
from tests.end_to_end.test_1_platform import SERVICES

pytestmark = pytest.mark.end_to_end

EVENTS = 2000


@pytest.fixture
def small(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bench takes this platform for its own, and is soon content."""
    checkout = platform.checkout

    @contextmanager
    def this_one(wait: Any) -> Iterator[Stand]:
        yield Stand(checkout.layout, checkout.ports, record.require(checkout.layout).exports)

    monkeypatch.setattr(stand, "stand", this_one)
    monkeypatch.setattr(latency, "WARM_UP", 0)
    monkeypatch.setattr(latency, "measure", functools.partial(latency.measure, seconds=5, samples=1))
    monkeypatch.setattr(throughput, "measure", functools.partial(throughput.measure, runs=1))


def test_figures_are_there_and_may_be_true(small: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "measurements.md"
    bench(("latency", "throughput", "memory"), EVENTS, as_json=True, output=page)
    parts = json.loads(capsys.readouterr().out)["parts"]

    for kind in ("event_seconds", "change_seconds"):
        found = parts["latency"][kind]
        assert found["count"] > 0
        assert 0 < found["p50"] <= found["p90"] <= found["p99"] <= found["longest"] < 60

    found = parts["throughput"]
    assert (found["events"], found["runs"]) == (EVENTS, 1)
    assert found["records"] > EVENTS
    assert found["consumer_events_per_second"]["median"] > 0
    for job in ("bench-telematics", "bench-raw"):
        assert all(rate["median"] > 0 for rate in found[job]["events_per_second"].values())
        assert 0.02 < found[job]["iceberg_to_blackhole"]["median"] < 50

    found = parts["memory"]
    assert set(found["peak_mib"]) >= SERVICES
    assert found["peak_mib"]["taskmanager"] > 100
    assert max(found["peak_mib"].values()) < found["peak_sum_mib"] < 8192

    # Else a section would be written beside the old one.
    titles = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert len(titles) == 3
    assert set(titles) <= set((REPOSITORY / "docs" / "measurements.md").read_text(encoding="utf-8").splitlines())
