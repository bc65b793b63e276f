"""The TCP ports of the services on 127.0.0.1.

Defaults lie in 25000-25010, and what is given out instead of a taken one, up to 25499: below the range from which Linux
takes ports for outgoing connections (32768 up), and in no list of well-known services.
"""

import contextlib
import errno
import json
import os
import socket
import time
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path

import psutil

from components.errors import Mistake, PlatformError, problem
from components.settings import PROJECT, LocalPorts
from operations.local import processes
from operations.local.layout import Layout, exclusive, private_root, write_private

HOST = "127.0.0.1"
FIRST, LAST = 25000, 25499

# Seconds during which a port that was handed out, but is not yet listened on, is refused to other platforms, as long as
# the process that asked for it lives. A cold start on two cores listens on the last port after about 15.
_RESERVED = 120


@dataclass(frozen=True)
class Ports:
    """The port of each service.

    aws:                 the AWS emulator, all services on one port
    postgres, zookeeper: the servers of these names
    kafka:               the broker's listener for clients
    kafka_controller:    the broker's KRaft controller
    connect:             Kafka Connect's REST interface
    jobmanager_rpc:      Flink's JobManager, for TaskManagers
    jobmanager_rest:     Flink's REST interface and web page
    sql_gateway:         REST interface of Flink's SQL gateway
    metrics:             Prometheus metrics of the JobManager
    taskmanager_metrics: Prometheus metrics of the TaskManager; no setting of its own, the next free port
    """

    aws: int
    postgres: int
    zookeeper: int
    kafka: int
    kafka_controller: int
    connect: int
    jobmanager_rpc: int
    jobmanager_rest: int
    sql_gateway: int
    metrics: int
    taskmanager_metrics: int

    def url(self, service: str) -> str:
        """`http://127.0.0.1:<port>` of one of the services that speak HTTP."""
        return f"http://{HOST}:{getattr(self, service)}"

    @property
    def bootstrap_servers(self) -> str:
        """Kafka's address as its clients take it."""
        return f"{HOST}:{self.kafka}"


NAMES = tuple(field.name for field in fields(Ports))
DEFAULTS = {name: FIRST + index for index, name in enumerate(NAMES)}


def allocate(wanted: LocalPorts, layout: Layout) -> Ports:
    """The ports of this platform, remembered in its run folder so that a second call gives the same ones.

    wanted: exactly this port where one is given; else the port of the last call, else the default, else the next free
            one up to 25499
    Raises PlatformError that names every given port that is taken, and by whom, as far as the system tells.
    """
    folder = private_root()
    with exclusive(folder / "ports.lock", "another command that chooses ports", wait=True):
        reserved = _reservations(folder / "ports.json")
        others = {port: home for home, entry in reserved.items() if home != str(layout.home) for port in entry["ports"]}
        chosen = _choose(wanted, layout, others)
        entry = {"ports": sorted(asdict(chosen).values()), "until": time.time() + _RESERVED, "by": os.getpid()}
        reserved[str(layout.home)] = entry
        write_private(folder / "ports.json", json.dumps(reserved))
    write_private(layout.ports, json.dumps(asdict(chosen)))
    return chosen


def remembered(layout: Layout) -> Ports | None:
    """The ports of the last `allocate` for this home, None where there was none or its file is unreadable."""
    try:
        return Ports(**json.loads(layout.ports.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _reservations(file: Path) -> dict[str, dict]:
    """home -> {"ports": [...], "until": unix time, "by": process} of the platforms that are starting now."""
    try:
        entries = json.loads(file.read_text())
        now = time.time()
        return {
            home: entry
            for home, entry in entries.items()
            if entry["until"] > now and psutil.pid_exists(entry["by"]) and list(entry["ports"])
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _choose(wanted: LocalPorts, layout: Layout, others: dict[int, str]) -> Ports:
    given = {name: port for name, port in wanted.model_dump().items() if port is not None}
    taken = _Taken(layout)
    _refuse_taken(given, taken, others)
    last = remembered(layout)
    before = asdict(last) if last else {}
    chosen, used = dict(given), set(given.values())
    for name in NAMES:
        if name in chosen:
            continue
        candidates = [before[name]] if name in before else []
        candidates += [DEFAULTS[name], *range(FIRST + len(NAMES), LAST + 1)]
        usable = (p for p in candidates if p not in used and p not in others and not taken.by_others(p))
        chosen[name] = next(usable, 0)
        if not chosen[name]:
            raise problem(
                "settings",
                f"{PROJECT}:local.ports.{name}",
                f"every port from {FIRST} to {LAST} is taken",
                "a free port",
                f"end what holds them, or give a free port as {PROJECT}:local.ports.{name}",
            )
        used.add(chosen[name])
    return Ports(**chosen)


def _refuse_taken(given: dict[str, int], taken: "_Taken", others: dict[int, str]) -> None:
    mistakes = []
    for name, port in given.items():
        key = f"{PROJECT}:local.ports.{name}"
        twin = next((other for other in given if other != name and given[other] == port), None)
        if twin:
            mistakes.append(
                Mistake(
                    "settings", key, f"port {port}, also given to {twin}", "a port of its own", "change one of the two"
                )
            )
        elif port in others:
            mistakes.append(_taken(key, port, f"the platform that is starting in {others[port]}"))
        elif taken.by_others(port):
            mistakes.append(_taken(key, port, holder(port)))
    if mistakes:
        raise PlatformError(mistakes)


def _taken(key: str, port: int, by: str) -> Mistake:
    return Mistake(
        "settings",
        key,
        f"port {port}, which is taken by {by}",
        "a free port",
        "end that process, give another port, or leave the key out to get a free one",
    )


class _Taken:
    """Tells which ports processes hold that are not this platform's; asks the system for the holders once at most."""

    def __init__(self, layout: Layout):
        self._layout = layout

    @cached_property
    def _listeners(self) -> dict[int, list[int]]:
        return _listeners()

    def by_others(self, port: int) -> bool:
        if free(port):
            return False
        return not any(processes.belongs(pid, self._layout) for pid in self._listeners.get(port, ()))


def free(port: int) -> bool:
    """Whether a server could listen on the port of the loopback interface now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do it: a connection of the past that is still in TIME_WAIT does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def holder(port: int) -> str:
    """Who listens on the port: "process 4711 (nginx -g daemon off)", or "an unknown process"."""
    for pid in _listeners().get(port, ()):
        with contextlib.suppress(psutil.Error):
            command = " ".join(psutil.Process(pid).cmdline())
            return f"process {pid} ({command[:120]})"
    return "a process that the system does not name"


def _listeners() -> dict[int, list[int]]:
    """port -> ids of the processes that listen on it, as far as the system tells."""
    found: dict[int, list[int]] = {}
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.status == psutil.CONN_LISTEN and connection.pid:
                found.setdefault(connection.laddr.port, []).append(connection.pid)
    return found
