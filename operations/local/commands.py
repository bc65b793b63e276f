"""The verbs of `streamctl` for the platform on this machine: what they print."""

import datetime
import json
import os
import sys
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from components.errors import PlatformError, problem
from operations.console import console, show_error, table
from operations.local import processes, record
from operations.local.layout import Layout, exclusive
from operations.local.progress import Wait
from operations.local.status import Status, gather, lake
from operations.local.supervisor import Supervisor
from operations.local.verdict import no_rows, settled

if TYPE_CHECKING:
    from operations.local.up import Changes

# Seconds that `up` waits for a first row, and for all to run, before it shows what there is (docs/measurements.md has
# how long it took).
ROWS_WITHIN = 90.0


def up(stack: str, as_json: bool) -> None:
    """Bring the stack up and show what runs. Exit status 1 where not all of it does, or no row comes."""
    from operations.local.up import bring_up, wait_for_rows

    began = time.monotonic()
    seconds = 0.0
    layout = Layout.of_environment()

    def look() -> Status:
        # Taken before each look, which itself takes a second or two: its rows are counted.
        nonlocal seconds
        seconds = time.monotonic() - began
        return gather(layout)

    with Wait(quiet=as_json) as wait:
        changes = bring_up(stack, layout, wait)
        known = record.require(layout)
        tables = [name for application in known.exports["applications"].values() for name in application["tables"]]
        deadline = time.monotonic() + ROWS_WITHIN
        # Where nothing writes to the topics there is nothing to wait for.
        rows = wait_for_rows(tables, lake(layout, known).count, wait, ROWS_WITHIN if changes.feeding else 0)
        left = deadline - time.monotonic()
        status, mistakes = settled(look, lambda what: wait.share("check", None, what), left)
        wait.done("check")
    if changes.feeding:
        mistakes += no_rows(rows, tables, ROWS_WITHIN)
    wrong = PlatformError(mistakes)
    if as_json:
        content = {"changes": changes.as_json(), "seconds": seconds, **status.as_json(), **wrong.as_json()}
        click.echo(json.dumps(content, indent=2))
    else:
        _show_changes(status, changes, seconds, bool(mistakes))
    if mistakes:
        show_error(wrong)
        sys.exit(1)


def _show_changes(status: Status, changes: "Changes", seconds: float, incomplete: bool) -> None:
    _show(status, with_services=False)
    console.print()
    if changes.nothing and not incomplete:
        total = sum(changes.resources.values())
        console.print(
            f"Nothing to change: {total} AWS resources, {len(status.services)} services and {len(status.jobs)} jobs "
            f"are as declared. {seconds:.1f} s",
            soft_wrap=True,
        )
        return
    counts = ", ".join(f"{count} {operation}" for operation, count in sorted(changes.resources.items()))
    console.print(f"AWS resources: {counts}")
    if changes.services:
        console.print(Text(f"Services started: {', '.join(changes.services)}"), soft_wrap=True)
    for other in changes.others:
        console.print(Text(f"Done: {other}"), soft_wrap=True)
    if incomplete:
        console.print(f"[bold red]Not all of it runs[/] after {seconds:.1f} s.")
    else:
        console.print(f"[bold]Up[/] after {seconds:.1f} s. Next: {_next(status)}", soft_wrap=True)


def _next(found: Status) -> str:
    """A query that shows something: on the summary, where there is one."""
    names = [table.name for table in sorted(found.tables, key=lambda table: not table.rows)]
    if not names:
        return "./streamctl status"
    chosen = "claim_summary" if "claim_summary" in names else f"{names[0]} LIMIT 20"
    return f"./streamctl query 'SELECT * FROM {chosen}'"  # noqa: S608 - names of the applications' specs


def down(as_json: bool) -> None:
    """End everything that `up` started."""
    layout = Layout.of_environment()
    # Its folder may have been removed under a platform that runs: the processes are known without it.
    if not layout.run.is_dir() and not processes.owned(layout):
        _say(as_json, {"stopped": []}, "Nothing was up.")
        return
    with exclusive(layout.run / "up.lock", "another `up` or `down`"), Wait(quiet=as_json) as wait:
        stopped = Supervisor(layout).stop(wait.event)
        layout.wipe(ports=True)
    text = f"Ended {len(stopped)} services: {', '.join(stopped)}" if stopped else "Nothing was up."
    _say(as_json, {"stopped": stopped}, text)


