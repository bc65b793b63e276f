"""`streamctl report`."""

import json
from pathlib import Path
from typing import Any

import click

from components.errors import problem
from operations.report.combine import LIMIT, combined
from operations.report.parts import StackReport, read_stacks


def report(folder: Path, output: Path | None, limit: int = LIMIT, as_json: bool = False) -> None:
    """Put the reports of all stacks in `folder` together, as Markdown.

    folder: one folder for each stack, with a file `outcomes` (lines `<step> <exit status>`) and what each step wrote,
            as `<step>.md` or `<step>.txt`
    output: file to write to; None: standard output
    limit:  bytes; what is over it is cut, and says so
    as_json: print what was found of each stack as JSON; the Markdown is in it where no `output` takes it
    Raises PlatformError.
    """
    stacks = read_stacks(folder)
    text = combined(stacks, limit)
    if output is not None:
        _write(output, text)
    if as_json:
        place = {"markdown": text} if output is None else {"output": str(output)}
        click.echo(json.dumps({"stacks": [_data(stack) for stack in stacks], **place}, indent=2))
    elif output is None:
        click.echo(text, nl=False)


def _data(stack: StackReport) -> dict[str, Any]:
    """change: heading of the difference, null where it could not be told; status: exit status of the step."""
    steps = [{"name": step.name, "status": step.status, "heading": stack.heading(step.name)} for step in stack.steps]
    return {"stack": stack.stack, "failed": stack.failed, "change": stack.change or None, "steps": steps}


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise problem(
            "streamctl report", "--output", f"{output}: {error.strerror}", "a file that can be written", "name another"
        ) from None
