"""Services that are away in the middle of a step."""

import errno
import threading
import time

import psutil
import psycopg
import pytest

from components.errors import PlatformError
from operations.local import topics
from operations.local.graph import Cancel, Cancelled
from operations.local.outages import explained


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connection refused"),
        TimeoutError(),
        psycopg.OperationalError("server closed\n  the connection"),
        psutil.NoSuchProcess(0),
    ],
)
def test_the_end_of_a_service_is_told_with_its_name(error: Exception):
    with pytest.raises(PlatformError) as caught, explained("postgres", "captured tables"):
        raise error
    (mistake,) = caught.value.mistakes
    assert (mistake.where, mistake.key) == ("postgres", "captured tables")
    assert mistake.found.endswith(f"({type(error).__name__})")
    assert "\n" not in mistake.found
    assert "./streamctl logs postgres" in mistake.remedy


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), ZeroDivisionError(), Cancelled()])
def test_what_is_none_of_its_doing_goes_on_as_it_is(error: Exception):
    with pytest.raises(type(error)), explained("postgres", "captured tables"):
        raise error


def test_a_broker_that_is_away_is_told_and_not_waited_for_when_nobody_waits(monkeypatch):
    monkeypatch.setattr(topics, "TIMEOUT", 0.3)
    with pytest.raises(PlatformError) as caught:
        topics.ensure_topics("127.0.0.1:1", {})
    (mistake,) = caught.value.mistakes
    assert (mistake.where, mistake.key) == ("kafka", "topics")
    assert "KafkaException" in mistake.found
    assert "{" not in mistake.found
    monkeypatch.setattr(topics, "TIMEOUT", 60)
    monkeypatch.setattr(topics, "_ATTEMPT", 0.1)
    cancel = Cancel()
    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        topics.ensure_topics("127.0.0.1:1", {}, cancel)
    assert time.monotonic() - began < 10
