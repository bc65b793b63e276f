"""How a command ends that did not go well: one message for people, and the exit status."""

import contextlib
import os
import tempfile
import traceback
from pathlib import Path

from components.errors import PlatformError, problem

_HERE = str(Path(__file__).parents[1]) + os.sep


def unexpected(error: BaseException) -> PlatformError:
    """An error that nobody foresaw, in the shape of all others; its traceback goes into a file.

    Never raises: where no file can be written, the message has the essence.
    """
    found = f"an unexpected {type(error).__name__}: {_words(error)}"
    file = _written(error)
    if file is None:
        found += f" ({_place(error)})"
    reported = f"with {file}" if file else "with these lines"
    return problem("streamctl", "", found, "", f"this is a mistake in streamctl itself; please report it {reported}")


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "without words"


def _written(error: BaseException) -> str | None:
    """The file with the traceback of `error`; None where none can be written, as on a full disk."""
    path = None
    try:
        handle, path = tempfile.mkstemp(prefix="streamctl-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
        return path
    except Exception:
        with contextlib.suppress(Exception):
            os.unlink(path or "")  # noqa: PTH108 - an empty path is no path to pathlib
        return None


def _place(error: BaseException) -> str:
    """Where it came up: the last line of this project, else of all."""
    try:
        frames = traceback.extract_tb(error.__traceback__)
        last = next((frame for frame in reversed(frames) if frame.filename.startswith(_HERE)), frames[-1])
        return f"{last.filename}, line {last.lineno}, in {last.name}"
    except Exception:
        return "nobody knows where"
