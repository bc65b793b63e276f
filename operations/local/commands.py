"""The verbs of `streamctl` for the platform on this machine: what they print."""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from components.errors import PlatformError, problem
from operations.console import console, show_error
from operations.local import processes, record
from operations.local.layout import Layout, exclusive
from operations.local.logs import following, last_lines, log_files
from operations.local.progress import Wait
from operations.local.rows import as_objects, print_rows
from operations.local.status import Status, gather, lake
from operations.local.status_text import show as _show
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
        rows = wait_for_rows(tables, lake(layout, known).first_rows, wait, ROWS_WITHIN if changes.feeding else 0)
        left = deadline - time.monotonic()
        status, mistakes = settled(look, lambda what: wait.share("check", None, what), left)
        wait.done("check")
    if changes.feeding:
        mistakes += no_rows(rows, tables, ROWS_WITHIN)
    wrong = PlatformError(mistakes) if mistakes else None
    if as_json:
        told = wrong.as_json() if wrong else {"mistakes": []}
        content = {"changes": changes.as_json(), "seconds": seconds, **status.as_json(), **told}
        click.echo(json.dumps(content, indent=2))
    else:
        _show_changes(status, changes, seconds, bool(mistakes))
    if wrong:
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
        click.echo(json.dumps(as_objects(columns, rows), indent=2, allow_nan=False))
        return
    print_rows(columns, rows)
    console.print(f"[dim]{len(rows)} rows[/]")


def logs(service: str | None, lines: int, follow: bool, as_json: bool = False) -> None:
    """Print the last lines of one service's log, or of all.

    as_json: one list of objects; with `follow` an object for each line, on a line of its own
    """
    files = log_files(Layout.of_environment())
    if not files:
        raise problem("logs", "", "no logs", "logs of a platform that was up", "run `./streamctl up` first")
    if service is not None and service not in files:
        raise problem("logs", "SERVICE", service, ", ".join(files), "choose one of these")
    if follow:
        if service is None:
            remedy = "name the one to follow: ./streamctl logs SERVICE --follow"
            raise problem("logs", "--follow", "no SERVICE", ", ".join(files), remedy)
        _follow(service, files[service], lines, as_json)
        return
    chosen = {service: files[service]} if service else files
    if as_json:
        content = [
            {"service": name, "file": str(path), "lines": last_lines(path, lines)} for name, path in chosen.items()
        ]
        click.echo(json.dumps(content, indent=2))
        return
    for name, path in chosen.items():
        if len(chosen) > 1:
            console.print(Text.assemble((name, "bold"), " ", (str(path), "dim")), soft_wrap=True)
        for line in last_lines(path, lines):
            click.echo(line)


def _follow(service: str, path: Path, lines: int, as_json: bool) -> None:
    try:
        for line in following(path, lines):
            click.echo(json.dumps({"service": service, "line": line}) if as_json else line)
    except KeyboardInterrupt:
        # The way to end it; nothing else is to stand behind the lines.
        sys.exit(130)


def _say(as_json: bool, content: dict[str, Any], text: str) -> None:
    click.echo(json.dumps(content, indent=2)) if as_json else console.print(Text(text), soft_wrap=True)
