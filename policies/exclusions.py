"""Resources that a policy leaves out, each with a reason and a last day."""

import contextlib
import contextvars
import datetime
import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

EXCLUDE_SCHEMA: dict[str, Any] = {
    "type": "array",
    "default": [],
    "description": "resources that this policy leaves out",
    "items": {
        "type": "object",
        "required": ["resource", "reason", "until"],
        "additionalProperties": False,
        "properties": {
            "resource": {"type": "string", "minLength": 1, "description": "a URN, or a pattern with * and ?"},
            "reason": {"type": "string", "minLength": 1, "description": "why this is right"},
            "until": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "description": "last day, as 2027-01-31"},
        },
    },
}

_day: contextvars.ContextVar[datetime.date | None] = contextvars.ContextVar("day", default=None)


def today() -> datetime.date:
    """The current day (UTC), or the one that `on` has set."""
    return _day.get() or datetime.datetime.now(datetime.UTC).date()


@contextlib.contextmanager
def on(day: datetime.date) -> Iterator[None]:
    """Judge as on another day."""
    token = _day.set(day)
    try:
        yield
    finally:
        _day.reset(token)


def matches(pattern: str, urn: str) -> bool:
    """Whether an exclusion's `resource` means this URN. Brackets are plain characters: URNs have them in names."""
    return fnmatch.fnmatchcase(urn, pattern.replace("[", "[[]"))


class Exclusions:
    """The exclusions in one policy's configuration."""

    def __init__(self, config: Mapping[str, Any]):
        self._entries = config.get("exclude") or ()

    def cover(self, urn: str) -> bool:
        """Whether the resource is left out today. The last day counts."""
        day = today().isoformat()
        return any(matches(one["resource"], urn) and str(one.get("until", "")) >= day for one in self._entries)

    def ended(self, urn: str) -> str:
        """What to say after a finding about a resource whose exclusion is over; "" where there is none."""
        ends = [str(one.get("until", "no day")) for one in self._entries if matches(one["resource"], urn)]
        return f" (its exclusion ended on {max(ends)})" if ends else ""
