"""Kafka Connect's connectors, brought to what the program declares."""

import time
from collections.abc import Mapping
from typing import Any

from components.errors import problem
from operations.local.graph import Cancel
from operations.local.rest import answers, call

# Seconds for a connector to run. Debezium's start includes the snapshot's beginning, not its end.
PATIENCE = 60


def ensure_connectors(url: str, connectors: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Create, change and delete connectors. Returns what was done, in words.

    url:        of Connect's REST interface
    connectors: name -> configuration; the stack's export `connectors`
    """
    present = set(call("GET", f"{url}/connectors", "connect"))
    done: list[str] = []
    for name, config in sorted(connectors.items()):
        found = call("GET", f"{url}/connectors/{name}/config", "connect") if name in present else None
        if found == dict(config):
            continue
        call("PUT", f"{url}/connectors/{name}/config", "connect", dict(config))
        done.append(f"{'changed' if found else 'created'} connector {name}")
    for name in sorted(present - set(connectors)):
        call("DELETE", f"{url}/connectors/{name}", "connect")
        done.append(f"deleted connector {name}")
    return done


def wait_until_running(url: str, names: list[str], cancel: Cancel) -> None:
    """Wait until every connector and each of its tasks runs. Raises PlatformError with the task's own words.

    cancel: looked at meanwhile
    """
    deadline = time.monotonic() + PATIENCE
    pending = list(names)
    while pending:
        name = pending[0]
        status = answers(f"{url}/connectors/{name}/status") or {}
        states = [status.get("connector", {}).get("state"), *(task["state"] for task in status.get("tasks", []))]
        if len(states) > 1 and set(states) == {"RUNNING"}:
            pending.pop(0)
            continue
        failed = [task.get("trace", "") for task in status.get("tasks", []) if task["state"] == "FAILED"]
        if time.monotonic() > deadline:
            words = failed[0].splitlines()[0] if failed else f"states {states}"
            raise problem(f"connector {name}", "", words, "RUNNING", "see `./streamctl logs connect`")
        cancel.sleep(0.2)


def connector_states(url: str) -> dict[str, dict[str, Any]] | None:
    """Connector -> {"state", "tasks": [states]}; None where Connect does not answer."""
    found = answers(f"{url}/connectors?expand=status")
    if found is None:
        return None
    result: dict[str, dict[str, Any]] = {}
    for name, content in found.items():
        status = content["status"]
        result[name] = {
            "state": status["connector"]["state"],
            "tasks": [task["state"] for task in status["tasks"]],
        }
    return result


def restart_failed(url: str) -> list[str]:
    """Restart connectors and tasks that have failed. Returns their names.

    Connect never does so by itself: a task that was fenced, or whose database was away too long, stays failed.
    """
    restarted: list[str] = []
    for name, status in (connector_states(url) or {}).items():
        if "FAILED" in (status["state"], *status["tasks"]):
            call("POST", f"{url}/connectors/{name}/restart?includeTasks=true&onlyFailed=true", "connect")
            restarted.append(name)
    return restarted
