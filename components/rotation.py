"""When API keys are made and when they go: pure arithmetic, without a clock.

A stack keeps N keys of one kind side by side. Its configuration holds the number of the current rotation; each rotation
replaces the oldest key by a new one, which is active from then on, and leaves the others alone. So a client that was
given a key can use it for N - 1 further rotations, and two evaluations with one number give the same keys, on whatever
day they run. Only `streamctl rotate` looks at the date, and it advances the number by one at most.
"""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Slot:
    """One of the N keys that are kept.

    index:      0 to N - 1
    generation: how often the key in this slot was replaced; with the index it names the key for good
    """

    index: int
    generation: int

    @property
    def name(self) -> str:
        return f"{self.index}-{self.generation}"


@dataclass(frozen=True)
class Rotation:
    """The rotation that a stack is in.

    number: 0 or more; goes up by one with each rotation
    since:  day on which it began, in UTC
    """

    number: int
    since: date


def slots(keys: int, number: int) -> list[Slot]:
    """The keys that exist during rotation `number`, the active one first and the oldest last.

    keys: N, 2 or more: with one key its replacement would be its outage

    Rotation 0 has each key in generation 0; rotation r replaces the key in slot (r - 1) mod N.
    """
    if keys < 2 or number < 0:
        raise ValueError(f"keys {keys} and number {number}; 2 or more keys, a number of 0 or more")
    replaced = [(number - 1 - age) % keys for age in range(keys)]
    return [Slot(index, (number + keys - 1 - index) // keys) for index in replaced]


def due(rotation: Rotation, days: int, today: date) -> bool:
    """Whether the next rotation may begin. Never where the clock went back behind the current one."""
    return today >= rotation.since + timedelta(days=days)


def advanced(rotation: Rotation, days: int, today: date) -> Rotation:
    """The rotation of a run on `today`: the next one where it is due, else the same.

    A run that comes late by months advances by one like every other, and the next is due `days` after it: what was
    missed is not made up for, because each replacement takes a key away from clients.
    """
    return Rotation(rotation.number + 1, today) if due(rotation, days, today) else rotation
