"""Starts, watches and stops the services of one platform."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from components.errors import PlatformError, problem
from operations.local import graph, processes, supervisord
from operations.local.graph import Cancel, Event, Report, Step
from operations.local.layout import Layout, supervisor_socket, write_private
from operations.local.services.model import Service

READY_WITHIN = 180.0
"""Seconds that a service may take to become ready. On two busy cores the slowest took 20."""

_POLL = 0.15
_STATES = {
    "RUNNING": "running",
    "STARTING": "starting",
    "STOPPING": "running",
    "STOPPED": "stopped",
    "EXITED": "exited",
}
_DEAD_STATES = ("EXITED", "BACKOFF", "FATAL", "STOPPED")


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


class Supervisor:
    """The supervised processes of the platform in `layout`. Holds no state: all of it is in the run folder."""

    def __init__(self, layout: Layout):
        self.layout = layout

    # ---- start

    def start(
        self,
        services: Sequence[Service],
        steps: Sequence[Step] = (),
        report: Report = lambda event: None,
        ready_within: float = READY_WITHIN,
    ) -> list[str]:
        """Bring the platform to exactly these services, all ready. Returns the names of those that were (re)started.

        services:     all that shall run; a running one that is not among them is stopped, a changed one restarted, an
                      unchanged one left alone
        steps:        work to be done between them; each is run on every call
        report:       hears of what is being waited for
        ready_within: seconds that each service may take
        Raises PlatformError at once for a service that ends early or is not ready in time, with the end of its log, and
        whatever a step raises. What runs by then goes on running: call `stop` to end it.
        """
        graph.refuse_circles({task.name: task.starts_after for task in (*services, *steps)})
        self.layout.make()
        if not self.alive():
            self._end_orphans()
            self._start_daemon(services)
        self._apply(services)
        began: list[str] = []
        states = _States(self.layout)
        tasks = {step.name: (step.starts_after, _ignoring_cancel(step), "") for step in steps}
        for service in services:
            task = _Start(self.layout, service, states, began, ready_within)
            tasks[service.name] = (service.starts_after, task, service.waits_for)
        try:
            graph.run(tasks, report)
        finally:
            self._record()
        return [service.name for service in services if service.name in began]

    def alive(self) -> bool:
        """Whether this platform's supervisor answers."""
        try:
            return supervisord.call(self.layout, "getState", timeout=5.0)["statename"] == "RUNNING"
        except (OSError, xmlrpc.client.Error):
            return False

    def _start_daemon(self, services: Sequence[Service]) -> None:
        self._write(services)
        for old in self.layout.logs.glob("supervisord.*"):
            old.unlink()
        supervisor_socket(self.layout).unlink(missing_ok=True)
        # Only what every program needs. Above all no AWS profile, proxy or Java option of the user's reaches a service.
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "USER", "LANG", "TZ") if key in os.environ}
        temporary = self.layout.data / "tmp"
        temporary.mkdir(mode=0o700, exist_ok=True)
        output = self.layout.logs / "supervisord.out"
        with output.open("ab") as out:
            subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._conf)],
                env=kept | {processes.RUN_MARKER: self.layout.run_id, "TMPDIR": str(temporary)},
                cwd=self.layout.run,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                # Ctrl-C in the terminal is for the command line alone.
                start_new_session=True,
            )
        deadline = time.monotonic() + 20
        while not self.alive():
            if time.monotonic() > deadline:
                raise problem(
                    "supervisord",
                    "",
                    f"it did not start:\n{supervisord.last_lines(output)}",
                    "",
                    f"see {output} and {self.layout.log('supervisord')}",
                )
            time.sleep(0.02)

    @property
    def _conf(self):
        return self.layout.run / "supervisord.conf"

    def _write(self, services: Sequence[Service]) -> None:
        write_private(self._conf, supervisord.configuration(self.layout, services))
        order = {service.name: list(service.starts_after) for service in services}
        write_private(self.layout.order, json.dumps(order))

    def _apply(self, services: Sequence[Service]) -> None:
        """Make supervisord's programs those of `services`; stop what was removed or changed."""
        order = self._order()
        self._write(services)
        added, changed, removed = supervisord.call(self.layout, "reloadConfig")[0]
        self._stop_supervised([*changed, *removed], order, lambda event: None)
        for name in (*changed, *removed):
            supervisord.call(self.layout, "removeProcessGroup", name)
        for name in (*added, *changed):
            supervisord.call(self.layout, "addProcessGroup", name)

    # ---- status

    def status(self) -> list[ServiceStatus]:
        """All services in the order in which they start. Empty where nothing was started."""
        try:
            infos = {info["name"]: info for info in supervisord.call(self.layout, "getAllProcessInfo", timeout=5.0)}
        except (OSError, xmlrpc.client.Error):
            return self._unsupervised()
        names = [name for level in graph.levels(self._order()) for name in level]
        restarts = self._restarts()
        return [
            self._status(infos[name], restarts.get(name, 0))
            for name in (*names, *(set(infos) - set(names)))
            if name in infos
        ]

    def _status(self, info: dict[str, Any], restarts: int) -> ServiceStatus:
        name, state = info["name"], _STATES.get(info["statename"], "failing")
        uptime = time.time() - info["start"] if info["pid"] else 0.0
        log = str(self.layout.log(name))
        return ServiceStatus(name, state, info["pid"], uptime, memory(info["pid"]), restarts, log)

    def _unsupervised(self) -> list[ServiceStatus]:
        found: dict[str, psutil.Process] = {}
        for owned in processes.owned(self.layout):
            found.setdefault(owned.service, owned.process)
        result = []
        for name, process in found.items():
            with contextlib.suppress(psutil.Error):
                uptime, log = time.time() - process.create_time(), str(self.layout.log(name))
                result.append(ServiceStatus(name, "unsupervised", process.pid, uptime, memory(process.pid), 0, log))
        return [status for status in result if status.name]

    def _restarts(self) -> dict[str, int]:
        """How often each program has ended by itself, from supervisord's own log."""
        counts: dict[str, int] = {}
        for log in (self.layout.log("supervisord"), self.layout.logs / "supervisord.log.1"):
            with contextlib.suppress(OSError):
                for name in re.findall(r"exited: (\S+) \(", log.read_text(errors="replace")):
                    counts[name] = counts.get(name, 0) + 1
        return counts

    # ---- stop

    def stop(self, report: Report = lambda event: None) -> list[str]:
        """End everything that was started, in order, whether or not the supervisor is still there.

        Returns the names of the services that were running. Returns [] and does nothing where nothing runs.
        """
        order = self._order()
        running = sorted({owned.service for owned in processes.owned(self.layout)} - {""})
        if self.alive():
            names = [info["name"] for info in supervisord.call(self.layout, "getAllProcessInfo")]
            self._stop_supervised(names, order, report)
        # Nothing is left that the supervisor would have to end, so it need not be asked to, which takes it a second.
        self._end_orphans(report)
        for left in (supervisor_socket(self.layout), self.layout.run / "processes.json", self._conf):
            left.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            supervisor_socket(self.layout).parent.rmdir()
        return running

    def end(self, name: str) -> None:
        """End one service and leave the others. It stays down until the next `start`. Where it does not run: nothing.

        Raises OSError while no supervisor answers.
        """
        # Fault: it was not running.
        with contextlib.suppress(xmlrpc.client.Fault):
            supervisord.call(self.layout, "stopProcess", name, True)

    def _stop_supervised(self, names: Sequence[str], order: dict[str, list[str]], report: Report) -> None:
        """Stop programs, each after all that start after it, as many at the same time as possible."""
        followers = {name: [other for other, after in order.items() if name in after] for name in names}

        tasks = {name: (followers[name], _calling(self.end, name), "to end") for name in names}
        with contextlib.suppress(OSError):
            graph.run(tasks, report)

    def _end_orphans(self, report: Report = lambda event: None) -> None:
        """End every process of this platform that is left; the supervisor first, or it would start them again."""
        left = processes.owned(self.layout)
        if not left:
            return
        processes.end((owned.process for owned in left if not owned.service), signal.SIGKILL)
        order = self._order()
        unknown = sorted({owned.service for owned in left} - set(order) - {""})
        for level in (unknown, *reversed(graph.levels(order))):
            members = [owned for owned in left if owned.service in level]
            if members:
                report(Event(", ".join(sorted({owned.service for owned in members})), "starting", "to end"))
                # SIGINT is what PostgreSQL takes for a quick end; a JVM takes it like SIGTERM.
                processes.end((owned.process for owned in members), signal.SIGINT)
        # What was started in the meantime.
        processes.end((owned.process for owned in processes.owned(self.layout)), signal.SIGKILL)

    def _order(self) -> dict[str, list[str]]:
        """service -> what it starts after, as of the last start; empty where that is not known."""
        try:
            order = json.loads((self.layout.order).read_text())
            order = {str(name): [str(other) for other in after] for name, after in order.items()}
            graph.refuse_circles(order)
            return order
        except (OSError, ValueError, TypeError, AttributeError, PlatformError):
            return {}

    def _record(self) -> None:
        with contextlib.suppress(OSError):
            processes.record(self.layout)


