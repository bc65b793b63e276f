"""`streamctl`: the command line of the platform. Each verb is a module of its own; this one only names them."""

import signal
import sys
from pathlib import Path
from typing import Any

import click

from operations import ending

VERSION = "0.1.0"

# Of a comment: in less there is no room for the heading and the sentence that says what was left out.
_BYTES = click.IntRange(min=1000)


# Where somebody else's process calls a command, that goes on behind its end, and whatever it starts inherits this.
_OWN_PROCESS = __name__ == "__main__"


class _Group(click.Group):
    """Turns every expected failure into one message and exit status 1."""

    def main(self, *args, **kwargs):
        # A terminated `up` cleans up as an interrupted one does; so does one in the background, where shells have
        # SIGINT ignored.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        # Started as a module, click would call it `python -m operations.streamctl` in its usage.
        options = {"prog_name": "streamctl", **kwargs, "standalone_mode": False}
        as_json = ending.wants_json(sys.argv[1:])

        def command() -> object:
            try:
                return super(_Group, self).main(*args, **options)
            finally:
                # It is over: one more signal could only cut short what is told of it, and change the exit status.
                for number in (signal.SIGINT, signal.SIGTERM) if _OWN_PROCESS else ():
                    signal.signal(number, signal.SIG_IGN)

        sys.exit(ending.run(command, as_json))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="streamctl")
def cli() -> None:
    """PostgreSQL -> Kafka -> Flink -> Iceberg: evaluate a stack, or run the whole platform on this machine."""


@cli.command()
@click.argument("stacks", nargs=-1)
@click.option("--write", is_flag=True, help="write it into stacks/README.md")
@click.option("--json", "as_json", is_flag=True, help="print it as JSON; with --write whether the file was changed")
def compare(stacks: tuple[str, ...], write: bool, as_json: bool) -> None:
    """Compare stacks: who runs what, what is private, what they connect to, limits, rough cost."""
    from operations.compare.command import compare as run

    run(stacks, write, as_json)


@cli.command()
@click.option("--stack", required=True, help="name of the stack: the file stacks/Pulumi.<name>.yaml")
@click.option("--json", "as_json", is_flag=True, help="print the plan in the layout of `pulumi stack export`")
def synth(stack: str, as_json: bool) -> None:
    """Evaluate a stack without the Pulumi engine and without credentials, and show its plan."""
    from operations.plan.command import synth as run

    run(stack, as_json)


@cli.command()
@click.option("--check", is_flag=True, help="change nothing; fail where a checked-in schema is not up to date")
@click.option("--json", "as_json", is_flag=True, help="print which were written and which were up to date as JSON")
def schema(check: bool, as_json: bool) -> None:
    """Write the JSON Schemas of stack files and application specs, for editors."""
    from operations.schema import schema as run

    run(check, as_json)


@cli.command()
@click.option("--stack", default="local", show_default=True, help="a stack whose flavours are all local")
@click.option("--json", "as_json", is_flag=True, help="print what was done and what runs as JSON")
def up(stack: str, as_json: bool) -> None:
    """Bring a stack up on this machine; a second time: change what differs."""
    from operations.local.commands import up as run

    run(stack, as_json)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="print what was ended as JSON")
def down(as_json: bool) -> None:
    """End everything that `up` started. Data goes with it; logs stay."""
    from operations.local.commands import down as run

    run(as_json)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="print it as JSON")
@click.option("--no-rows", is_flag=True, help="do not count rows")
def status(as_json: bool, no_rows: bool) -> None:
    """Services, jobs, last checkpoint, lag, rows. Exit status 1 where something declared does not run."""
    from operations.local.commands import status as run

    run(as_json, not no_rows)


@cli.command()
@click.argument("sql")
@click.option("--json", "as_json", is_flag=True, help="print rows as JSON objects")
def query(sql: str, as_json: bool) -> None:
    """Run one SELECT on the Iceberg tables (DuckDB's SQL)."""
    from operations.local.commands import query as run

    run(sql, as_json)


@cli.command()
@click.argument("service", required=False)
@click.option(
    "-n", "--lines", type=click.IntRange(min=0), default=20, show_default=True, help="lines of each log, the last ones"
)
@click.option("-f", "--follow", is_flag=True, help="go on printing what is added; needs SERVICE")
@click.option("--json", "as_json", is_flag=True, help="print them as JSON; with --follow one object a line")
def logs(service: str | None, lines: int, follow: bool, as_json: bool) -> None:
    """The last lines of a service's log, or of all."""
    from operations.local.commands import logs as run

    run(service, lines, follow, as_json)


@cli.command()
@click.option("--part", "parts", multiple=True, help="synth, start, latency, throughput or memory; default: all")
@click.option("--events", default=2_000_000, show_default=True, help="events of the throughput run")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="also write the figures to a Markdown file"
)
def bench(parts: tuple[str, ...], events: int, as_json: bool, output: Path | None) -> None:
    """Measure throughput, latency, start, memory and synth time, each as a ratio taken in one run."""
    from operations.bench.command import bench as run

    run(parts, events, as_json, output)


