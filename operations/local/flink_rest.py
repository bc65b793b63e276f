"""Flink's REST interface: jobs, checkpoints, savepoints."""

import contextlib
import time
from dataclasses import dataclass
from typing import Any

from components.errors import PlatformError, problem
from operations.local.rest import answers, call, root_cause

SERVICE = "jobmanager"
# Seconds for a job to stop with a savepoint.
PATIENCE = 120
# Seconds that a new job is watched for its first record.
COMMIT_WITHIN = 30

# States of a job that has ended, and of one that runs or will run. One that is being cancelled is neither.
ENDED = frozenset({"FINISHED", "CANCELED", "FAILED"})
ALIVE = frozenset({"INITIALIZING", "CREATED", "RUNNING", "FAILING", "RESTARTING", "SUSPENDED", "RECONCILING"})


@dataclass(frozen=True)
class Job:
    """A job as Flink sees it. started: milliseconds since 1970; running: of its tasks."""

    id: str
    name: str
    state: str
    started: int
    running: int
    tasks: int

    @property
    def works(self) -> bool:
        """Whether all of it runs."""
        return self.state == "RUNNING" and 0 < self.running == self.tasks


@dataclass(frozen=True)
class Checkpoints:
    """completed: number since the start; restored: times the job went back to one;
    latest: milliseconds since 1970 at which the newest was taken, None before the first."""

    completed: int
    restored: int
    latest: int | None


def jobs(url: str) -> list[Job]:
    """All jobs that have not ended, by name. Raises PlatformError where the JobManager does not answer."""
    return _alive(_overview(url))


def _overview(url: str) -> dict[str, Any]:
    return call("GET", f"{url}/jobs/overview", SERVICE)


def jobs_if_up(url: str) -> list[Job] | None:
    """As `jobs`, or None where the JobManager does not answer."""
    overview = answers(f"{url}/jobs/overview")
    return None if overview is None else _alive(overview)


def _alive(overview: dict[str, Any]) -> list[Job]:
    found = [
        Job(job["jid"], job["name"], job["state"], job["start-time"], job["tasks"]["running"], job["tasks"]["total"])
        for job in overview["jobs"]
    ]
    return sorted((job for job in found if job.state in ALIVE), key=lambda job: (job.name, job.started))


def checkpoints(url: str, job: str) -> Checkpoints | None:
    """The checkpoints of a job, or None where the JobManager does not answer."""
    content = answers(f"{url}/jobs/{job}/checkpoints")
    if content is None:
        return None
    counts, newest = content["counts"], content["latest"].get("completed")
    return Checkpoints(counts["completed"], counts["restored"], newest["trigger_timestamp"] if newest else None)


def last_exception(url: str, job: str) -> str | None:
    """What last made a job fail: the innermost cause."""
    entries = (answers(f"{url}/jobs/{job}/exceptions?maxExceptions=1") or {}).get("exceptionHistory", {})
    for entry in entries.get("entries", []):
        return root_cause(str(entry["stacktrace"]))
    return None


def commit_soon(url: str, job: str) -> None:
    """Take a checkpoint once a job has read something, unless that takes over `COMMIT_WITHIN` seconds. Never raises.

    A new job takes its first one up to an interval later, or two where it did not run yet at the first attempt; its
    rows cannot be read before.
    """
    deadline = time.monotonic() + COMMIT_WITHIN
    while time.monotonic() < deadline:
        overview = answers(f"{url}/jobs/overview")
        found = next((one for one in _alive(overview or {"jobs": []}) if one.id == job), None)
        if found is None:
            return
        if found.works and _has_read(url, job):
            with contextlib.suppress(PlatformError):
                call("POST", f"{url}/jobs/{job}/checkpoints", SERVICE, {"checkpointType": "CONFIGURED"})
            return
        time.sleep(0.2)


def _has_read(url: str, job: str) -> bool:
    """Whether a source of the job has passed a record on. Flink's figures are a second old."""
    vertices = (answers(f"{url}/jobs/{job}") or {}).get("vertices", [])
    return any(v["metrics"]["write-records"] for v in vertices if v["name"].startswith("Source:"))


def failure_at_start(url: str, job: str, patience: float) -> str | None:
    """Wait until all tasks of a job run. Returns why they do not: it has ended, or still fails after `patience` s.

    None too where it neither runs nor has failed by then.
    """
    deadline = time.monotonic() + patience
    while found := next((one for one in jobs(url) if one.id == job), None):
        if found.works:
            return None
        if time.monotonic() > deadline:
            return last_exception(url, job)
        time.sleep(0.2)
    return last_exception(url, job) or "it ended at once"


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
    """Cancel a job and wait until it has ended. Its newest checkpoints stay."""
    try:
        call("PATCH", f"{url}/jobs/{job.id}?mode=cancel", SERVICE)
    except PlatformError:
        if any(other.id == job.id for other in jobs(url)):
            raise
        # It ended by itself in the same moment.
        return
    deadline = time.monotonic() + PATIENCE
    # Also while it is CANCELLING: until its tasks have ended they may commit what a checkpoint has completed.
    while any(one["jid"] == job.id and one["state"] not in ENDED for one in _overview(url)["jobs"]):
        if time.monotonic() > deadline:
            raise problem(f"job {job.name}", "", f"still there {PATIENCE} s after its cancellation", "", "see its log")
        time.sleep(0.2)
