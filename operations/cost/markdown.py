"""The change of cost in a comment on a pull request."""

from operations.cost.change import CostChange, LineChange
from operations.cost.model import Estimate, Gap
from operations.cost.words import money, quantity, signed

ROWS = 20
"""Rows of the table before the rest is summed up."""


def markdown(change: CostChange, heading: str = "### Cost") -> str:
    """`change` as Markdown: one sentence, a table of what differs, what has no figure. Ends with a newline.

    heading: line before it; "" for none
    At most `ROWS` rows each, so that it stays far below the 65,536 characters of a comment on GitHub.
    """
    parts = [heading] if heading else []
    parts.append(summary(change))
    if change.lines:
        shown, rest = change.lines[:ROWS], change.lines[ROWS:]
        rows = ["| part | what | before | after | USD a month |", "|---|---|---:|---:|---:|"]
        rows += [_row(line) for line in shown]
        if rest:
            rest_sum = sum((line.delta for line in rest), start=rest[0].delta * 0)
            rows.append(f"| | {len(rest)} smaller changes | | | {signed(rest_sum)} |")
        parts.append("\n".join(rows))
    for title, gaps in (
        ("Added, without a known cost", change.unknown_added),
        ("Removed, cost not known", change.unknown_removed),
    ):
        if gaps:
            parts.append(f"**{title}:**\n" + "\n".join(_gap(gap) for gap in gaps[:ROWS]) + _and_more(len(gaps)))
    parts.append(_small_print(change))
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(change: CostChange) -> str:
    """`change` in one sentence, its amount in bold."""
    if change.base is None and change.head is not None:
        return f"A new stack: about **{money(change.head.monthly)} USD a month**{_split(change.head)}."
    if change.head is None and change.base is not None:
        return f"The stack goes away: **{signed(change.monthly)} USD a month**."
    if change.base is None or change.head is None:
        return "No Plan to estimate."
    if change.unchanged:
        return f"No change: about {money(change.head.monthly)} USD a month."
    added = sum(gap.count for gap in change.unknown_added)
    beside = f" Not counted: {added} more without a known cost, below." if added else ""
    return (
        f"**{signed(change.monthly)} USD a month**: {money(change.base.monthly)} → {money(change.head.monthly)} "
        f"(fixed {signed(change.fixed)}, by use {signed(change.usage)}).{beside}"
    )


def _split(found: Estimate) -> str:
    return f" (fixed {money(found.fixed)}, by use {money(found.usage)})"


def _row(line: LineChange) -> str:
    before = quantity(line.quantity_before, line.unit) if line.quantity_before else "-"
    after = quantity(line.quantity_after, line.unit) if line.quantity_after else "-"
    what = line.what if line.fixed else f"{line.what} *(by use)*"
    return f"| {line.part} | {_cell(what)} | {before} | {after} | {signed(line.delta)} |"


def _gap(gap: Gap) -> str:
    return f"- {gap.part}: {_cell(gap.what)}, {gap.count} ({_cell(gap.reason)})"


def _and_more(count: int) -> str:
    return f"\n- and {count - ROWS} more" if count > ROWS else ""


def _cell(text: str) -> str:
    """Text in which Markdown sees no column, tag or emphasis."""
    return (
        text.replace("|", "\\|")
        .replace("<", "&lt;")
        .replace("*(by use)*", "\0")
        .replace("*", "\\*")
        .replace("\0", "*(by use)*")
    )


def _small_print(change: CostChange) -> str:
    found = change.head or change.base
    if found is None:
        return ""
    prices = f"List prices as of {found.as_of}"
    stand_in = [note for note in found.notes if note.startswith("No prices of ")]
    gaps = sum(gap.count for gap in found.gaps)
    left = f" Charges without a known price, in no sum: {gaps}." if gaps else ""
    notes = " ".join(["figures by use rest on assumptions.", *stand_in])
    return f"<sub>{prices}, without tax and discounts; {notes}{left}</sub>"
