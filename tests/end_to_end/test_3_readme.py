"""Every command of the README works as it stands there."""

import re
import shlex
import subprocess

import pytest

from tests.end_to_end.checkout import REPOSITORY
from tests.end_to_end.conftest import Platform

pytestmark = pytest.mark.end_to_end

README = (REPOSITORY / "README.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines() if line]
# Run by something else: the test command by CI (see below), the end of the platform by the tests of `down`, the engine
# by tests/test_real_engine.py.
ELSEWHERE = ("make test", "make down", "pulumi ")


@pytest.mark.parametrize("command", [c for c in COMMANDS if not c.startswith(ELSEWHERE)])
def test_a_command_of_the_readme(platform: Platform, command: str):
    done = subprocess.run(
        shlex.split(command),
        cwd=platform.checkout.root,
        env=platform.checkout.environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()


def test_the_test_command_is_what_ci_runs():
    assert "make test" in COMMANDS
    assert "exec make test" in (REPOSITORY / ".ci" / "run").read_text()


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (REPOSITORY / target).exists(), target
