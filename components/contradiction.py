"""What the checks of settings tell."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Contradiction:
    """key: of the setting, without the project; found: what is wrong; remedy: what to do."""

    key: str
    found: str
    remedy: str
