"""Tiny real processes in place of the real services."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from operations.local import processes
from operations.local.layout import Layout
from operations.local.services.model import Service
from operations.local.supervisor import Supervisor

# Touches a file once it works, and notes in another in which order the services ended.
_PROGRAM = """
import os, signal, sys, time
name, folder, delay = sys.argv[1], sys.argv[2], float(sys.argv[3])
def end(number, frame):
    with open(os.path.join(folder, "ended"), "a") as file:
        file.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
time.sleep(delay)
print(name, "works", flush=True)
open(os.path.join(folder, name + ".ready"), "w").close()
while True:
    time.sleep(60)
"""


@pytest.fixture
def layout(tmp_path) -> Iterator[Layout]:
    """A home in which nothing is left running after the test, whatever the test does."""
    layout = Layout(tmp_path / "home", tmp_path / "dist")
    layout.make()
    yield layout
    Supervisor(layout).stop()
    assert processes.owned(layout) == []


@pytest.fixture
def tiny(layout: Layout) -> Callable[..., Service]:
    """Makes services that are a few lines of Python: tiny(name, *starts_after, **fields of Service)."""

    def make(name: str, *starts_after: str, delay: float = 0.0, code: str = _PROGRAM, **fields) -> Service:
        ready: Path = layout.data / f"{name}.ready"
        values = {
            "command": (sys.executable, "-c", " ".join(["exec(", repr(code), ")"]), name, str(layout.data), str(delay)),
            "ready": ready.exists,
            "waits_for": ready.name,
            "directory": layout.run,
            "starts_after": starts_after,
            "prepare": lambda: ready.unlink(missing_ok=True),
            "patience": 2,
        }
        return Service(name=name, **(values | fields))

    return make
