"""The configuration of the pack for one stack: `policies/config/<stack>.json`, in the layout of `--policy-pack-config`.

{"<policy>": {"enforcementLevel": "advisory", "exclude": [{"resource": ..., "reason": ..., "until": ...}], ...}}
A level alone may stand in the place of the mapping; the name `all` sets the level of every policy that has none.
"""

import datetime
import difflib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from components.errors import Mistake, PlatformError, problem
from operations.plan.plan import Plan
from operations.plan.stack_file import ROOT
from operations.policy.analyze import DISABLED, LEVELS, PolicyConfig
from policies.exclusions import EXCLUDE_SCHEMA, matches
from policies.framework import Policy
from policies.pack import policies

CONFIG = ROOT / "policies" / "config"
ALL = "all"

_FIELDS = tuple(EXCLUDE_SCHEMA["items"]["properties"])
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def config_of(stack: str, folder: Path = CONFIG) -> Path | None:
    """The stack's file; None where it has none, which is no mistake."""
    path = folder / f"{stack}.json"
    return path if path.is_file() else None


def load_config(path: Path, today: datetime.date) -> dict[str, PolicyConfig]:
    """The configuration in `path`. Raises PlatformError with every mistake in it, expired exclusions too."""
    where = _shown(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise problem(where, "", error.strerror or error, "a file", "write it, or leave it out") from error
    except ValueError as error:
        raise problem(where, "", f"no JSON: {error}", "{...}", "correct the file") from error
    if not isinstance(content, dict):
        raise problem(where, "", f"a {type(content).__name__}", '{"<policy>": {...}}', "write a mapping") from None
    known = {policy.name: policy for policy in policies()}
    mistakes: list[Mistake] = []
    config: dict[str, PolicyConfig] = {}
    for name, value in content.items():
        if name != ALL and name not in known:
            close = difflib.get_close_matches(name, known, 3)
            allowed = ", ".join(close) if close else "the policies in docs/policies.md"
            mistakes.append(Mistake(where, name, "a policy that the pack does not have", allowed, "correct the name"))
            continue
        given = {"enforcementLevel": value} if isinstance(value, str) else value
        if not isinstance(given, dict):
            mistakes.append(Mistake(where, name, repr(value), "a level or a mapping", "write one of the two"))
            continue
        mistakes += _mistakes(where, name, given, known.get(name), today)
        properties = {key: one for key, one in given.items() if key != "enforcementLevel"}
        config[name] = PolicyConfig(given.get("enforcementLevel"), properties)
    if mistakes:
        raise PlatformError(mistakes)
    return _spread(config, known)


def check_exclusions(path: Path, config: Mapping[str, PolicyConfig], plan: Plan) -> None:
    """Raises PlatformError for every exclusion that means no resource which its policy looks at."""
    where = _shown(path)
    by_name = {policy.name: policy for policy in policies()}
    mistakes = [
        Mistake(
            where,
            f"{name}.exclude[{index}].resource",
            repr(entry["resource"]),
            f"the URN of a resource of {plan.stack} that the policy looks at, or a pattern with * and ?",
            "take the exclusion out, or correct the pattern",
        )
        for name, one in config.items()
        for index, entry in enumerate(one.properties.get("exclude", ()))
        if not any(
            matches(entry["resource"], record["urn"])
            for record in plan.resources
            if by_name[name].applies_to(record["type"])
        )
    ]
    if mistakes:
        raise PlatformError(mistakes)


def _spread(config: dict[str, PolicyConfig], known: Iterable[str]) -> dict[str, PolicyConfig]:
    """The same with what `all` says given to every policy that says nothing itself."""
    every = config.pop(ALL, None)
    if every is None or every.level is None:
        return config
    return {
        name: PolicyConfig(config[name].level or every.level, config[name].properties)
        if name in config
        else PolicyConfig(every.level)
        for name in known
    }


def _mistakes(
    where: str, name: str, given: dict[str, Any], policy: Policy | None, today: datetime.date
) -> list[Mistake]:
    own = dict(policy.config) if policy else {}
    allowed = ["enforcementLevel", *(["exclude", *own] if policy else [])]
    mistakes: list[Mistake] = []
    for key, value in given.items():
        place = f"{name}.{key}"
        if key not in allowed:
            mistakes.append(Mistake(where, place, "an unknown key", ", ".join(allowed), "correct or remove it"))
        elif key == "enforcementLevel":
            mistakes += _level(where, place, value, policy)
        elif key == "exclude":
            mistakes += _exclusions(where, place, value, today)
        else:
            mistakes += _own(where, place, value, own[key])
    return mistakes


def _level(where: str, place: str, value: Any, policy: Policy | None) -> list[Mistake]:
    levels = [level for level in LEVELS if level != "remediate" or policy is None or policy.remediate]
    if value in levels:
        return []
    reason = " (this policy changes nothing by itself)" if value in LEVELS else ""
    return [Mistake(where, place, f"{value!r}{reason}", ", ".join(levels), "choose one of these")]


def _exclusions(where: str, place: str, value: Any, today: datetime.date) -> list[Mistake]:
    shape = '{"resource": "<URN or pattern>", "reason": "...", "until": "2027-01-31"}'
    if not isinstance(value, list):
        return [Mistake(where, place, repr(value), f"a list of {shape}", "write a list")]
    mistakes: list[Mistake] = []
    for index, entry in enumerate(value):
        one = f"{place}[{index}]"
        if not isinstance(entry, dict):
            mistakes.append(Mistake(where, one, repr(entry), shape, "write a mapping with these three keys"))
            continue
        for key in entry.keys() - set(_FIELDS):
            mistakes.append(
                Mistake(where, f"{one}.{key}", "an unknown key", ", ".join(_FIELDS), "correct or remove it")
            )
        for key, remedy in (
            ("resource", "say which resource is left out"),
            ("reason", "say why this is right, for the next reader"),
            ("until", "say until which day: an exclusion without an end is never looked at again"),
        ):
            text = entry.get(key)
            if not isinstance(text, str) or not text.strip():
                mistakes.append(Mistake(where, f"{one}.{key}", "nothing" if not text else repr(text), shape, remedy))
        mistakes += _until(where, f"{one}.until", entry.get("until"), today)
    return mistakes


def _until(where: str, place: str, value: Any, today: datetime.date) -> list[Mistake]:
    if not isinstance(value, str) or not value.strip():
        return []
    try:
        # `fromisoformat` takes 20270131 too, which would not sort among the others.
        day = datetime.datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError:
        return [Mistake(where, place, repr(value), "a day as 2027-01-31", "correct the day")]
    if day >= today:
        return []
    found = f"{value}: the exclusion has expired ({(today - day).days} days before {today})"
    return [Mistake(where, place, found, "a day to come", "correct the resource, or decide anew and set another day")]


def _own(where: str, place: str, value: Any, schema: Mapping[str, Any]) -> list[Mistake]:
    wanted = _TYPES.get(str(schema["type"]), object)
    right = isinstance(value, wanted) and not (isinstance(value, bool) and schema["type"] != "boolean")
    right = right and ("enum" not in schema or value in schema["enum"])
    right = right and ("minimum" not in schema or value >= schema["minimum"])
    right = right and ("maximum" not in schema or value <= schema["maximum"])
    if right:
        return []
    shown = {key: schema[key] for key in ("type", "enum", "minimum", "maximum") if key in schema}
    return [Mistake(where, place, repr(value), json.dumps(shown), f"default: {json.dumps(schema['default'])}")]


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


__all__ = ["ALL", "CONFIG", "DISABLED", "check_exclusions", "config_of", "load_config"]
