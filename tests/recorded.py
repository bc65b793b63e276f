"""What tests recorded of stacks, as the table that docs/measurements.md shows."""

from collections.abc import Iterable

import pytest

HEAD = ["| stack | resources | seconds |", "|---|---:|---:|"]


def table(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Lines of Markdown: a row for each report whose test recorded `stack` and `resources`; [] where none did.

    Seconds are those of the test without its fixtures.
    """
    rows = [
        f"| {recorded['stack']} | {recorded['resources']} | {report.duration:.0f} |"
        for report in reports
        if {"stack", "resources"} <= (recorded := dict(report.user_properties)).keys() and report.when == "call"
    ]
    return [*HEAD, *rows] if rows else []
