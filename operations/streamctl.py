"""`streamctl`: the command line of the platform. Each verb is a module of its own; this one only names them."""

import json
import sys

import click

from components.errors import PlatformError
from operations.console import console, show_error

VERSION = "0.1.0"


class _Group(click.Group):
    """Turns every expected failure into one message and exit status 1."""

    def main(self, *args, **kwargs):
        kwargs["standalone_mode"] = False
        as_json = "--json" in sys.argv
        try:
            sys.exit(super().main(*args, **kwargs) or 0)
        except PlatformError as error:
            if as_json:
                click.echo(json.dumps(error.as_json(), indent=2))
            show_error(error)
            sys.exit(1)
        except click.ClickException as error:
            error.show()
            sys.exit(1)
        except (KeyboardInterrupt, click.Abort):
            console.print("\nInterrupted.")
            sys.exit(130)
        except BrokenPipeError:
            sys.exit(0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="streamctl")
def cli() -> None:
    """PostgreSQL -> Kafka -> Flink -> Iceberg: evaluate a stack, or run the whole platform on this machine."""


@cli.command()
@click.option("--stack", required=True, help="name of the stack: the file stacks/Pulumi.<name>.yaml")
@click.option("--json", "as_json", is_flag=True, help="print the plan in the layout of `pulumi stack export`")
def synth(stack: str, as_json: bool) -> None:
    """Evaluate a stack without the Pulumi engine and without credentials, and show its plan."""
    from operations.plan.command import synth as run

    run(stack, as_json)


@cli.command()
@click.option("--check", is_flag=True, help="change nothing; fail where a checked-in schema is not up to date")
def schema(check: bool) -> None:
    """Write the JSON Schemas of stack files and application specs, for editors."""
    from operations.schema import schema as run

    run(check)


if __name__ == "__main__":
    cli()
