"""A diff as the comment of a pull request: Markdown, kept under GitHub's limit."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from operations.diff.changes import OPERATIONS, Change, Diff
from operations.diff.text import (
    VERBS_OF_DRIFT,
    Group,
    Section,
    count,
    follows,
    groups,
    loud_line,
    shortened,
    sides,
    source,
    summary,
)

# "body is too long (maximum is 65536 characters)", the answer of GitHub's API; counted in bytes here, which is never
# less.
LIMIT = 65_536


@dataclass(frozen=True)
class _Detail:
    """How much is shown: the first of these that fits is taken.

    rows: properties of one resource; value: characters of a value; names: lines of a list; tables: whether at all
    """

    rows: int
    value: int
    names: int
    tables: bool = True


_DETAILS = (
    _Detail(rows=200, value=160, names=1000),
    _Detail(rows=30, value=100, names=500),
    _Detail(rows=8, value=60, names=300),
    _Detail(rows=0, value=60, names=300, tables=False),
    _Detail(rows=0, value=40, names=60, tables=False),
    _Detail(rows=0, value=40, names=10, tables=False),
)
_TITLES = {
    "delete": "Deleted",
    "rename": "Renamed without an alias: deleted and created anew",
    "replace": "Replaced: created anew, then the old one deleted",
    "maybe-replace": "Updated, or replaced",
    "update": "Updated in place",
    "create": "Created",
}

_TITLES_OF_DRIFT = {"delete": "Gone", "update": "Changed"}


def marker(stack: str, verb: str = "diff") -> str:
    """The first line of a comment, by which a workflow finds it again to update it in place."""
    # A comment of HTML ends at the first `--`.
    return f"<!-- streamctl {verb}: {re.sub('-{2,}|[<>]', '-', stack)} -->"


def markdown(diff: Diff, sections: Sequence[Section] = (), limit: int = LIMIT) -> str:
    """`diff` as a comment of at most `limit` bytes (default: GitHub's 65,536), with `sections` after it."""
    text = ""
    for number, detail in enumerate(_DETAILS):
        text = _rendered(diff, sections, detail, cut=number > 0)
        if len(text.encode()) <= limit:
            return text
    end = "\n\n</details>\n\n... cut off here: see `streamctl diff --format json` for all of it.\n"
    # Whatever is left: sections of others, or notes, that are too long by themselves.
    return text.encode()[: max(0, limit - len(end.encode()))].decode(errors="ignore") + end[: max(0, limit)]


def _rendered(diff: Diff, sections: Sequence[Section], detail: _Detail, cut: bool) -> str:
    lines = [marker(diff.stack, "drift" if diff.drift else "diff"), f"### {code(diff.stack)}: {summary(diff)}", ""]
    lines += [f"{code(diff.base, 80)} → {code(diff.head, 80)}, {diff.unchanged} unchanged; {source(diff)}.", ""]
    if cut:
        lines += ["_Shortened to fit a comment; `streamctl diff --format json` shows everything._", ""]
    lines += [f"> {_words(note)}" for note in diff.notes[: detail.names]] + [""] * bool(diff.notes)
    lines += _loud(diff, detail)
    for op in OPERATIONS:
        lines += _operation(op, diff.of(op), detail, diff.drift)
    lines += _rest(diff, detail)
    for section in sections:
        lines += [f"#### {section.title}", "", section.markdown, ""]
    return "\n".join(lines).rstrip() + "\n"


def _loud(diff: Diff, detail: _Detail) -> list[str]:
    loud = diff.loud
    if not loud:
        return []
    lines = ["> [!CAUTION]", f"> **Data is at stake: look at {count(len(loud), 'change')} before anything else.**"]
    for change in loud[: detail.names]:
        what = (
            f"**{VERBS_OF_DRIFT[change.op] if diff.drift else _verb(change)}** {code(change.type)} {code(change.name)}"
        )
        lines.append(f"> - {what}: {_words(loud_line(change), 600 if detail.tables else 200)}")
    return [*lines, *_more(len(loud) - detail.names, "> - "), ""]


def _verb(change: Change) -> str:
    return "update" if change.op == "update" else {"rename": "delete, create"}.get(change.op, change.op)


def _operation(op: str, changes: tuple[Change, ...], detail: _Detail, drift: bool) -> list[str]:
    if not changes:
        return []
    body: list[str] = []
    together = groups(changes)
    plain = [group for group in together if not _has_more(group.first)]
    for group in [group for group in together if _has_more(group.first)][: detail.names]:
        body += _group(group, detail)
    body += _more(len(together) - len(plain) - detail.names, "")
    if plain:
        body += ["| resource | type | |", "|---|---|---|"]
        for group in plain[: detail.names]:
            one = group.first
            body.append(f"| {code(one.name)} | {code(one.type)} | {_words(one.remedy, 200)} |")
        body += ["", *_more(len(plain) - detail.names, "")]
    opened = " open" if op in ("delete", "rename", "replace") and len(changes) <= 10 else ""
    return [
        f"<details{opened}><summary><b>{_TITLES[op]}: {len(changes)}</b></summary>",
        "",
        *body,
        "",
        "</details>",
        "",
    ]


def _has_more(change: Change) -> bool:
    return bool(change.differences or change.options or change.was)


def _group(group: Group, detail: _Detail) -> list[str]:
    one = group.first
    lines = [f"**{code(one.name)}** {code(one.type)}"]
    if len(group.changes) > 1:
        names = ", ".join(f"{code(other.name)}" for other in group.changes[: max(3, detail.rows // 4)])
        rest = len(group.changes) - max(3, detail.rows // 4)
        more = f" and {rest} more" if rest > 0 else ""
        lines = [f"**{len(group.changes)} resources, all the same way:** {names}{more}"]
    facts = []
    if one.was:
        facts.append(f"it was {code(one.was, 300)}")
    if one.forced_by:
        facts.append(f"forced by {', '.join(code(path) for path in one.forced_by[:5])}")
    facts += [_words(follows(one), 300)] if one.follows else []
    facts += [f"{code(path)} may replace it ({_words(reason, 100)})" for path, reason in one.maybe[:5]]
    facts += [f"**{_words(text, 200)}**" if text in one.warnings else _words(text, 200) for text in one.options]
    facts += [_words(one.remedy, 400)] if one.remedy else []
    lines += [f"- {fact}" for fact in facts]
    lines.append("")
    if one.differences and detail.tables:
        lines += ["| property | from | to |", "|---|---|---|"]
        for difference in one.differences[: detail.rows]:
            old, new = sides(difference, detail.value)
            mark = " **replaces**" if difference.path in one.forced_by else ""
            lines.append(f"| {code(difference.path)}{mark} | {code(old)} | {code(new)} |")
        lines += ["", *_more(len(one.differences) - detail.rows, "")]
    return lines


def _rest(diff: Diff, detail: _Detail) -> list[str]:
    lines: list[str] = []
    if diff.outputs:
        lines += [f"<details><summary><b>Outputs of the stack: {len(diff.outputs)}</b></summary>", ""]
        if detail.tables:
            lines += ["| output | from | to |", "|---|---|---|"]
            for one in diff.outputs[: detail.rows]:
                old, new = sides(one, detail.value)
                lines.append(f"| {code(one.path)} | {code(old)} | {code(new)} |")
            lines += ["", *_more(len(diff.outputs) - detail.rows, "")]
        lines += ["</details>", ""]
    if diff.later:
        lines.append(f"{count(len(diff.later), 'resource')} may change by values that are known only after `up`.")
    if diff.secrets:
        lines.append(f"{count(diff.secrets, 'secret')} on both sides: whether they changed cannot be told.")
    return [*lines, ""] if lines else []


def _more(number: int, lead: str) -> list[str]:
    return [f"{lead}... and {number} more"] if number > 0 else []


def code(text: str, limit: int = 240) -> str:
    """`text` in the monospaced type, as one cell of a table: nothing in it is markup, a mention or a link."""
    if not text:
        return ""
    text = shortened(re.sub(r"\s*\n\s*", " ⏎ ", text.strip()) or "(blank)", limit)
    escaped = html.escape(text, quote=False)
    for sign in "|`*_[]\\~":
        escaped = escaped.replace(sign, f"&#{ord(sign)};")
    # A reference inside <code> would still notify people or link to issues.
    for sign in "@#":
        escaped = re.sub(rf"(?<!&){sign}(?=\w)", f"&#{ord(sign)};&#8203;" if sign == "@" else "&#35;", escaped)
    return f"<code>{escaped}</code>"


def _words(text: str, limit: int = 600) -> str:
    """`text` in the type of sentences, where `...` in backticks stays code."""
    text = shortened(" ".join(text.split()), limit)
    parts = re.split(r"`([^`]*)`", text)
    return "".join(code(part) if number % 2 else html.escape(part, quote=False) for number, part in enumerate(parts))
