"""The verbs of `streamctl` for the platform on this machine: what they print."""

import json
import os
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from components.errors import problem
from operations.console import console, table
from operations.local import record
from operations.local.layout import Layout, exclusive
from operations.local.progress import Wait
from operations.local.status import gather, lake
from operations.local.status_text import show as _show
from operations.local.supervisor import Supervisor

# Seconds that `up` waits for a first row before it shows what there is (docs/measurements.md has how long it took).
ROWS_WITHIN = 90.0

_NEXT = "./streamctl query 'SELECT * FROM claim_summary'"


def up(stack: str, as_json: bool) -> None:
    """Bring the stack up and show what runs."""
    from operations.local.up import bring_up, wait_for_rows

    began = time.monotonic()
    layout = Layout.of_environment()
    with Wait(quiet=as_json) as wait:
        changes = bring_up(stack, layout, wait)
        known = record.require(layout)
        tables = [name for application in known.exports["applications"].values() for name in application["tables"]]
        wait_for_rows(tables, lake(layout, known).count, wait, ROWS_WITHIN)
        seconds = time.monotonic() - began
        status = gather(layout)
    if as_json:
        click.echo(json.dumps({"changes": changes.as_json(), "seconds": seconds, **status.as_json()}, indent=2))
        return
    _show(status, with_services=False)
    console.print()
    if changes.nothing:
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
    console.print(f"[bold]Up[/] after {seconds:.1f} s. Next: {_NEXT}", soft_wrap=True)


def down(as_json: bool) -> None:
    """End everything that `up` started."""
    layout = Layout.of_environment()
    if not layout.run.is_dir():
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
                console.print(Text(f"  {name:<{max(map(len, columns))}}  {cell}"), soft_wrap=True)
        return
    result = table("")
    for name in columns:
        # As they are: a name may begin with the sign that stands for "at the right".
        result.add_column(Text(name), overflow="fold")
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
            console.print(Text.assemble((name, "bold"), " ", (str(path), "dim")), soft_wrap=True)
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


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def _say(as_json: bool, content: dict[str, Any], text: str) -> None:
    click.echo(json.dumps(content, indent=2)) if as_json else console.print(Text(text), soft_wrap=True)