def status(as_json: bool, with_rows: bool = True) -> None:
    """Show services, jobs, checkpoints, lag and rows. Exit status 1 where something declared does not run."""
    found = gather(Layout.of_environment(), with_rows)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2))
    else:
        _show(found, with_services=True)
    if not found.healthy:
        sys.exit(1)


def query(sql: str, as_json: bool) -> None:
    """Run one SELECT on the Iceberg tables."""
    layout = Layout.of_environment()
    record.require(layout)
    columns, rows = lake(layout).query(sql)
    if as_json:
        click.echo(json.dumps([dict(zip(columns, map(_plain, row), strict=True)) for row in rows], indent=2))
        return
    _print_rows(columns, [["" if value is None else str(value) for value in row] for row in rows])
    console.print(f"[dim]{len(rows)} rows[/]")


def _print_rows(columns: list[str], rows: list[list[str]]) -> None:
    """As a table; where that is wider than the terminal, one column a line."""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    width = sum(widths) + 2 * len(widths)
    if rows and console.is_terminal and width > console.width:
        for number, row in enumerate(rows, 1):
            console.print(f"[dim]row {number}[/]")
            for name, cell in zip(columns, row, strict=True):
                console.print(f"  {name:<{max(map(len, columns))}}  {cell}", markup=False, soft_wrap=True)
        return
    result = table("", *columns)
    for row in rows:
        result.add_row(*(Text(cell) for cell in row))
    console.print(result, width=max(width, console.width), soft_wrap=True)


def logs(service: str | None, lines: int, follow: bool) -> None:
    """Print the last lines of one service's log, or of all."""
    layout = Layout.of_environment()
    files = {path.stem: path for path in sorted(layout.logs.glob("*.log"))}
    if not files:
        raise problem("logs", "", "no logs", "logs of a platform that was up", "run `./streamctl up` first")
    if service is not None and service not in files:
        raise problem("logs", "SERVICE", service, ", ".join(files), "choose one of these")
    chosen = {service: files[service]} if service else files
    for name, path in chosen.items():
        if len(chosen) > 1:
            console.print(f"[bold]{name}[/] [dim]{path}[/]")
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in deque(file, lines):
                click.echo(line.rstrip("\n"))
    if follow and service:
        _follow(files[service])


def _follow(path: Path) -> None:
    with path.open(encoding="utf-8", errors="replace") as file:
        file.seek(0, os.SEEK_END)
        while True:
            line = file.readline()
            if line:
                click.echo(line.rstrip("\n"))
            else:
                time.sleep(0.2)


def _show(found: Status, with_services: bool) -> None:
    if with_services:
        rows = table(f"Stack {found.stack}", "service", "state", ">pid", ">memory", ">up", ">restarts")
        for service in found.services:
            rows.add_row(
                service.name,
                _coloured(service.state, "running"),
                str(service.pid or ""),
                f"{service.memory / 2**20:.0f} MiB",
                _age(service.uptime) if service.pid else "",
                str(service.restarts),
            )
        total = sum(service.memory for service in found.services)
        rows.add_row("[dim]all[/]", "", "", f"{total / 2**20:.0f} MiB", "", "")
        console.print(rows, "")
    else:
        rows = table(f"Stack {found.stack}", "endpoint", "address")
        for name, address in found.endpoints.items():
            rows.add_row(name, address)
        console.print(rows, "")
    if found.jobs:
        rows = table("", "job", "state", ">tasks", ">checkpoints", ">last", ">restored", ">lag")
        for job in found.jobs:
            rows.add_row(
                job.name,
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
        console.print(f"connector {name}: {_coloured(connector['state'], 'RUNNING')}, tasks: {tasks}", "")
    if found.tables:
        rows = table("", "Iceberg table", ">rows", ">freshness")
        for entry in found.tables:
            age = "" if entry.age is None else f"{_age(entry.age)} ago"
            rows.add_row(entry.name, "" if entry.rows is None else f"{entry.rows:,}", age or "no snapshot yet")
        console.print(rows)
    if not found.services:
        console.print("Nothing runs. `./streamctl up` starts it.")


def _coloured(state: str, good: str) -> str:
    return f"[green]{state}[/]" if state == good else f"[red]{state}[/]"


def _age(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 100:
        return f"{max(seconds, 0):.0f} s"
    return str(datetime.timedelta(seconds=round(seconds)))


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def _say(as_json: bool, content: dict[str, Any], text: str) -> None:
    click.echo(json.dumps(content, indent=2)) if as_json else console.print(text, soft_wrap=True)
