"""`streamctl rotate`."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click
from rich.text import Text

from components.errors import problem
from components.rotation import Rotation, advanced, key_names
from components.settings.confluent import KeyRotation
from operations.console import console
from operations.plan.stack_file import ROOT, STACKS, load_stack
from operations.rotate.stack_text import read_rotation, write_rotation


def rotate(stack: str, today: str | None, check: bool, as_json: bool, applied: int | None = None) -> int:
    """Advance the rotation of `stack` by one where it is due, and say what `pulumi up` will change.

    today: the day to take for today, as 2026-11-20; None: today in UTC
    applied: number that `pulumi up` last brought the stack to (its output `rotation`). Where it is not the one in the
             file, nothing advances: keys of two rotations would be replaced at once. None: not known
    check: True: write nothing. The exit status is then 2 where a rotation is due, 0 where none is
    Returns the exit status. Raises PlatformError.
    """
    load_stack(stack)
    path = STACKS / f"Pulumi.{stack}.yaml"
    shown = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
    day = _day(today)
    read = read_rotation(path, shown)
    if read is None:
        raise problem(
            "--stack",
            "",
            f"{stack}, which has no API keys to rotate",
            "a stack whose kafka.flavour is confluent_cloud",
            "leave this stack out of the schedule",
        )
    before, period = read
    waiting = applied is not None and applied != before.number
    after = before if waiting else advanced(before, period.days, day)
    due = after != before
    if due and not check:
        write_rotation(path, after, shown)
    result = report(stack, shown, before, after, period, day, written=due and not check, waiting=waiting)
    if as_json:
        click.echo(json.dumps(result, indent=2))
    else:
        console.print(Text(text_of(result)), soft_wrap=True)
    return 2 if check and due else 0


def report(
    stack: str,
    shown: str,
    before: Rotation,
    after: Rotation,
    period: KeyRotation,
    day: date,
    written: bool,
    waiting: bool,
) -> dict[str, Any]:
    """What a run found and did, as plain data.

    Keys are named as in the program, by the rotation that made them. `removed` and `added` have one entry each or none.
    `clock_went_back`: the date lies before the current rotation: then nothing is ever due.
    `waiting_for_up`: the stack has not been brought to the number in its file yet.
    """
    old = key_names(period.keys, before.number)
    new = key_names(period.keys, after.number)
    due_on = before.since + timedelta(days=period.days)
    return {
        "stack": stack,
        "file": shown,
        "today": day.isoformat(),
        "due": after != before,
        "due_on": due_on.isoformat(),
        "days_late": max(0, (day - due_on).days),
        "clock_went_back": day < before.since,
        "waiting_for_up": waiting,
        "written": written,
        "before": {**asdict(before), "since": before.since.isoformat(), "active": old[0], "keys": old},
        "after": {**asdict(after), "since": after.since.isoformat(), "active": new[0], "keys": new},
        "added": [name for name in new if name not in old],
        "removed": [name for name in old if name not in new],
        "next_due_on": (after.since + timedelta(days=period.days)).isoformat(),
    }


def text_of(result: dict[str, Any]) -> str:
    """The same for people."""
    stack, number = result["stack"], result["after"]["number"]
    if result["waiting_for_up"]:
        return (
            f"{stack}: rotation {number} is in {result['file']} and not on the stack yet. "
            f"Run `pulumi up --stack {stack}`; until then no other begins."
        )
    if not result["due"]:
        if result["clock_went_back"]:
            return (
                f"{stack}: nothing is due. Today ({result['today']}) lies before the rotation that began on "
                f"{result['before']['since']}: look at the clock of this machine."
            )
        return f"{stack}: rotation {number} goes on; the next is due on {result['due_on']}."
    late = f", {result['days_late']} days late" if result["days_late"] else ""
    done = "begins" if result["written"] else "is due"
    return (
        f"{stack}: rotation {number} {done}{late}. Of each login the key {result['added'][0]} is made and becomes "
        f"active, {result['removed'][0]} is deleted, the others stay. "
        + (
            f"Commit {result['file']}, then run `pulumi up --stack {stack}`. "
            f"The next is due on {result['next_due_on']}."
            if result["written"]
            else "Nothing was written."
        )
    )


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise problem("--date", "", text, "a day, as 2026-11-20", "write year, month and day") from None
