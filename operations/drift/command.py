"""`streamctl drift`."""

import subprocess
import tempfile
from pathlib import Path

from rich.markup import escape
from rich.text import Text

from components.errors import problem
from operations.console import errors
from operations.diff.command import report
from operations.diff.markdown import code
from operations.diff.text import Section, sides, summary
from operations.drift.drift import Drift, drift_of
from operations.plan.load import load_preview
from operations.plan.stack_file import ROOT, stack_names

_PREVIEW = ("preview", "--refresh", "--json", "--show-sames", "--non-interactive")


def drift(stack: str, preview: Path | None, form: str, output: Path | None) -> int:
    """Tell what was changed outside of the program. Returns the exit status: 0 nothing, 2 something.

    preview: what `pulumi preview --refresh --json --show-sames` wrote; None: run it
    Raises PlatformError (exit status 1) where it cannot be told.
    """
    if preview:
        result = _of_file(preview, stack)
    else:
        with tempfile.TemporaryDirectory(prefix="streamctl-drift-") as folder:
            file = Path(folder, "preview.json")
            _run(stack, file)
            result = _of_file(file, stack)
    report(result.found, form, output, _sections(result))
    return 2 if result.found.changes else 0


def _of_file(path: Path, stack: str) -> Drift:
    loaded = load_preview(path)
    if loaded.stack and loaded.stack != stack:
        raise problem(str(path), "", f"stack {loaded.stack}", stack, "give the preview of that stack")
    return drift_of(loaded, str(path))


def _run(stack: str, file: Path) -> None:
    """Write the engine's preview of `stack`, refreshed first, to `file`."""
    if stack not in stack_names():
        raise problem("--stack", "", repr(stack), ", ".join(stack_names()), "choose one of these")
    errors.print(Text(f"pulumi {' '.join(_PREVIEW)} --stack {stack} ..."), soft_wrap=True)
    try:
        with file.open("wb") as stdout:
            done = subprocess.run(
                ["pulumi", *_PREVIEW, "--stack", stack],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.PIPE,
            )
    except FileNotFoundError:
        raise problem(
            "pulumi",
            "",
            "not installed",
            "the Pulumi CLI on PATH",
            "install it (https://www.pulumi.com/docs/install/), or run "
            f"`pulumi {' '.join(_PREVIEW)} --stack {stack}` elsewhere and give its output: --preview FILE",
        ) from None
    if done.returncode and not file.stat().st_size:
        lines = [line.strip() for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
        found = " ".join(lines[-3:]) or f"exit status {done.returncode} without a word"
        raise problem(f"pulumi preview --stack {stack}", "", found, "", "mend that, and run it again")


def _sections(result: Drift) -> list[Section]:
    """What is no drift, but was seen on the way."""
    sections: list[Section] = []
    if result.unmanaged:
        lines = [(change, one.path, *sides(one, 60)) for change in result.unmanaged for one in change.differences[:3]]
        shown = [
            f"{change.name} ({change.type}): {path}: {old or '(none)'} -> {new or '(none)'}"
            for change, path, old, new in lines
        ]
        sections.append(_list_section("Differs too, but the program does not set it: no drift", shown, "unmanaged"))
    if result.pending is not None and not result.pending.empty:
        shown = [f"{change.op}: {change.name} ({change.type})" for change in result.pending.changes]
        sections.append(_list_section(f"Pending changes of the program: {summary(result.pending)}", shown, "pending"))
    return sections


def _list_section(title: str, lines: list[str], key: str) -> Section:
    few = [*lines[:30], *([f"... and {len(lines) - 30} more"] if len(lines) > 30 else [])]
    return Section(
        title,
        "\n".join(f"- {code(line)}" for line in few),
        "\n".join(f"  {escape(line)}" for line in few),
        key,
        lines,
    )
