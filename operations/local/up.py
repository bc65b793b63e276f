"""`streamctl up`: the stack on this machine, brought to what its program declares."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from components.application import captured_tables, merge_topics
from components.errors import PlatformError, problem
from components.platform import load_applications
from components.settings import LocalSettings
from operations.local import continuity, distribution, ports, preflight, record, services
from operations.local.connectors import ensure_connectors, wait_until_running
from operations.local.continuity import Belongings
from operations.local.engine import LocalMonitor
from operations.local.graph import Cancel, Step
from operations.local.interrupts import undisturbed
from operations.local.job_state import newest_state
from operations.local.jobs import Submission, ensure_jobs
from operations.local.layout import Layout, exclusive
from operations.local.local_stack import local_settings, with_ports
from operations.local.outages import explained
from operations.local.ports import Ports
from operations.local.progress import Wait
from operations.local.provision.clients import Clients
from operations.local.provision.provisioner import Provisioner
from operations.local.provision.state import State
from operations.local.services import aws, postgres
from operations.local.services.inputs import Inputs
from operations.local.source_tables import ensure_tables, source_files
from operations.local.supervisor import Supervisor
from operations.local.topics import ensure_topics
from operations.plan.evaluate import evaluate, synthesise
from operations.plan.stack_file import load_stack
from operations.plan.values import revealed

# Seconds for a login.
_CONNECT_TIMEOUT = 10
# Seconds until a step that looks whether to give up has done so; until a call to a service that was ended has failed;
# and until a step has ended in its own time: the longest is a job that stops behind a savepoint and starts from it.
_POLLS_END_WITHIN, _CALLS_END_WITHIN, _STEPS_END_WITHIN = 2.0, 30.0, 240.0


@dataclass
class Changes:
    """What an `up` did.

    resources: count by operation
    services:  those that were started
    others:    what else was done, in words
    afresh:    why everything was ended and emptied first; "" where it was not
    feeding:   whether a generator makes rows
    """

    resources: dict[str, int]
    services: list[str]
    others: list[str]
    afresh: str = ""
    feeding: bool = True

    @property
    def nothing(self) -> bool:
        """Whether all was as declared already."""
        return not self.services and not self.others and set(self.resources) <= {"same"}

    def as_json(self) -> dict[str, Any]:
        return {
            "resources": self.resources,
            "services": self.services,
            "others": self.others,
            "afresh": self.afresh,
            "nothing": self.nothing,
        }


def bring_up(stack: str, layout: Layout, wait: Wait) -> Changes:
    """Start what is missing, change what differs, end what is no longer declared.

    Where what runs cannot be gone on with (see `continuity`), all of it is ended and emptied first, and started afresh.
    Raises PlatformError. Where the platform did not run before, whatever was started by then is ended again; where it
    ran, it goes on running as far as it got.
    """
    preflight.check_space(layout, downloads=not distribution.complete(layout))
    layout.make()
    with exclusive(layout.run / "up.lock", "another `up` or `down`"):
        running = Supervisor(layout).status()
        afresh = continuity.why_afresh(layout, running)
        if not running:
            # Data without the emulator's memory belongs to nothing: the lake is gone, so offsets and slots must go.
            layout.wipe()
            layout.make()
        up = _Up(stack, layout, wait, fresh=not running, afresh=afresh)
        try:
            return up.run()
        except BaseException as error:
            up.give_up(isinstance(error, KeyboardInterrupt))
            raise


class _Up:
    """One run of `up`, step by step.

    fresh:  whether nothing runs but what this run has started
    afresh: why nothing of what there was can be gone on with; "" where there was nothing, or all can
    """

    def __init__(self, stack: str, layout: Layout, wait: Wait, fresh: bool, afresh: str):
        self.stack, self.layout, self.wait = stack, layout, wait
        self.config = load_stack(stack)
        self.settings = local_settings(self.config)
        self.applications = load_applications(self.settings.applications)
        self.source_files = source_files(self.applications)
        self.record = record.load(layout) or record.Record(stack)
        if self.record.stack != stack:
            raise problem(
                "--stack", "", stack, f"{self.record.stack}, which is up", "run `./streamctl down` first, or leave it"
            )
        self.fresh, self.afresh = fresh, afresh
        self.others: list[str] = []
        self.resources: dict[str, int] = {}
        self.exports: dict[str, Any] = {}
        self.cancel = Cancel()

    def give_up(self, interrupted: bool) -> None:
        """End what this run has started. Where the platform ran before: leave it once no step is at work on it.

        interrupted: whether somebody waits for that at a keyboard
        """
        self.cancel.set()
        if not self.fresh:
            if interrupted:
                self.wait.done("interrupt", "ending what is under way; the platform goes on running...")
            # With the lock held: another `up` beside a step that still works might start a job a second time.
            with undisturbed("still ending what is under way"):
                self.cancel.given_up(_STEPS_END_WITHIN)
            return
        if interrupted:
            self.wait.done("interrupt", "ending what was started...")
        with undisturbed("still ending what was started; a few seconds"):
            self.cancel.given_up(_POLLS_END_WITHIN)
            Supervisor(self.layout).stop(self.wait.event)
            # Nothing answers any more: whatever waited for an answer ends now, and writes nothing behind the wipe.
            self.cancel.given_up(_CALLS_END_WITHIN)
            self.layout.wipe()

    def run(self) -> Changes:
        def say(what: str, share: float | None = None) -> None:
            self.wait.share("setup", share, what)

        preflight.install_missing(not distribution.complete(self.layout), say)
        dist = distribution.ensure(self.layout, say)
        dist.make_archives(say)
        self.wait.done("setup")
        # Nothing that runs is touched before the program was evaluated: a mistake in it costs nothing.
        goes_on = not (self.fresh or self.afresh)
        before = Belongings.load(self.layout) if goes_on else None
        if goes_on:
            self._refuse_what_needs_down(before, dist)
        try:
            self.ports = ports.allocate((self.settings.local or LocalSettings()).ports, self.layout)
        except PlatformError as error:
            raise PlatformError([replace(mistake, where=self._where) for mistake in error.mistakes]) from None
        self.config = with_ports(self.config, self.settings, self.ports)
        self.settings = local_settings(self.config)
        plan = synthesise(self.config)
        if self.afresh:
            self._start_afresh()
        self.record.complete = False
        self.record.save(self.layout)
        self._belongings(self.ports).following(before).save(self.layout)
        self.clients = Clients(self.ports.url("aws"), self.settings.aws.region)
        self.inputs = Inputs(self.settings, self.ports, dist, self.layout)
        bucket = plan.outputs["state_bucket"]
        platform = services.platform(self.settings, self.ports, dist, self.layout, bucket)
        topics = merge_topics(self.applications)
        workloads = services.workloads(self.settings, self.ports, dist, self.layout, topics, self._captured)
        supervisor = Supervisor(self.layout)
        began = supervisor.start([*platform, *workloads], self._steps(supervisor), self.wait.event, cancel=self.cancel)
        self.record.complete = True
        self.record.save(self.layout)
        return Changes(
            self.resources, began, self.others, self.afresh, services.generators.feeding(self.inputs, workloads)
        )

    @property
    def _captured(self) -> list[str]:
        return [capture.table for capture in captured_tables(self.applications)]

    @property
    def _where(self) -> str:
        return f"stacks/Pulumi.{self.stack}.yaml"

    def _belongings(self, chosen: Ports) -> Belongings:
        return Belongings.of(self.settings, chosen, self._captured)

    def _refuse_what_needs_down(self, before: Belongings | None, dist: distribution.Distribution) -> None:
        """Raises PlatformError for what cannot be changed while the data of this run is to stay."""
        last = ports.remembered(self.layout)
        if last is None:
            return
        expected = continuity.expected_ports(self.settings, last)
        if before:
            continuity.refuse_changed_settings(before, self._belongings(expected), self._where)
            continuity.refuse_new_tables(before, self.applications)
        emulator = aws.service(Inputs(self.settings, expected, dist, self.layout))
        continuity.refuse_lost_memory(self.layout, [emulator])

    def _start_afresh(self) -> None:
        """End and empty what is left of a platform that cannot be gone on with."""
        self.wait.done("afresh", f"{self.afresh}: all is ended, emptied and started afresh")
        self.fresh = True
        Supervisor(self.layout).stop(self.wait.event)
        self.layout.wipe()
        self.layout.make()
        self.record = record.Record(self.stack)

    def _steps(self, supervisor: Supervisor) -> list[Step]:
        return [
            # While the emulator starts: making six clients takes some tenths of a second.
            Step("aws clients", lambda cancel: self.clients.warm()),
            Step("aws resources", lambda cancel: self._resources(supervisor), ("aws", "aws clients")),
            Step("database schema", self._schema, ("postgres",)),
            Step("topics", self._topics, ("kafka", "aws resources")),
            Step("connectors", self._connectors, ("connect", "topics", "database schema")),
            Step("jobs", lambda cancel: self._jobs(), ("jobmanager", "taskmanager", "sql-gateway", "topics")),
        ]

    def _resources(self, supervisor: Supervisor) -> None:
        """Create what the program declares on the emulator."""
        state = State.load(self.layout.aws)
        emulator = continuity.emulator_identity(supervisor.status(), state.emulator)
        monitor = LocalMonitor(self.stack, Provisioner(state, self.clients, emulator))
        evaluate(self.config, monitor, preview=False)
        self.resources = dict(monitor.finish())
        self.exports = revealed(monitor.stack_outputs())
        self.record.exports = monitor.plan().outputs
        self.record.save(self.layout)

    def _schema(self, cancel: Cancel) -> None:
        """Create the captured tables where they are missing."""
        dsn = postgres.dsn(self.inputs)
        with (
            explained("postgres", "captured tables"),
            psycopg.connect(dsn, autocommit=True, connect_timeout=_CONNECT_TIMEOUT) as connection,
        ):
            cancel.check()
            ensure_tables(connection, self.source_files, self._captured)

    def _topics(self, cancel: Cancel) -> None:
        self.others += ensure_topics(self.ports.bootstrap_servers, self.exports["topics"], cancel)

    def _connectors(self, cancel: Cancel) -> None:
        url = self.ports.url("connect")
        self.others += ensure_connectors(url, self.exports["connectors"])
        wait_until_running(url, sorted(self.exports["connectors"]), cancel)

    def _jobs(self) -> None:
        def remember(name: str, submission: Submission | None) -> None:
            self.record.jobs.pop(name, None)
            if submission:
                self.record.jobs[name] = submission
            self.record.save(self.layout)

        self.others += ensure_jobs(
            self.ports.url("jobmanager_rest"),
            self.ports.url("sql_gateway"),
            self.exports["applications"],
            dict(self.record.jobs),
            lambda what: self.wait.share("jobs", None, what),
            remember,
            lambda job: newest_state(self.clients.get("s3"), self.exports["state_bucket"], job),
        )


def wait_for_rows(
    tables: list[str], look: Callable[[list[str]], dict[str, int]], wait: Wait, patience: float
) -> dict[str, int]:
    """Wait until one of `tables` has rows, for `patience` seconds. Returns what `look` saw last.

    look: tables -> rows; see `Lake.first_rows`
    """
    deadline = time.monotonic() + patience
    rows: dict[str, int] = {}
    while time.monotonic() < deadline:
        with contextlib.suppress(PlatformError):
            rows = look(tables)
        if any(rows.values()):
            break
        wait.share("rows", None, "waiting for the first rows in Iceberg: they appear with a checkpoint")
        time.sleep(0.3)
    wait.done("rows")
    return rows
