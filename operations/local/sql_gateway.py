"""Statements to Flink's SQL gateway, over its REST interface (version 3)."""

import time
from types import TracebackType
from typing import Any

from components.errors import PlatformError, problem
from operations.local.rest import call, root_cause

SERVICE = "sql-gateway"
# Seconds for one statement. A cold planner on two busy cores needs up to 20.
PATIENCE = 120


class Session:
    """A session of the gateway: settings, catalogs and temporary tables live as long as it does.

    url: of the gateway, http://host:port
    """

    def __init__(self, url: str):
        self._root = f"{url}/v3/sessions"

    def __enter__(self) -> "Session":
        handle = call("POST", self._root, SERVICE, {})["sessionHandle"]
        self._url = f"{self._root}/{handle}"
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            call("DELETE", self._url, SERVICE, timeout=10)
        except PlatformError:
            # The gateway drops idle sessions by itself; what went wrong before is what counts.
            return

    def execute(self, statement: str, where: str) -> dict[str, Any]:
        """Run one statement to its end; for a job, until it is submitted. Returns the first page of its results.

        where: what the statement belongs to, for messages
        Raises PlatformError with Flink's own words where Flink refuses it.
        """
        operation = call("POST", f"{self._url}/statements", SERVICE, {"statement": statement})["operationHandle"]
        url = f"{self._url}/operations/{operation}"
        deadline = time.monotonic() + PATIENCE
        pause = 0.01
        while (status := call("GET", f"{url}/status", SERVICE)["status"]) in ("PENDING", "RUNNING", "INITIALIZED"):
            if time.monotonic() > deadline:
                raise problem(where, _first_line(statement), f"no answer in {PATIENCE} s", "", "see the gateway's log")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
        try:
            page = call("GET", f"{url}/result/0?rowFormat=JSON", SERVICE)
            while page.get("resultType") == "NOT_READY":
                time.sleep(0.05)
                page = call("GET", f"{url}/result/0?rowFormat=JSON", SERVICE)
        except PlatformError as error:
            words = root_cause(error.mistakes[0].found)
            raise problem(
                where, _first_line(statement), words, "SQL that Flink accepts", "correct it and run `up` again"
            ) from None
        if status == "ERROR":
            raise problem(where, _first_line(statement), str(page)[:500], "", "see the gateway's log")
        return page


def job_id(page: dict[str, Any]) -> str:
    """The id of the job that a statement submitted."""
    columns = [column["name"] for column in page["results"]["columns"]]
    row = page["results"]["data"][0]["fields"]
    return str(row[columns.index("job id")])


def _first_line(statement: str) -> str:
    return " ".join(statement.split())[:80]
