"""`streamctl up`: the stack on this machine, brought to what its program declares."""

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import psutil
import psycopg

from components.application import captured_tables
from components.errors import PlatformError, problem
from components.platform import APPLICATIONS, load_applications
from components.settings import PROJECT, LocalSettings, Settings, parse
from components.stack_config import parsed
from operations.local import distribution, preflight, record, services
from operations.local.connectors import ensure_connectors, wait_until_running
from operations.local.engine import LocalMonitor
from operations.local.graph import Step
from operations.local.job_state import newest_state
from operations.local.jobs import Submission, ensure_jobs
from operations.local.layout import Layout, exclusive
from operations.local.ports import Ports, allocate
from operations.local.progress import Wait
from operations.local.provision.clients import Clients
from operations.local.provision.provisioner import Provisioner
from operations.local.provision.state import State
from operations.local.services import postgres
from operations.local.services.inputs import Inputs
from operations.local.supervisor import Supervisor
from operations.local.topics import ensure_topics
from operations.plan.evaluate import evaluate, synthesise
from operations.plan.stack_file import StackConfig, load_stack
from operations.plan.values import revealed


@dataclass
class Changes:
    """What an `up` did. resources: count by operation; others: what was done, in words."""

    resources: dict[str, int]
    services: list[str]
    others: list[str]

    @property
    def nothing(self) -> bool:
        """Whether all was as declared already."""
        return not self.services and not self.others and set(self.resources) <= {"same"}

    def as_json(self) -> dict[str, Any]:
        return {"resources": self.resources, "services": self.services, "others": self.others, "nothing": self.nothing}


def bring_up(stack: str, layout: Layout, wait: Wait) -> Changes:
    """Start what is missing, change what differs, end what is no longer declared.

    Raises PlatformError. Where the platform did not run before, whatever was started by then is ended again; where it
    ran, it goes on running as far as it got.
    """
    layout.make()
    with exclusive(layout.run / "up.lock", "another `up` or `down`"):
        was_running = bool(Supervisor(layout).status())
        if not was_running:
            # Data without the emulator's memory belongs to nothing: the lake is gone, so offsets and slots must go.
            layout.wipe()
            layout.make()
        try:
            return _Up(stack, layout, wait).run()
        except BaseException:
            if not was_running:
                Supervisor(layout).stop(wait.event)
                layout.wipe()
            raise


