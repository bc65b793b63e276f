"""What one stack's job left behind."""

import re
from dataclasses import dataclass
from pathlib import Path

from components.errors import problem

# In the order in which they are shown. `preview` comes from a job of its own, which may not have run.
STEPS = ("synth", "diff", "policy", "cost", "preview")
_TITLE = re.compile(r"^#{1,6} .*?: (.+)$", re.MULTILINE)
# Colours of terminals, and all control characters but the end of a line and the tab.
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


@dataclass(frozen=True)
class Step:
    """name: one of STEPS; status: its exit status; text: what it wrote; markdown: whether that is Markdown"""

    name: str
    status: int
    text: str
    markdown: bool


@dataclass(frozen=True)
class StackReport:
    """steps: those that ran, in the order of STEPS; empty where the job ended before the first"""

    stack: str
    steps: tuple[Step, ...]

    @property
    def failed(self) -> bool:
        return not self.steps or any(step.status for step in self.steps)

    @property
    def change(self) -> str:
        """The heading of the difference without the stack's name, as `no changes`; "" where there is none."""
        return self.heading("diff")

    def heading(self, name: str) -> str:
        """The same of the step `name`, `diff` or `preview`."""
        for step in self.steps:
            if step.name == name and step.markdown and (found := _TITLE.search(step.text)):
                return found[1].strip()
        return ""

    @property
    def changed(self) -> bool:
        return self.change != "no changes"


def read_stacks(folder: Path) -> list[StackReport]:
    """The reports in `folder`: failed ones first, then those with a change, each by name. Raises PlatformError."""
    if not folder.is_dir():
        raise problem("streamctl report", "DIR", f"{folder}: no such folder", "a folder with one for each stack")
    stacks = [_read(one) for one in sorted(folder.iterdir()) if one.is_dir() and _NAME.match(one.name)]
    if not stacks:
        raise problem(
            "streamctl report",
            "DIR",
            f"{folder}: no folder of a stack in it",
            "folders that are named as stacks",
            "look whether the jobs before this one left their files",
        )
    return sorted(stacks, key=lambda one: (not one.failed, not one.changed, one.stack))


def _read(folder: Path) -> StackReport:
    statuses: dict[str, int] = {}
    # Each job writes a file of its own: outcomes, outcomes-preview.
    for file in sorted(folder.glob("outcomes*")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, status = line.strip().partition(" ")
            if name in STEPS:
                # Anything but a number means that the step did not say that it went well.
                statuses[name] = int(status) if status.isdecimal() else 1
    return StackReport(folder.name, tuple(_step(folder, name, statuses[name]) for name in STEPS if name in statuses))


def _step(folder: Path, name: str, status: int) -> Step:
    # A step that failed has said why in its text; a Markdown file beside it may be half of one.
    ends = (".txt",) if status else (".md", ".txt")
    for end in ends:
        file = folder / f"{name}{end}"
        if file.is_file() and file.stat().st_size:
            text = file.read_text(encoding="utf-8", errors="replace")
            lines = [line.rstrip() for line in _CONTROL.sub("", text).splitlines()]
            return Step(name, status, "\n".join(lines).strip(), end == ".md")
    return Step(name, status, "", markdown=False)
