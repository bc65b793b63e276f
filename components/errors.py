"""The one shape in which this project tells a person what is wrong.

Every check collects `Mistake`s and raises them together as one `PlatformError`, so that a file with three
mistakes is reported once with three, and so that every message carries the same five things.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong, and what to do about it.

    where:   file, command or service in which it was found
    key:     configuration key, column or argument ("" where the whole of `where` is meant)
    found:   what was found there
    allowed: what may stand there
    remedy:  what to do
    """

    where: str
    key: str
    found: str
    allowed: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.where}: {self.key}" if self.key else self.where
        lines = [place, f"  found:   {self.found}"]
        if self.allowed:
            lines.append(f"  allowed: {self.allowed}")
        if self.remedy:
            lines.append(f"  remedy:  {self.remedy}")
        return "\n".join(lines)


class PlatformError(Exception):
    """One or more mistakes. The command line prints them and exits with status 1, without a traceback."""

    def __init__(self, mistakes: Mistake | Iterable[Mistake]):
        """Raises ValueError where there is no mistake: that would be a failure without a word."""
        self.mistakes = [mistakes] if isinstance(mistakes, Mistake) else list(mistakes)
        if not self.mistakes:
            raise ValueError("no mistake")
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))

    def as_json(self) -> dict[str, list[dict[str, str]]]:
        """The mistakes as plain data: {"mistakes": [{"where", "key", "found", "allowed", "remedy"}]}."""
        return {"mistakes": [asdict(mistake) for mistake in self.mistakes]}


def problem(where: str, key: str, found: object, allowed: str = "", remedy: str = "") -> PlatformError:
    """A `PlatformError` with a single mistake."""
    return PlatformError(Mistake(where, key, str(found), allowed, remedy))