class _States:
    """What supervisord says of all programs, asked at most every `_POLL` seconds however many threads want to know."""

    def __init__(self, layout: Layout):
        self._layout, self._lock, self._asked = layout, threading.Lock(), 0.0
        self._infos: dict[str, dict[str, Any]] = {}

    def of(self, name: str, fresh: bool = False) -> dict[str, Any]:
        with self._lock:
            if fresh or time.monotonic() - self._asked > _POLL:
                infos = supervisord.call(self._layout, "getAllProcessInfo")
                self._infos, self._asked = {info["name"]: info for info in infos}, time.monotonic()
            return self._infos[name]


class _Start:
    """The task that brings one service up."""

    def __init__(self, layout: Layout, service: Service, states: _States, began: list[str], ready_within: float):
        self.layout, self.service, self.states, self.began = layout, service, states, began
        self.ready_within = ready_within

    def __call__(self, cancel: Cancel) -> None:
        service = self.service
        for path, text in service.files.items():
            write_private(path, text)
        info = self.states.of(service.name, fresh=True)
        if info["statename"] not in ("RUNNING", "STARTING"):
            if service.prepare:
                service.prepare()
            self._spawn()
            self.began.append(service.name)
            info = self.states.of(service.name, fresh=True)
        self._wait(cancel, info["pid"])

    def _spawn(self) -> None:
        try:
            supervisord.call(self.layout, "startProcess", self.service.name, False)
        except xmlrpc.client.Fault as fault:
            # ALREADY_STARTED (60): it was tried again by itself in this moment.
            if fault.faultCode != 60:
                raise self._error(f"it cannot be started: {fault.faultString} ({self.service.command[0]})") from None

    def _wait(self, cancel: Cancel, pid: int) -> None:
        service, began = self.service, time.monotonic()
        while True:
            info = self.states.of(service.name)
            if info["statename"] in _DEAD_STATES or (info["pid"] and pid and info["pid"] != pid):
                self._give_up()
                raise self._error(f"it ended {time.monotonic() - began:.0f} s after its start ({self._how()})")
            pid = pid or info["pid"]
            with contextlib.suppress(Exception):
                # Whatever a check raises means: not yet.
                if service.ready():
                    return
            if time.monotonic() - began > self.ready_within:
                raise self._error(f"not ready after {self.ready_within:.0f} s; waited for {service.waits_for}")
            cancel.sleep(_POLL)

    def _give_up(self) -> None:
        """Keep the supervisor from trying again and again."""
        for _ in range(10):
            with contextlib.suppress(OSError, xmlrpc.client.Error):
                supervisord.call(self.layout, "stopProcess", self.service.name, True)
                return
            # It cannot be stopped in the moment between its end and the next attempt.
            time.sleep(0.2)

    def _how(self) -> str:
        """How it ended the last time, such as "exit status 1" or "terminated by SIGKILL"; only the log has it."""
        with contextlib.suppress(OSError):
            log = self.layout.log("supervisord").read_text(errors="replace")
            if endings := re.findall(rf"exited: {re.escape(self.service.name)} \(([^;)]*)", log):
                return endings[-1]
        return "no exit status is known"

    def _error(self, found: str) -> PlatformError:
        log = self.layout.log(self.service.name)
        return problem(
            self.service.name,
            "",
            f"{found}\n{supervisord.last_lines(log)}",
            "",
            f"the whole log is {log}",
        )


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


def _ignoring_cancel(step: Step) -> graph.Task:
    return lambda cancel: step.run()


def _calling(function, name: str) -> graph.Task:
    return lambda cancel: function(name)
