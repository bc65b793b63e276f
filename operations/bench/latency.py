"""From an event's sending, or a change in PostgreSQL, to the row in the lakehouse."""

import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict

import psycopg

from components.errors import problem
from components.platform import load_applications
from components.settings import LocalSettings
from operations.bench.figures import Percentiles
from operations.bench.result import Result, Row
from operations.bench.stand import STACK, Stand
from operations.local import distribution
from operations.local.services import postgres
from operations.local.services.inputs import Inputs
from operations.local.up import local_settings
from operations.plan.stack_file import load_stack

SECONDS = 60
SAMPLES = 15
_POLL = 0.1
# Seconds after which a change that is not readable counts as lost.
_PATIENCE = 60

Say = Callable[[str], None]


def measure(stand: Stand, say: Say, seconds: float = SECONDS, samples: int = SAMPLES) -> Result:
    """Let the platform run as it is for `seconds`, then change `samples` rows in PostgreSQL one after the other."""
    interval = load_applications(["telematics"])[0].spec.checkpointing.interval_seconds
    settings = local_settings(load_stack(STACK)).local or LocalSettings()
    say(f"events for {seconds:.0f} s")
    time.sleep(seconds)
    events = Percentiles.of(event_latencies(stand))
    stand.stop_generators()
    changes = Percentiles.of(change_latencies(stand, samples, say))
    rows = []
    for what, found in (("vehicle event sent -> committed", events), ("PostgreSQL change -> row read", changes)):
        for name, value in (("p50", found.p50), ("p90", found.p90), ("p99", found.p99), ("max", found.longest)):
            rows.append(Row(f"{what}: {name}", f"{value:.2f} s", f"{value / interval:.2f} checkpoint intervals"))
    return Result(
        "latency",
        "End-to-end latency",
        f"Each of {events.count:,} rows of vehicle_events: the time of the Iceberg snapshot that added it minus the "
        f"sending of its event, at {settings.telemetry.events_per_second} events/s and "
        f"{settings.claims.changes_per_second} row changes/s, with a checkpoint every {interval} s. Then "
        f"{changes.count} updates of claims in PostgreSQL, one after the other at random moments, each until a query "
        f"reads the new value from claim_current (asked every {_POLL} s).",
        rows,
        {"checkpoint_interval_seconds": interval, "event_seconds": asdict(events), "change_seconds": asdict(changes)},
        ["A row becomes readable with the checkpoint that it belongs to: one interval is the longest regular wait."],
    )


def event_latencies(stand: Stand) -> list[float]:
    """Seconds from sending to commit, of every row of vehicle_events that is there."""
    lake = stand.lake()
    location, snapshots = _snapshots(stand, "vehicle_events")
    # Each data file came with the manifest of one sequence number, which belongs to one snapshot. Only after a hundred
    # commits would manifests be merged.
    _, files = lake.query(
        f"SELECT file_path, MIN(manifest_sequence_number) FROM iceberg_metadata('{location}') GROUP BY file_path"  # noqa: S608
    )
    committed = {path: snapshots[number] for path, number in files if number in snapshots}
    _, rows = lake.query(f"SELECT filename, epoch_ms(sent_at) FROM iceberg_scan('{location}')")  # noqa: S608
    return [(committed[path] - sent) / 1000 for path, sent in rows if path in committed]


def _snapshots(stand: Stand, table: str) -> tuple[str, dict[int, int]]:
    """The table's metadata file, and the time (milliseconds since 1970) of each sequence number."""
    from operations.local.provision.clients import Clients

    clients = Clients(stand.ports.url("aws"), stand.exports["region"])
    found = clients.get("glue").get_table(DatabaseName=stand.exports["lake_database"], Name=table)["Table"]
    location = found["Parameters"]["metadata_location"]
    bucket, key = location.removeprefix("s3://").split("/", 1)
    metadata = json.load(clients.get("s3").get_object(Bucket=bucket, Key=key)["Body"])
    return location, {one["sequence-number"]: one["timestamp-ms"] for one in metadata["snapshots"]}


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
