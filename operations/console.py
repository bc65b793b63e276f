"""Where text for people goes: tables and results to standard output, progress and errors to standard error."""

from rich.console import Console
from rich.table import Table

from components.errors import PlatformError

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def show_error(error: PlatformError) -> None:
    """Print every mistake with its five parts."""
    for mistake in error.mistakes:
        head = f"{mistake.where}: {mistake.key}" if mistake.key else mistake.where
        errors.print(f"[bold red]error[/] [bold]{_plain(head)}[/]", soft_wrap=True)
        for name in ("found", "allowed", "remedy"):
            text = getattr(mistake, name)
            if text:
                errors.print(f"  {name + ':':<9}{_plain(text)}", soft_wrap=True)


def table(title: str, *columns: str) -> Table:
    """An empty table in the style of all tables of this command line."""
    result = Table(title=title, title_justify="left", title_style="bold", header_style="", box=None, pad_edge=False)
    for column in columns:
        right = column.startswith(">")
        result.add_column(column.lstrip(">"), justify="right" if right else "left", overflow="fold")
    return result


def _plain(text: str) -> str:
    """Text in which rich sees no markup."""
    return text.replace("[", "\\[")
