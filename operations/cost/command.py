"""`streamctl cost`."""

import json
from pathlib import Path

import click
from rich.text import Text

from components.errors import problem
from operations.console import console, table
from operations.cost.change import CostChange, change
from operations.cost.estimate import estimate
from operations.cost.markdown import markdown
from operations.cost.model import Estimate, Gap
from operations.cost.words import money, price, quantity, signed
from operations.plan.evaluate import synthesise
from operations.plan.load import load_plan
from operations.plan.plan import Plan
from operations.plan.stack_file import load_stack


def cost(
    stack: str | None,
    plan: Path | None,
    base: Path | None,
    assumptions: Path | None,
    as_json: bool,
    as_markdown: bool = False,
) -> None:
    """Print what a stack costs a month, and with `base` what that changes.

    stack, plan: one of them: name of a stack, or file with a Plan (`synth --json`, `pulumi stack export`,
                 `pulumi preview --json`)
    base:        file with the Plan to compare with
    assumptions: file with what differs from operations/cost/assumptions.yaml
    Raises PlatformError.
    """
    if (stack is None) == (plan is None):
        found = "neither" if stack is None else "both"
        raise problem("streamctl cost", "", f"{found} of --stack and --plan", "exactly one", "name a stack, or a file")
    if as_markdown and base is None:
        raise problem(
            "streamctl cost", "--markdown", "no --base-plan", "a Plan to compare with", "add --base-plan FILE"
        )
    head = synthesise(load_stack(stack)) if stack is not None else load_plan(plan or Path())
    if base is None:
        found = estimate(head, assumptions)
        if as_json:
            click.echo(json.dumps(found.as_json(), indent=2))
        else:
            _show(found)
        return
    difference = change(load_plan(base), head, assumptions)
    if as_json:
        click.echo(json.dumps({**difference.as_json(), "estimate": estimate(head, assumptions).as_json()}, indent=2))
    elif as_markdown:
        click.echo(markdown(difference), nl=False)
    else:
        _show_change(difference, head)


def _show(found: Estimate) -> None:
    where = ", ".join(found.regions) or "no cloud"
    title = f"Cost of stack {found.stack} in {where}, USD a month, list prices as of {found.as_of}"
    if not found.lines and not found.gaps:
        console.print(Text(f"Stack {found.stack} costs nothing that is known here."))
    for fixed, heading in ((True, title), (False, "By use, under the assumptions named")):
        lines = [line for line in found.lines if line.fixed == fixed]
        if not lines:
            continue
        rows = table(heading, "part", "what", ">quantity", ">price", ">a month")
        part = ""
        for line in lines:
            name = line.part if line.part != part else ""
            part = line.part
            size = quantity(line.quantity, line.price.per)
            rows.add_row(Text(name), Text(line.what), Text(size), Text(price(line)), money(line.monthly))
        rows.add_row(
            "",
            "[bold]fixed[/]" if fixed else "[bold]by use[/]",
            "",
            "",
            f"[bold]{money(found.fixed if fixed else found.usage)}[/]",
        )
        console.print(rows)
        console.print()
    if found.lines:
        _show_parts(found)
    _show_gaps("Not in these sums: no figure", found.gaps)
    _show_notes(found)


def _show_parts(found: Estimate) -> None:
    rows = table("By part", "part", ">fixed", ">by use", ">a month")
    for part, fixed, usage in found.parts():
        rows.add_row(Text(part), money(fixed), money(usage), money(fixed + usage))
    rows.add_row("[bold]all[/]", money(found.fixed), money(found.usage), f"[bold]{money(found.monthly)}[/]")
    console.print(rows)
    if found.most:
        what = ", ".join(dict.fromkeys(line.what for line in found.lines if line.most))
        console.print(Text(f"{money(found.most)} of this is the most that can be billed: {what}."))


def _show_gaps(title: str, gaps: tuple[Gap, ...]) -> None:
    if not gaps:
        return
    rows = table(title, "part", ">count", "what", "why")
    for gap in gaps:
        rows.add_row(Text(gap.part), str(gap.count), Text(gap.what), Text(gap.reason))
    console.print()
    console.print(rows)


def _show_notes(found: Estimate) -> None:
    notes = list(found.notes)
    for text in dict.fromkeys(line.note for line in found.lines if line.note):
        about = dict.fromkeys(line.what for line in found.lines if line.note == text)
        notes.append(f"{', '.join(about)}: {text}.")
    assumed = dict.fromkeys(one for line in found.lines if line.assumption for one in line.assumption.split(", "))
    if assumed:
        notes.append(f"Assumed ({'--assumptions FILE changes it'}): {', '.join(assumed)}.")
    if not notes:
        return
    console.print()
    for note in notes:
        console.print(Text(f"- {note}"))


def _show_change(found: CostChange, head: Plan) -> None:
    if found.base is None or found.head is None:
        return
    if found.unchanged:
        console.print(f"No change: {money(found.head.monthly)} USD a month.")
        return
    rows = table(f"Change of stack {head.stack}, USD a month", "part", "what", ">before", ">after", ">change")
    for line in found.lines:
        what = line.what if line.fixed else f"{line.what} (by use)"
        rows.add_row(Text(line.part), Text(what), money(line.before), money(line.after), signed(line.delta))
    rows.add_row(
        "",
        "[bold]all of the stack[/]",
        money(found.base.monthly),
        money(found.head.monthly),
        f"[bold]{signed(found.monthly)}[/]",
    )
    console.print(rows)
    console.print(f"Fixed {signed(found.fixed)}, by use {signed(found.usage)}.")
    _show_gaps("Added, without a figure", found.unknown_added)
    _show_gaps("Removed, without a figure", found.unknown_removed)
