"""A JobManager and a SQL gateway as our client sees them: their REST interfaces over a few lines of memory."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ENDED = ("FINISHED", "CANCELED", "FAILED")


@dataclass
class FakeJob:
    """savepoints: whether it takes one; state: as Flink names it; restored: where it was started from"""

    id: str
    name: str
    started: int
    statement: str
    restored: str | None
    state: str = "RUNNING"
    savepoints: bool = True
    records: int = 0
    checkpoints: int = 0


@dataclass
class FakeFlink:
    """jobs: all that were ever submitted, in order; explained: the statements that were planned only

    refuse:  EXPLAIN or EXECUTE statement and where it is started from -> what Flink has against it
    failing: statement -> what its job fails with after it was accepted
    records: that a new job has read
    """

    url: str = ""
    jobs: list[FakeJob] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)
    refuse: Callable[[str, str | None], str | None] = lambda statement, state: None
    failing: Callable[[str], str | None] = lambda statement: None
    records: int = 0
    _sessions: dict[str, dict[str, str]] = field(default_factory=dict)
    _answers: dict[str, Any] = field(default_factory=dict)

    def alive(self, name: str) -> list[FakeJob]:
        return [job for job in self.jobs if job.name == name and job.state not in ENDED]

    def one(self, name: str) -> FakeJob:
        (job,) = self.alive(name)
        return job

    def start(self, name: str, statement: str = "", job: str = "", state: str | None = None) -> FakeJob:
        # It might still commit what this one is about to write as well.
        assert not [one for one in self.jobs if one.name == name and one.state == "CANCELLING"]
        number = len(self.jobs) + 1
        self.jobs.append(FakeJob(job or f"{number:032x}", name, number, statement, state, records=self.records))
        if self.failing(statement):
            self.jobs[-1].state = "RESTARTING"
        return self.jobs[-1]

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        match method, *path.partition("?")[0].strip("/").split("/"):
            case "GET", "jobs", "overview":
                answer = {"jobs": [_overview(job) for job in self.jobs]}
                # A cancelled job has ended once somebody has seen it end.
                for job in self.jobs:
                    job.state = "CANCELED" if job.state == "CANCELLING" else job.state
                return 200, answer
            case "GET", "jobs", job, "exceptions":
                words = self.failing(self._job(job).statement)
                return 200, {"exceptionHistory": {"entries": [{"stacktrace": words}] if words else []}}
            case "GET", "jobs", job:
                records = {"write-records": self._job(job).records}
                return 200, {"vertices": [{"name": "Source: events[1]", "metrics": records}]}
            case "PATCH", "jobs", job:
                self._job(job).state = "CANCELLING"
                return 202, {}
            case "POST", "jobs", job, "stop":
                return 202, {"request-id": "t"}
            case "GET", "jobs", job, "savepoints", _:
                return 200, {"status": {"id": "COMPLETED"}, "operation": self._stopped(self._job(job))}
            case "POST", "jobs", job, "checkpoints":
                self._job(job).checkpoints += 1
                return 202, {"request-id": "t"}
            case "POST", "v3", "sessions":
                handle = f"s{len(self._sessions)}"
                self._sessions[handle] = {}
                return 200, {"sessionHandle": handle}
            case "POST", "v3", "sessions", session, "statements":
                operation = f"o{len(self._answers)}"
                self._answers[operation] = self._run(self._sessions[session], body["statement"])
                return 200, {"operationHandle": operation}
            case "GET", "v3", "sessions", _, "operations", operation, "status":
                return 200, {"status": "ERROR" if isinstance(self._answers[operation], str) else "FINISHED"}
            case "GET", "v3", "sessions", _, "operations", operation, "result", _:
                found = self._answers[operation]
                return (500, {"errors": ["Internal", found]}) if isinstance(found, str) else (200, found)
            case "DELETE", "v3", "sessions", _:
                return 200, {}
        return 404, {"errors": [f"{method} {path}"]}

    def _job(self, job: str) -> FakeJob:
        return next(one for one in self.jobs if one.id == job)

    def _stopped(self, job: FakeJob) -> dict[str, Any]:
        if not job.savepoints:
            return {"failure-cause": {"stack-trace": "java.lang.Exception: Not all required tasks are running"}}
        job.state = "FINISHED"
        return {"location": f"s3://bucket/flink/savepoints/savepoint-{job.id[-6:]}"}

    def _run(self, settings: dict[str, str], statement: str) -> Any:
        """The page of results, or what Flink has against the statement."""
        if setting := re.fullmatch(r"SET '(.*)' = '(.*)'", statement):
            settings[setting[1]] = setting[2]
        state = settings.get("execution.state-recovery.path")
        if words := self.refuse(statement, state):
            return f"Caused by: {words}"
        if statement.startswith("EXPLAIN"):
            self.explained.append(statement)
        if statement.startswith("EXECUTE"):
            job = self.start(settings["pipeline.name"], statement, settings["$internal.pipeline.job-id"], state)
            return {"results": {"columns": [{"name": "job id"}], "data": [{"fields": [job.id]}]}}
        return {"results": {"columns": [], "data": []}}


def _overview(job: FakeJob) -> dict[str, Any]:
    tasks = {"running": 2 if job.state == "RUNNING" else 0, "total": 2}
    return {"jid": job.id, "name": job.name, "state": job.state, "start-time": job.started, "tasks": tasks}


@contextmanager
def served(fake: FakeFlink) -> Iterator[FakeFlink]:
    """`fake` behind a port of the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One packet for each answer: the second of two would wait 40 ms for the first to be acknowledged.
        wbufsize = -1

        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            with lock:
                code, content = fake.answer(self.command, self.path, body)
            data = json.dumps(content).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()

        do_GET = do_POST = do_PATCH = do_DELETE = handle_one

        def log_message(self, format: str, *args: Any) -> None:
            return

    lock = threading.Lock()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
