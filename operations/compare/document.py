"""The comparison as Markdown, and as data."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from operations.compare.duties import PARTS, VERSIONS, kubernetes_objects
from operations.compare.reach import CONNECTS, LIMITS, PRIVATE
from operations.compare.reading import Reading
from operations.cost.estimate import estimate
from operations.cost.words import money
from operations.plan.plan import Plan

BEGIN, END = "<!-- begin: streamctl compare -->", "<!-- end: streamctl compare -->"
"""What is between them in stacks/README.md is written by `streamctl compare --write`."""


@dataclass(frozen=True)
class Section:
    """A table with a column for each stack.

    head: heading of the first column, the names of the stacks, and where there is one the heading of the last column
    """

    title: str
    text: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_markdown(self, stacks: Collection[str]) -> str:
        head = [f"`{cell}`" if cell in stacks else cell for cell in self.head]
        return "\n\n".join(part for part in (f"### {self.title}", self.text, _table(head, self.rows)) if part)

    def as_json(self, stacks: Sequence[str]) -> dict[str, Any]:
        last = 1 + len(stacks)
        rows = [
            {
                "what": row[0],
                "stacks": dict(zip(stacks, row[1:last], strict=True)),
                **({"who": row[last]} if len(row) > last else {}),
            }
            for row in self.rows
        ]
        return {"title": self.title, "text": self.text, "rows": rows}


def document(plans: Sequence[Plan]) -> str:
    """Tables in Markdown with a column for each stack, in the order given."""
    stacks = {plan.stack: Reading(plan) for plan in plans}
    return "\n\n".join(part.as_markdown(stacks.keys()) for part in (*_sections(stacks), _cost(stacks)))


def as_json(plans: Sequence[Plan]) -> dict[str, Any]:
    """The same for scripts: the words of each table by row and stack, and the cost in figures."""
    stacks = {plan.stack: Reading(plan) for plan in plans}
    names = list(stacks)
    costs = {name: estimate(stack.plan).as_json() for name, stack in stacks.items()}
    return {
        "stacks": names,
        "sections": [section.as_json(names) for section in _sections(stacks)],
        "cost": {
            name: {key: found[key] for key in ("currency", "pricesAsOf", "monthly", "parts", "unknown")}
            for name, found in costs.items()
        },
    }


def _sections(stacks: dict[str, Reading]) -> list[Section]:
    found = [_section("Who runs what", "part", stacks, PARTS), _versions(stacks)]
    if rows := kubernetes_objects(stacks):
        text = (
            "How many of each kind the program declares, and who acts on them. Stacks without a Kubernetes have none."
        )
        found.append(Section("Kubernetes objects", text, ["kind", *stacks, "who acts on it"], rows))
    return [
        *found,
        _section("What is private", "", stacks, PRIVATE),
        _section("What it connects to", "", stacks, CONNECTS),
        _section("Limits", "", stacks, LIMITS),
    ]


def _section(title: str, head: str, stacks: dict[str, Reading], rows: Sequence[tuple[str, Callable]]) -> Section:
    body = [[label, *(cell(stack) for stack in stacks.values())] for label, cell in rows]
    return Section(title, "", [head, *stacks], body)


def _versions(stacks: dict[str, Reading]) -> Section:
    body = [[label, *(cell(stack) for stack in stacks.values()), who] for label, cell, who in VERSIONS]
    return Section("Versions", "", ["what", *stacks, "who raises it"], body)


def _cost(stacks: dict[str, Reading]) -> Section:
    estimates = {name: estimate(stack.plan) for name, stack in stacks.items()}
    names = list(dict.fromkeys(part for found in estimates.values() for part, _, _ in found.parts()))
    body: list[list[str]] = []
    for name in names:
        sums = {stack: {part: fixed + usage for part, fixed, usage in e.parts()} for stack, e in estimates.items()}
        body.append([name, *(money(sums[stack][name]) if name in sums[stack] else "-" for stack in stacks)])
    body.append(["**all**", *(f"**{money(one.monthly)}**" for one in estimates.values())])
    body.append(["without a figure", *(str(sum(gap.count for gap in one.gaps)) for one in estimates.values())])
    day = max(one.as_of for one in estimates.values())
    text = (
        f"US dollars a month from list prices of {day}, as `./streamctl cost --stack <stack>` itemises them with every "
        "assumption. *Without a figure*: things that cost money and have no public price; they are in no sum. What a "
        "stack only names (a Kafka, a database or a cluster of others) is not in it. Flink on Confluent Cloud stands "
        "here at its ceiling all month, the most that it can cost; it is billed by the minute of what is used."
    )
    return Section("Rough cost", text, ["part", *stacks], body)


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def put_into(text: str, compared: str) -> str:
    """`text` of a file with what is between the two markers replaced. Raises ValueError where one is missing."""
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"no {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n{compared}\n{END}{after}"
