"""Synthetic vehicles: what each of them reports, as a function of the number of the event.

Nothing here depends on the clock or on what was generated before: an event is made from its number and from the batch
that it belongs to, so that a producer that was killed makes the same events again.
"""

import math
import random
from dataclasses import dataclass
from typing import NamedTuple

from operations.local.generators.portfolio import vehicle_id

# Seconds between two reports of a vehicle, as far as the rate allows.
REPORT_SECONDS = 2
# Reports in a trip: five minutes.
TRIP_REPORTS = 150
# Trips drawn once and driven again by other vehicles; drawing each anew would cost more than sending it.
TRIPS = 128
# Of these, trips that end in a crash. Far more than on real roads, so that a demonstration of minutes shows some.
CRASHES = 2
# Trips with one hit of a pothole: an impact of a similar size, and the vehicle drives on.
POTHOLES = 4
# Kind of road: share of the trips, mean speed and its spread in km/h.
ROADS = ((0.5, 32.0, 12.0), (0.3, 74.0, 13.0), (0.2, 116.0, 14.0))
# A late event was held back by its device for so many seconds. From 10 seconds on the application counts it as late.
LATE_SECONDS = (12.0, 120.0)
# A report is under way for up to this many milliseconds; each vehicle always as long, so that its order is kept.
NETWORK_MS = 800
# Degrees. Trips start in a square around this point; any would do.
CENTRE, SPREAD = (48.5, 11.5), 1.5
_KM_PER_DEGREE = 111.32
_G = 9.81
# Kilometres by which an odometer goes up from one trip to the next; no trip is longer than 2 s x 150 x 160 km/h.
_KM_PER_TRIP = 15
_MIX = 2654435761


class Report(NamedTuple):
    """One position of a trip: what a vehicle measures there. The acceleration is along the axis of travel."""

    kind: str
    speed_kmh: float
    acceleration_g: float
    km: float
    """Since the start of the trip."""
    json: bytes
    """The members of the message that are the same for each vehicle on this trip, written once for all of them."""


class Event(NamedTuple):
    """One report of one vehicle. Times in milliseconds since 1970."""

    event_id: int
    vehicle_id: str
    event_ms: int
    sent_ms: int
    report: Report
    odometer_km: float
    copies: int
    """How often it is sent; not part of the message."""


@dataclass(frozen=True)
class Batch:
    """Events `first` to `first + count - 1`, sent from `base_ms` on."""

    first: int
    count: int
    base_ms: int


