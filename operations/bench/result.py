"""What a part of the bench has measured, for people, for scripts and for the documentation."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from rich.markup import escape

from operations.console import table


@dataclass(frozen=True)
class Row:
    """One line: what was measured, the figure with its unit, and what it is compared with (each as text)."""

    what: str
    figure: str
    against: str = ""


@dataclass
class Result:
    """One part of the bench.

    part:  its name on the command line
    title: what it measures
    how:   how, in one or two sentences
    rows:  the figures for people
    data:  the figures as numbers; units are in the keys
    notes: what the reader must know to judge them
    """

    part: str
    title: str
    how: str
    rows: list[Row] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def as_table(self) -> Any:
        """A table for the console."""
        result = table(self.title, "what", ">figure", "against")
        for row in self.rows:
            result.add_row(escape(row.what), escape(row.figure), escape(row.against))
        return result

    def as_markdown(self, machine: str, command: str) -> str:
        """A section of the documentation, which says by which command and on which machine it was measured."""
        how = f"`{command}` on a machine with {machine}. {self.how}"
        lines = [f"## {self.title}", "", how, "", "| what | figure | against |", "|---|---:|---|"]
        lines += [f"| {_cell(row.what)} | {_cell(row.figure)} | {_cell(row.against)} |" for row in self.rows]
        lines += ["", *(f"- {note}" for note in self.notes)] if self.notes else []
        return "\n".join(lines) + "\n"


_HEAD = """# Measurements

Figures that are compared were taken in one run; where there are several, the median stands first and the smallest and
largest follow in parentheses.

"""


def document(results: list[Result], machine: str, command: str, old: str = "") -> str:
    """The page of measurements: `old`, or a new one, with a section for each of `results`.

    A section takes the place of the one with its title, so that parts can be measured one after the other, each when
    the machine is quiet; whatever else is on the page stays.
    """
    head, *sections = re.split(r"^(?=## )", old or _HEAD, flags=re.MULTILINE)
    for result in results:
        new = result.as_markdown(machine, command)
        titles = [section.partition("\n")[0] for section in sections]
        if (title := f"## {result.title}") in titles:
            sections[titles.index(title)] = new
        else:
            sections.append(new)
    return "\n\n".join(part.strip() for part in (head, *sections)) + "\n"


def as_json(results: list[Result], machine: dict[str, Any]) -> str:
    """All figures for scripts."""
    parts = {result.part: {"how": result.how, "notes": result.notes, **result.data} for result in results}
    return json.dumps({"machine": machine, "parts": parts}, indent=2)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
