"""Flink's REST interface: jobs, checkpoints, savepoints."""

import time
from dataclasses import dataclass
from typing import Any

from components.errors import problem
from operations.local.rest import answers, call

SERVICE = "jobmanager"
# Seconds for a job to stop with a savepoint.
PATIENCE = 120

# States of a job that has not ended.
ALIVE = frozenset({"INITIALIZING", "CREATED", "RUNNING", "FAILING", "RESTARTING", "SUSPENDED", "RECONCILING"})


@dataclass(frozen=True)
class Job:
    """A job as Flink sees it. started: milliseconds since 1970."""

    id: str
    name: str
    state: str
    started: int


@dataclass(frozen=True)
class Checkpoints:
    """completed, failed: numbers since the start; restored: times the job went back to one;
    latest: milliseconds since 1970 at which the newest was taken, None before the first; duration: its milliseconds."""

    completed: int
    failed: int
    restored: int
    latest: int | None
    duration: int | None


def jobs(url: str) -> list[Job]:
    """All jobs that have not ended, by name. Raises PlatformError where the JobManager does not answer."""
    return _alive(call("GET", f"{url}/jobs/overview", SERVICE))


def jobs_if_up(url: str) -> list[Job] | None:
    """As `jobs`, or None where the JobManager does not answer."""
    overview = answers(f"{url}/jobs/overview")
    return None if overview is None else _alive(overview)


def _alive(overview: dict[str, Any]) -> list[Job]:
    found = [Job(job["jid"], job["name"], job["state"], job["start-time"]) for job in overview["jobs"]]
    return sorted((job for job in found if job.state in ALIVE), key=lambda job: (job.name, job.started))


def checkpoints(url: str, job: str) -> Checkpoints | None:
    """The checkpoints of a job, or None where the JobManager does not answer."""
    content = answers(f"{url}/jobs/{job}/checkpoints")
    if content is None:
        return None
    counts, newest = content["counts"], content["latest"].get("completed")
    return Checkpoints(
        counts["completed"],
        counts["failed"],
        counts["restored"],
        newest["trigger_timestamp"] if newest else None,
        newest["end_to_end_duration"] if newest else None,
    )


def running_tasks(url: str, job: str) -> tuple[int, int]:
    """(running, all) tasks of a job; (0, 0) where the JobManager does not answer."""
    vertices = (answers(f"{url}/jobs/{job}") or {}).get("vertices", [])
    return sum(v["tasks"]["RUNNING"] for v in vertices), sum(v["parallelism"] for v in vertices)


def last_exception(url: str, job: str) -> str | None:
    """The first line of what last made a job fail."""
    entries = (answers(f"{url}/jobs/{job}/exceptions?maxExceptions=1") or {}).get("exceptionHistory", {})
    for entry in entries.get("entries", []):
        return str(entry["stacktrace"]).splitlines()[0]
    return None


def stop_with_savepoint(url: str, job: Job) -> str:
    """Stop a job behind a savepoint. Returns the savepoint's location. Raises PlatformError where that fails."""
    trigger = call("POST", f"{url}/jobs/{job.id}/stop", SERVICE, {"drain": False})["request-id"]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        content = call("GET", f"{url}/jobs/{job.id}/savepoints/{trigger}", SERVICE)
        if content["status"]["id"] == "COMPLETED":
            operation = content["operation"]
            if "location" in operation:
                return operation["location"]
            cause = operation.get("failure-cause", {}).get("stack-trace", "unknown").splitlines()[0]
            raise problem(f"job {job.name}", "savepoint", cause, "", "wait for a checkpoint, then run `up` again")
        time.sleep(0.2)
    raise problem(f"job {job.name}", "savepoint", f"none after {PATIENCE} s", "", "see `./streamctl logs jobmanager`")


def cancel(url: str, job: Job) -> None:
    """Cancel a job and wait until it has ended."""
    call("PATCH", f"{url}/jobs/{job.id}?mode=cancel", SERVICE)
    deadline = time.monotonic() + PATIENCE
    while any(other.id == job.id for other in jobs(url)):
        if time.monotonic() > deadline:
            raise problem(f"job {job.name}", "", f"still there {PATIENCE} s after its cancellation", "", "see its log")
        time.sleep(0.2)
