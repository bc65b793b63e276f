"""Values and differences in words: short, with secrets masked. Shared by all outputs."""

import json
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from operations.diff.changes import Change, Diff
from operations.diff.properties import Difference
from operations.plan.values import UNKNOWN, is_secret

LATER = "(known after up)"
VERBS = {
    "delete": "delete",
    "rename": "delete and create anew",
    "replace": "replace",
    "maybe-replace": "update, or replace",
    "update": "update",
    "create": "create",
}


VERBS_OF_DRIFT = {"delete": "gone", "update": "changed"}


@dataclass(frozen=True)
class Section:
    """Something that another verb has to say in the same report, as the change of the cost.

    title:    heading
    markdown: text under it
    text:     the same for a terminal; rich markup
    data:     the same for JSON, under the key `key`
    """

    title: str
    markdown: str
    text: str
    key: str
    data: Any


@dataclass(frozen=True)
class Group:
    """Changes that are the same for several resources of whatever type."""

    changes: tuple[Change, ...]

    @property
    def first(self) -> Change:
        return self.changes[0]


def value_text(value: Any, limit: int = 80) -> str:
    """`value` in at most `limit` characters."""
    return shortened(_plain(value), limit)


def shortened(text: str, limit: int) -> str:
    """`text` with its middle left out where it has more than `limit` characters."""
    if len(text) <= limit:
        return text
    head = max(1, (limit - 5) * 2 // 3)
    tail = max(0, limit - 5 - head)
    return f"{text[:head]} ... {text[-tail:] if tail else ''}"


def sides(one: Difference, limit: int = 80) -> tuple[str, str]:
    """(from, to) of a difference in words."""
    if one.kind == "secret":
        return "[secret]", "[secret], changed"
    if one.kind == "secret?":
        return "[secret]", "[secret], encrypted anew: changed or not"
    if one.kind == "format":
        return "(the same data)", "(written otherwise)"
    if one.kind == "order":
        return value_text(one.old, limit), "(the same, in another order)"
    if one.kind == "later" and one.old == one.new:
        return "(an id)", "(another, known after up)"
    if _is_long_text(one.old) and _is_long_text(one.new):
        return _line_changes(one.old, one.new, limit)
    return _around(one, limit)


def summary(diff: Diff) -> str:
    """`1 to delete, 3 to update`; `no changes`; of a drift `1 gone, 3 changed outside of the program`."""
    counts = diff.counts()
    if diff.drift:
        parts = [f"{count} {VERBS_OF_DRIFT[op]}" for op, count in counts.items()]
        return f"{', '.join(parts)} outside of the program" if parts else "no drift seen"
    words = {"rename": "renamed without an alias", "maybe-replace": "to update or replace"}
    parts = [f"{count} {words.get(op, f'to {op}')}" for op, count in counts.items()]
    if diff.outputs:
        parts.append(f"{len(diff.outputs)} output{'s' if len(diff.outputs) > 1 else ''} changed")
    return ", ".join(parts) or "no changes"


def source(diff: Diff) -> str:
    """Who says so."""
    if diff.drift:
        return "as the engine's refresh found it"
    return "the engine's own preview" if diff.engine else "two Plans compared: live state was not looked at"


def count(number: int, noun: str) -> str:
    """`1 secret`, `2 secrets`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def loud_line(change: Change) -> str:
    """Why somebody has to look at a stateful change, in one sentence."""
    parts = []
    if change.forced_by:
        parts.append(f"forced by {', '.join(change.forced_by[:3])}{' ...' if len(change.forced_by) > 3 else ''}")
    parts += [f"{path}: {reason}" for path, reason in change.maybe[:2]] if not change.forced_by else []
    if change.follows:
        parts.append(follows(change))
    if change.was:
        parts.append(f"it was {change.was.rsplit('::', 1)[-1]} and has no alias")
    parts += change.warnings
    parts.append(f"at stake: {change.stake}")
    if change.remedy:
        parts.append(change.remedy)
    return "; ".join(parts)


def follows(change: Change) -> str:
    """Which replacements a change follows from, in words."""
    more = f" and {len(change.follows) - 3} more" if len(change.follows) > 3 else ""
    return f"follows from what happens to {', '.join(change.follows[:3])}{more}" if change.follows else ""


def groups(changes: tuple[Change, ...], least: int = 3) -> list[Group]:
    """`changes`, with those together that differ in exactly the same way where there are at least `least`."""
    together: dict[str, list[Change]] = {}
    for change in changes:
        key = repr((change.differences, change.options, change.forced_by, change.maybe, change.remedy, change.follows))
        if not change.differences and not change.options:
            key = change.urn + change.was
        together.setdefault(key, []).append(change)
    result: list[Group] = []
    for same in together.values():
        result += [Group(tuple(same))] if len(same) >= least else [Group((one,)) for one in same]
    return result


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if value == UNKNOWN:
        return LATER
    if isinstance(value, str):
        return value
    return json.dumps(_masked(value), ensure_ascii=False, sort_keys=True)


def _masked(value: Any) -> Any:
    if is_secret(value):
        return "[secret]"
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return LATER if value == UNKNOWN else value


def _is_long_text(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value.strip()


def _line_changes(old: str, new: str, limit: int) -> tuple[str, str]:
    """The first lines that differ between two texts."""
    lines = [line for line in unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="") if line[:2] != "@@"][
        2:
    ]
    removed = [line[1:].strip() for line in lines if line[0] == "-"]
    added = [line[1:].strip() for line in lines if line[0] == "+"]

    def words(found: list[str]) -> str:
        if not found:
            return "(no line)"
        more = f" (and {len(found) - 2} more lines)" if len(found) > 2 else ""
        return shortened(" / ".join(found[:2]), limit) + more

    return words(removed), words(added)


def _around(one: Difference, limit: int) -> tuple[str, str]:
    """Both values, shortened around the place where they begin to differ."""
    old, new = _plain(one.old), _plain(one.new)
    if max(len(old), len(new)) <= limit or not old or not new:
        return shortened(old, limit), shortened(new, limit)
    same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    begin = max(0, same - limit // 4)
    lead = "... " if begin else ""
    return lead + shortened(old[begin:], limit - 4), lead + shortened(new[begin:], limit - 4)
