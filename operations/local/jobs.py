"""Flink jobs, brought to what the program declares."""

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from components.errors import Mistake, PlatformError
from operations.local import flink_rest
from operations.local.flink_rest import Job
from operations.local.sql_gateway import Session, job_id

Report = Callable[[str], None]


@dataclass(frozen=True)
class Submission:
    """A job that runs: its Flink id, and a fingerprint of the statements that it was started with."""

    id: str
    fingerprint: str


def fingerprint(application: Mapping[str, Any]) -> str:
    """Changes exactly when the job has to be started anew to be this application."""
    return hashlib.sha256(json.dumps(application["statements"]).encode()).hexdigest()[:16]


def ensure_jobs(
    rest: str,
    gateway: str,
    applications: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Submission],
    report: Report,
    remember: Callable[[str, Submission | None], None],
) -> list[str]:
    """Submit, change and end jobs. Returns what was done, in words.

    rest, gateway: URLs of the JobManager and of the SQL gateway
    applications:  name -> {"statements": [...]}; the stack's export `applications`
    known:         what `remember` was told before
    remember:      called after each step, so that an `up` that is interrupted knows what it had done

    A changed job is first planned by Flink, then stopped behind a savepoint, then started from it: SQL that Flink
    refuses leaves the old job running. Raises PlatformError with the mistakes of all jobs at once.
    """
    running: dict[str, list[Job]] = {}
    for job in flink_rest.jobs(rest):
        running.setdefault(job.name, []).append(job)
    done: list[str] = []
    for name in sorted(running.keys() & (known.keys() - applications.keys())):
        for job in running[name]:
            report(f"ending job {name}")
            flink_rest.stop_with_savepoint(rest, job)
        remember(name, None)
        done.append(f"ended job {name}")

    def submit(name: str) -> str:
        wanted = fingerprint(applications[name])
        present = running.get(name, [])
        if present and name in known and known[name] == Submission(present[-1].id, wanted):
            return ""
        report(f"planning job {name}")
        savepoint = None
        with Session(gateway) as session:
            *preparation, job = applications[name]["statements"]
            for statement in preparation:
                session.execute(statement, f"application {name}")
            for old in present:
                # Refused SQL must be told while the old job still runs.
                session.execute(job.replace("EXECUTE STATEMENT SET", "EXPLAIN STATEMENT SET", 1), f"application {name}")
                report(f"stopping job {name} behind a savepoint")
                savepoint = flink_rest.stop_with_savepoint(rest, old)
            if savepoint:
                session.execute(f"SET 'execution.state-recovery.path' = '{savepoint}'", f"application {name}")
            report(f"submitting job {name}")
            started = job_id(session.execute(job, f"application {name}"))
        remember(name, Submission(started, wanted))
        return f"changed job {name} from savepoint {savepoint}" if savepoint else f"started job {name}"

    names = sorted(applications)
    mistakes: list[Mistake] = []
    with ThreadPoolExecutor(max_workers=max(len(names), 1)) as pool:
        for future in [pool.submit(submit, name) for name in names]:
            try:
                if said := future.result():
                    done.append(said)
            except PlatformError as error:
                mistakes += error.mistakes
    if mistakes:
        raise PlatformError(mistakes)
    return done
