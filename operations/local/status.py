"""What the local platform is doing: services, jobs, checkpoints, lag, rows, freshness."""

import os
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import psutil

from components.errors import PlatformError, problem
from operations.local import flink_rest, ports, record
from operations.local.connectors import connector_states
from operations.local.lag import lag
from operations.local.lake import Lake
from operations.local.layout import Layout
from operations.local.service_status import ServiceStatus
from operations.local.supervisor import Supervisor


@dataclass(frozen=True)
class JobStatus:
    """A declared application.

    state:           Flink's word, "starting" while not all tasks run, "missing", or "unknown" where Flink is silent
    tasks:           running of all
    checkpoints:     completed since the job started; restored: how often it went back to one
    checkpoint_age:  seconds since the newest one was taken, None before the first
    lag:             offsets of its topics that it has not read by its newest checkpoint, None where not known; markers
                     of transactions count, so it need not come to 0 (see `operations.local.lag`)
    error:           what last made it fail, or what it lacks; None where nothing is wrong
    """

    name: str
    id: str
    state: str
    tasks: str
    checkpoints: int
    restored: int
    checkpoint_age: float | None
    lag: int | None
    error: str | None


@dataclass(frozen=True)
class TableStatus:
    """An Iceberg table.

    rows:  None where they were not counted
    age:   seconds since its newest snapshot, None before the first
    error: why nothing is known of it; None where that is not so
    """

    name: str
    rows: int | None
    age: float | None
    error: str | None = None


