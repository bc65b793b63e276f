"""A diff for a terminal, as lines of rich markup."""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from operations.diff.changes import OPERATIONS, Change, Diff
from operations.diff.text import (
    VERBS,
    VERBS_OF_DRIFT,
    Group,
    Section,
    count,
    follows,
    groups,
    loud_line,
    sides,
    source,
    summary,
)

_SIGNS = {
    "delete": ("-", "red"),
    "rename": ("-+", "red"),
    "replace": ("+-", "magenta"),
    "maybe-replace": ("~?", "magenta"),
    "update": ("~", "yellow"),
    "create": ("+", "green"),
}
# Properties of one resource, and resources of one operation, that a screen can take.
_ROWS, _NAMES = 12, 60


def show(diff: Diff, console: Console, sections: Sequence[Section] = ()) -> None:
    """Print `diff`, what destroys first, then `sections`."""
    console.print(Text(f"{diff.stack}: {summary(diff)}", style="bold"), soft_wrap=True)
    console.print(Text(f"{diff.base} -> {diff.head}, {diff.unchanged} unchanged; {source(diff)}."), soft_wrap=True)
    verbs = {**VERBS, **VERBS_OF_DRIFT} if diff.drift else VERBS
    for note in diff.notes:
        console.print(Text(f"note: {note}", style="yellow"))
    _loud(diff, console, verbs)
    for op in OPERATIONS:
        changes = diff.of(op)
        if not changes:
            continue
        sign, colour = _SIGNS[op]
        console.print(Text(f"\n{verbs[op]}: {len(changes)}", style=f"bold {colour}"))
        together = groups(changes)
        for group in together[:_NAMES]:
            _group(group, sign, colour, console)
        _more(len(together) - _NAMES, console, 2)
    if diff.outputs:
        console.print(Text(f"\noutputs of the stack: {len(diff.outputs)}", style="bold yellow"))
        _differences(diff.outputs, (), console, 2)
    console.print()
    if diff.later:
        console.print(f"{count(len(diff.later), 'resource')} may change by values that are known only after `up`.")
    if diff.secrets:
        console.print(f"{count(diff.secrets, 'secret')} on both sides: whether they changed cannot be told.")
    for section in sections:
        console.print(Text(f"\n{section.title}", style="bold"))
        console.print(section.text)


def _loud(diff: Diff, console: Console, verbs: dict[str, str]) -> None:
    loud = diff.loud
    if not loud:
        return
    console.print(Text(f"\nDATA IS AT STAKE: {len(loud)}", style="bold white on red"))
    for change in loud:
        sign, _ = _SIGNS[change.op]
        verb = (f"{sign:<2} {verbs[change.op]}", "bold red")
        head = Text.assemble(verb, " ", (change.name, "bold"), f" {change.type}")
        console.print(head, soft_wrap=True)
        console.print(Padding(Text(loud_line(change)), (0, 0, 0, 6)))


def _group(group: Group, sign: str, colour: str, console: Console) -> None:
    one = group.first
    if len(group.changes) == 1:
        title = Text.assemble((one.name, "bold"), f" {one.type}")
    else:
        names = ", ".join(change.name for change in group.changes[:5])
        more = f" and {len(group.changes) - 5} more" if len(group.changes) > 5 else ""
        title = Text.assemble((f"{len(group.changes)} resources, all the same way:", "bold"), f" {names}{more}")
    head = Text.assemble((f"{sign:<2}", colour), " ", title)
    if len(group.changes) == 1:
        # Not in a Padding, which would cut the type off at the edge of the screen.
        console.print(Text("  ") + head, soft_wrap=True)
    else:
        console.print(Padding(head, (0, 0, 0, 2)))
    for text, style in _facts(one):
        console.print(Padding(Text(text, style=style), (0, 0, 0, 6)))
    _differences(one.differences, one.forced_by, console, 6)


def _facts(change: Change) -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    if change.was:
        facts.append((f"was {change.was}", ""))
    if change.follows:
        facts.append((follows(change), ""))
    facts += [(f"{path} may replace it: {reason}", "magenta") for path, reason in change.maybe]
    facts += [(text, "bold red" if text in change.warnings else "") for text in change.options]
    if change.remedy:
        facts.append((change.remedy, "bold"))
    return facts


def _differences(found: Sequence, forced: Sequence[str], console: Console, indent: int) -> None:
    width = max(40, console.width - indent)
    for one in found[:_ROWS]:
        old, new = sides(one, max(30, width - 12))
        mark = Text("  forces the replacement", style="bold magenta") if one.path in forced else Text("")
        if len(one.path) + len(old) + len(new) + 12 + len(mark) <= width:
            line = Text.assemble((one.path, "cyan"), ": ", (old or "(none)", "red"), " -> ", (new or "(none)", "green"))
            console.print(Padding(line + mark, (0, 0, 0, indent)))
            continue
        console.print(Padding(Text(one.path, style="cyan") + mark, (0, 0, 0, indent)))
        for sign, text, colour in (("-", old, "red"), ("+", new, "green")):
            if text:
                console.print(Padding(Text(f"{sign} {' '.join(text.split())}", style=colour), (0, 0, 0, indent + 2)))
    _more(len(found) - _ROWS, console, indent)


def _more(number: int, console: Console, indent: int) -> None:
    if number > 0:
        console.print(Padding(Text(f"... and {number} more (--format json shows all)"), (0, 0, 0, indent)))
