"""`streamctl report`."""

from pathlib import Path

import click

from components.errors import problem
from operations.report.combine import LIMIT, combined
from operations.report.parts import read_stacks


def report(folder: Path, output: Path | None, limit: int = LIMIT) -> None:
    """Put the reports of all stacks in `folder` together, as Markdown.

    folder: one folder for each stack, with a file `outcomes` (lines `<step> <exit status>`) and what each step wrote,
            as `<step>.md` or `<step>.txt`
    output: file to write to; None: standard output
    limit:  bytes; what is over it is cut, and says so
    Raises PlatformError.
    """
    text = combined(read_stacks(folder), limit)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise problem(
            "streamctl report", "--output", f"{output}: {error.strerror}", "a file that can be written", "name another"
        ) from None
