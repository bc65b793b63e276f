"""Whether a platform that was brought up does what is declared, and what does not."""

import time
from collections.abc import Callable, Mapping

from components.errors import Mistake
from operations.local.service_status import ServiceStatus
from operations.local.status import Status, fault_of

STEADY = 10.0
"""Seconds that a service must have lived since it last ended by itself, before it counts as one that runs."""


def settled(look: Callable[[], Status], report: Callable[[str], None], patience: float) -> tuple[Status, list[Mistake]]:
    """The status once all that is declared runs; after `patience` seconds, as it is then, and what does not run.

    look:   gives the status as it is
    report: hears of what is being waited for
    """
    deadline = time.monotonic() + patience
    while True:
        found = look()
        mistakes = shortcomings(found)
        if not mistakes or time.monotonic() > deadline:
            return found, mistakes
        report(f"{mistakes[0].where}: {mistakes[0].found}")
        time.sleep(0.5)


def shortcomings(found: Status) -> list[Mistake]:
    """One mistake for each service, job and connector that is declared and does not run."""
    mistakes = [mistake for service in found.services if (mistake := _service(service))]
    mistakes += [
        Mistake(
            f"job {job.name}",
            "",
            f"{job.state}, {job.tasks} tasks" + (f"; {job.error}" if job.error else ""),
            "RUNNING",
            "see `./streamctl logs jobmanager` and `./streamctl logs taskmanager`",
        )
        for job in found.jobs
        if job.state != "RUNNING"
    ]
    for name, connector in found.connectors.items():
        if fault_of(connector):
            states = [connector["state"], *connector["tasks"]]
            remedy = "see `./streamctl logs connect`"
            mistakes.append(Mistake(f"connector {name}", "", ", ".join(states), "RUNNING, with a task", remedy))
    if not mistakes and not found.healthy:
        mistakes.append(Mistake(f"stack {found.stack}", "", "; ".join(found.problems), "", "see `./streamctl status`"))
    return mistakes


def _service(service: ServiceStatus) -> Mistake | None:
    logs = f"see `./streamctl logs {service.name}`"
    if service.state != "running":
        return Mistake(service.name, "", service.state, "running", logs)
    if service.restarts and service.uptime < STEADY:
        # One that ends again and again runs whenever somebody looks.
        found = f"it has ended by itself {_times(service.restarts)}, last {service.uptime:.0f} s ago"
        return Mistake(service.name, "", found, f"running for {STEADY:.0f} s", logs)
    return None


def no_rows(rows: Mapping[str, int], tables: list[str], patience: float) -> list[Mistake]:
    """The mistake that none of `tables` has a row after `patience` seconds; [] where one has."""
    if any(rows.values()):
        return []
    remedy = "see `./streamctl status`: jobs need checkpoints, and their topics records"
    return [Mistake("Iceberg", ", ".join(tables), f"no row within {patience:.0f} s", "rows in one of them", remedy)]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
