"""What exists on the emulator, remembered on disk.

One JSON file per stack, written whole and atomically after every single operation, so that a process that is killed
at any moment leaves a file that tells the truth. It carries a checksum: a half-written or edited file is told apart
from a good one before anything is done with it. No secret is in it: see `Record.secret_inputs`.
"""

import hashlib
import json
import os
import secrets
import threading
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from components.errors import PlatformError, problem
from operations.local.provision.failures import AGAIN
from operations.local.provision.values import canonical

FORMAT = "streamctl-provision"
VERSION = 1


@dataclass(frozen=True)
class Record:
    """One resource that exists.

    urn, type, id: of the resource
    inputs:        the inputs that are not secret, as they were last applied
    secret_inputs: a salted hash for each input that is secret
    outputs:       the attributes that AWS gave; inputs are not repeated, so that no secret can be among them
    dependencies:  URNs of what it depends on
    parent:        URN of its parent, "" if none
    protect:       it must not be deleted
    retain:        it stays on the emulator when it leaves the program
    """

    urn: str
    type: str
    id: str
    inputs: dict[str, Any] = field(default_factory=dict)
    secret_inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    dependencies: list[str] = field(default_factory=list)
    parent: str = ""
    protect: bool = False
    retain: bool = False


@dataclass(frozen=True)
class Started:
    """A creation that was begun: if it is found when a run starts, that run's predecessor was killed within it.

    name: the physical name under which the resource was being made, "" where it has none
    """

    type: str
    name: str


class State:
    """The records of one stack. Safe to use from several threads; every change is on disk when the method returns.

    Methods that change it raise PlatformError if the file cannot be written.
    """

    def __init__(self, path: Path):
        self.path = path
        self.salt = secrets.token_hex(16)
        self.emulator = ""
        self._resources: dict[str, Record] = {}
        self._replaced: list[Record] = []
        self._started: dict[str, Started] = {}
        self._lock = threading.RLock()

    @classmethod
    def load(cls, path: str | Path) -> "State":
        """The state kept in the file `path`; an empty one if there is no such file.

        Raises PlatformError for a file that is empty, cut off, edited, not a state file or of another version.
        """
        state = cls(Path(path))
        try:
            raw = state.path.read_bytes()
        except FileNotFoundError:
            return state
        except OSError as error:
            raise problem(
                str(path), "", error.strerror or error, "a state file that can be read", "correct its permissions"
            ) from None
        state._fill(raw)
        return state

    def _fill(self, raw: bytes) -> None:
        try:
            data = json.loads(raw)
            content: Any = data.get("content") if isinstance(data, dict) else None
            checksum = _checksum(content)
        except (ValueError, RecursionError) as error:
            what = f"not JSON ({error})" if raw.strip() else "an empty file"
            raise self._damaged(f"{what}, {len(raw)} bytes") from None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise self._damaged("JSON that is not a state file")
        if data.get("version") != VERSION:
            raise self._damaged(f"version {canonical(data.get('version'))[:20]}", f"version {VERSION}")
        if data.get("checksum") != checksum:
            raise self._damaged("content that does not match its checksum: the file was edited or cut off")
        try:
            self.salt, self.emulator = _text(content["salt"]), _text(content["emulator"])
            self._resources = {urn: _record(item) for urn, item in content["resources"].items()}
            self._replaced = [_record(item) for item in content["replaced"]]
            self._started = {urn: Started(**item) for urn, item in content["started"].items()}
        except (AttributeError, KeyError, TypeError) as error:
            raise self._damaged(f"{type(error).__name__} {error} in its content") from None

    def _damaged(self, found: str, allowed: str = "") -> PlatformError:
        return problem(str(self.path), "", found, allowed or "a state file as this program wrote it", AGAIN)

    def adopt(self, emulator: str) -> bool:
        """Make this the state of the emulator with the identity `emulator`.

        Returns whether records were dropped, which is so when they belong to another emulator or to an earlier start
        of this one: nothing of what they tell exists any more.
        """
        with self._lock:
            if self.emulator == emulator:
                return False
            dropped = bool(self._resources or self._replaced)
            self.emulator = emulator
            self._resources, self._replaced, self._started = {}, [], {}
            self._save()
            return dropped

    def get(self, urn: str) -> Record | None:
        """The record of `urn`, if there is one."""
        with self._lock:
            return self._resources.get(urn)

    def records(self) -> list[Record]:
        """All resources that exist and are current, oldest first."""
        with self._lock:
            return list(self._resources.values())

    def replaced(self) -> list[Record]:
        """The resources that were replaced and have not been deleted yet, oldest first."""
        with self._lock:
            return list(self._replaced)

    def started(self, urn: str) -> Started | None:
        """The creation of `urn` that was begun and never ended, if there is one."""
        with self._lock:
            return self._started.get(urn)

    def unfinished(self) -> set[str]:
        """The URNs of the creations that were begun and never ended."""
        with self._lock:
            return set(self._started)

    def begin(self, urn: str, started: Started) -> None:
        """Note that `urn` is about to be created."""
        with self._lock:
            self._started[urn] = started
            self._save()

    def abandon(self, urn: str) -> None:
        """Forget that the creation of `urn` was begun: nothing of it exists."""
        with self._lock:
            if self._started.pop(urn, None) is not None:
                self._save()

    def put(self, record: Record, replaced: Record | None = None) -> None:
        """Keep `record`, and `replaced` among what is still to be deleted. Saves nothing if nothing differs."""
        with self._lock:
            if replaced is None and record == self._resources.get(record.urn) and record.urn not in self._started:
                return
            if replaced is not None:
                self._replaced.append(replaced)
            self._resources[record.urn] = record
            self._started.pop(record.urn, None)
            self._save()

    def remove(self, record: Record) -> None:
        """Forget `record`, which is current or replaced and does not exist any more."""
        with self._lock:
            if record in self._replaced:
                self._replaced.remove(record)
            elif self._resources.get(record.urn) == record:
                del self._resources[record.urn]
            self._save()

    def _save(self) -> None:
        content = {
            "salt": self.salt,
            "emulator": self.emulator,
            "resources": {urn: asdict(record) for urn, record in self._resources.items()},
            "replaced": [asdict(record) for record in self._replaced],
            "started": {urn: asdict(started) for urn, started in self._started.items()},
        }
        data = {"format": FORMAT, "version": VERSION, "checksum": _checksum(content), "content": content}
        temporary = self.path.with_name(self.path.name + ".tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123
                json.dump(data, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
            _sync_directory(self.path.parent)
        except OSError as error:
            raise problem(
                str(self.path),
                "",
                f"cannot be written: {error.strerror or error}",
                "a place that can be written, with room on the disk",
                "free space or correct the permissions, then run `streamctl up` again",
            ) from None


def _sync_directory(path: Path) -> None:
    # Makes the rename itself durable.
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _checksum(content: Any) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _record(item: dict[str, Any]) -> Record:
    record = Record(**item)
    for each in fields(Record):
        wanted = type(getattr(Record("", "", ""), each.name))
        if not isinstance(getattr(record, each.name), wanted):
            raise TypeError(each.name)
    return record


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value