class _Up:
    """One run of `up`, step by step."""

    def __init__(self, stack: str, layout: Layout, wait: Wait):
        self.stack, self.layout, self.wait = stack, layout, wait
        self.config = load_stack(stack)
        self.settings = local_settings(self.config)
        self.applications = load_applications(self.settings.applications)
        self.record = record.load(layout) or record.Record(stack)
        if self.record.stack != stack:
            raise problem(
                "--stack", "", stack, f"{self.record.stack}, which is up", "run `./streamctl down` first, or leave it"
            )
        self.others: list[str] = []
        self.resources: dict[str, int] = {}
        self.exports: dict[str, Any] = {}

    def run(self) -> Changes:
        def say(what: str, share: float | None = None) -> None:
            self.wait.share("setup", share, what)

        preflight.install_missing(not distribution.complete(self.layout), say)
        dist = distribution.ensure(self.layout, say)
        dist.make_archives(say)
        self.wait.done("setup")
        try:
            self.ports = allocate((self.settings.local or LocalSettings()).ports, self.layout)
        except PlatformError as error:
            where = f"stacks/Pulumi.{self.stack}.yaml"
            raise PlatformError([replace(mistake, where=where) for mistake in error.mistakes]) from None
        self.config = with_ports(self.config, self.settings, self.ports)
        self.settings = local_settings(self.config)
        # Evaluated before anything is started: a mistake in the program costs nothing.
        plan = synthesise(self.config)
        self.record.complete = False
        self.record.save(self.layout)
        self.clients = Clients(self.ports.url("aws"), self.settings.aws.region)
        self.inputs = Inputs(self.settings, self.ports, dist, self.layout)
        bucket = plan.outputs["state_bucket"]
        platform = services.platform(self.settings, self.ports, dist, self.layout, bucket)
        platform += services.workloads(self.settings, self.ports, dist, self.layout)
        supervisor = Supervisor(self.layout)
        began = supervisor.start(platform, self._steps(supervisor), self.wait.event)
        self.record.complete = True
        self.record.save(self.layout)
        return Changes(self.resources, began, self.others)

    def _steps(self, supervisor: Supervisor) -> list[Step]:
        return [
            # While the emulator starts: making six clients takes some tenths of a second.
            Step("aws clients", self.clients.warm),
            Step("aws resources", lambda: self._resources(supervisor), ("aws", "aws clients")),
            Step("database schema", self._schema, ("postgres",)),
            Step("topics", self._topics, ("kafka", "aws resources")),
            Step("connectors", self._connectors, ("connect", "topics", "database schema")),
            Step("jobs", self._jobs, ("jobmanager", "taskmanager", "sql-gateway", "topics")),
        ]

    def _resources(self, supervisor: Supervisor) -> None:
        """Create what the program declares on the emulator."""
        aws = next(status for status in supervisor.status() if status.name == "aws")
        emulator = f"{aws.pid}-{psutil.Process(aws.pid).create_time():.2f}"
        state = State.load(self.layout.aws)
        monitor = LocalMonitor(self.stack, Provisioner(state, self.clients, emulator))
        evaluate(self.config, monitor, preview=False)
        self.resources = dict(monitor.finish())
        self.exports = revealed(monitor.stack_outputs())
        self.record.exports = monitor.plan().outputs
        self.record.save(self.layout)

    def _schema(self) -> None:
        """Create the captured tables where they are missing."""
        files = [
            schema
            for application in self.applications
            if (schema := APPLICATIONS / application.name / "source.sql").is_file()
        ]
        with psycopg.connect(postgres.dsn(self.inputs), autocommit=True) as connection:
            for file in files:
                try:
                    connection.execute(file.read_bytes())
                except psycopg.Error as error:
                    raise problem(
                        str(file), "", str(error).strip(), "SQL that PostgreSQL takes", "correct it"
                    ) from None
            rows = connection.execute("SELECT schemaname || '.' || tablename FROM pg_tables").fetchall()
        missing = [c.table for c in captured_tables(self.applications) if (c.table,) not in rows]
        if missing:
            raise problem(
                "capture", missing[0], "no such table", "", "create it in the source.sql of one of the applications"
            )

    def _topics(self) -> None:
        self.others += ensure_topics(self.ports.bootstrap_servers, self.exports["topics"])

    def _connectors(self) -> None:
        url = self.ports.url("connect")
        self.others += ensure_connectors(url, self.exports["connectors"])
        wait_until_running(url, sorted(self.exports["connectors"]))

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


def local_settings(config: StackConfig) -> Settings:
    """The settings of a stack that can run on this machine. Raises PlatformError for every other stack."""
    where = f"stacks/Pulumi.{config.stack}.yaml"
    prefix = f"{PROJECT}:"
    values = {key.removeprefix(prefix): parsed(value) for key, value in config.values.items() if key.startswith(prefix)}
    settings = parse(values, where)
    elsewhere = [key for key in ("kafka", "flink", "postgres") if getattr(settings, key).flavour != "local"]
    if elsewhere or settings.local is None:
        raise problem(
            where,
            f"{PROJECT}:{elsewhere[0] if elsewhere else 'local'}.flavour",
            "not local",
            "flavour local for kafka, flink and postgres",
            "`streamctl up` runs stacks on this machine; for others use `pulumi up --stack " + config.stack + "`",
        )
    return settings


def with_ports(config: StackConfig, settings: Settings, ports: Ports) -> StackConfig:
    """The configuration with the ports that were chosen, so that the program declares what really runs."""
    local = settings.local or LocalSettings()
    chosen = {name: getattr(ports, name) for name in type(local.ports).model_fields}
    changed = {**local.model_dump(mode="json"), "ports": chosen}
    return replace(config, values={**config.values, f"{PROJECT}:local": json.dumps(changed)})


def wait_for_rows(tables: list[str], count: Callable[[str], int], wait: Wait, patience: float) -> dict[str, int]:
    """Wait until one of `tables` has rows. Returns the rows of each; after `patience` seconds, whatever there is."""
    deadline = time.monotonic() + patience
    rows: dict[str, int] = {}
    while time.monotonic() < deadline:
        with contextlib.suppress(PlatformError):
            rows = {table: count(table) for table in tables}
            if any(rows.values()):
                break
        wait.share("rows", None, "waiting for the first rows in Iceberg: they appear with a checkpoint")
        time.sleep(0.3)
    wait.done("rows")
    return rows
