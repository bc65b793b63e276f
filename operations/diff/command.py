"""`streamctl diff`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.markup import escape

from components.errors import PlatformError, problem
from operations.console import console
from operations.cost import change, summary
from operations.cost import markdown as markdown_of_cost
from operations.diff.as_json import as_json
from operations.diff.changes import Diff
from operations.diff.compare import compare
from operations.diff.from_preview import diff_of
from operations.diff.markdown import LIMIT, markdown
from operations.diff.sides import evaluate_sides
from operations.diff.terminal import show
from operations.diff.text import Section
from operations.plan.load import load_plan, load_preview
from operations.plan.plan import Plan
from operations.plan.stack_file import ROOT

FORMATS = ("terminal", "markdown", "json")


def diff(
    revisions: str | None,
    stack: str | None,
    base: Path | None,
    head: Path | None,
    preview: Path | None,
    form: str,
    output: Path | None,
    limit: int = LIMIT,
) -> None:
    """Print what changes between two commits, two Plans, or in a preview of the engine.

    revisions, stack: a range of commits, and the stack to evaluate at both ends
    base, head:       two Plans
    preview:          a `pulumi preview --json`
    form:             terminal, markdown or json
    output:           also write it to this file, in the same form (terminal: without colours)
    limit:            of Markdown, in bytes; default: GitHub's 65,536
    Raises PlatformError where a side cannot be had.
    """
    result, plans = made(revisions, stack, base, head, preview)
    report(result, form, output, [cost_section(*plans)] if plans else [], limit)


def made(
    revisions: str | None, stack: str | None, base: Path | None, head: Path | None, preview: Path | None
) -> tuple[Diff, tuple[Plan, Plan] | None]:
    """The Diff that the options of the command ask for, and the two Plans; None for a preview, which shows changes
    only. Raises PlatformError."""
    files = [one for one in (base, head) if one]
    given = sum((bool(revisions), bool(files), preview is not None))
    if given != 1 or len(files) == 1:
        found = "nothing to compare" if not given else "only one Plan" if len(files) == 1 else "several"
        raise problem(
            "streamctl diff",
            "",
            found,
            "BASE..HEAD --stack NAME, or --base FILE --head FILE, or --preview FILE",
            "give one of the three, for example `streamctl diff origin/main..HEAD --stack dev-msk`",
        )
    if preview:
        shown = load_preview(preview)
        if stack and shown.stack and stack != shown.stack:
            raise problem(
                str(preview), "", f"stack {shown.stack}", stack, "give the preview of that stack, or no --stack"
            )
        found = diff_of(shown, str(preview))
        # A preview in which nothing changes names no stack.
        return replace(found, stack=found.stack or stack or "the stack"), None
    if base and head:
        plans = load_plan(base, fingerprints=True), load_plan(head, fingerprints=True)
        return compare(*plans, base.name, head.name), plans
    if not stack:
        raise problem("--stack", "", "nothing", "the name of a stack", "say which stack to evaluate at both commits")
    sides = evaluate_sides(ROOT, revisions or "", stack)
    compared = compare(sides.base, sides.head, sides.base_label, sides.head_label)
    return replace(compared, stack=stack, notes=(*sides.notes, *compared.notes)), (sides.base, sides.head)


def cost_section(base: Plan, head: Plan) -> Section:
    """What `head` costs a month more or less than `base`."""
    # A stack that one side has not is an empty Plan there.
    found = change(base if base.resources else None, head if head.resources else None)
    text = markdown_of_cost(found, heading="")
    return Section("Cost", text, escape(summary(found).replace("**", "")), "cost", found.as_json())


def report(result: Diff, form: str, output: Path | None, sections: Sequence[Section] = (), limit: int = LIMIT) -> None:
    """Print `result` in one of `FORMATS`, with `sections` after it, and write it to `output`."""
    if form == "terminal":
        show(result, console, sections)
        if output:
            with _opened(output) as file:
                from rich.console import Console

                show(result, Console(file=file, width=120, highlight=False, no_color=True), sections)
        return
    text = markdown(result, sections, limit) if form == "markdown" else as_json(result, sections) + "\n"
    click.echo(text, nl=False)
    if output:
        with _opened(output) as file:
            file.write(text)


def _opened(path: Path):
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> PlatformError:
    return problem("--output", "", f"{path}: {error.strerror}", "a file that can be written", "choose another path")
