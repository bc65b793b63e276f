"""What all tests share: a folder for the Plans of the checked-in stacks, which live as long as the run."""

import os
import shutil
import tempfile

import pytest

from tests.recorded import table

PLANS = "STREAMING_TEST_PLANS"
"""Environment variable with the folder. Workers of xdist inherit it from the process that made it, and deletes it."""
_made: list[str] = []


def pytest_configure() -> None:
    if PLANS not in os.environ:
        _made.append(tempfile.mkdtemp(prefix="streaming-plans-"))
        os.environ[PLANS] = _made[0]


def pytest_unconfigure() -> None:
    for folder in _made:
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.pop(PLANS, None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if lines := table(terminalreporter.stats.get("passed", [])):
        terminalreporter.section("stacks under the Pulumi engine")
        for line in lines:
            terminalreporter.write_line(line)
