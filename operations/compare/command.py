"""`streamctl compare`."""

import json
from collections.abc import Sequence

import click

from components.errors import problem
from operations.compare.document import as_json as data_of
from operations.compare.document import document, put_into
from operations.console import console
from operations.plan.evaluate import synthesise
from operations.plan.stack_file import STACKS, load_stack

README = STACKS / "README.md"
# Confluent Platform Flink on Kubernetes first, Confluent Cloud after it. `local` runs everything on one machine.
COMPARED = ("dev-msk", "prod-msk", "dev-external", "existing-cluster", "dev-cc", "prod-cc", "hybrid")


def compared(stacks: Sequence[str]) -> str:
    """The comparison of `stacks` as Markdown; of none: of all that stacks/README.md compares."""
    return document([synthesise(load_stack(stack)) for stack in stacks or COMPARED])


def compare(stacks: Sequence[str], write: bool, as_json: bool = False) -> None:
    """Print the comparison, as Markdown or as JSON, or write it into stacks/README.md. Raises PlatformError."""
    if write and stacks:
        remedy = "leave the names out: the file compares all of them"
        raise problem("--write", "", ", ".join(stacks), "no names of stacks", remedy)
    if as_json and not write:
        click.echo(json.dumps(data_of([synthesise(load_stack(stack)) for stack in stacks or COMPARED]), indent=2))
        return
    text = compared(stacks)
    if not write:
        click.echo(text)
        return
    old = README.read_text(encoding="utf-8")
    try:
        new = put_into(old, text)
    except ValueError as error:
        raise problem("stacks/README.md", "", str(error), "both markers", "put them where the tables belong") from None
    if new != old:
        README.write_text(new, encoding="utf-8")
    if as_json:
        click.echo(json.dumps({"file": "stacks/README.md", "written": new != old}, indent=2))
        return
    console.print("stacks/README.md " + ("is as it was" if new == old else "has the new comparison"))
