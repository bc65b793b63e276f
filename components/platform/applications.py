"""The applications of a stack."""

from pathlib import Path

from components.application import Application, load_application
from components.errors import Mistake, PlatformError

APPLICATIONS = Path(__file__).resolve().parents[2] / "applications"


def load_applications(names: list[str], folder: Path = APPLICATIONS) -> list[Application]:
    """The applications of a stack. Raises PlatformError with the mistakes of all of them at once."""
    loaded: list[Application] = []
    mistakes: list[Mistake] = []
    for name in names:
        try:
            loaded.append(load_application(folder / name))
        except PlatformError as error:
            mistakes += error.mistakes
    if mistakes:
        raise PlatformError(mistakes)
    return loaded
