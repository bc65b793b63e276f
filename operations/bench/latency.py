"""From an event's sending, or a change in PostgreSQL, to the row in the lakehouse."""

import random
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import psycopg

from components.errors import problem
from components.platform import load_applications
from components.settings import LocalSettings
from operations.bench.commits import first_commits, metadata_of
from operations.bench.figures import Percentiles
from operations.bench.result import Result, Row
from operations.bench.stand import STACK, Stand
from operations.local import distribution
from operations.local.local_stack import local_settings
from operations.local.provision.clients import Clients
from operations.local.services import postgres
from operations.local.services.inputs import Inputs
from operations.plan.stack_file import load_stack

SECONDS = 120
SAMPLES = 15
# The events of the first seconds waited for Flink's start, and those after them for the work that this left over.
WARM_UP = 30
_POLL = 0.1
# Seconds after which a change that is not readable counts as lost.
_PATIENCE = 60
# Seconds by which two events of different partitions may change places.
_BEHIND = 2

Say = Callable[[str], None]


def measure(stand: Stand, say: Say, seconds: float = SECONDS, samples: int = SAMPLES) -> Result:
    """Let the platform run as it is for `seconds`, then change `samples` rows in PostgreSQL one after the other.

    Raises PlatformError where what was sent, or changed, does not arrive in time.
    """
    interval = load_applications(["telematics"])[0].spec.checkpointing.interval_seconds
    settings = local_settings(load_stack(STACK)).local or LocalSettings()
    time.sleep(WARM_UP)
    began = time.time()
    say(f"events for {seconds:.0f} s")
    time.sleep(seconds)
    ended = time.time()
    # Without those that are still on their way, the slowest would be missing.
    _wait_for_commits(stand, ended)
    events = Percentiles.of(event_latencies(stand, began, ended))
    stand.stop_generators()
    changes = Percentiles.of(change_latencies(stand, samples, say))
    rows = []
    for what, found in (("vehicle event sent -> committed", events), ("PostgreSQL change -> row read", changes)):
        for name, value in (("p50", found.p50), ("p90", found.p90), ("p99", found.p99), ("max", found.longest)):
            rows.append(Row(f"{what}: {name}", f"{value:.2f} s", f"{value / interval:.2f} checkpoint intervals"))
    return Result(
        "latency",
        "End-to-end latency",
        f"Each of {events.count:,} rows of vehicle_events that were sent within {seconds:.0f} s, {WARM_UP} s after all "
        "was started: the time of the Iceberg snapshot that added it minus the sending of its event (a later rewrite "
        f"of its file does not count), at {settings.telemetry.events_per_second} events/s and "
        f"{settings.claims.changes_per_second} row changes/s, with a checkpoint every {interval} s. Then "
        f"{changes.count} updates of claims in PostgreSQL, one after the other at random moments, each until a query "
        f"reads the new value from claim_current (asked every {_POLL} s).",
        rows,
        {"checkpoint_interval_seconds": interval, "event_seconds": asdict(events), "change_seconds": asdict(changes)},
        ["A row becomes readable with the checkpoint that it belongs to: one interval is the longest regular wait."],
    )


def event_latencies(stand: Stand, began: float, ended: float) -> list[float]:
    """Seconds from sending to commit of each row of vehicle_events that was sent from `began` to `ended` (Unix)."""
    lake = stand.lake()
    committed = first_commits(lake, _vehicle_events(stand))
    _, rows = lake.query(
        "SELECT filename, epoch_ms(sent_at) AS sent "  # noqa: S608 - the catalog's own paths
        f"FROM read_parquet({list(committed)}, filename = true) "
        f"WHERE sent BETWEEN {began * 1000:.0f} AND {ended * 1000:.0f}"
    )
    return [(committed[path] - sent) / 1000 for path, sent in rows]


def _wait_for_commits(stand: Stand, sent_until: float) -> None:
    """Wait for a commit of what was sent `_BEHIND` seconds after the Unix time `sent_until`: all before it is there."""
    sql = "SELECT COALESCE(MAX(epoch_ms(sent_at)), 0) FROM vehicle_events"
    deadline = time.monotonic() + _PATIENCE
    while stand.lake().query(sql)[1][0][0] < (sent_until + _BEHIND) * 1000:
        if time.monotonic() > deadline:
            raise problem("vehicle_events", "", f"no newer event after {_PATIENCE} s", "", "see `streamctl status`")
        time.sleep(1)


def _vehicle_events(stand: Stand) -> dict[str, Any]:
    clients = Clients(stand.ports.url("aws"), stand.exports["region"])
    return metadata_of(clients, stand.exports["lake_database"], "vehicle_events")


def change_latencies(stand: Stand, samples: int, say: Say) -> list[float]:
    """Seconds from the commit of an update in PostgreSQL until a query on Iceberg shows it."""
    settings = local_settings(load_stack(STACK))
    inputs = Inputs(settings, stand.ports, distribution.ensure(stand.layout), stand.layout)
    lake, taken = stand.lake(), []
    draw = random.Random(0)
    with psycopg.connect(postgres.dsn(inputs), autocommit=True) as connection:
        claims = connection.execute("SELECT claim_id FROM public.claims ORDER BY claim_id LIMIT %s", [samples])
        for number, (claim,) in enumerate(claims.fetchall()):
            say(f"change {number + 1} of {samples}")
            # So that the changes do not all fall into the same moment between two checkpoints.
            time.sleep(draw.uniform(0, 5))
            # No claim of the workload's is near a million.
            amount = 1_000_000 + number
            connection.execute("UPDATE public.claims SET amount = %s WHERE claim_id = %s", [amount, claim])
            began = time.monotonic()
            sql = f"SELECT COUNT(*) FROM claim_current WHERE claim_id = {claim} AND amount = {amount}"  # noqa: S608
            while lake.query(sql)[1][0][0] == 0:
                if time.monotonic() - began > _PATIENCE:
                    found = f"the change of claim {claim} is not there after {_PATIENCE} s"
                    raise problem("claim_current", "", found, "the change", "see `streamctl status`")
                time.sleep(_POLL)
            taken.append(time.monotonic() - began)
    return taken
