"""Where text for people goes: tables and results to standard output, progress and errors to standard error."""

import contextlib
import os
import sys
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from components.errors import PlatformError


class _Errors(Console):
    """Where nobody reads standard error any more, the work goes on without a word."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        discard(sys.stderr)


console = Console(highlight=False)
errors = _Errors(stderr=True, highlight=False)


def discard(stream: TextIO) -> None:
    """Throw away what is still to be written to `stream`, and all that will be."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def show_error(error: PlatformError) -> None:
    """Print every mistake with its five parts. Whatever they hold is printed as it is: no text is taken for markup."""
    for mistake in error.mistakes:
        head = f"{mistake.where}: {mistake.key}" if mistake.key else mistake.where
        errors.print(Text.assemble(("error", "bold red"), " ", (head, "bold")), soft_wrap=True)
        for name in ("found", "allowed", "remedy"):
            text = getattr(mistake, name)
            if text:
                errors.print(Text(f"  {name + ':':<9}{text}"), soft_wrap=True)


def table(title: str, *columns: str) -> Table:
    """An empty table in the style of all tables of this command line.

    columns: their headings; with ">" before it a column stands at the right
    Title and headings are printed as they are. Cells that are `str` are rich markup: give `Text` for what others wrote.
    """
    heading = Text(title, style="bold")
    result = Table(title=heading, title_justify="left", header_style="", box=None, pad_edge=False)
    for column in columns:
        right = column.startswith(">")
        shown = Text(column.removeprefix(">"))
        result.add_column(shown, justify="right" if right else "left", overflow="fold")
    return result
