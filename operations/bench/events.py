"""Vehicle events in a topic of the bench's own: the platform's generator, on a clock of its own.

Event times follow from the number of the event and not from the moment of sending, so that the same arguments give the
same records, and the same rows, on every machine.
"""

from collections import deque
from dataclasses import dataclass

from confluent_kafka import KafkaException, Producer

from components.errors import problem
from operations.local.generators.fleet import Batch, Fleet, heartbeat, message
from operations.local.topics import ensure_topics

TOPIC = "bench.events"
PARTITIONS = 4
SEED = 7
# A fleet of 40,000 vehicles, of which each that drives reports every 2 seconds.
RATE, VEHICLES = 20_000, 40_000
LATE, DUPLICATES = 0.005, 0.01
# 2026-01-01T00:00:00Z. Any whole minute would do.
BEGIN_MS = 1_767_225_600_000
# From the sending of an event to its arrival in the topic, and from a copy to the next.
_TRANSFER_MS, _COPY_AFTER_MS = 20, 2000
# From here on transform.sql of telematics counts an event as late.
_LATE_MS = 10_000
_BATCH = 20_000


@dataclass(frozen=True)
class Sent:
    """What lies in the topic. records: all; events: distinct ones; late: of these; size: bytes of all values."""

    records: int
    events: int
    late: int
    size: int


def fill(bootstrap_servers: str, events: int) -> Sent:
    """Create the topic and write `events` distinct events, copies of some, and heartbeats. Returns what was written.

    Raises PlatformError where Kafka does not take all of them.
    """
    # The records are as old as their events: by default Kafka would delete them at once.
    declared = {
        "partitions": PARTITIONS,
        "replication_factor": 1,
        "config": {"retention.ms": "-1", "message.timestamp.type": "CreateTime"},
    }
    ensure_topics(bootstrap_servers, {TOPIC: declared})
    failed: list[str] = []
    producer = Producer(
        {
            "bootstrap.servers": bootstrap_servers,
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 20,
            "batch.num.messages": 10_000,
            "queue.buffering.max.messages": 4 * _BATCH,
            "partitioner": "murmur2_random",
            "delivery.report.only.error": True,
            "on_delivery": lambda error, _: failed.append(str(error)) if error is not None else None,
        }
    )
    fleet = Fleet(SEED, VEHICLES, RATE, LATE, DUPLICATES)
    copies: deque[tuple[int, bytes, bytes]] = deque()
    records = late = size = 0

    def send(value: bytes, key: bytes, at: int) -> None:
        nonlocal records, size
        producer.produce(TOPIC, value, key, timestamp=at)
        records += 1
        size += len(value)

    try:
        for first in range(0, events, _BATCH):
            batch = Batch(first, min(_BATCH, events - first), BEGIN_MS + first * 1000 // RATE)
            for event in fleet.events(batch):
                value, key, at = message(event), event.vehicle_id.encode(), event.sent_ms + _TRANSFER_MS
                send(value, key, at)
                late += at - event.event_ms >= _LATE_MS
                if event.copies > 1:
                    copies.append((at + _COPY_AFTER_MS, value, key))
                while copies and copies[0][0] <= at:
                    again, value, key = copies.popleft()
                    send(value, key, again)
            producer.flush()
            for partition in range(PARTITIONS):
                producer.produce(TOPIC, heartbeat(batch.base_ms), partition=partition, timestamp=batch.base_ms)
                records += 1
        for at, value, key in copies:
            send(value, key, at)
        left = producer.flush(60)
    except (KafkaException, BufferError) as error:
        raise problem(f"topic {TOPIC}", "", str(error), "", "see the broker's log") from None
    if left or failed:
        found = failed[0] if failed else f"{left} records that Kafka has not acknowledged after 60 s"
        raise problem(f"topic {TOPIC}", "", found, "", "see the broker's log")
    return Sent(records, events, late, size)
