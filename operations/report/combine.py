"""One comment of many reports, within the size that a comment may have."""

import re
from collections.abc import Sequence

from operations.report.parts import STEPS, StackReport, Step

MARKER = "<!-- streamctl report -->"
"""By it the comment is found again. .github/workflows/comment.yml and .gitlab-ci.yml look for it."""

LIMIT = 60_000
"""Bytes. GitHub takes 65,536 characters (https://github.com/orgs/community/discussions/27190), GitLab 1,000,000; the
rest is for what the posting workflow adds."""

_CUT = "\n\n_The rest is cut here: it is in the files of this run._"
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})")
_WORDS = {
    "synth": "Plan",
    "diff": "Change",
    "policy": "Policies",
    "cost": "Cost",
    "preview": "Preview on the live stack",
}


def combined(stacks: Sequence[StackReport], limit: int = LIMIT) -> str:
    """All reports as Markdown of at most `limit` bytes.

    Every stack is named in the table at the top, whatever is cut. What is long gives way first: every part keeps what
    it needs up to an equal share of the room.
    """
    head = _head(stacks)
    parts = [(stack, step) for stack in stacks for step in stack.steps if _worth_showing(stack, step)]
    frames = [_frame(stack, step) for stack, step in parts]
    bodies = [_body(step) for _, step in parts]
    room = limit - _bytes(head) - sum(_bytes(before) + _bytes(after) for before, after in frames)
    shares = _shares([_bytes(body) for body in bodies], max(room, 0))
    text = head
    for (before, after), body, share in zip(frames, bodies, shares, strict=True):
        text += before + cut(body, share) + after
    return text if _bytes(text) <= limit else cut(head, limit) + "\n"


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` bytes: whole lines, open code blocks and folds closed, and a sentence that says so."""
    if _bytes(text) <= limit:
        return text
    lines: list[str] = []
    used = _bytes(_CUT)
    fence, folds = "", 0
    best = ""
    for line in text.splitlines():
        used += _bytes(line) + 1
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif fence and line.strip().startswith(fence):
            fence = ""
        elif not fence:
            folds += line.count("<details") - line.count("</details>")
        end = (f"\n{fence}" if fence else "") + "\n\n</details>" * max(folds, 0)
        if used + _bytes(end) > limit:
            break
        lines.append(line)
        best = "\n".join(lines) + end
    return best + _CUT if best else _CUT.strip() if _bytes(_CUT) <= limit else ""


def _shares(sizes: Sequence[int], room: int) -> list[int]:
    """What each gets of `room`: the small ones all they need, the large ones the same."""
    shares = [0] * len(sizes)
    left = room
    waiting = sorted(range(len(sizes)), key=lambda index: sizes[index])
    for position, index in enumerate(waiting):
        shares[index] = min(sizes[index], left // (len(waiting) - position))
        left -= shares[index]
    return shares


def _head(stacks: Sequence[StackReport]) -> str:
    shown = [step for step in STEPS if any(one.name == step for stack in stacks for one in stack.steps)]
    columns = [step for step in shown if step != "diff"]
    lines = [MARKER, "### What this change does to each stack", ""]
    lines.append(f"| {' | '.join(('stack', 'change', *(_WORDS[step] for step in columns)))} |")
    lines.append("|---" * (len(columns) + 2) + "|")
    for stack in stacks:
        statuses = {step.name: step.status for step in stack.steps}
        change = stack.change or "could not be told"
        if not stack.steps or statuses.get("diff", 0):
            change = "**could not be told**"
        cells = [_cell(statuses.get(step), stack.heading(step)) for step in columns]
        lines.append(f"| {' | '.join((stack.stack, _plain(change), *cells))} |")
    return "\n".join(lines) + "\n\n"


def _cell(status: int | None, heading: str) -> str:
    if status is None:
        return "not run"
    return "**failed**" if status else _plain(heading) or "passed"


def _plain(text: str) -> str:
    """For a cell of a table."""
    return text.replace("|", "\\|")


def _worth_showing(stack: StackReport, step: Step) -> bool:
    """A Plan that was made, and a stack without a change, say nothing beyond the table."""
    if step.status:
        return True
    if step.name == "synth" or not step.text:
        return False
    return step.name in ("policy", "cost") or stack.changed or step.name == "preview"


def _frame(stack: StackReport, step: Step) -> tuple[str, str]:
    title = f"{stack.stack}: {_WORDS[step.name]}" + (" (failed)" if step.status else "")
    if step.name == "diff" and not step.status:
        # It has a heading of its own, and folds what is long itself.
        return "", "\n\n"
    opened = " open" if step.status or (step.name == "preview" and stack.heading("preview") != "no changes") else ""
    return f"<details{opened}><summary>{title}</summary>\n\n", "\n\n</details>\n\n"


def _body(step: Step) -> str:
    if step.markdown:
        return step.text
    longest = max((len(found) for found in re.findall(r"`{3,}", step.text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{step.text or 'It wrote nothing: see the log of this run.'}\n{fence}"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8"))
