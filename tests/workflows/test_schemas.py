"""The CI files as actionlint and the published schemas see them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from components.versions import ACTIONLINT
from operations.plan.stack_file import ROOT
from tests.workflows.files import ACTIONS, GITLAB, WORKFLOWS

# Building actionlint takes seconds the first time, and a network.
pytestmark = pytest.mark.end_to_end

CHECKS = [
    *(("vendor.github-workflows", path) for path in WORKFLOWS),
    *(("vendor.github-actions", path) for path in ACTIONS),
    ("vendor.gitlab-ci", GITLAB),
]


def actionlint() -> Path:
    """The program, built once into .streamctl/."""
    program = ROOT / ".streamctl" / "bin" / f"actionlint-{ACTIONLINT}" / "actionlint"
    if not program.is_file():
        if shutil.which("go") is None:
            pytest.skip("go is not installed: actionlint cannot be built")
        module = f"github.com/rhysd/actionlint/cmd/actionlint@{ACTIONLINT}"
        done = subprocess.run(
            ["go", "install", module],
            env={**os.environ, "GOBIN": str(program.parent), "GOFLAGS": "-mod=mod"},
            cwd=ROOT.anchor,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
    return program


def run_actionlint(*files: Path) -> subprocess.CompletedProcess[str]:
    # What else is installed on a machine (shellcheck, pyflakes) must not decide.
    return subprocess.run(
        [str(actionlint()), "-no-color", "-shellcheck=", "-pyflakes=", *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_actionlint_finds_nothing():
    done = run_actionlint(*WORKFLOWS)
    assert done.returncode == 0, done.stdout


def test_actionlint_finds_what_is_wrong(tmp_path: Path):
    broken = tmp_path / "broken.yml"
    text = (ROOT / ".github" / "workflows" / "drift.yml").read_text()
    broken.write_text(text.replace("needs.select.outputs.stacks", "needs.select.outputs.stakcs"))
    done = run_actionlint(broken)
    assert done.returncode == 1
    assert "stakcs" in done.stdout


@pytest.mark.parametrize(("schema", "path"), CHECKS, ids=lambda value: str(getattr(value, "name", value)))
def test_the_published_schema_takes_it(schema: str, path: Path):
    extra = ["--data-transform", "gitlab-ci"] if schema.endswith("gitlab-ci") else []
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *extra, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
