"""`streamctl synth`."""

import click
from rich.text import Text

from operations.console import console, table
from operations.plan.evaluate import synthesise
from operations.plan.stack_file import load_stack
from operations.plan.timeline import minutes, slowest_chain


def synth(stack: str, as_json: bool) -> None:
    """Print the plan of `stack`: a table of its resources by type, or the whole as JSON."""
    plan = synthesise(load_stack(stack))
    if as_json:
        click.echo(plan.to_json())
        return
    rows = table(f"Plan of stack {stack}: {len(plan.resources)} resources", "type", ">count")
    for type_, count in plan.counts().items():
        rows.add_row(Text(type_), str(count))
    console.print(rows)
    chain = slowest_chain(plan)
    if chain and chain[-1].ends >= 60:
        steps = ", ".join(
            f"{step.name} {minutes(step.ends - step.begins)}" for step in chain if step.ends - step.begins > 30
        )
        took = minutes(chain[-1].ends)
        console.print(Text(f"`pulumi up` from nothing: about {took}. Its slowest chain: {steps}."), soft_wrap=True)
    console.print(
        "Evaluated in process: live state was not looked at. `--json` prints the plan in the layout of a stack export."
    )
