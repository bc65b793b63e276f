"""Every `./streamctl` in a CI file: the verb exists and takes these options."""

import re
import shlex
from pathlib import Path

import click
import pytest

from operations.streamctl import cli
from tests.workflows.files import ACTIONS, GITLAB, SCRIPTS, WORKFLOWS, streamctl_calls

FILES = [*WORKFLOWS, *ACTIONS, GITLAB, *SCRIPTS]


def parse(line: str) -> None:
    """Let click parse a command line as it would, without running it. Raises click.UsageError."""
    # What the shell fills in is a word, and what it adds on a condition is not there.
    words = shlex.split(re.sub(r"\$\{\w+:\+[^}]*\}", "", line.replace('"$(', "$(")))
    words = [re.sub(r"\$\{?\w+\}?(\[@\])?", "word", word) for word in words]
    if words == ["--version"]:
        return
    command = cli.commands[words[0]]
    command.make_context(words[0], words[1:], resilient_parsing=False)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_command_line_takes_what_is_said_to_it(path: Path):
    for line in streamctl_calls(path):
        try:
            parse(line)
        except (click.UsageError, KeyError) as error:
            pytest.fail(f"{path.name}: ./streamctl {line}: {error}")


def test_all_verbs_of_a_pull_request_are_found():
    said = {line.split()[0] for path in FILES for line in streamctl_calls(path)}
    assert {"synth", "diff", "policy", "cost", "drift", "report", "rotate"} <= said


def test_a_wrong_option_is_seen():
    with pytest.raises(click.UsageError):
        parse('diff a..b --stakc "$STACK"')
