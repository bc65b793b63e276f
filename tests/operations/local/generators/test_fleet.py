"""The synthetic vehicles: repeatable, late and doubled by the shares asked for, and plausible."""

import json
from collections import defaultdict
from itertools import pairwise

import pytest

from operations.local.generators.fleet import LATE_SECONDS, NETWORK_MS, TRIP_REPORTS, Batch, Event, Fleet, message

START = 1_800_000_000_000


def fleet(**changes) -> Fleet:
    return Fleet(**{"seed": 7, "vehicles": 40, "events_per_second": 20, "late": 0.05, "duplicates": 0.02, **changes})


def by_vehicle(events: list[Event]) -> dict[str, list[Event]]:
    groups = defaultdict(list)
    for event in events:
        groups[event.vehicle_id].append(event)
    return groups


def test_the_same_batch_gives_the_same_events():
    batch = Batch(12_345, 500, START)
    assert fleet().events(batch) == fleet().events(batch)
    assert fleet().events(batch) != fleet(seed=8).events(batch)


def test_events_are_numbered_without_gaps_over_batches():
    events = fleet().events(Batch(0, 300, START)) + fleet().events(Batch(300, 50, START + 15_000))
    assert [event.event_id for event in events] == list(range(350))


def test_the_shares_of_late_and_doubled_events_are_those_asked_for():
    events = fleet().events(Batch(0, 20_000, START))
    held = [event.sent_ms - event.event_ms for event in events]
    late = [milliseconds for milliseconds in held if milliseconds >= LATE_SECONDS[0] * 1000]
    # Of 20,000 events 1,000 and 400 are expected; six standard deviations are 185 and 119.
    assert abs(len(late) - 1000) < 185
    assert abs(sum(event.copies == 2 for event in events) - 400) < 119
    assert max(held) < LATE_SECONDS[1] * 1000
    assert all(milliseconds < NETWORK_MS for milliseconds in held if milliseconds not in late)


@pytest.mark.parametrize("share", [0, 0.5])
def test_the_bounds_of_the_shares(share):
    events = fleet(late=share, duplicates=share).events(Batch(0, 2000, START))
    assert any(event.sent_ms - event.event_ms > 10_000 for event in events) == (share > 0)
    assert any(event.copies > 1 for event in events) == (share > 0)


def test_a_vehicle_reports_every_two_seconds_and_in_order():
    events = fleet(late=0).events(Batch(0, 4000, START))
    for reports in by_vehicle(events).values():
        times = [event.event_ms for event in reports]
        assert {later - earlier for earlier, later in pairwise(times)} == {2000}


def test_fewer_vehicles_drive_when_the_rate_is_low_and_all_take_their_turn():
    # At 2 events a second 4 vehicles drive at a time; after ten trips each of the 40 has had its turn.
    events = fleet(events_per_second=2).events(Batch(0, 4 * TRIP_REPORTS * 11, START))
    assert len(by_vehicle(events)) == 40
    assert len(by_vehicle(events[:4])) == 4


def test_an_odometer_never_goes_back():
    events = fleet(events_per_second=2).events(Batch(0, 4 * TRIP_REPORTS * 25, START))
    for reports in by_vehicle(events).values():
        readings = [event.odometer_km for event in reports]
        assert readings == sorted(readings)


def test_measurements_are_plausible():
    reports = [event.report for event in fleet().events(Batch(0, 20_000, START))]
    speeds = [report.speed_kmh for report in reports]
    assert 0 <= min(speeds) <= max(speeds) <= 160
    assert 25 < sum(speeds) / len(speeds) < 80
    assert sum(abs(report.acceleration_g) > 4 for report in reports) < 0.001 * len(reports)
    assert {report.kind for report in reports} == {"drive", "stop"}


def test_a_message_says_what_the_event_says():
    [event] = fleet().events(Batch(99, 1, START))
    value = json.loads(message(event))
    assert (value["event_id"], value["vehicle_id"], value["event_ms"], value["sent_ms"]) == event[:4]
    assert (value["kind"], value["speed_kmh"], value["acceleration_g"]) == event.report[:3]
    assert value["odometer_km"] == pytest.approx(event.odometer_km, abs=0.005)
