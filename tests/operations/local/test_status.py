"""Whether a platform does what is declared: what is missing, silent or half done is said, and not taken for health."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from components.errors import PlatformError, problem
from operations.local import status
from operations.local.layout import Layout
from operations.local.ports import DEFAULTS, Ports
from operations.local.record import Record
from operations.local.service_status import ServiceStatus
from operations.local.status import JobStatus, Status, TableStatus
from operations.local.supervisor import Supervisor

SERVICE = ServiceStatus("kafka", "running", 7, 3.0, 2**20, 0, "kafka.log")
JOB = JobStatus("claims", "1", "RUNNING", "5/5", 3, 0, 1.0, 0, None)
TABLE = TableStatus("claim_summary", 7, 2.0)
RUNNING: dict[str, Any] = {"state": "RUNNING", "tasks": ["RUNNING"]}
WELL = Status("local", True, {"Kafka": "127.0.0.1:1"}, [SERVICE], {"cdc": RUNNING}, [JOB], [TABLE])


def test_where_all_that_is_declared_runs_nothing_is_wrong():
    assert (WELL.problems, WELL.healthy) == ([], True)
    assert WELL.as_json()["healthy"] is True


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"services": []}, "nothing runs: `./streamctl up` starts it"),
        ({"complete": False}, "the last `up` did not finish: run `./streamctl up` again"),
        ({"complete": False, "working": 7}, "an `up` or `down` is at work (process 7)"),
        ({"services": [replace(SERVICE, state="failing")]}, "service kafka: failing"),
        ({"connectors": {"cdc": {"state": "missing", "tasks": []}}}, "connector cdc: missing"),
        ({"connectors": {"cdc": {"state": "unknown", "tasks": []}}}, "connector cdc: unknown"),
        ({"connectors": {"cdc": {"state": "RUNNING", "tasks": []}}}, "connector cdc: no task"),
        ({"connectors": {"cdc": {"state": "RUNNING", "tasks": ["RUNNING", "FAILED"]}}}, "connector cdc: task FAILED"),
        ({"jobs": [replace(JOB, state="RESTARTING", error="no room")]}, "job claims: RESTARTING, no room"),
        ({"jobs": [replace(JOB, lag=None, error="no topic claims")]}, "job claims: no topic claims"),
        ({"tables": [replace(TABLE, error="silence"), TABLE]}, "tables: silence"),
    ],
)
def test_each_thing_that_is_wrong_is_said_and_is_not_healthy(changed: dict[str, Any], said: str):
    found = replace(WELL, **changed)
    assert found.problems == [said]
    assert (found.healthy, found.as_json()["problems"]) == (False, [said])


@pytest.fixture(scope="module")
def connect() -> Iterator[str]:
    """The URL of a server that answers as Kafka Connect with two connectors, one of which nobody has declared."""

    class Connect(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            one = {"status": {"connector": {"state": "RUNNING"}, "tasks": [{"state": "RUNNING"}]}}
            content = json.dumps({"cdc": one, "left": one}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Connect) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_connectors_are_those_that_are_declared(connect: str):
    missing = {"state": "missing", "tasks": []}
    assert status.connectors(connect, ["cdc", "deleted"]) == {"cdc": RUNNING, "deleted": missing}


def test_connectors_are_unknown_where_connect_does_not_answer():
    assert status.connectors("http://127.0.0.1:1", ["cdc"]) == {"cdc": {"state": "unknown", "tasks": []}}


class Unreadable:
    """A lake, as far as `table_status` knows it. Ages or rows cannot be had."""

    def __init__(self, error: PlatformError, ages: dict[str, float] | None = None):
        self._error, self._ages = error, ages

    def ages(self) -> dict[str, float]:
        if self._ages is None:
            raise self._error
        return self._ages

    def count(self, name: str) -> int:
        raise self._error


def test_tables_behind_a_dead_emulator_are_unknown_and_not_without_snapshot():
    lake: Any = Unreadable(problem("http://127.0.0.1:1", "", "Could not connect to the endpoint"))
    assert status.table_status(lake, ["a"], True) == [TableStatus("a", None, None, "the emulator does not answer")]


def test_tables_whose_rows_cannot_be_counted_say_why():
    lake: Any = Unreadable(problem("query", "sql", "no such file"), {"a": 1.0})
    assert status.table_status(lake, ["a", "b"], True) == [
        TableStatus("a", None, 1.0, "no such file"),
        TableStatus("b", None, None),
    ]
    assert status.table_status(lake, ["a"], False) == [TableStatus("a", None, 1.0)]


@pytest.fixture
def begun(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A platform whose `up` has started a service, and has not created anything on the emulator yet."""
    layout = Layout(tmp_path, tmp_path)
    layout.make()
    Record("local").save(layout)
    monkeypatch.setattr(Supervisor, "status", lambda self: [SERVICE])
    monkeypatch.setattr(status.ports, "remembered", lambda layout: Ports(**dict.fromkeys(DEFAULTS, 1)))
    return layout


def test_in_the_first_seconds_of_an_up_there_are_no_tables_yet(begun: Layout):
    found = status.gather(begun)
    assert (found.tables, found.jobs, found.connectors) == ([], [], {})
    assert found.problems == ["the last `up` did not finish: run `./streamctl up` again"]
    with pytest.raises(PlatformError) as caught:
        status.lake(begun)
    assert "`up` has not got that far" in caught.value.mistakes[0].found


def test_what_does_not_answer_is_unknown(begun: Layout, monkeypatch: pytest.MonkeyPatch):
    exports = {"applications": {"claims": {"tables": []}}, "connectors": {"cdc": {}}}
    Record("local", exports, complete=True).save(begun)
    said = ["connector cdc: unknown", "job claims: unknown, Flink's JobManager does not answer"]
    assert status.gather(begun).problems == said
    # The same where `ports.json` is gone or unreadable.
    monkeypatch.setattr(status.ports, "remembered", lambda layout: None)
    assert [line.split(",")[0] for line in status.gather(begun).problems] == [line.split(",")[0] for line in said]


def test_who_is_at_work_is_told_by_the_lock(begun: Layout):
    assert status.at_work(begun) is None
    lock = begun.run / "up.lock"
    with subprocess.Popen([sys.executable, "-c", "input()", "operations.streamctl"], stdin=subprocess.PIPE) as other:
        lock.write_text(str(other.pid))
        assert status.at_work(begun) == other.pid
        other.communicate(b"\n")
    for content in (str(other.pid), "", "no number"):
        lock.write_text(content)
        assert status.at_work(begun) is None


def test_a_failure_without_a_mistake_can_not_be_made():
    with pytest.raises(ValueError, match="no mistake"):
        PlatformError([])
