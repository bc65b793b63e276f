"""The report for people."""

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from operations.policy.analyze import Finding
from operations.policy.report import Report

_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
# Of policies in one sentence.
_NAMES = 10


def print_report(report: Report, console: Console) -> None:
    """By severity, one block per finding; then what could not be judged; then the counts."""
    spoken = [finding for finding in report.findings if not finding.unknown]
    for finding in spoken:
        console.print(_head(finding))
        console.print(_body(finding))
        # Not folded, so that it can be clicked and copied.
        console.print(Text(f"  link      {finding.policy.url}\n"), soft_wrap=True)
    if report.unknown:
        console.print(Text("Not known before `up`, so that it could not be judged:", style="bold"))
        for about, names in _unknown(report.unknown).items():
            console.print(Padding(Text(about), (0, 0, 0, 2)))
            console.print(Padding(Text(", ".join(names), style="dim"), (0, 0, 0, 4)))
        console.print()
    if report.disabled:
        names = ", ".join(report.disabled[:_NAMES])
        more = f" and {len(report.disabled) - _NAMES} more" if len(report.disabled) > _NAMES else ""
        console.print(Text(f"Switched off for this stack: {names}{more}.\n", style="bold yellow"))
    if not report.resources:
        # The export of a stack that was never deployed is no mistake; that nothing is wrong with it is no merit.
        console.print(Text("Nothing was judged: the Plan holds no resources.", style="bold yellow"))
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
    }
    for name, value in rows.items():
        if value:
            grid.add_row(name, Text(value))
    return Padding(grid, (0, 0, 0, 2))


def _unknown(findings: list[Finding]) -> dict[str, list[str]]:
    """Value -> names of the policies that need it."""
    values: dict[str, list[str]] = {}
    for finding in findings:
        values.setdefault(f"{finding.found} of {finding.name} ({finding.type})", []).append(finding.policy.name)
    return values