class Fleet:
    """Vehicles that drive one trip after the other.

    seed:              the same seed gives the same vehicles
    vehicles:          how many there are; at most so many drive at a time that each reports every 2 seconds
    events_per_second: of all vehicles together
    late, duplicates:  share of the events that come late, and that are sent twice
    """

    def __init__(self, seed: int, vehicles: int, events_per_second: int, late: float, duplicates: float):
        self._seed, self._vehicles, self._rate = seed, vehicles, events_per_second
        self._late, self._duplicates = late, duplicates
        self._driving = min(vehicles, max(1, events_per_second * REPORT_SECONDS))
        draw = random.Random(seed)
        # Crashes and potholes stand at the front of the pool; which trip is driven is drawn by its number.
        self._trips = [_trip(draw, number < CRASHES, CRASHES <= number < CRASHES + POTHOLES) for number in range(TRIPS)]
        self._offsets = [draw.randrange(TRIP_REPORTS) for _ in range(self._driving)]
        self._names = [vehicle_id(number) for number in range(vehicles)]
        self._odometers = [draw.uniform(2_000, 120_000) for _ in range(vehicles)]
        self._delays = [draw.randrange(NETWORK_MS) for _ in range(vehicles)]

    def events(self, batch: Batch) -> list[Event]:
        """The events of `batch`, in the order in which they are sent."""
        draw = random.Random(self._seed * _MIX + batch.first).random
        step = 1000 / self._rate
        shortest, longest = (seconds * 1000 for seconds in LATE_SECONDS)
        # This loop decides how many events a second are made at full speed, hence the local names.
        driving, vehicles, late, once = self._driving, self._vehicles, self._late, 1 - self._duplicates
        offsets, delays, names, odometers, trips = (
            self._offsets,
            self._delays,
            self._names,
            self._odometers,
            self._trips,
        )
        events = []
        for number in range(batch.first, batch.first + batch.count):
            tick, slot = divmod(number, driving)
            trip, position = divmod(tick + offsets[slot], TRIP_REPORTS)
            # Of the vehicles slot, slot + driving, slot + 2 driving, ... one after the other drives.
            again, turn = divmod(trip, (vehicles - 1 - slot) // driving + 1)
            vehicle = slot + turn * driving
            drawn = ((slot + 1) * _MIX + trip * 40503 + self._seed) & 0xFFFFFFFF
            report = trips[(drawn >> 8) % TRIPS][position]
            sent = batch.base_ms + int((number - batch.first) * step)
            chance = draw()
            held = delays[vehicle] if chance >= late else int(shortest + (longest - shortest) * draw())
            odometer = odometers[vehicle] + again * _KM_PER_TRIP + report.km
            copies = 1 if chance < once else 2
            events.append(Event(number, names[vehicle], sent - held, sent, report, odometer, copies))
        return events


def message(event: Event) -> bytes:
    """The value of the event's Kafka record: the JSON object that the application telematics reads."""
    return b'{"event_id":%d,"vehicle_id":"%b","event_ms":%d,"sent_ms":%d,%b,"odometer_km":%.2f}' % (
        event.event_id,
        event.vehicle_id.encode(),
        event.event_ms,
        event.sent_ms,
        event.report.json,
        event.odometer_km,
    )


def heartbeat(now_ms: int) -> bytes:
    """The value of a record that says only how late it is."""
    return b'{"event_ms":%d,"sent_ms":%d,"kind":"heartbeat"}' % (now_ms, now_ms)


def _trip(draw: random.Random, crash: bool, pothole: bool) -> list[Report]:
    """The reports of one trip. A crash happens at speed, so such trips are on faster roads."""
    roads = ROADS[1:] if crash else ROADS
    [(_, mean, spread)] = draw.choices(roads, [share for share, _, _ in roads])
    event_at = draw.randrange(TRIP_REPORTS // 3, TRIP_REPORTS * 2 // 3) if crash or pothole else -1
    speed, heading, km = 0.0, draw.uniform(0, 2 * math.pi), 0.0
    latitude, longitude = draw.uniform(-SPREAD, SPREAD), draw.uniform(-SPREAD, SPREAD)
    reports: list[Report] = []
    for position in range(TRIP_REPORTS):
        before = speed
        impact = None
        if crash and position >= event_at:
            # The report of the impact still shows half the speed; from the next on the vehicle stands.
            speed = before / 2 if position == event_at else 0.0
            impact = -draw.uniform(6, 40) if position == event_at else 0.0
        elif position >= TRIP_REPORTS - 5:
            speed = max(0.0, before - mean / 4)
        elif mean < 50 and draw.random() < 0.04 and event_at - 3 > position:
            # A traffic light.
            speed = 0.0
        else:
            # Speeds return to the mean of the road, as an Ornstein-Uhlenbeck process does.
            speed = min(160.0, max(0.0, before + 0.25 * (mean - before) + draw.gauss(0, spread / 3)))
            if crash and position == event_at - 1:
                speed = max(speed, 60.0)
            if pothole and position == event_at:
                impact = draw.choice((-1, 1)) * draw.uniform(4.5, 6)
        change = (speed - before) / 3.6 / REPORT_SECONDS / _G
        acceleration = impact if impact is not None else max(-1.1, min(0.6, change)) + draw.gauss(0, 0.02)
        heading += draw.gauss(0, 0.15)
        distance = (speed + before) / 2 * REPORT_SECONDS / 3600
        km += distance
        latitude += distance * math.cos(heading) / _KM_PER_DEGREE
        longitude += distance * math.sin(heading) / (_KM_PER_DEGREE * math.cos(math.radians(CENTRE[0] + latitude)))
        kind = "drive" if speed >= 1 else "stop"
        text = b'"kind":"%b","speed_kmh":%.1f,"acceleration_g":%.2f,"latitude":%.5f,"longitude":%.5f' % (
            kind.encode(),
            speed,
            acceleration,
            CENTRE[0] + latitude,
            CENTRE[1] + longitude,
        )
        # Rounded as in the message, so that the ledger says the same.
        reports.append(Report(kind, round(speed, 1), round(acceleration, 2), km, text))
    return reports
