"""The rotation in a stack file: read as YAML, written as one line of text, so that comments stay."""

import os
import re
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from components.errors import problem
from components.rotation import Rotation
from components.settings.base import PROJECT
from components.settings.confluent import KeyRotation, RotationSettings
from components.validation import validate
from components.yaml_file import read_yaml

KEY = f"{PROJECT}:rotation"
_LINE = re.compile(
    rf"^(?P<head>[ ]+(?P<quote>['\"]?){re.escape(KEY)}(?P=quote):[ ]*)"
    r"\{[^{}\n]*\}"
    r"(?P<tail>[ \t]*(?:[ \t]#[^\n]*)?)$",
    re.MULTILINE,
)


def read_rotation(path: Path, shown: str) -> tuple[Rotation, KeyRotation] | None:
    """The rotation of the stack file `path` and its period; None where the stack has no keys to rotate.

    shown: the file as messages name it
    Raises PlatformError where the file is none, or where it has keys and says nothing of their rotation.
    """
    content = read_yaml(path)
    config = content.get("config") if isinstance(content, dict) else None
    if not isinstance(config, dict):
        raise problem(shown, "config", "no mapping", "", "add the settings")
    kafka = config.get(f"{PROJECT}:kafka")
    if not isinstance(kafka, dict) or kafka.get("flavour") != "confluent_cloud":
        return None
    if KEY not in config:
        raise problem(
            shown,
            KEY,
            "nothing",
            '{number: 0, since: "2026-11-20"}',
            f'add the line `{KEY}: {{number: 0, since: "<the day on which the stack is made>"}}`',
        )
    period = validate(KeyRotation, kafka.get("key_rotation", {}), shown, f"{PROJECT}:kafka.key_rotation.")
    settings = validate(RotationSettings, _with_text(config[KEY]), shown, f"{KEY}.")
    return Rotation(settings.number, date.fromisoformat(settings.since)), period


def _with_text(value: Any) -> Any:
    """YAML reads a day without quotation marks as a date. The engine would not take it, so that it is told."""
    if isinstance(value, dict) and isinstance(value.get("since"), date):
        day = value["since"].isoformat()
        raise problem(KEY, "since", f"{day} without quotation marks", "text", f'write since: "{day}"')
    return value


def line_of(rotation: Rotation) -> str:
    """The value of the key, as it is written."""
    return f'{{number: {rotation.number}, since: "{rotation.since.isoformat()}"}}'


def rewritten(text: str, rotation: Rotation, shown: str) -> str:
    """`text` of a stack file with `rotation` in it and every other character as it was.

    Raises PlatformError unless exactly one line holds the key, as `{number: ..., since: "..."}`.
    """
    found = _LINE.findall(text)
    if len(found) != 1:
        raise problem(
            shown,
            KEY,
            "no line of its own" if not found else f"{len(found)} lines",
            f"one line: {KEY}: {line_of(rotation)}",
            "write it on one line, with curly brackets",
        )
    return _LINE.sub(lambda line: f"{line['head']}{line_of(rotation)}{line['tail']}", text)


def write_rotation(path: Path, rotation: Rotation, shown: str) -> None:
    """Put `rotation` into the stack file: all at once or not at all, with the rights and line ends that it has.

    Raises PlatformError where the line is not found, or where the result would not be read back as `rotation`.
    """
    text = path.read_bytes().decode("utf-8")
    newline = "\r\n" if "\r\n" in text else "\n"
    changed = rewritten(text.replace("\r\n", "\n"), rotation, shown).replace("\n", newline)
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(changed.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        new.chmod(target.stat().st_mode & 0o7777)
        read = read_rotation(new, shown)
        if read is None or read[0] != rotation:
            raise problem(shown, KEY, "another value than was written", line_of(rotation), "write the line by hand")
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
