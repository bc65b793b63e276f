"""What the supervised services of one platform are doing."""

import contextlib
import re
import time
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from operations.local import processes, supervisord
from operations.local.layout import Layout

_STATES = {
    "RUNNING": "running",
    "STARTING": "starting",
    "STOPPING": "running",
    "STOPPED": "stopped",
    "EXITED": "exited",
}


@dataclass(frozen=True)
class ServiceStatus:
    """A service as it is now.

    state:        running, starting, stopped, exited (ended by itself and not started again), failing (ends again and
                  again), unsupervised (it runs, but the supervisor is gone)
    pid:          0 while it does not run
    uptime:       seconds since the process was started
    memory:       bytes of memory of the process and its children
    restarts:     how often it has ended by itself since the supervisor was started
    log:          path of its log file
    """

    name: str
    state: str
    pid: int
    uptime: float
    memory: int
    restarts: int
    log: str


def statuses(layout: Layout, order: Sequence[str]) -> list[ServiceStatus]:
    """All services, those of `order` first and in that order. Empty where nothing was started.

    Where the supervisor does not answer: the services that it left running, as unsupervised.
    """
    try:
        infos = {info["name"]: info for info in supervisord.call(layout, "getAllProcessInfo", timeout=5.0)}
    except (OSError, xmlrpc.client.Error):
        return _unsupervised(layout)
    counts = restarts(layout)
    names = [name for name in (*order, *(set(infos) - set(order))) if name in infos]
    return [_status(layout, infos[name], counts.get(name, 0)) for name in names]


def _status(layout: Layout, info: dict[str, Any], restarts: int) -> ServiceStatus:
    name, state = info["name"], _STATES.get(info["statename"], "failing")
    uptime = time.time() - info["start"] if info["pid"] else 0.0
    return ServiceStatus(name, state, info["pid"], uptime, memory(info["pid"]), restarts, str(layout.log(name)))


def _unsupervised(layout: Layout) -> list[ServiceStatus]:
    found: dict[str, psutil.Process] = {}
    for owned in processes.owned(layout):
        found.setdefault(owned.service, owned.process)
    result = []
    for name, process in found.items():
        with contextlib.suppress(psutil.Error):
            uptime, log = time.time() - process.create_time(), str(layout.log(name))
            result.append(ServiceStatus(name, "unsupervised", process.pid, uptime, memory(process.pid), 0, log))
    return [status for status in result if status.name]


def restarts(layout: Layout) -> dict[str, int]:
    """How often each service has ended by itself since the supervisor was started, from supervisord's own log."""
    counts: dict[str, int] = {}
    for log in (layout.log("supervisord"), layout.logs / "supervisord.log.1"):
        with contextlib.suppress(OSError):
            for name in re.findall(r"exited: (\S+) \(", log.read_text(errors="replace")):
                counts[name] = counts.get(name, 0) + 1
    return counts


def memory(pid: int, children: bool = True) -> int:
    """Bytes of memory of a process and, unless told otherwise, its children; 0 where there is no such process.

    Resident memory of the process, and of each child what it shares with nobody: PostgreSQL's children all map the same
    buffers, which must not be counted once for each.
    """
    if not pid:
        return 0
    try:
        process = psutil.Process(pid)
        total = process.memory_info().rss
        for child in process.children(recursive=True) if children else ():
            with contextlib.suppress(psutil.Error):
                total += child.memory_full_info().uss
        return total
    except psutil.Error:
        return 0