@dataclass(frozen=True)
class Status:
    """What runs of the platform, and what is declared and does not.

    complete:   whether the last `up` came to its end
    endpoints:  where people reach the services; empty where their ports are not known
    services:   all that were started; empty where nothing runs
    connectors: declared connector -> {"state", "tasks": [states]}, in Kafka Connect's words, "missing", or "unknown"
                where it does not answer
    jobs:       the declared applications
    tables:     their Iceberg tables; empty before `up` has declared them
    working:    another process that is at work on it with `up` or `down`, None where none is
    """

    stack: str
    complete: bool
    endpoints: dict[str, str]
    services: list[ServiceStatus]
    connectors: dict[str, dict[str, Any]]
    jobs: list[JobStatus]
    tables: list[TableStatus]
    working: int | None = None

    @property
    def problems(self) -> list[str]:
        """Everything that is not as declared, each in one line."""
        found: list[str] = []
        if not self.services:
            found.append("nothing runs: `./streamctl up` starts it")
        elif self.working is not None and not self.complete:
            found.append(f"an `up` or `down` is at work (process {self.working})")
        elif not self.complete:
            found.append("the last `up` did not finish: run `./streamctl up` again")
        found += [f"service {one.name}: {one.state}" for one in self.services if one.state != "running"]
        found += [f"connector {name}: {wrong}" for name, one in self.connectors.items() if (wrong := fault_of(one))]
        for job in self.jobs:
            said = [*([job.state] if job.state != "RUNNING" else []), *([job.error] if job.error else [])]
            if said:
                found.append(f"job {job.name}: {', '.join(said)}")
        found += [f"tables: {error}" for error in dict.fromkeys(table.error for table in self.tables) if error]
        return found

    @property
    def healthy(self) -> bool:
        """Whether all that is declared runs."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "healthy": self.healthy, "problems": self.problems}


def fault_of(connector: dict[str, Any]) -> str:
    """What keeps a connector from working; "" where nothing does."""
    if connector["state"] != "RUNNING":
        return connector["state"]
    if not connector["tasks"]:
        return "no task"
    failed = [state for state in connector["tasks"] if state != "RUNNING"]
    return f"task {failed[0]}" if failed else ""


def gather(layout: Layout, with_rows: bool = True) -> Status:
    """The status of the platform in `layout`. Raises PlatformError where none was brought up."""
    known = record.require(layout)
    chosen = ports.remembered(layout)
    supervised = Supervisor(layout).status()
    working = at_work(layout)
    if not supervised:
        return Status(known.stack, known.complete, {}, [], {}, [], [], working)
    # Neither is there before `up` has come so far.
    applications: dict[str, Any] = known.exports.get("applications", {})
    declared = list(known.exports.get("connectors", {}))
    if chosen is None:
        jobs = [_unknown(name, "its port is not known any more: run `./streamctl up` again") for name in applications]
        return Status(known.stack, known.complete, {}, supervised, _absent(declared, "unknown"), jobs, [], working)
    rest = chosen.url("jobmanager_rest")
    found = flink_rest.jobs_if_up(rest)
    running = {job.name: job for job in found or []}
    jobs = [
        _job(name, running.get(name), rest, chosen.bootstrap_servers, application)
        if found is not None
        else _unknown(name, "Flink's JobManager does not answer")
        for name, application in applications.items()
    ]
    names = [table for application in applications.values() for table in application["tables"]]
    tables = table_status(lake(layout, known, chosen), names, with_rows) if "lake_database" in known.exports else []
    return Status(
        known.stack,
        known.complete,
        endpoints(chosen),
        supervised,
        connectors(chosen.url("connect"), declared),
        jobs,
        tables,
        working,
    )


def at_work(layout: Layout) -> int | None:
    """The process of another `up` or `down` that is at work on the platform in `layout`, None where none is.

    Told by what it has written into the lock: trying the lock would stop an `up` that begins in the same moment.
    """
    try:
        process = psutil.Process(int((layout.run / "up.lock").read_text()))
        other = process.pid != os.getpid() and any("operations.streamctl" in part for part in process.cmdline())
        return process.pid if other else None
    except (OSError, ValueError, psutil.Error):
        return None


def connectors(url: str, declared: list[str]) -> dict[str, dict[str, Any]]:
    """The state of each declared connector; see `Status`."""
    found = connector_states(url)
    if found is None:
        return _absent(declared, "unknown")
    return {**_absent(declared, "missing"), **{name: state for name, state in found.items() if name in declared}}


def _absent(connectors: list[str], state: str) -> dict[str, dict[str, Any]]:
    return {name: {"state": state, "tasks": []} for name in connectors}


def endpoints(chosen: ports.Ports) -> dict[str, str]:
    """Where people and clients reach the services."""
    return {
        "AWS emulator": chosen.url("aws"),
        "PostgreSQL": f"{ports.HOST}:{chosen.postgres}",
        "Kafka": chosen.bootstrap_servers,
        "Kafka Connect": chosen.url("connect"),
        "Flink": chosen.url("jobmanager_rest"),
        "Flink SQL gateway": chosen.url("sql_gateway"),
        "Flink metrics": f"{chosen.url('metrics')}/metrics",
    }


def lake(layout: Layout, known: record.Record | None = None, chosen: ports.Ports | None = None) -> Lake:
    """The Iceberg tables of the platform in `layout`. Raises PlatformError while `up` has not declared them."""
    known = known or record.require(layout)
    chosen = chosen or ports.remembered(layout)
    if chosen is None or "lake_database" not in known.exports:
        allowed = "a platform whose tables are declared"
        remedy = "wait for the `up` that is at work, or run `./streamctl up` again"
        raise problem("streamctl", "", "`up` has not got that far: there are no tables yet", allowed, remedy)
    return Lake(chosen.url("aws"), known.exports["region"], known.exports["lake_database"])


def table_status(tables: Lake, names: list[str], with_rows: bool) -> list[TableStatus]:
    """Rows and age of each table, those that do not exist yet included."""
    try:
        ages = tables.ages()
    except PlatformError as error:
        return [TableStatus(name, None, None, _in_short(error)) for name in names]
    result: list[TableStatus] = []
    for name in names:
        rows = wrong = None
        if with_rows and name in ages:
            try:
                rows = tables.count(name)
            except PlatformError as error:
                wrong = _in_short(error)
        result.append(TableStatus(name, rows, ages.get(name), wrong))
    return result


def _in_short(error: PlatformError) -> str:
    """Why a table cannot be read: where there is a key, the emulator has answered."""
    mistake = error.mistakes[0]
    return mistake.found if mistake.key else "the emulator does not answer"


def _unknown(name: str, why: str) -> JobStatus:
    return JobStatus(name, "", "unknown", "", 0, 0, None, None, why)


def _job(
    name: str, job: flink_rest.Job | None, rest: str, bootstrap_servers: str, application: dict[str, Any]
) -> JobStatus:
    if job is None:
        return JobStatus(name, "", "missing", "0/0", 0, 0, None, None, None)
    taken = flink_rest.checkpoints(rest, job.id)
    behind = lag(bootstrap_servers, application.get("consumers", {}))
    age = time.time() - taken.latest / 1000 if taken and taken.latest else None
    status = JobStatus(
        name,
        job.id,
        "starting" if job.state == "RUNNING" and not job.works else job.state,
        f"{job.running}/{job.tasks}",
        taken.completed if taken else 0,
        taken.restored if taken else 0,
        age,
        behind.offsets,
        f"no topic {', '.join(behind.missing)}" if behind.missing else None,
    )
    if status.error or status.state == "RUNNING":
        return status
    return replace(status, error=flink_rest.last_exception(rest, job.id))
