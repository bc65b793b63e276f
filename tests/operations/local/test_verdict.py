"""What `up` says at its end where not all of it runs."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from operations.local import verdict
from operations.local.service_status import ServiceStatus
from operations.local.status import JobStatus, Status

RUNNING = ServiceStatus("telemetry", "running", 7, 3.0, 1, 0, "telemetry.log")
JOB = JobStatus("claims", "1", "RUNNING", "5/5", 3, 0, 1.0, 0, None)
CONNECTOR: dict[str, Any] = {"state": "RUNNING", "tasks": ["RUNNING"]}


def status(service: ServiceStatus = RUNNING, job: JobStatus = JOB, **changed: Any) -> Status:
    values = {
        "stack": "local",
        "complete": True,
        "endpoints": {},
        "services": [service],
        "connectors": {"cdc": CONNECTOR},
        "jobs": [job],
        "tables": [],
    }
    # What else a status may have has a default of its own.
    assert values.keys() <= {field.name for field in fields(Status)}
    return Status(**(values | changed))


def test_a_platform_that_runs_has_no_shortcomings():
    assert verdict.shortcomings(status()) == []


@pytest.mark.parametrize(
    ("found", "where", "says"),
    [
        (status(replace(RUNNING, state="exited")), "telemetry", "exited"),
        (status(replace(RUNNING, state="failing")), "telemetry", "failing"),
        # It runs for a second, whenever somebody looks.
        (status(replace(RUNNING, restarts=3)), "telemetry", "ended by itself 3 times, last 3 s ago"),
        (status(job=replace(JOB, state="missing", tasks="0/0")), "job claims", "missing"),
        (status(job=replace(JOB, state="RESTARTING", error="no such table")), "job claims", "no such table"),
        (status(connectors={"cdc": {"state": "RUNNING", "tasks": ["FAILED"]}}), "connector cdc", "FAILED"),
        (status(connectors={"cdc": {"state": "RUNNING", "tasks": []}}), "connector cdc", "RUNNING"),
        (status(complete=False), "stack local", "did not finish"),
    ],
)
def test_what_does_not_run_is_named_with_where_to_look(found: Status, where: str, says: str):
    (mistake,) = verdict.shortcomings(found)
    assert mistake.where == where
    assert says in mistake.found
    assert "./streamctl" in mistake.remedy


def test_a_service_that_was_killed_once_and_lives_is_no_shortcoming():
    assert verdict.shortcomings(status(replace(RUNNING, restarts=3, uptime=verdict.STEADY))) == []


def looking(*found: Status) -> Callable[[], Status]:
    left = list(found)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_what_still_starts_is_waited_for(monkeypatch):
    monkeypatch.setattr(verdict.time, "sleep", lambda seconds: None)
    said: list[str] = []
    starting = status(job=replace(JOB, state="starting", tasks="2/5"))
    assert verdict.settled(looking(starting, starting, status()), said.append, 60) == (status(), [])
    assert said == ["job claims: starting, 2/5 tasks"] * 2
    found, mistakes = verdict.settled(looking(starting), said.append, 0)
    assert found == starting
    assert [mistake.where for mistake in mistakes] == ["job claims"]


def test_a_lake_without_rows_is_told_with_its_tables():
    assert verdict.no_rows({"one": 0, "two": 1}, ["one", "two"], 90) == []
    for rows in ({}, {"one": 0, "two": 0}):
        (mistake,) = verdict.no_rows(rows, ["one", "two"], 90)
        assert (mistake.key, mistake.found) == ("one, two", "no row within 90 s")
