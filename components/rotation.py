"""When API keys are made and when they go: pure arithmetic, without a clock.

A stack keeps N keys of one kind side by side. Its configuration holds the number of the current rotation; each rotation
replaces the oldest key by a new one, which is active from then on, and leaves the others alone. So a client that was
given a key can use it for N - 1 further rotations, and two evaluations with one number give the same keys, on whatever
day they run. Only `streamctl rotate` looks at the date, and it advances the number by one at most.
"""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Rotation:
    """The rotation that a stack is in.

    number: 0 or more; goes up by one with each rotation
    since:  day on which it began, in UTC
    """

    number: int
    since: date


def key_names(keys: int, number: int) -> list[str]:
    """The keys that stand during rotation `number`, the active one first and the oldest last.

    keys: N, 2 or more: with one key its replacement would be its outage

    A key has the number of the rotation that made it as its name, whatever N is: so another N leaves the newest keys
    alone, the active one first of all. With rotation 0 come N - 1 spare ones.
    """
    if keys < 2 or number < 0:
        raise ValueError(f"keys {keys} and number {number}; 2 or more keys, a number of 0 or more")
    made_in = range(number, number - keys, -1)
    return [str(one) if one >= 0 else f"spare-{-one}" for one in made_in]


def due(rotation: Rotation, days: int, today: date) -> bool:
    """Whether the next rotation may begin. Never where the clock went back behind the current one."""
    return today >= rotation.since + timedelta(days=days)


def advanced(rotation: Rotation, days: int, today: date) -> Rotation:
    """The rotation of a run on `today`: the next one where it is due, else the same.

    A run that comes late by months advances by one like every other, and the next is due `days` after it: what was
    missed is not made up for, because each replacement takes a key away from clients.
    """
    return Rotation(rotation.number + 1, today) if due(rotation, days, today) else rotation
