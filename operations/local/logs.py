"""The logs of the services: their last lines, and what is added to one."""

import os
import time
from collections import deque
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

from operations.local.layout import Layout

# Seconds between two looks at a log that nothing was added to.
_PAUSE = 0.2


def log_files(layout: Layout) -> dict[str, Path]:
    """Service -> its log, by name; the supervisor's own is among them. Empty where nothing was ever started."""
    return {path.stem: path for path in sorted(layout.logs.glob("*.log"))}


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines of a log, without their ends."""
    with path.open("rb") as file:
        return [_text(line) for line in deque(file, count)]


def following(path: Path, count: int) -> Generator[str, None, None]:
    """The last `count` lines of a log, then for ever each line that is added, once it is complete.

    The supervisor continues a log that has grown large in a new file of the same name; so does this.
    """
    file = path.open("rb")
    try:
        lines: deque[bytes] = deque(maxlen=count)
        rest = b""
        for line in file:
            if line.endswith(b"\n"):
                lines.append(line)
            else:
                rest = line
        yield from map(_text, lines)
        while True:
            # Asked before the last read of it: to a file that is replaced already nothing more is added.
            replaced = _replaced(file, path)
            while line := file.readline():
                rest += line
                if rest.endswith(b"\n"):
                    yield _text(rest)
                    rest = b""
            if replaced:
                if rest:
                    yield _text(rest)
                    rest = b""
                file.close()
                file = path.open("rb")
            else:
                time.sleep(_PAUSE)
    finally:
        file.close()


def _replaced(file: BinaryIO, path: Path) -> bool:
    """Whether the log is another file by now, or was emptied. Between two files there is none for a moment."""
    try:
        now = path.stat()
    except FileNotFoundError:
        return False
    before = os.fstat(file.fileno())
    return (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino) or now.st_size < file.tell()


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r\n")
