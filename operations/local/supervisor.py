"""Starts, watches and stops the services of one platform."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Sequence

from components.errors import PlatformError, problem
from operations.local import graph, processes, supervisord
from operations.local.graph import Cancel, Event, Report, Step
from operations.local.layout import Layout, supervisor_socket, write_private
from operations.local.service_start import Start, States
from operations.local.service_status import ServiceStatus, statuses
from operations.local.services.model import Service

READY_WITHIN = 180.0
"""Seconds that a service may take to become ready. On two busy cores the slowest took 20."""


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
        cancel: Cancel | None = None,
    ) -> list[str]:
        """Bring the platform to exactly these services, all ready. Returns the names of those that were (re)started.

        services:     all that shall run; a running one that is not among them is stopped, a changed one restarted, an
                      unchanged one left alone
        steps:        work to be done between them; each is run on every call
        report:       hears of what is being waited for
        ready_within: seconds that each service may take
        cancel:       makes it give up; after an interrupt it knows when the last step has ended
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
        states = States(self.layout)
        tasks = {step.name: (step.starts_after, step.run, "") for step in steps}
        for service in services:
            task = Start(self.layout, service, states, began, ready_within)
            tasks[service.name] = (service.starts_after, task, service.waits_for)
        try:
            graph.run(tasks, report, cancel)
        finally:
            self._record()
        return [service.name for service in services if service.name in began]

    def alive(self) -> bool:
        """Whether this platform's supervisor answers."""
        try:
            return supervisord.call(self.layout, "getState", timeout=5.0)["statename"] == "RUNNING"
        except (OSError, xmlrpc.client.Error):
            return False

    def changed(self, services: Sequence[Service]) -> list[str]:
        """Which of `services` run as another program: `start` would restart them. None where nothing was started."""
        try:
            running = supervisord.programs(self._conf.read_text())
        except OSError:
            return []
        wanted = supervisord.programs(supervisord.configuration(self.layout, services))
        return [name for name, program in wanted.items() if running.get(name, program) != program]

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
        added, changed, removed = supervisord.asked(self.layout, "reloadConfig")[0]
        self._stop_supervised([*changed, *removed], order, lambda event: None)
        for name in (*changed, *removed):
            supervisord.asked(self.layout, "removeProcessGroup", name)
        for name in (*added, *changed):
            supervisord.asked(self.layout, "addProcessGroup", name)

    # ---- status

    def status(self) -> list[ServiceStatus]:
        """All services in the order in which they start. Empty where nothing was started."""
        return statuses(self.layout, [name for level in graph.levels(self._order()) for name in level])

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


def _calling(function, name: str) -> graph.Task:
    return lambda cancel: function(name)
