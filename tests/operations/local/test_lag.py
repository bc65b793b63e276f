"""The lag of jobs, asked of the broker that librdkafka brings along for tests."""

from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from operations.local.lag import Lag, lag


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """Five records in partition 0 of `here`, of which the group `reader` has read three."""
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "replaced", "log_level": 0})
    (found,) = producer.list_topics(timeout=5).brokers.values()
    for _ in range(5):
        producer.produce("here", b"x", partition=0)
    assert producer.flush(5) == 0
    address = f"{found.host}:{found.port}"
    consumer = Consumer({"bootstrap.servers": address, "group.id": "reader", "log_level": 0})
    consumer.commit(offsets=[TopicPartition("here", 0, 3)], asynchronous=False)
    yield address
    consumer.close()


def test_what_is_behind_the_committed_offset_counts(broker: str):
    assert lag(broker, {"reader": "here"}) == Lag(2)


def test_a_group_that_has_committed_nothing_is_behind_everything(broker: str):
    assert lag(broker, {"reader": "here", "beginner": "here"}) == Lag(2 + 5)


def test_a_topic_that_was_deleted_is_named_and_not_made_again(broker: str):
    for _ in range(2):
        assert lag(broker, {"reader": "here", "other": "deleted"}) == Lag(None, ("deleted",))


def test_without_a_broker_nothing_is_known(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("operations.local.lag._TIMEOUT", 0.2)
    assert lag("127.0.0.1:1", {"reader": "here"}) == Lag(None)


class Stammering(Consumer):
    """Its groups have no coordinator yet, or one partition of them is not known."""

    whole = False

    def committed(self, partitions: list[TopicPartition], timeout: float = 0) -> list[Any]:
        found = super().committed(partitions, timeout)
        if self.whole:
            raise KafkaException(KafkaError(KafkaError.NOT_COORDINATOR))
        return [Refused(), *found[1:]]


class Refused:
    """A partition as it comes back with an error."""

    def __init__(self):
        self.offset, self.error = -1001, KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)


@pytest.mark.parametrize("whole", [False, True])
def test_what_a_group_has_read_is_not_guessed(broker: str, whole: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("confluent_kafka.Consumer", type("Consumer", (Stammering,), {"whole": whole}))
    assert lag(broker, {"reader": "here"}) == Lag(None)
