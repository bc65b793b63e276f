"""The table of policies in docs/policies.md, from the policies themselves."""

from pathlib import Path

from components.errors import problem
from operations.console import console
from operations.plan.stack_file import ROOT
from policies.framework import EVERY, Policy
from policies.pack import policies

DOCUMENT = ROOT / "docs" / "policies.md"
BEGIN = "<!-- policies: written by `streamctl policy --write-docs` -->"
END = "<!-- /policies -->"


def markdown() -> str:
    """The table, one part per area."""
    parts: list[str] = [f"{len(policies())} policies."]
    areas: dict[str, list[Policy]] = {}
    for policy in policies():
        areas.setdefault(policy.area, []).append(policy)
    for area, members in areas.items():
        rows = "\n".join(_row(policy) for policy in members)
        parts.append(
            f"### {area}\n\n| policy | severity | why | what to do | controls |\n|---|---|---|---|---|\n{rows}"
        )
    return "\n\n".join(parts)


def _row(policy: Policy) -> str:
    marks = []
    if policy.types == (EVERY,):
        marks.append("every resource")
    if policy.remediate:
        marks.append("remediable")
    marks += [f"`{key}`, default {_code(schema['default'])}" for key, schema in policy.config.items()]
    note = f" ({'; '.join(marks)})" if marks else ""
    cells = (
        f"[`{policy.name}`]({policy.url}){note}",
        policy.severity,
        policy.reason,
        policy.remedy,
        ", ".join(policy.controls),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(value: object) -> str:
    return f"`{value}`"


def documented(text: str, path: Path = DOCUMENT) -> str:
    """`text` of the document with the table as it is now. Raises PlatformError where the marks are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise problem(str(path), "", "no place for the table", f"{BEGIN} ... {END}", "put the two marks back")
    return f"{before}{BEGIN}\n\n{markdown()}\n\n{END}{after}"


def write_table(path: Path = DOCUMENT) -> None:
    """Write the table in the document anew."""
    text = documented(path.read_text(encoding="utf-8"), path)
    path.write_text(text, encoding="utf-8")
    console.print(f"{len(policies())} policies written to {path.relative_to(ROOT)}.")
