"""Whether an `up` can go on with what runs, has to start afresh, or must be refused.

The AWS emulator keeps the account in its memory: the lake, and the checkpoints that jobs recover from. All other data
of a run (Kafka's offsets, replication slots, ZooKeeper's jobs) refers to it, and is worth nothing beside another one.
"""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psutil

from components.application import Application
from components.errors import Mistake, PlatformError, problem
from components.settings import PROJECT, LocalSettings, Settings
from components.settings.postgres import LocalPostgres
from operations.local import processes
from operations.local.layout import Layout, write_private
from operations.local.ports import Ports
from operations.local.provision.state import State
from operations.local.service_status import ServiceStatus
from operations.local.services.model import Service
from operations.local.supervisor import Supervisor

EMULATOR = "aws"

_DOWN = "run `./streamctl down` first: the local platform starts afresh with it"


# Seconds by which the start of one process seems to move: the system tells it since the boot, and the time of the boot
# follows the clock, which is set.
_CLOCK_MOVES = 120.0


def emulator_identity(services: Sequence[ServiceStatus], recorded: str = "") -> str:
    """Names the running emulator among all its starts: `recorded` where that names it.

    services: what runs now
    Raises PlatformError where it does not run.
    """
    aws = next((service for service in services if service.name == EMULATOR), None)
    with contextlib.suppress(psutil.Error):
        if aws is not None and aws.pid:
            began = psutil.Process(aws.pid).create_time()
            return recorded if _names(recorded, aws.pid, began) else f"{aws.pid}-{began:.2f}"
    raise problem(
        EMULATOR,
        "",
        "the AWS emulator has ended",
        "a running emulator",
        f"see `./streamctl logs {EMULATOR}`, then run `./streamctl up` again: it starts afresh",
    )


def _names(identity: str, pid: int, began: float) -> bool:
    number, _, then = identity.partition("-")
    try:
        return int(number) == pid and abs(float(then) - began) < _CLOCK_MOVES
    except ValueError:
        return False


def why_afresh(layout: Layout, services: Sequence[ServiceStatus]) -> str:
    """Why nothing of the platform in `layout` can be gone on with, as a sentence; "" where there is none, or all can.

    services: what runs now of it
    Raises PlatformError where that cannot be told.
    """
    if not services:
        # `down` removes this file: whoever left it did not end in order.
        return "everything that was up had ended" if layout.state.exists() else ""
    if not Supervisor(layout).alive():
        if any(not owned.service for owned in processes.owned(layout)):
            # It may only be slow, and then nothing is wrong with what it watches over.
            raise problem(
                "supervisord",
                "",
                "it runs, but does not answer",
                "an answer within 5 s",
                "run the command again; where it stays so, run `./streamctl down` first",
            )
        return "supervisord had ended, and nobody can watch over what it left running"
    recorded = State.load(layout.aws).emulator
    try:
        identity = emulator_identity(services, recorded)
    except PlatformError:
        return "the AWS emulator had ended, and the lake and all checkpoints with it"
    if recorded != identity:
        return "no data here belongs to the AWS emulator that runs"
    return ""


@dataclass(frozen=True)
class Belongings:
    """What the data of a run was made with.

    settings: key of the stack file -> value, for all that cannot be changed under data
    captured: schema.table of each table whose changes have been captured without a gap
    """

    settings: Mapping[str, str]
    captured: Sequence[str]

    @staticmethod
    def of(settings: Settings, ports: Ports, captured: Sequence[str]) -> "Belongings":
        """What data that is made now is made with."""
        database = settings.postgres.database if isinstance(settings.postgres, LocalPostgres) else ""
        return Belongings(
            {
                "aws.region": settings.aws.region,
                "aws.account_id": settings.aws.account_id,
                "local.ports.aws": str(ports.aws),
                "lakehouse.bucket": settings.lakehouse.bucket or "the stack's own",
                "lakehouse.database": settings.lakehouse.database,
                "postgres.database": database,
            },
            sorted(captured),
        )

    @staticmethod
    def load(layout: Layout) -> "Belongings | None":
        """What the data in `layout` was made with, None where that is not known."""
        try:
            content: dict[str, Any] = json.loads(layout.belongings.read_text(encoding="utf-8"))
            return Belongings(dict(content["settings"]), list(content["captured"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def save(self, layout: Layout) -> None:
        """Remember it for the next `up`."""
        content = {"settings": dict(self.settings), "captured": list(self.captured)}
        write_private(layout.belongings, json.dumps(content, indent=2))

    def following(self, before: "Belongings | None") -> "Belongings":
        """The same, after data that was made with `before`.

        A connector that is deleted leaves its slot, from which it goes on when it is made again: its tables stay.
        """
        return replace(self, captured=before.captured) if before and not self.captured else self


def expected_ports(settings: Settings, before: Ports) -> Ports:
    """The ports that a running platform would have: the given ones, and `before` for the others."""
    given = (settings.local or LocalSettings()).ports.model_dump()
    return replace(before, **{name: port for name, port in given.items() if port is not None})


def refuse_changed_settings(before: Belongings, now: Belongings, where: str) -> None:
    """Raises PlatformError for each setting in `where` whose change would leave data behind that belongs to no one."""
    mistakes = [
        Mistake(
            where,
            f"{PROJECT}:{key}",
            value,
            f"{before.settings[key]}, which the data of the running platform was made with",
            f"{_DOWN}; or take the change back",
        )
        for key, value in now.settings.items()
        if before.settings.get(key, value) != value
    ]
    if mistakes:
        raise PlatformError(mistakes)


def refuse_new_tables(before: Belongings, applications: Sequence[Application]) -> None:
    """Raises PlatformError for each table that a running connector would have to capture from now on.

    It took the rows that were there once, when it was made; those of a further table would be missing for ever.
    """
    if not before.captured:
        return
    raise_for = {
        capture.table: application
        for application in reversed(applications)
        for capture in application.spec.capture
        if capture.table not in before.captured
    }
    if raise_for:
        raise PlatformError(
            Mistake(
                application.where,
                "capture",
                f"{table}, which the running connector does not capture",
                f"{', '.join(before.captured)}: the tables whose rows it has taken up",
                f"{_DOWN}, and every table is read from its first row",
            )
            for table, application in sorted(raise_for.items())
        )


def refuse_lost_memory(layout: Layout, services: Sequence[Service]) -> None:
    """Raises PlatformError where `services` would restart one that keeps its data in its own memory."""
    changed = Supervisor(layout).changed(services)
    for service in services:
        if service.name in changed and not service.restart:
            raise problem(
                service.name,
                "",
                "another program than the one that runs (another Python, folder or version of this repository)",
                "the one that runs: its memory is the lake",
                _DOWN,
            )
