"""`streamctl policy`."""

import datetime
from pathlib import Path

import click
from rich.text import Text

from components.errors import problem
from operations.console import console
from operations.policy.formats import as_json, as_junit
from operations.policy.report import Report, judge, of_file, of_stack
from operations.policy.sarif import as_sarif
from operations.policy.table import write_table
from operations.policy.text import print_report
from policies.exclusions import today

FORMATS = {"json": as_json, "junit": as_junit, "sarif": as_sarif}


def policy(
    stack: str | None,
    plan: Path | None,
    format: str = "text",
    output: Path | None = None,
    day: datetime.date | None = None,
    write_docs: bool = False,
) -> int:
    """Judge a stack by the policy pack.

    stack:  name of a stack file, evaluated in process
    plan:   a file of `streamctl synth --json`, `pulumi stack export` or `pulumi preview --json`; this or `stack`
    format: text, json, sarif or junit
    output: file to write to; None: standard output
    day:    the day on which exclusions are looked at; None: today
    write_docs: only write the table of policies in docs/policies.md anew
    Returns the exit status: 1 where a mandatory policy is violated. Raises PlatformError.
    """
    if write_docs:
        write_table()
        return 0
    if (stack is None) == (plan is None):
        given = "both" if stack else "neither"
        raise problem(
            "streamctl policy", "--stack, --plan", given, "--stack NAME or --plan FILE", "give one of the two"
        )
    evaluated, environment = of_stack(stack) if stack is not None else of_file(Path(str(plan)))
    report = judge(evaluated, environment, day or today())
    if format == "text" and output is None:
        print_report(report, console)
    else:
        _write(report, format, output)
    return 1 if report.violations else 0


def _write(report: Report, format: str, output: Path | None) -> None:
    text = FORMATS[format](report) if format in FORMATS else _plain_text(report)
    if output is None:
        click.echo(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise problem("--output", "", str(output), "a file that can be written", error.strerror or "") from error
    console.print(Text(f"{report.summary()}. Written to {output}."), soft_wrap=True)


def _plain_text(report: Report) -> str:
    from io import StringIO

    from rich.console import Console

    buffer = StringIO()
    print_report(report, Console(file=buffer, width=120, highlight=False))
    return buffer.getvalue().rstrip("\n")
