"""What the bench prints and writes."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest
from rich.console import Console

from components.errors import PlatformError
from operations.bench import machine
from operations.bench.command import bench
from operations.bench.memory import LIMIT, SUPERVISOR, Sampler, result
from operations.bench.result import Result, Row, as_json, document
from operations.local.layout import Layout

RESULT = Result(
    "synth",
    "Synth",
    "Measured with a clock.",
    [Row("stack [local]", "1.20 (1.10 - 1.30) s", "a|b")],
    {"seconds": 1.2},
    ["The clock was right."],
)


def test_the_table_shows_every_figure_and_no_markup_is_lost():
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(RESULT.as_table())
    text = console.export_text()
    assert "stack [local]" in text
    assert "1.20 (1.10 - 1.30) s" in text


def test_the_page_says_how_and_with_which_command():
    page = document([RESULT], "2 cores", "./streamctl bench --part synth")
    assert "## Synth\n\n`./streamctl bench --part synth` on a machine with 2 cores. Measured with a clock." in page
    assert r"| stack [local] | 1.20 (1.10 - 1.30) s | a\|b |" in page
    assert page.endswith("\n\n- The clock was right.\n")


def test_a_part_takes_the_place_of_what_the_page_had_of_it():
    old = "# Measurements\n\nOf mine.\n\n## Start\n\nold\n\n## Synth\n\nold\n\n## By hand\n\n- a note\n"
    page = document([RESULT], "2 cores", "./streamctl bench --part synth", old)
    before, _, after = old.partition("## Synth\n\nold\n\n")
    assert page == f"{before}{RESULT.as_markdown('2 cores', './streamctl bench --part synth')}\n{after}"
    assert document([RESULT], "2 cores", "./streamctl bench --part synth", page) == page
    memory = replace(RESULT, title="Memory")
    assert document([memory], "1 core", "c", page) == page + "\n" + memory.as_markdown("1 core", "c")


def test_json_has_the_figures_as_numbers():
    content = json.loads(as_json([RESULT], {"cores": 2}))
    assert content["machine"] == {"cores": 2}
    assert content["parts"]["synth"]["seconds"] == 1.2


@pytest.mark.parametrize(
    ("parts", "events", "key"), [(("speed",), 10, "--part"), (("synth", "x"), 10, "--part"), ((), 0, "--events")]
)
def test_a_wrong_argument_is_told_before_anything_is_measured(parts, events, key):
    with pytest.raises(PlatformError) as error:
        bench(parts, events, as_json=True, output=None)
    assert error.value.mistakes[0].key == key


def test_a_file_that_cannot_be_written_is_told_before_anything_is_measured(tmp_path):
    with pytest.raises(PlatformError) as error:
        bench(("synth",), 10, as_json=True, output=tmp_path / "none" / "figures.md")
    assert error.value.mistakes[0].key == "--output"
    assert f"mkdir -p {tmp_path / 'none'}" in error.value.mistakes[0].remedy


def test_a_busy_machine_is_told(monkeypatch):
    monkeypatch.setattr(machine, "load", lambda: 0.4)
    assert machine.warning("the start") is None
    monkeypatch.setattr(machine, "load", lambda: 3.0)
    warning = machine.warning("the start")
    assert warning is not None
    assert "before the start" in warning
    assert "3.0" in warning


def test_peaks_are_kept_by_service_and_the_sum_is_of_one_moment(tmp_path, monkeypatch):
    sampler = Sampler(Layout(tmp_path, tmp_path))
    readings = iter([100, 1, 1, 100])
    monkeypatch.setattr("operations.bench.memory.memory", lambda pid, children: next(readings) * 2**20)
    sampler.sample({"kafka": 1, "connect": 2})
    sampler.sample({"kafka": 1, "connect": 2})
    found = result(sampler, "nothing ran")
    assert found.data["peak_mib"] == {"kafka": 100, "connect": 100}
    assert found.data["peak_sum_mib"] == 101
    assert found.data["of_4_gib"] == pytest.approx(101 * 2**20 / LIMIT)


def test_services_are_not_counted_again_as_children_of_the_supervisor(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input(str(bytearray(2**26)[:0]))"], stdin=subprocess.PIPE) as child:
        sampler = Sampler(Layout(tmp_path, tmp_path))
        sampler.sample({"kafka": child.pid, SUPERVISOR: os.getpid()})
        assert sampler.total == sum(sampler.peaks.values())
        assert sampler.peaks[SUPERVISOR] <= psutil.Process().memory_info().rss + 2**20
        child.communicate(b"\n")
