"""A diff as JSON. The layout is a contract: keys may be added, `version` says when one changes its meaning."""

import json
from collections.abc import Sequence
from typing import Any

from operations.diff.changes import Change, Diff
from operations.diff.properties import Difference
from operations.diff.text import Section
from operations.plan.values import UNKNOWN, is_secret

VERSION = 1


def as_json(diff: Diff, sections: Sequence[Section] = ()) -> str:
    """`diff` as one JSON object; `sections` under their own keys. Two equal diffs give the same bytes."""
    return json.dumps(as_data(diff, sections), indent=2, sort_keys=True, ensure_ascii=False)


def as_data(diff: Diff, sections: Sequence[Section] = ()) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "version": VERSION,
        "project": diff.project,
        "stack": diff.stack,
        "base": diff.base,
        "head": diff.head,
        "engine": diff.engine,
        "drift": diff.drift,
        "empty": diff.empty,
        "counts": diff.counts(),
        "unchanged": diff.unchanged,
        "atStake": [change.urn for change in diff.loud],
        "changes": [_change(change) for change in diff.changes],
        "outputs": [_difference(one) for one in diff.outputs],
        "knownAfterUp": list(diff.later),
        "secretsNotCompared": diff.secrets,
        "notes": list(diff.notes),
        **{section.key: section.data for section in sections},
    }


def _change(change: Change) -> dict[str, Any]:
    data: dict[str, Any] = {
        "op": change.op,
        "urn": change.urn,
        "type": change.type,
        "name": change.name,
        "custom": change.custom,
        "atStake": change.stake if change.loud else "",
        "differences": [_difference(one) for one in change.differences],
        "forcedBy": list(change.forced_by),
        "follows": list(change.follows),
        "mayForce": dict(change.maybe),
        "options": list(change.options),
        "warnings": list(change.warnings),
        "protected": change.protected,
        "retained": change.retained,
        "remedy": change.remedy,
    }
    if change.was:
        data["was"] = change.was
    return data


def _difference(one: Difference) -> dict[str, Any]:
    data: dict[str, Any] = {"path": one.path, "kind": one.kind}
    # Unlike null, a key that is not there says that there was no value.
    if one.kind != "added":
        data["old"] = _value(one.old)
    if one.kind != "removed":
        data["new"] = _value(one.new)
    return data


def _value(value: Any) -> Any:
    if is_secret(value):
        return {"secret": True}
    if value == UNKNOWN:
        return {"known": False}
    if isinstance(value, dict):
        return {key: _value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value
