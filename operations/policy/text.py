"""The report for people."""

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from operations.policy.analyze import Finding
from operations.policy.report import Report

_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}


def print_report(report: Report, console: Console) -> None:
    """By severity, one block per finding; then what could not be judged; then the counts."""
    spoken = [finding for finding in report.findings if not finding.unknown]
    for finding in spoken:
        console.print(_head(finding))
        console.print(_body(finding))
    if report.unknown:
        console.print(Text("not known before `up`", style="bold"))
        console.print(Padding(_unknown(report.unknown), (0, 0, 1, 2)))
    style = "bold red" if report.violations else "bold green"
    console.print(Text(report.summary() + ".", style=style), soft_wrap=True)


def _head(finding: Finding) -> Text:
    severity = finding.policy.severity
    text = Text(f"{severity:<9}", style=_STYLES[severity])
    text.append(finding.policy.name, style="bold")
    text.append(f"  {finding.level}")
    if finding.remediable and finding.level != "remediate":
        text.append(", remediable")
    return text


def _body(finding: Finding) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(overflow="fold")
    rows = {
        "resource": f"{finding.name} ({finding.type})",
        "found": finding.found,
        "remedy": finding.policy.remedy,
        "reason": finding.policy.reason,
        "controls": ", ".join(finding.policy.controls),
        "link": finding.policy.url,
    }
    for name, value in rows.items():
        if value:
            grid.add_row(name, Text(value))
    return Padding(grid, (0, 0, 1, 2))


def _unknown(findings: list[Finding]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    for _ in range(3):
        grid.add_column(overflow="fold")
    for finding in findings:
        grid.add_row(Text(finding.policy.name), Text(finding.name), Text(finding.found))
    return grid
