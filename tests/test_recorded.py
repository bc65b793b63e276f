"""The table of stacks at the end of a test run."""

from pathlib import Path
from typing import Literal

import pytest

from tests.recorded import HEAD, table

MEASUREMENTS = Path(__file__).parents[1] / "docs" / "measurements.md"


def report(seconds: float, when: Literal["call", "teardown"] = "call", **recorded: object) -> pytest.TestReport:
    properties = list(recorded.items())
    return pytest.TestReport("test", ("", 0, ""), {}, "passed", None, when, (), seconds, 0, 0, properties)


def test_each_stack_has_a_row():
    reports = [
        report(12.6, stack="dev-msk", resources=320),
        # Of the fixtures that are taken down.
        report(3.0, "teardown", stack="dev-msk", resources=320),
        report(1.0),
    ]
    assert table(reports) == [*HEAD, "| dev-msk | 320 | 13 |"]


def test_without_an_engine_there_is_no_table():
    assert table([report(1.0)]) == []


def test_the_page_of_measurements_has_it_as_it_is_printed():
    assert "\n".join(HEAD) in MEASUREMENTS.read_text(encoding="utf-8")
