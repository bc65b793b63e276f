"""The comparison as Markdown."""

from collections.abc import Callable, Sequence

from operations.compare.duties import PARTS, VERSIONS, kubernetes_objects
from operations.compare.reach import CONNECTS, LIMITS, PRIVATE
from operations.compare.reading import Reading
from operations.cost.estimate import estimate
from operations.cost.words import money
from operations.plan.plan import Plan

BEGIN, END = "<!-- begin: streamctl compare -->", "<!-- end: streamctl compare -->"
"""What is between them in stacks/README.md is written by `streamctl compare --write`."""


def document(plans: Sequence[Plan]) -> str:
    """Tables with a column for each stack, in the order given."""
    stacks = {plan.stack: Reading(plan) for plan in plans}
    parts = [
        _section("Who runs what", "part", stacks, PARTS),
        _versions(stacks),
        _objects(stacks),
        _section("What is private", "", stacks, PRIVATE),
        _section("What it connects to", "", stacks, CONNECTS),
        _section("Limits", "", stacks, LIMITS),
        _cost(stacks),
    ]
    return "\n\n".join(part for part in parts if part)


def _section(title: str, head: str, stacks: dict[str, Reading], rows: Sequence[tuple[str, Callable]]) -> str:
    body = [[label, *(cell(stack) for stack in stacks.values())] for label, cell in rows]
    return f"### {title}\n\n{_table([head, *_heads(stacks)], body)}"


def _versions(stacks: dict[str, Reading]) -> str:
    body = [[label, *(cell(stack) for stack in stacks.values()), who] for label, cell, who in VERSIONS]
    return f"### Versions\n\n{_table(['what', *_heads(stacks), 'who raises it'], body)}"


def _objects(stacks: dict[str, Reading]) -> str:
    rows = kubernetes_objects(stacks)
    if not rows:
        return ""
    text = "How many of each kind the program declares, and who acts on them. Stacks without a Kubernetes have none."
    return f"### Kubernetes objects\n\n{text}\n\n{_table(['kind', *_heads(stacks), 'who acts on it'], rows)}"


def _cost(stacks: dict[str, Reading]) -> str:
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
    return f"### Rough cost\n\n{text}\n\n{_table(['part', *_heads(stacks)], body)}"


def _heads(stacks: dict[str, Reading]) -> list[str]:
    return [f"`{name}`" for name in stacks]


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
