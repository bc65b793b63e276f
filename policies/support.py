"""Until when a vendor supports a version."""

import datetime
from collections.abc import Mapping

from policies.exclusions import today


def support_ended(version: str, minor: str, ends: Mapping[str, str]) -> str:
    """What is to be said about `version` where its support is over; "" where it is not.

    minor: the part of it by which `ends` goes, as `1.35`
    ends:  minor version -> last day, as 2027-03-27. Older than all of these: over. One that is not in it and newer than
           the oldest has no last day that was known when it was written
    """
    last = ends.get(minor)
    if last is not None:
        return f"support of {version} ended on {last}" if datetime.date.fromisoformat(last) < today() else ""
    oldest = min(ends, key=number_of, default="")
    return f"support of {version} ended before that of {oldest}" if number_of(minor) < number_of(oldest) else ""


def number_of(version: str) -> tuple[int, ...]:
    """`1.35` as (1, 35), so that it is more than `1.9`."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
