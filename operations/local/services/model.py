"""What a service is, told as plain data."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Service:
    """One supervised process.

    name:         short, unique, also the name of its log file
    command:      program and arguments; passwords never stand here, everybody on the machine can read it
    ready:        called again and again until it returns True; it may raise, which counts as not yet. None where
                  there is nothing to be asked: ready is what has lived for a second
    waits_for:    what `ready` looks at, in words, for messages
    directory:    working folder
    environment:  variables on top of the few that every service gets
    files:        configuration files to write before the start, path -> text; readable by the owner only
    prepare:      called once before the start, after `starts_after` is ready; must be harmless when called again
    starts_after: names of services and steps that must be ready before
    stop_signal:  signal that asks the process to end
    patience:     seconds from that signal to SIGKILL
    restart:      whether the supervisor starts it again when it ends by itself
    versions:     anything else that makes a restart necessary when it changes
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool] | None
    waits_for: str
    directory: Path
    # Neither is printed: passwords stand in them.
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[Path, str] = field(default_factory=dict, repr=False)
    prepare: Callable[[], None] | None = None
    starts_after: tuple[str, ...] = ()
    stop_signal: str = "TERM"
    patience: int = 5
    restart: bool = True
    versions: str = ""

    @cached_property
    def fingerprint(self) -> str:
        """Changes exactly when the running process would have to be restarted to be this service."""
        content = {
            "command": self.command,
            "environment": dict(self.environment),
            "files": {str(path): text for path, text in self.files.items()},
            "directory": str(self.directory),
            "stop_signal": self.stop_signal,
            "patience": self.patience,
            "restart": self.restart,
            "versions": self.versions,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
