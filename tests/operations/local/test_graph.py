"""Tasks that give up: because another one failed, or because somebody has lost patience."""

import signal
import threading
import time

import pytest

from components.errors import PlatformError, problem
from operations.local.graph import Cancel, Event, run
from operations.local.interrupts import undisturbed


def interrupt(number: signal.Signals = signal.SIGINT) -> None:
    """As a person does who has waited for a tenth of a second."""
    threading.Timer(0.1, signal.pthread_kill, (threading.main_thread().ident, number)).start()


@pytest.fixture(autouse=True)
def as_on_the_command_line():
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    for number, _ in before:
        signal.signal(number, signal.default_int_handler)
    yield
    for number, handler in before:
        signal.signal(number, handler)


def test_a_task_that_waits_gives_up_when_another_one_fails():
    def fail(cancel: Cancel) -> None:
        raise problem("one", "", "broken")

    events: list[Event] = []
    began = time.monotonic()
    with pytest.raises(PlatformError, match="broken"):
        run({"slow": ((), lambda cancel: cancel.sleep(60), ""), "fails": ((), fail, "")}, events.append)
    assert time.monotonic() - began < 5
    assert [event.name for event in events if event.state != "starting"] == ["fails"]


def test_an_interrupt_is_heard_at_once_and_the_rest_is_waited_for_by_whoever_asks():
    """One task looks whether to give up; the other is in a call that somebody else has to end."""
    answered, events, cancel = threading.Event(), list[Event](), Cancel()

    def call(cancel: Cancel) -> None:
        answered.wait(60)
        raise problem("service", "", "no answer any more")

    tasks = {"waits": ((), lambda cancel: cancel.sleep(60), ""), "calls": ((), call, "")}
    interrupt()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(tasks, events.append, cancel)
    assert time.monotonic() - began < 5
    assert not cancel.given_up(0.1)
    answered.set()
    assert cancel.given_up(5)
    # It failed because of the interrupt: nothing to be told.
    assert {event.state for event in events} == {"starting"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_must_be_ended_is_not_interrupted(number: signal.Signals, capfd):
    interrupt(number)
    with undisturbed("still at work"):
        time.sleep(0.2)
    assert "still at work" in capfd.readouterr().err
    interrupt(number)
    with pytest.raises(KeyboardInterrupt):
        time.sleep(5)
