"""A job over a topic that has an end: started, watched to its last row, and timed by Flink's own clock."""

import time
from dataclasses import dataclass
from typing import Any

from components.application import Application
from components.errors import problem
from components.flink.sql import IcebergCatalog, job_statements
from operations.local import flink_rest
from operations.local.rest import call
from operations.local.sql_gateway import Session, job_id

_STARTUP_MODE = "'scan.startup.mode' = 'earliest-offset'"
# Read up to the last record that is there now. The job then finishes by itself, behind a last checkpoint that commits
# its last rows; for both sinks in the same way.
_BOUNDED = f"{_STARTUP_MODE},\n  'scan.bounded.mode' = 'latest-offset'"
# Seconds after which a job that makes no end is given up: half an hour is a thousand events a second of the default.
PATIENCE = 1800


@dataclass(frozen=True)
class Run:
    """seconds: from the first source subtask that ran to the end of the job, when its last rows are committed;
    checkpoints: completed ones; records: that its sources read"""

    seconds: float
    checkpoints: int
    records: int


def with_topic(application: Application, source: str, topic: str, name: str) -> Application:
    """`application` under another name, with `source` reading another topic."""
    sources = [
        one.model_copy(update={"topic": one.topic.model_copy(update={"name": topic})}) if one.name == source else one
        for one in application.spec.sources
    ]
    spec = application.spec.model_copy(update={"name": name, "sources": sources})
    return Application(spec, application.transformation, application.where)


def bounded_statements(
    application: Application, bootstrap_servers: str, catalog: IcebergCatalog, blackhole: bool
) -> list[str]:
    """The platform's own statements for `application`, with sources that end."""
    statements = job_statements(application, {"bootstrap.servers": bootstrap_servers}, catalog, blackhole)
    bounded = [statement.replace(_STARTUP_MODE, _BOUNDED) for statement in statements]
    if sum(new != old for new, old in zip(bounded, statements, strict=True)) != len(application.spec.sources):
        raise RuntimeError("the source's DDL no longer says where it starts in the way that is looked for here")
    return bounded


def run_to_the_end(rest: str, gateway: str, name: str, statements: list[str]) -> Run:
    """Submit a job that ends by itself, and wait for that. Raises PlatformError where it fails."""
    with Session(gateway) as session:
        pages = [session.execute(statement, f"bench job {name}") for statement in statements]
        job = job_id(pages[-1])
    deadline = time.monotonic() + PATIENCE
    try:
        while (state := call("GET", f"{rest}/jobs/{job}/status", "jobmanager")["status"]) != "FINISHED":
            if state in ("FAILED", "CANCELED") or time.monotonic() > deadline:
                cause = flink_rest.last_exception(rest, job) or f"still {state} after {PATIENCE} s"
                raise problem(f"bench job {name}", state, cause, "FINISHED", "see the log of the taskmanager")
            time.sleep(0.3)
    except BaseException:
        call("PATCH", f"{rest}/jobs/{job}?mode=cancel", "jobmanager")
        raise
    return _timed(rest, job)


def _timed(rest: str, job: str) -> Run:
    found = call("GET", f"{rest}/jobs/{job}", "jobmanager")
    sources = [vertex for vertex in found["vertices"] if vertex["name"].startswith("Source:")]
    began = min(_running_since(rest, job, vertex) for vertex in sources)
    counts = call("GET", f"{rest}/jobs/{job}/checkpoints", "jobmanager")["counts"]
    records = sum(vertex["metrics"]["write-records"] for vertex in sources)
    return Run((found["timestamps"]["FINISHED"] - began) / 1000, counts["completed"], records)


def _running_since(rest: str, job: str, vertex: dict[str, Any]) -> int:
    """Milliseconds since 1970 at which the vertex's first subtask ran."""
    subtasks = call("GET", f"{rest}/jobs/{job}/vertices/{vertex['id']}/subtasktimes", "jobmanager")["subtasks"]
    return min(subtask["timestamps"]["RUNNING"] for subtask in subtasks)
