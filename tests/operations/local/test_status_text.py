"""What `status` prints, and what `up` prints at its end."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from operations.local import commands, status_text, up
from operations.local.service_status import ServiceStatus
from operations.local.status import JobStatus, Status, TableStatus

FOUND = Status(
    "local",
    complete=False,
    endpoints={"Kafka": "127.0.0.1:25003", "Flink": "http://127.0.0.1:25007"},
    services=[
        ServiceStatus("kafka", "running", 7, 125.0, 300 * 2**20, 2, "kafka.log"),
        ServiceStatus("aws", "exited", 0, 0.0, 0, 1, "aws.log"),
    ],
    connectors={"cdc": {"state": "RUNNING", "tasks": ["FAILED"]}, "gone": {"state": "missing", "tasks": []}},
    jobs=[
        JobStatus("claims", "1", "RUNNING", "5/5", 3, 1, 4.4, 1234, None),
        JobStatus("telematics", "2", "RESTARTING", "0/7", 0, 0, None, None, "org.apache.Cause: no room"),
    ],
    tables=[
        TableStatus("claim_summary", 1234567, 130.0),
        TableStatus("new", None, None),
        TableStatus("far", None, None, "the emulator does not answer"),
    ],
)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What was printed by now, a row or sentence a line, single blanks between words."""
    file = io.StringIO()
    for module in (status_text, commands):
        monkeypatch.setattr(module, "console", Console(file=file, width=120, highlight=False))
    return lambda: [" ".join(line.split()) for line in file.getvalue().splitlines() if line.strip()]


def test_status_shows_every_state(printed: Callable[[], list[str]]):
    status_text.show(FOUND, with_services=True)
    assert printed() == [
        "Stack local",
        "service state pid memory up restarts",
        "kafka running 7 300 MiB 0:02:05 2",
        "aws exited 0 MiB 1",
        "all 300 MiB",
        "job state tasks checkpoints last restored lag",
        "claims RUNNING 5/5 3 4 s ago 1 1,234",
        "telematics RESTARTING 0/7 0 none yet 0 ?",
        "connector cdc: RUNNING, tasks: FAILED",
        "connector gone: missing, tasks: no task",
        "Iceberg table rows freshness",
        "claim_summary 1,234,567 0:02:10 ago",
        "new no snapshot yet",
        "far ? unknown: the emulator does not answer",
        "Not as declared:",
        "the last `up` did not finish: run `./streamctl up` again",
        "service aws: exited",
        "connector cdc: task FAILED",
        "connector gone: missing",
        "job telematics: RESTARTING, org.apache.Cause: no room",
        "tables: the emulator does not answer",
    ]


def test_status_says_that_nothing_runs(printed: Callable[[], list[str]]):
    status_text.show(Status("local", True, {}, [], {}, [], []), with_services=True)
    assert printed() == ["Not as declared:", "nothing runs: `./streamctl up` starts it"]


WELL = replace(FOUND, complete=True, services=FOUND.services[:1], connectors={}, jobs=FOUND.jobs[:1], tables=[])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            up.Changes({"create": 40, "update": 1}, ["kafka", "aws"], ["started job claims from s3://[x]"]),
            [
                "AWS resources: 40 create, 1 update",
                "Services started: kafka, aws",
                "Done: started job claims from s3://[x]",
                "Up after 0.0 s. Next: ",
            ],
        ),
        (
            up.Changes({"same": 41}, [], []),
            ["Nothing to change: 41 AWS resources, 1 services and 1 jobs are as declared. 0.0 s"],
        ),
    ],
)
def test_up_ends_with_where_things_are_and_what_it_did(
    changes: up.Changes, said: list[str], printed: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path
):
    monkeypatch.setenv("STREAMCTL_HOME", str(tmp_path))
    monkeypatch.setattr(up, "bring_up", lambda stack, layout, wait: changes)
    monkeypatch.setattr(up, "wait_for_rows", lambda *others: {"claim_summary": 1})
    monkeypatch.setattr(
        commands.record, "require", lambda layout: commands.record.Record("local", {"applications": {}})
    )
    monkeypatch.setattr(commands, "lake", lambda layout, known: type("Lake", (), {"first_rows": None}))
    monkeypatch.setattr(commands, "gather", lambda layout: WELL)
    monkeypatch.setattr(commands.time, "monotonic", lambda: 0.0)
    commands.up("local", as_json=False)
    lines = printed()
    assert lines[:4] == ["Stack local", "endpoint address", "Kafka 127.0.0.1:25003", "Flink http://127.0.0.1:25007"]
    assert lines[4].startswith("job state")
    assert [line[: len(wanted)] for line, wanted in zip(lines[-len(said) :], said, strict=True)] == said
