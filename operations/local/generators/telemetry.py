"""Vehicles that report to Kafka: `python -m operations.local.generators.telemetry config.json`.

Keys of the JSON file: bootstrap_servers, ledger (CSV file of acknowledged events; null: none is kept), seed, vehicles,
events_per_second, late and duplicates (shares), topic (default telematics.events), events (how many in all; from then
on heartbeats only; default null: endless). `partitions` is taken from the broker.
"""

import heapq
import logging
import threading
import time
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from components.errors import problem
from operations.local.generators.fleet import Batch, Event, Fleet, heartbeat, message
from operations.local.generators.ledger import Ledger
from operations.local.generators.process import configuration, run, stop_on_signal

TOPIC = "telematics.events"
# Seconds between two batches, and the largest batch: at full speed some 0.1 s of events.
_STEP = 0.05
_LARGEST = 20_000
# Seconds between two heartbeats of a partition.
_HEARTBEAT = 1.0
# Seconds until the second copy of an event is sent, and events held back for that at most.
_COPY_AFTER = 2.0
_COPIES_HELD = 100_000
# Seconds that an orderly end waits for acknowledgements. What is missing then is sent again at the next start.
_LAST_FLUSH = 5.0

log = logging.getLogger(__name__)


class Telemetry:
    """Sends batches of events, each acknowledged as a whole before the next."""

    def __init__(self, config: dict[str, Any], stop: threading.Event):
        self._topic, self._stop = config.get("topic") or TOPIC, stop
        arguments = {key: config[key] for key in ("seed", "vehicles", "events_per_second", "late", "duplicates")}
        self._fleet = Fleet(**arguments)
        self._ledger = Ledger(Path(config["ledger"]), arguments) if config.get("ledger") else None
        self._next, self._failure = 0, None
        # Second copies that wait for their time: (time, event number, message, key).
        self._copies: list[tuple[float, int, bytes, bytes]] = []
        self._producer = Producer(
            {
                "bootstrap.servers": config["bootstrap_servers"],
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": 5,
                "batch.num.messages": 10_000,
                "queue.buffering.max.messages": 2 * _LARGEST + _COPIES_HELD,
                # 0: never give up. A broker that is away for an hour costs time and no event.
                "message.timeout.ms": 0,
                # As Kafka's Java clients do, so that whoever else writes a vehicle's events hits the same partition.
                "partitioner": "murmur2_random",
                "delivery.report.only.error": True,
                "on_delivery": self._undelivered,
                "error_cb": lambda error: log.warning("kafka: %s", error),
                "reconnect.backoff.max.ms": 1000,
            }
        )
        self._partitions = self._count_partitions()

    def resume(self) -> int:
        """Send again what a killed predecessor may have left half sent. Returns the number of the next event."""
        if self._ledger is None:
            return self._next
        pending = self._ledger.pending()
        self._next = self._ledger.next
        if pending:
            batch, arguments = pending
            log.info("sending events %d to %d again", batch.first, batch.first + batch.count - 1)
            self._deliver(batch, Fleet(**arguments).events(batch))
        return self._next

    def send(self, count: int) -> int:
        """Send the next `count` events and wait for Kafka. Returns the number of the event after them."""
        batch = Batch(self._next, count, time.time_ns() // 1_000_000)
        if self._ledger:
            self._ledger.plan(batch)
        self._deliver(batch, self._fleet.events(batch))
        return self._next

    def beat(self) -> None:
        """One heartbeat on every partition, so that the watermark goes on where no vehicle drives."""
        value = heartbeat(time.time_ns() // 1_000_000)
        for partition in range(self._partitions):
            self._producer.produce(self._topic, value, partition=partition)
        self._producer.poll(0)

    def close(self) -> None:
        """Send the copies that are still held back, and wait a little for Kafka."""
        self._send_copies(float("inf"))
        self._producer.flush(_LAST_FLUSH)
        if self._ledger:
            self._ledger.close()

    def _deliver(self, batch: Batch, events: list[Event]) -> None:
        records, again = [], time.monotonic() + _COPY_AFTER
        for event in events:
            value, key = message(event), event.vehicle_id.encode()
            records.append({"value": value, "key": key})
            if event.copies > 1 and len(self._copies) < _COPIES_HELD:
                heapq.heappush(self._copies, (again, event.event_id, value, key))
        self._produce(records)
        self._send_copies(time.monotonic())
        since = time.monotonic()
        while self._producer.flush(0.5) > 0:
            if self._stop.is_set() and time.monotonic() - since > _LAST_FLUSH:
                return
            self._check()
        self._check()
        if self._ledger:
            self._ledger.acknowledged(events)
        self._next = batch.first + batch.count

    def _send_copies(self, until: float) -> None:
        records = []
        while self._copies and self._copies[0][0] <= until:
            _, _, value, key = heapq.heappop(self._copies)
            records.append({"value": value, "key": key})
        self._produce(records)

    def _produce(self, records: list[dict[str, Any]]) -> None:
        """Hand records to the client. Its queue has room for them: it is empty at the end of each batch."""
        if records and self._producer.produce_batch(self._topic, records) != len(records):
            raise problem(self._topic, "", "the queue of the Kafka client is full", "", "lower events_per_second")

    def _undelivered(self, error: KafkaError, _: Any) -> None:
        if error is not None:
            self._failure = error

    def _check(self) -> None:
        """Stop at an error after which the client delivers nothing any more; the next start goes on from the plan."""
        if self._failure is not None:
            found, remedy = str(self._failure), "see the broker's log; a restart sends what is missing"
            raise problem(self._topic, "", found, "acknowledged events", remedy)

    def _count_partitions(self) -> int:
        """The partitions of the topic; waits for the broker and for the topic."""
        while not self._stop.is_set():
            try:
                known = self._producer.list_topics(self._topic, timeout=5).topics[self._topic]
                if known.error is None:
                    return len(known.partitions)
                log.warning("the topic %s: %s", self._topic, known.error)
            except KafkaException as error:
                log.warning("waiting for Kafka: %s", error)
            self._stop.wait(1)
        return 0


def main(arguments: list[str]) -> None:
    """Send events at the given rate until they are sent or a signal comes, then heartbeats until a signal comes."""
    keys = {"bootstrap_servers", "seed", "vehicles", "events_per_second", "late", "duplicates"}
    config = configuration(arguments, keys)
    stop = stop_on_signal()
    telemetry = Telemetry(config, stop)
    rate, limit = config["events_per_second"], config.get("events")
    sent = 0 if stop.is_set() else telemetry.resume()
    due, last, beat, announced = 0.0, time.monotonic(), 0.0, False
    while not stop.is_set():
        now = time.monotonic()
        # What a slow broker did not take in a second is dropped: the rate is the aim, not a debt.
        due, last = min(due + (now - last) * rate, max(rate, 1.0)), now
        count = min(int(due), _LARGEST if limit is None else min(_LARGEST, limit - sent))
        if count > 0:
            sent = telemetry.send(count)
            due -= count
        if now - beat >= _HEARTBEAT:
            telemetry.beat()
            beat = now
        if limit is not None and sent >= limit and not announced:
            log.info("%d events sent; heartbeats from now on", sent)
            announced = True
        if due < 1:
            stop.wait(_STEP)
    telemetry.close()
    log.info("%d events sent", sent)


if __name__ == "__main__":
    run(main)
