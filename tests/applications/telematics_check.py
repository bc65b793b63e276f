"""Whether the tables of the application telematics follow from what the producer sent, down to the single event."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isclose
from pathlib import Path
from typing import Any

Rows = list[tuple[Any, ...]]
ReadTable = Callable[[str], tuple[list[str], Rows]]
"""Name of a table of the lakehouse -> its columns and rows."""

# The same figures as in applications/telematics/transform.sql; written again, because this is the second opinion.
LATE = timedelta(seconds=10)
DRIVING_KMH, IMPACT_G, STANDSTILL_KMH, WITHIN = 20.0, 4.0, 3.0, timedelta(seconds=20)


@dataclass(frozen=True)
class Sent:
    """An event of the producer's ledger."""

    event_id: int
    vehicle_id: str
    event_time: datetime
    sent_at: datetime
    kind: str
    speed_kmh: float
    acceleration_g: float


def read_ledger(path: Path) -> dict[int, Sent]:
    """Events by id. Raises AssertionError when the ledger itself names one twice."""
    sent: dict[int, Sent] = {}
    with path.open(encoding="ascii", newline="") as file:
        for row in csv.DictReader(file):
            number = int(row["event_id"])
            assert number not in sent, f"{path}: event {number} stands twice in the ledger"
            sent[number] = Sent(
                number,
                row["vehicle_id"],
                _time(int(row["event_ms"])),
                _time(int(row["sent_ms"])),
                row["kind"],
                float(row["speed_kmh"]),
                float(row["acceleration_g"]),
            )
    return sent


def telematics_differences(
    ledger: Path, read_table: ReadTable, policies: Mapping[str, tuple[Any, ...]] | None = None
) -> list[str]:
    """What is wrong in the lakehouse, one line each; empty when it holds exactly what was sent.

    ledger:   the producer's, complete: it has stopped, or has come to its limit
    policies: vehicle_id -> (policy_id, customer_id, product) in PostgreSQL; None leaves the policies unchecked
    """
    sent = read_ledger(ledger)
    rows = _records(read_table("vehicle_events"))
    on_time = [row for row in rows if not row["late"]]
    return [
        *_events(sent, rows),
        *_late(rows, _records(read_table("late_events"))),
        *_minutes(on_time, _records(read_table("vehicle_minute"))),
        *_crashes(on_time, _records(read_table("crash_candidates")), policies),
    ]


def policies_by_vehicle(dsn: str) -> dict[str, tuple[Any, ...]]:
    """The policy of each insured vehicle in PostgreSQL, for `telematics_differences`."""
    import psycopg

    with psycopg.connect(dsn) as connection:
        query = "SELECT vehicle_id, policy_id, customer_id, product FROM public.policies WHERE vehicle_id IS NOT NULL"
        return {row[0]: tuple(row[1:]) for row in connection.execute(query).fetchall()}


def _events(sent: dict[int, Sent], rows: list[dict[str, Any]]) -> Iterable[str]:
    counts = Counter(row["event_id"] for row in rows)
    doubled = [number for number, count in counts.items() if count > 1]
    missing, surplus = sorted(sent.keys() - counts.keys()), sorted(counts.keys() - sent.keys())
    if doubled:
        yield f"vehicle_events: {len(doubled)} events stand there more than once, such as {sorted(doubled)[:3]}"
    if missing:
        yield f"vehicle_events: {len(missing)} of {len(sent)} events are missing, such as {missing[:3]}"
    if surplus:
        yield f"vehicle_events: {len(surplus)} events were never sent, such as {surplus[:3]}"
    names = ("vehicle_id", "event_time", "sent_at", "kind", "speed_kmh", "acceleration_g")
    for row in rows:
        event = sent.get(row["event_id"])
        wrong = [name for name in names if event is not None and getattr(event, name) != row[name]]
        if wrong:
            yield f"vehicle_events: event {row['event_id']} differs from the ledger in {', '.join(wrong)}"
            return


def _late(rows: list[dict[str, Any]], late: list[dict[str, Any]]) -> Iterable[str]:
    for row in rows:
        if row["late"] != (row["event_time"] <= row["arrived_at"] - LATE):
            yield f"vehicle_events: event {row['event_id']} has late = {row['late']}, arrived at {row['arrived_at']}"
            break
    expected = Counter(row["event_id"] for row in rows if row["late"])
    found = Counter(row["event_id"] for row in late)
    if expected != found:
        yield (
            f"late_events: {(expected - found).total()} of {expected.total()} late events are missing, "
            f"{(found - expected).total()} should not be there"
        )


