"""The README's way through the platform, from nothing: every command, and what it shows of their output."""

import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.checkout import REPOSITORY
from tests.end_to_end.conftest import STACK, Platform
from tests.readme import ELSEWHERE, commands, printed

pytestmark = pytest.mark.end_to_end

# What git needs to make a commit.
IDENTITY = {f"GIT_{who}_{what}": "test@example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass
class Way:
    """root: the copy of the checkout in which the commands run; up: what `make up` printed, from nothing"""

    platform: Platform
    root: Path
    up: str


# Set by a `make` that runs these tests: with them another one tells what folders it enters and leaves.
_OF_MAKE = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}


def _run(platform: Platform, *command: str) -> subprocess.CompletedProcess[str]:
    environment = platform.checkout.environment | IDENTITY
    return subprocess.run(
        command,
        cwd=platform.checkout.root,
        env={name: value for name, value in environment.items() if name not in _OF_MAKE},
        capture_output=True,
        text=True,
        timeout=300,
    )


def _ok(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()
    return done.stdout


@pytest.fixture(scope="module")
def way(platform: Platform) -> Way:
    """The platform of the other tests is ended, and comes up again with the stack file as it is checked in."""
    root = platform.checkout.root
    shutil.copy2(REPOSITORY / STACK, root / STACK)
    assert _ok(_run(platform, "make", "down")).startswith("Ended 11 services")
    up = _ok(_run(platform, "make", "up"))
    # A clone has a history, and a remote whose main is one commit behind.
    kept = [str(path.relative_to(root)) for path in root.iterdir() if not path.is_symlink()]
    for arguments in (
        ("init", "--quiet"),
        ("add", *kept),
        ("commit", "--quiet", "--message", "one"),
        ("update-ref", "refs/remotes/origin/main", "HEAD"),
        ("commit", "--quiet", "--allow-empty", "--message", "two"),
    ):
        done = _run(platform, "git", *arguments)
        assert done.returncode == 0, done.stderr
    return Way(platform, root, up)


@pytest.mark.parametrize("command", [one for one in commands() if one not in ELSEWHERE])
def test_a_command_of_the_readme(way: Way, command: str):
    _ok(_run(way.platform, *shlex.split(command)))


def form(line: str) -> str:
    """The line without what differs from run to run."""
    line = " ".join(line.split())
    if line.startswith("AWS resources:"):
        return line
    line = re.sub(r"\d[\d,.]*", "#", line)
    # A table may have no rows yet, a job no checkpoint, a topic an unknown lag.
    line = re.sub(r"(# )?(# s ago|none yet|no snapshot yet)", "some time ago", line)
    return re.sub(r"\?$", "#", line)


def test_up_ends_as_the_readme_shows(way: Way):
    found = way.up[way.up.index("Stack local") :].splitlines()
    shown = printed("Stack local")
    # Steps run at the same time, so that their order is nobody's.
    assert sorted(map(form, found)) == sorted(map(form, shown))
    in_order = [[form(line) for line in lines if not line.startswith("Done:")] for lines in (found, shown)]
    assert in_order[0] == in_order[1]


def test_a_wrong_setting_is_answered_as_the_readme_shows(way: Way):
    prompt, *shown = printed("$ ")
    command, _, said = prompt.removeprefix("$ ").partition("#")
    setting, path = re.findall(r"`(.+?)`|(\S+)$", said)
    file = way.root / path[1]
    text = file.read_text()
    key = setting[0].partition(":")[0]
    try:
        # The first of the file, under `kafka`.
        file.write_text(re.sub(rf"{key}: \w+", setting[0], text, count=1))
        done = _run(way.platform, *shlex.split(command))
    finally:
        file.write_text(text)
    assert done.returncode == 1
    assert done.stderr.splitlines() == shown
    assert not done.stdout
