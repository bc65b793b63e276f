"""A diff as the comment of a pull request: Markdown, kept under GitHub's limit."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from operations.diff.changes import OPERATIONS, Change, Diff
from operations.diff.properties import Difference
from operations.diff.text import (
    VERBS,
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
    _Detail(rows=0, value=40, names=120, tables=False),
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
    return f"<!-- streamctl {verb}: {re.sub('-{2,}', '-', re.sub('[<>]', '', stack))} -->"


def markdown(diff: Diff, sections: Sequence[Section] = (), limit: int = LIMIT) -> str:
    """`diff` as a comment of at most `limit` bytes (default: GitHub's 65,536), with `sections` after it."""
    kept: list[str] = []
    for number, detail in enumerate(_DETAILS):
        kept, size = [], 0
        for line in _lines(diff, sections, detail, cut=number > 0):
            kept.append(line)
            size += len(line.encode()) + 1
            if size > limit:
                break
        else:
            return "\n".join(kept).rstrip() + "\n"
    # Whatever is left: sections of others, or notes, that are too long by themselves.
    end = "\n\n</details>\n\n... cut off here: see `streamctl diff --format json` for all of it.\n"
    text = "\n".join(kept).encode()[: max(0, limit - len(end))].decode(errors="ignore")
    return text + end[:limit]


def _lines(diff: Diff, sections: Sequence[Section], detail: _Detail, cut: bool) -> Iterator[str]:
    yield from (marker(diff.stack, "drift" if diff.drift else "diff"), f"### {code(diff.stack)}: {summary(diff)}", "")
    yield from (f"{code(diff.base, 80)} → {code(diff.head, 80)}, {diff.unchanged} unchanged; {source(diff)}.", "")
    if cut:
        yield from ("_Shortened to fit a comment; `streamctl diff --format json` shows everything._", "")
    for note in diff.notes[: detail.names]:
        yield from (f"> {_words(note)}", "")
    yield from _loud(diff, detail)
    for op in OPERATIONS:
        yield from _operation(op, diff.of(op), detail, diff.drift)
    yield from _rest(diff, detail)
    for section in sections:
        yield from (f"#### {section.title}", "", section.markdown, "")


def _loud(diff: Diff, detail: _Detail) -> Iterator[str]:
    loud = diff.loud
    if not loud:
        return
    yield "> [!CAUTION]"
    yield f"> **Data is at stake: look at {count(len(loud), 'change')} before anything else.**"
    for change in loud[: detail.names]:
        verb = (VERBS_OF_DRIFT if diff.drift else VERBS)[change.op]
        why = _words(loud_line(change), 600 if detail.tables else 200)
        yield f"> - **{verb}** {code(change.type)} {code(change.name)}: {why}"
    yield from (*_more(len(loud) - detail.names, "> - "), "")


def _operation(op: str, changes: tuple[Change, ...], detail: _Detail, drift: bool) -> Iterator[str]:
    if not changes:
        return
    title = (_TITLES_OF_DRIFT if drift else _TITLES)[op]
    opened = " open" if op in ("delete", "rename", "replace") and len(changes) <= 10 else ""
    yield from (f"<details{opened}><summary><b>{title}: {len(changes)}</b></summary>", "")
    together = groups(changes)
    rich = [group for group in together if _has_more(group.first)]
    plain = [group.first for group in together if not _has_more(group.first)]
    for group in rich[: detail.names]:
        yield from _group(group, detail)
    yield from _more(len(rich) - detail.names, "")
    if plain:
        yield from ("| resource | type | |", "|---|---|---|")
        for one in plain[: detail.names]:
            yield f"| {code(one.name)} | {code(one.type)} | {_words(one.remedy, 200)} |"
        yield from ("", *_more(len(plain) - detail.names, ""))
    yield from ("", "</details>", "")


def _has_more(change: Change) -> bool:
    return bool(change.differences or change.options or change.was)


def _group(group: Group, detail: _Detail) -> Iterator[str]:
    one = group.first
    if len(group.changes) > 1:
        shown = max(3, detail.rows // 4)
        names = ", ".join(code(other.name) for other in group.changes[:shown])
        rest = len(group.changes) - shown
        more = f" and {rest} more" if rest > 0 else ""
        yield f"**{len(group.changes)} resources, all the same way:** {names}{more}"
    else:
        yield f"**{code(one.name)}** {code(one.type)}"
    facts = [f"it was {code(one.was, 300)}"] if one.was else []
    if one.forced_by:
        facts.append(f"forced by {', '.join(code(path) for path in one.forced_by[:5])}")
    facts += [_words(follows(one), 300)] if one.follows else []
    facts += [f"{code(path)} may replace it ({_words(reason, 100)})" for path, reason in one.maybe[:5]]
    facts += [f"**{_words(text, 200)}**" if text in one.warnings else _words(text, 200) for text in one.options]
    facts += [_words(one.remedy, 400)] if one.remedy else []
    yield from (*(f"- {fact}" for fact in facts), "")
    if one.differences and detail.tables:
        yield from _table("property", one.differences, one.forced_by, detail)


def _table(title: str, differences: Sequence[Difference], forced_by: Sequence[str], detail: _Detail) -> Iterator[str]:
    yield from (f"| {title} | from | to |", "|---|---|---|")
    for one in differences[: detail.rows]:
        old, new = sides(one, detail.value)
        mark = " **replaces**" if one.path in forced_by else ""
        yield f"| {code(one.path)}{mark} | {code(old)} | {code(new)} |"
    yield from ("", *_more(len(differences) - detail.rows, ""))


def _rest(diff: Diff, detail: _Detail) -> Iterator[str]:
    if diff.outputs:
        yield from (f"<details><summary><b>Outputs of the stack: {len(diff.outputs)}</b></summary>", "")
        if detail.tables:
            yield from _table("output", diff.outputs, (), detail)
        yield from ("</details>", "")
    if diff.later:
        yield f"{count(len(diff.later), 'resource')} may change by values that are known only after `up`."
    if diff.secrets:
        yield f"{count(diff.secrets, 'secret')} on both sides: whether they changed cannot be told."
    yield ""


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
    return "".join(code(part) if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _escaped(text: str) -> str:
    # The invisible space keeps `@name` from notifying anybody.
    return html.escape(text, quote=False).replace("@", "@&#8203;")
