"""The status of the platform for people."""

import datetime

from rich.text import Text

from operations.console import console, table
from operations.local.status import Status, TableStatus


def show(found: Status, with_services: bool) -> None:
    """Print services (or else endpoints), jobs, connectors and tables; with the services also what is wrong."""
    if with_services and found.services:
        rows = table(f"Stack {found.stack}", "service", "state", ">pid", ">memory", ">up", ">restarts")
        for service in found.services:
            rows.add_row(
                Text(service.name),
                _coloured(service.state, "running"),
                str(service.pid or ""),
                f"{service.memory / 2**20:.0f} MiB",
                _age(service.uptime) if service.pid else "",
                str(service.restarts),
            )
        total = sum(service.memory for service in found.services)
        rows.add_row("[dim]all[/]", "", "", f"{total / 2**20:.0f} MiB", "", "")
        console.print(rows, "")
    elif not with_services:
        rows = table(f"Stack {found.stack}", "endpoint", "address")
        for name, address in found.endpoints.items():
            rows.add_row(name, Text(address))
        console.print(rows, "")
    if found.jobs:
        rows = table("", "job", "state", ">tasks", ">checkpoints", ">last", ">restored", ">lag")
        for job in found.jobs:
            rows.add_row(
                Text(job.name),
                _coloured(job.state, "RUNNING"),
                job.tasks,
                str(job.checkpoints),
                f"{_age(job.checkpoint_age)} ago" if job.checkpoint_age is not None else "none yet",
                str(job.restored),
                "?" if job.lag is None else f"{job.lag:,}",
            )
        console.print(rows, "")
    for name, connector in found.connectors.items():
        tasks = ", ".join(connector["tasks"]) or "no task"
        state = _coloured(connector["state"], "RUNNING")
        console.print(Text.assemble(f"connector {name}: ", state, f", tasks: {tasks}"), "", soft_wrap=True)
    if found.tables:
        rows = table("", "Iceberg table", ">rows", ">freshness")
        for entry in found.tables:
            rows.add_row(Text(entry.name), _count(entry), Text(_freshness(entry)))
        console.print(rows)
    if with_services and found.problems:
        console.print(Text("\nNot as declared:", style="bold red"))
        for one in found.problems:
            console.print(Text(f"  {one}"), soft_wrap=True)


def _count(entry: TableStatus) -> str:
    if entry.rows is not None:
        return f"{entry.rows:,}"
    return "?" if entry.error else ""


def _freshness(entry: TableStatus) -> str:
    if entry.age is not None:
        return f"{_age(entry.age)} ago"
    return f"unknown: {entry.error}" if entry.error else "no snapshot yet"


def _coloured(state: str, good: str) -> Text:
    return Text(state, style="green" if state == good else "red")


def _age(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 100:
        return f"{max(seconds, 0):.0f} s"
    return str(datetime.timedelta(seconds=round(seconds)))
