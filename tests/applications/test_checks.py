"""The checks that the end-to-end tests rely on: they pass what is right and find what is wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.application import load_application
from operations.local.generators.fleet import Batch, Fleet
from operations.local.generators.ledger import Ledger
from tests.applications.claims_check import FOLDER, postgres_select
from tests.applications.telematics_check import LATE, crashes, read_ledger, telematics_differences

START = datetime(2026, 5, 1, tzinfo=UTC)
CANDIDATE = ("crash_event_id", "vehicle_id", "impact_at", "standstill_at", "impact_kmh", "impact_g")
Tables = dict[str, list[dict[str, Any]]]


def drive(seconds: float, speed: float, acceleration: float = 0.0, vehicle: str = "V1") -> dict[str, Any]:
    """An event on time; its number says when it was."""
    return {
        "event_id": int(seconds * 10),
        "vehicle_id": vehicle,
        "event_time": START + timedelta(seconds=seconds),
        "speed_kmh": speed,
        "acceleration_g": acceleration,
    }


CRASH = [drive(0, 80), drive(2, 40, -9), drive(4, 12), drive(6, 0)]


@pytest.mark.parametrize(
    ("events", "impacts"),
    [
        (CRASH, [20]),
        (list(reversed(CRASH)), [20]),
        ([*CRASH, *(drive(10 + i, 0) for i in range(5))], [20]),
        # The impact must be hard, and hit a vehicle that drives.
        ([drive(0, 80), drive(2, 40, -4), drive(6, 0)], []),
        ([drive(0, 80), drive(2, 20, -9), drive(6, 0)], []),
        ([drive(0, 0), drive(2, 40, -9), drive(4, 30), drive(6, 2.9)], [20]),
        # Standing still comes after the impact, and within 20 seconds of it.
        ([drive(0, 80), drive(2, 0, -9)], []),
        ([drive(0, 80), drive(2, 40, 9), drive(21.9, 0)], [20]),
        ([drive(0, 80), drive(2, 40, 9), drive(22, 0)], []),
        # Of two impacts the first that is still in time counts; both end with the standstill.
        ([drive(0, 80), drive(2, 60, -9), drive(4, 50, -9), drive(6, 0)], [20]),
        ([drive(0, 80), drive(2, 60, -9), drive(4, 50, -9), drive(23, 0)], [40]),
        # Two crashes one after the other, and two vehicles that are not one.
        ([*CRASH, drive(8, 50), drive(9, 25, 5), drive(11, 1)], [20, 90]),
        ([drive(0, 80), drive(2, 40, -9, "V2"), drive(6, 0)], []),
    ],
)
def test_the_reference_for_crash_candidates(events, impacts):
    assert sorted(crashes(events)) == impacts


@pytest.fixture
def right(tmp_path) -> tuple[Path, Tables]:
    """A ledger, and tables that follow from it. They are made in another way than the check makes them."""
    ledger = tmp_path / "ledger.csv"
    arguments = {"seed": 7, "vehicles": 5, "events_per_second": 5, "late": 0.1, "duplicates": 0.1}
    batch = Batch(0, 200, int(START.timestamp() * 1000))
    file = Ledger(ledger, arguments)
    file.acknowledged(Fleet(**arguments).events(batch))
    file.close()
    odometers = {event.event_id: event.odometer_km for event in Fleet(**arguments).events(batch)}
    tables: Tables = {"vehicle_events": [], "late_events": [], "vehicle_minute": [], "crash_candidates": []}
    for number, sent in read_ledger(ledger).items():
        arrived = sent.sent_at + timedelta(milliseconds=5)
        late = (arrived - sent.event_time) >= LATE
        row = {**vars(sent), "odometer_km": odometers[number], "arrived_at": arrived, "late": late}
        tables["vehicle_events"].append(row)
        if late:
            tables["late_events"].append({"event_id": number})
            continue
        minute = sent.event_time.replace(second=0, microsecond=0)
        key = {"vehicle_id": sent.vehicle_id, "window_start": minute, "window_end": minute + timedelta(minutes=1)}
        found = [one for one in tables["vehicle_minute"] if key.items() <= one.items()]
        if not found:
            found = [{**key, "events": 0, "total": 0.0, "top_speed_kmh": 0.0, "top_acceleration_g": 0.0, "km": []}]
            tables["vehicle_minute"] += found
        window = found[0]
        window["events"] += 1
        window["total"] += sent.speed_kmh
        window["top_speed_kmh"] = max(window["top_speed_kmh"], sent.speed_kmh)
        window["top_acceleration_g"] = max(window["top_acceleration_g"], abs(sent.acceleration_g))
        window["km"].append(odometers[number])
        window["average_speed_kmh"] = window["total"] / window["events"]
        window["distance_km"] = max(window["km"]) - min(window["km"])
    return ledger, tables


def differences(ledger: Path, tables: Tables) -> str:
    def read(name: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        rows = tables[name]
        columns = list(rows[0]) if rows else []
        return columns, [tuple(row.values()) for row in rows]

    return "\n".join(telematics_differences(ledger, read, {}))


def test_tables_that_follow_from_the_ledger_are_passed(right):
    ledger, tables = right
    assert len(tables["late_events"]) > 5
    assert differences(ledger, tables) == ""


@pytest.mark.parametrize(
    ("table", "change", "says"),
    [
        ("vehicle_events", lambda rows: rows.pop(), "1 of 200 events are missing"),
        ("vehicle_events", lambda rows: rows.append(rows[0]), "more than once"),
        ("vehicle_events", lambda rows: rows[0].update(event_id=999), "were never sent"),
        ("vehicle_events", lambda rows: rows[0].update(speed_kmh=-1.0), "differs from the ledger in speed_kmh"),
        ("vehicle_events", lambda rows: rows[0].update(late=not rows[0]["late"]), "has late ="),
        ("late_events", lambda rows: rows.pop(), "late_events: 1 of"),
        ("late_events", lambda rows: rows.append(rows[0]), "1 should not be there"),
        ("vehicle_minute", lambda rows: rows.pop(), "windows with"),
        ("vehicle_minute", lambda rows: rows.append(rows[0]), "stands there twice"),
        ("vehicle_minute", lambda rows: rows[0].update(events=0), "does not follow"),
        (
            "crash_candidates",
            lambda rows: rows.append(dict.fromkeys((*CANDIDATE, "policy_id", "customer_id", "product"), 1)),
            "too many: [1]",
        ),
    ],
)
def test_a_table_that_does_not_follow_is_found(right, table, change, says):
    ledger, tables = right
    change(tables[table])
    assert says in differences(ledger, tables)


def test_a_policy_that_is_not_the_vehicles_is_found(right):
    ledger, tables = right
    tables["crash_candidates"].append(
        {**dict.fromkeys(CANDIDATE), "policy_id": 1, "customer_id": 2, "product": "motor"}
    )
    assert "has the policy (1, 2, 'motor') instead of (None, None, None)" in differences(ledger, tables)


def test_the_query_for_postgresql_is_the_applications_own():
    application = load_application(FOLDER)
    query = postgres_select(application, "claim_summary")
    assert query.startswith("WITH claims_with_policy AS (\nSELECT")
    for statement in (application.transformation.views[0], application.transformation.inserts[2]):
        assert statement.query in query
