"""How a command ends: its exit status, and where it did not go well one message for people, and one for scripts."""

import contextlib
import errno
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from itertools import pairwise, takewhile
from pathlib import Path

import click

from components.errors import PlatformError, problem
from operations.console import discard, errors, show_error

FAILED = 1
INTERRUPTED = 130
READER_GONE = 141
"""As a shell gives it for a program that SIGPIPE ended: what was written is not all, so 0 would say too much."""

_HERE = str(Path(__file__).parents[1]) + os.sep

_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_RIGHTS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NO_FOLDER = frozenset({errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG})


def run(command: Callable[[], object], as_json: bool = False) -> int:
    """Run `command` and return the exit status. What it raises is told on standard error; nothing is raised.

    as_json: tell mistakes as JSON too, on standard output
    """
    out, err = sys.stdout, sys.stderr
    try:
        status = _status(command)
        # Where it meets a pipe that nobody reads, click gives the streams a wrapper and ends with 1.
        if sys.stdout is not out:
            return READER_GONE
        # Else the interpreter would do it, and end with a traceback where it cannot.
        if out is not None:
            out.flush()
        return status
    except BaseException as error:
        with contextlib.suppress(Exception):
            return _told(error, as_json)
        return FAILED
    finally:
        for stream in filter(None, (out, err)):
            try:
                stream.flush()
            except (OSError, ValueError):
                discard(stream)


def _status(command: Callable[[], object]) -> int:
    try:
        status = command()
    except SystemExit as error:
        # So rich ends where nobody reads any more.
        if isinstance(error.__context__, BrokenPipeError):
            return READER_GONE
        status = error.code
    return status if isinstance(status, int) else FAILED if status else 0


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether a command line asks for JSON. Looked for by hand: one that is wrong is never parsed to its end."""
    options = list(takewhile(lambda one: one != "--", arguments))
    return "--json" in options or "--format=json" in options or ("--format", "json") in pairwise(options)


def _told(error: BaseException, as_json: bool) -> int:
    """Tell what ended a command; returns the exit status."""
    if isinstance(error, BrokenPipeError):
        return READER_GONE
    status = FAILED
    if isinstance(error, KeyboardInterrupt | click.Abort):
        status = INTERRUPTED
        told = problem("streamctl", "", "interrupted", "", "run it again")
        errors.print("Interrupted.")
    elif isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        call = context.command_path if context else "streamctl"
        told = problem(call, "", error.format_message(), "", f"see `{call} --help`")
        error.show()
    else:
        told = _as_mistakes(error)
        show_error(told)
    if as_json:
        # Whoever reads it may be gone; the exit status is the same.
        with contextlib.suppress(OSError):
            click.echo(json.dumps(told.as_json(), indent=2))
    return status


def _as_mistakes(error: BaseException) -> PlatformError:
    if isinstance(error, PlatformError):
        return error
    known = of_the_system(error) if isinstance(error, OSError) else None
    return known or unexpected(error)


def of_the_system(error: OSError) -> PlatformError | None:
    """What the system refuses about files: no room, no right, no folder. None for every other error."""
    path = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    found, where = error.strerror or str(error), path or "this machine"
    if not path and _of_printing(error):
        return problem("standard output", "", found, "a place that takes what is printed", "send the output elsewhere")
    if error.errno in _ROOM:
        return problem(where, "", found, "room for what is written", f"make room there{_or_elsewhere(path)}")
    if error.errno == errno.EFBIG:
        return problem(where, "", found, "files of any size", "raise the limit: ulimit -f unlimited")
    if error.errno in _RIGHTS and path:
        allowed = "a file or folder that you may use for this"
        return problem(path, "", found, allowed, f"give yourself the right to it{_or_elsewhere(path)}")
    if error.errno in _NO_FOLDER and path:
        return problem(path, "", found, "a folder, or nothing yet", f"move away what is there{_or_elsewhere(path)}")
    if error.errno == errno.ENOENT and not path and "temporary directory" in found:
        # tempfile says so where it cannot write into any, for whatever reason.
        remedy = "make room in one of them, give yourself the right to write there, or set TMPDIR to another folder"
        return problem("environment", "TMPDIR", found, "a folder in which files can be made", remedy)
    return None


def _or_elsewhere(path: str) -> str:
    """How to have what is ours somewhere else; "" for a path that is not in one of our folders. `path` "": unknown."""
    from operations.local.layout import Layout

    places: list[str] = []
    with contextlib.suppress(PlatformError, OSError):
        layout = Layout.of_environment()
        folders = {"STREAMCTL_DIST": layout.dist, "STREAMCTL_HOME": layout.home, "TMPDIR": Path(tempfile.gettempdir())}
        places = [name for name, folder in folders.items() if not path or Path(path).is_relative_to(folder)]
    return f", or set {' or '.join(places)} to another folder" if places else ""


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
        ours = [frame for frame in frames if frame.filename.startswith(_HERE) and ".venv" not in frame.filename]
        last = (ours or frames)[-1]
        return f"{last.filename}, line {last.lineno}, in {last.name}"
    except Exception:
        return "nobody knows where"


def _of_printing(error: OSError) -> bool:
    """Whether it came up where something was printed."""
    last = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        last = frame
    printing = ("click.", "rich.", __name__)
    return last is not None and f"{last.f_globals.get('__name__', '')}.".startswith(printing)
