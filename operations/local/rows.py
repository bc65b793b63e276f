"""The answer of a query, for people and for scripts."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.text import Text

from components.errors import problem
from operations.console import console, table


def as_objects(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Each row as what JSON can hold: column -> value. What is no number (NaN, Infinity) is None, as NULL is; what JSON
    has no word for, such as a time or a decimal number, is text.

    Raises PlatformError where two columns have the same name: one of them would be lost.
    """
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        found = f"several columns are called {', '.join(twice)}"
        raise problem("query", "sql", found, "a name of its own for each column", "name them: SELECT a.id AS a_id, ...")
    return [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return value if isinstance(value, bool | int | str) or value is None else str(value)


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """As a table; where that is wider than the terminal, one column a line."""
    shown = [["" if value is None else str(value) for value in row] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(columns, *shown, strict=True)]
    width = sum(widths) + 2 * len(widths)
    if shown and console.is_terminal and width > console.width:
        for number, row in enumerate(shown, 1):
            console.print(f"[dim]row {number}[/]")
            for name, cell in zip(columns, row, strict=True):
                console.print(Text(f"  {name:<{max(map(len, columns))}}  {cell}"), soft_wrap=True)
        return
    result = table("")
    for name in columns:
        # As they are: a name may begin with the sign that stands for "at the right".
        result.add_column(Text(name), overflow="fold")
    for row in shown:
        result.add_row(*(Text(cell) for cell in row))
    console.print(result, width=max(width, console.width), soft_wrap=True)
