"""The producer's own record of what Kafka has acknowledged, and of the batch that it is about to send.

A batch is planned in a file beside the ledger before its first event is sent, and its events stand in the ledger once
Kafka has acknowledged all of them. After SIGKILL the plan says what may be under way: it is sent again, with the same
ids and content. Neither file needs fsync for that: what a killed process has written is with the operating system.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from operations.local.generators.fleet import Batch, Event

COLUMNS = ("event_id", "vehicle_id", "event_ms", "sent_ms", "kind", "speed_kmh", "acceleration_g", "copies")


class Ledger:
    """The ledger in the CSV file `path`, and the plan in `path`.plan.

    fleet: arguments of the fleet that makes the events; kept with the plan, because a batch is sent again as it was
    """

    def __init__(self, path: Path, fleet: dict[str, Any]):
        self._path, self._plan_path, self._fleet = path, path.with_name(path.name + ".plan"), fleet
        path.parent.mkdir(parents=True, exist_ok=True)
        self.next = self._repair()
        self._file = path.open("a", encoding="ascii")
        if path.stat().st_size == 0:
            self._file.write(",".join(COLUMNS) + "\n")
            self._file.flush()

    def pending(self) -> tuple[Batch, dict[str, Any]] | None:
        """The batch that was planned and is not wholly in the ledger, with the arguments of its fleet."""
        if not self._plan_path.exists():
            return None
        plan = json.loads(self._plan_path.read_text(encoding="ascii"))
        batch = Batch(**plan["batch"])
        return (batch, plan["fleet"]) if batch.first + batch.count > self.next else None

    def plan(self, batch: Batch) -> None:
        """Say that `batch` is about to be sent."""
        draft = self._plan_path.with_name(self._plan_path.name + ".new")
        draft.write_text(json.dumps({"batch": asdict(batch), "fleet": self._fleet}), encoding="ascii")
        # In one step, so that a kill leaves the old plan or the new one.
        draft.replace(self._plan_path)

    def acknowledged(self, events: Iterable[Event]) -> None:
        """Write down events that Kafka has acknowledged; those that are in the ledger already are left out."""
        lines = [
            f"{number},{vehicle},{happened},{sent},{report.kind},{report.speed_kmh},{report.acceleration_g},{copies}\n"
            for number, vehicle, happened, sent, report, _, copies in events
            if number >= self.next
        ]
        self._file.write("".join(lines))
        self._file.flush()
        self.next += len(lines)

    def close(self) -> None:
        """Flush to the disk and close."""
        os.fsync(self._file.fileno())
        self._file.close()

    def _repair(self) -> int:
        """Cut off a line that a kill left unfinished. Returns the number of the next event."""
        if not self._path.exists():
            return 0
        with self._path.open("r+b") as file:
            # A line is far shorter than 4 KiB.
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - 4096)
            file.seek(start)
            tail = file.read()
            whole = tail[: tail.rfind(b"\n") + 1]
            file.truncate(start + len(whole))
        last = whole.splitlines()[-1:] or [b""]
        first_field = last[0].split(b",")[0]
        return int(first_field) + 1 if first_field.isdigit() else 0
