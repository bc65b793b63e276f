"""Finds the processes of one platform, even those that nobody supervises any more, and ends them."""

import contextlib
import json
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from operations.local.layout import Layout, write_private

RUN_MARKER = "STREAMCTL_RUN_ID"
"""Environment variable that the supervisor and, inherited, all its children carry: `Layout.run_id`."""

SERVICE_MARKER = "STREAMCTL_SERVICE"
"""Environment variable with the name of the service."""


@dataclass(frozen=True)
class Owned:
    """A process of the platform. service: its service, "" for the supervisor itself."""

    process: psutil.Process
    service: str


def owned(layout: Layout) -> list[Owned]:
    """The processes of this platform that are alive, whoever is their parent."""
    found = {owned.process.pid: owned for owned in _recorded(layout)}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            service = _service_of(process, layout)
            if service is not None:
                found[process.pid] = Owned(process, service)
    return [owned for owned in found.values() if _alive(owned.process)]


def record(layout: Layout) -> None:
    """Write down which processes are the platform's: not every system lets one look into those of another user."""
    entries = []
    for one in owned(layout):
        with contextlib.suppress(psutil.Error):
            entries.append([one.process.pid, one.process.create_time(), one.service])
    write_private(layout.run / "processes.json", json.dumps(entries))


def _recorded(layout: Layout) -> list[Owned]:
    try:
        entries = json.loads((layout.run / "processes.json").read_text())
    except (OSError, ValueError):
        return []
    found = []
    for entry in entries if isinstance(entries, list) else []:
        with contextlib.suppress(psutil.Error, ValueError, TypeError):
            pid, started, service = entry
            process = psutil.Process(pid)
            # The number may be another process's by now.
            if abs(process.create_time() - started) < 0.02:
                found.append(Owned(process, str(service)))
    return found


def _alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _service_of(process: psutil.Process, layout: Layout) -> str | None:
    environment = process.environ()
    if environment.get(RUN_MARKER) == layout.run_id:
        return environment.get(SERVICE_MARKER, "")
    # PostgreSQL writes its status line over the environment of its children; they stand in the data folder.
    if process.name() == "postgres" and process.cwd() == str(layout.data / "postgres"):
        return "postgres"
    return None


def belongs(pid: int, layout: Layout) -> bool:
    """Whether the process is one of this platform's."""
    try:
        return _service_of(psutil.Process(pid), layout) is not None
    except (psutil.Error, OSError):
        return False


def end(processes: Iterable[psutil.Process], stop_signal: int = signal.SIGTERM, patience: float = 5.0) -> None:
    """Ask the processes to end, and kill those that are still there after `patience` seconds.

    A process whose id was given to another one meanwhile is left alone: psutil compares the start time.
    """
    alive = list(processes)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.send_signal(stop_signal)
    alive = _wait(alive, patience)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    _wait(alive, patience)


def _wait(waited_for: list[psutil.Process], patience: float) -> list[psutil.Process]:
    """Those that are still alive after `patience` seconds. A zombie is not: its parent may take its time to look."""
    deadline = time.monotonic() + patience
    while (waited_for := [process for process in waited_for if _alive(process)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return waited_for