@cli.command()
@click.option("--stack", required=True, help="name of the stack: the file stacks/Pulumi.<name>.yaml")
@click.option(
    "--name", "names", multiple=True, type=click.Choice(["applications", "connect"]), help="which image; default: both"
)
@click.option("--push", is_flag=True, help="send it to the stack's ECR repository (the plugin: to its bucket)")
@click.option("--repository", help="send the image there instead: registry/path")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="also write a file to this folder")
@click.option("--plugin", is_flag=True, help="make the plugin for MSK Connect instead of images")
@click.option("--bucket", help="upload the plugin to this bucket")
@click.option("--json", "as_json", is_flag=True, help="print what was made as JSON")
def image(**options: Any) -> None:
    """Build the container images of a stack, without a Docker daemon. The tag says what is in it."""
    from operations.image.command import image as run

    run(**options)


@cli.command()
@click.option("--stack", required=True, help="name of the stack: the file stacks/Pulumi.<name>.yaml")
@click.option("--today", "--date", "today", help="the day to take for today (UTC), as 2026-11-20")
@click.option("--applied", type=int, help="number that the stack is at (its output `rotation`); another one: wait")
@click.option("--check", is_flag=True, help="write nothing; exit status 2 where a rotation is due")
@click.option("--json", "as_json", is_flag=True, help="print what was found and done as JSON")
def rotate(stack: str, today: str | None, applied: int | None, check: bool, as_json: bool) -> None:
    """Begin the next rotation of API keys where it is due; the next `pulumi up` replaces one key of each login."""
    from operations.rotate.command import rotate as run

    sys.exit(run(stack, today, check, as_json, applied))


@cli.command()
@click.option("--stack", help="name of the stack: the file stacks/Pulumi.<name>.yaml")
@click.option(
    "--plan",
    type=click.Path(path_type=Path),
    help="a file of `streamctl synth --json`, `pulumi stack export` or `pulumi preview --json --show-sames`",
)
@click.option(
    "--format", type=click.Choice(["text", "json", "sarif", "junit"]), default="text", show_default=True, help="of it"
)
@click.option("--json", "as_json", is_flag=True, help="the same as --format json")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="file to write to")
@click.option("--write-docs", is_flag=True, help="write the table of policies in docs/policies.md anew, judge nothing")
def policy(
    stack: str | None, plan: Path | None, format: str, as_json: bool, output: Path | None, write_docs: bool
) -> None:
    """Judge a stack by the policies. Exit status 1 where a mandatory one is violated."""
    from operations.policy.command import policy as run

    sys.exit(run(stack, plan, "json" if as_json else format, output, write_docs=write_docs))


@cli.command()
@click.option("--stack", help="name of the stack: the file stacks/Pulumi.<name>.yaml")
@click.option("--plan", type=click.Path(path_type=Path), help="a file with a Plan, as for `policy`")
@click.option("--base-plan", "base", type=click.Path(path_type=Path), help="a Plan to compare with")
@click.option("--assumptions", type=click.Path(path_type=Path), help="what differs from cost/assumptions.yaml")
@click.option("--json", "as_json", is_flag=True, help="print it as JSON")
@click.option("--markdown", "as_markdown", is_flag=True, help="print the change for a comment; with --base-plan")
def cost(**options: Any) -> None:
    """Estimate what a stack costs a month at list prices, and what a change of it costs."""
    from operations.cost.command import cost as run

    run(**options)


def _shown(function: Any) -> Any:
    """The options of every verb that shows changes."""
    path = click.Path(dir_okay=False, path_type=Path)
    for option in (
        click.option("--output", type=path, help="also write it to this file"),
        click.option("--json", "form", flag_value="json", help="the same as --format json"),
        click.option(
            "--format",
            "form",
            type=click.Choice(["terminal", "markdown", "json"]),
            default="terminal",
            help="of the output",
        ),
    ):
        function = option(function)
    return function


@cli.command()
@click.argument("revisions", required=False, metavar="[BASE..HEAD]")
@click.option("--stack", help="name of the stack to evaluate at both commits")
@click.option("--base", type=click.Path(path_type=Path), help="a Plan: `synth --json`, `pulumi stack export`")
@click.option("--head", type=click.Path(path_type=Path), help="a Plan to compare it with")
@click.option("--preview", type=click.Path(path_type=Path), help="what `pulumi preview --json` wrote")
@click.option(
    "--limit", type=_BYTES, default=65_536, show_default=True, help="bytes of Markdown; GitHub's limit by default"
)
@_shown
def diff(**options: Any) -> None:
    """What changes between two commits (BASE alone: with the working tree), two Plans, or in a preview."""
    from operations.diff.command import diff as run

    run(**options)


@cli.command()
@click.option("--stack", required=True, help="name of the stack: the file stacks/Pulumi.<name>.yaml")
@click.option("--preview", type=click.Path(path_type=Path), help="what `pulumi preview --refresh --json` wrote")
@_shown
def drift(**options: Any) -> None:
    """What was changed outside of the program. Exit status 0: nothing, 2: something, 1: it could not be told."""
    from operations.drift.command import drift as run

    sys.exit(run(**options))


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="file to write to")
@click.option("--limit", type=_BYTES, default=60_000, show_default=True, help="bytes of the whole")
@click.option("--json", "as_json", is_flag=True, help="print what was found of each stack as JSON")
def report(folder: Path, output: Path | None, limit: int, as_json: bool) -> None:
    """Put what CI found about all stacks into one comment: DIR has a folder for each stack."""
    from operations.report.command import report as run

    run(folder, output, limit, as_json)


if __name__ == "__main__":
    cli()