def _minutes(on_time: list[dict[str, Any]], minutes: list[dict[str, Any]]) -> Iterable[str]:
    groups: dict[tuple[str, datetime], list[dict[str, Any]]] = defaultdict(list)
    for row in on_time:
        groups[row["vehicle_id"], row["event_time"].replace(second=0, microsecond=0)].append(row)
    found: dict[tuple[str, datetime], dict[str, Any]] = {}
    for row in minutes:
        key = (row["vehicle_id"], row["window_start"])
        if key in found:
            yield f"vehicle_minute: {key} stands there twice"
            return
        found[key] = row
    missing, surplus = groups.keys() - found.keys(), found.keys() - groups.keys()
    if missing or surplus:
        total = sum(len(groups[key]) for key in missing)
        yield (
            f"vehicle_minute: {len(missing)} of {len(groups)} windows with {total} events are missing, such as "
            f"{sorted(missing)[:2]}; {len(surplus)} should not be there"
        )
    for key in groups.keys() & found.keys():
        rows, row = groups[key], found[key]
        speeds = [one["speed_kmh"] for one in rows]
        odometers = [one["odometer_km"] for one in rows]
        right = (
            row["events"] == len(rows)
            and row["window_end"] == key[1] + timedelta(minutes=1)
            # Sums of floating point numbers depend on their order.
            and isclose(row["average_speed_kmh"], sum(speeds) / len(speeds), rel_tol=1e-9, abs_tol=1e-9)
            and row["top_speed_kmh"] == max(speeds)
            and row["top_acceleration_g"] == max(abs(one["acceleration_g"]) for one in rows)
            and isclose(row["distance_km"], max(odometers) - min(odometers), abs_tol=1e-9)
        )
        if not right:
            yield f"vehicle_minute: {row} does not follow from the {len(rows)} events on time"
            return


def crashes(on_time: list[dict[str, Any]]) -> dict[int, tuple[Any, ...]]:
    """The crash candidates among events on time: id of the impact -> (vehicle, impact at, standstill at, km/h, g).

    The same rule as the MATCH_RECOGNIZE of the application, as a loop over the events of each vehicle in order.
    """
    by_vehicle: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in on_time:
        by_vehicle[row["vehicle_id"]].append(row)
    candidates: dict[int, tuple[Any, ...]] = {}
    for vehicle, rows in by_vehicle.items():
        rows.sort(key=lambda row: (row["event_time"], row["event_id"]))
        # Impacts that wait for a standstill, the oldest first.
        waiting: list[dict[str, Any]] = []
        for row in rows:
            waiting = [impact for impact in waiting if row["event_time"] - impact["event_time"] < WITHIN]
            if row["speed_kmh"] < STANDSTILL_KMH:
                if waiting:
                    impact = waiting[0]
                    candidates[impact["event_id"]] = (
                        vehicle,
                        impact["event_time"],
                        row["event_time"],
                        impact["speed_kmh"],
                        impact["acceleration_g"],
                    )
                    # A match ends with its standstill; the next begins behind it.
                    waiting = []
            elif abs(row["acceleration_g"]) > IMPACT_G and row["speed_kmh"] > DRIVING_KMH:
                waiting.append(row)
    return candidates


def _crashes(
    on_time: list[dict[str, Any]], rows: list[dict[str, Any]], policies: Mapping[str, tuple[Any, ...]] | None
) -> Iterable[str]:
    expected = crashes(on_time)
    names = ("vehicle_id", "impact_at", "standstill_at", "impact_kmh", "impact_g")
    found = {row["crash_event_id"]: tuple(row[name] for name in names) for row in rows}
    if len(found) != len(rows):
        yield "crash_candidates: a crash stands there twice"
    if found != expected:
        yield (
            f"crash_candidates: {len(expected)} are expected and {len(found)} found; missing: "
            f"{sorted(expected.keys() - found.keys())[:3]}, too many: {sorted(found.keys() - expected.keys())[:3]}, "
            f"different: {[key for key in expected.keys() & found.keys() if expected[key] != found[key]][:3]}"
        )
    if policies is not None:
        for row in rows:
            policy = tuple(row[name] for name in ("policy_id", "customer_id", "product"))
            wanted = policies.get(row["vehicle_id"], (None, None, None))
            if policy != wanted:
                yield f"crash_candidates: {row['vehicle_id']} has the policy {policy} instead of {wanted}"


def _records(table: tuple[list[str], Rows]) -> list[dict[str, Any]]:
    columns, rows = table
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
