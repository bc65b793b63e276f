"""Runs tasks at the same time, each as soon as what it comes after is done."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from components.errors import Mistake, PlatformError


@dataclass(frozen=True)
class Event:
    """Something that a person who waits may want to see.

    name:    service or step
    state:   starting: it has been begun; ready: it is done; failed: it will not be
    detail:  what is being waited for, or what went wrong
    seconds: since it was begun
    """

    name: str
    state: Literal["starting", "ready", "failed"]
    detail: str = ""
    seconds: float = 0.0


Report = Callable[[Event], None]


@dataclass(frozen=True)
class Step:
    """Work between services, such as making a bucket once the emulator is ready.

    name:         unique among services and steps
    run:          does it, and looks at the Cancel that it is given where it waits; what it raises stops the start
    starts_after: names of services and steps that must be ready before
    """

    name: str
    run: "Task"
    starts_after: tuple[str, ...] = ()


class Cancelled(Exception):
    """Raised inside a task by `Cancel.check` because another task has failed, or somebody has lost patience."""


class Cancel:
    """Tells all tasks to give up."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._tasks: list[Future[None]] = []

    def set(self) -> None:
        self._event.set()

    def check(self) -> None:
        """Raises Cancelled when the tasks are to give up."""
        if self._event.is_set():
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        """Sleep; raises Cancelled as soon as the tasks are to give up."""
        if self._event.wait(seconds):
            raise Cancelled

    def watch(self, tasks: Sequence[Future[None]]) -> None:
        """These are the tasks."""
        self._tasks = list(tasks)

    def given_up(self, patience: float) -> bool:
        """Wait for the end of all tasks, at most `patience` seconds. Returns whether all have ended.

        One that is in a call to a service ends with that call at the latest.
        """
        return not wait(self._tasks, patience).not_done


Task = Callable[[Cancel], object]


def run(tasks: Mapping[str, tuple[Sequence[str], Task, str]], report: Report, cancel: Cancel | None = None) -> None:
    """Run all tasks; return when all are done.

    tasks:  name -> (names it comes after, the task, what is waited for). Names that are no task are ignored: what they
            stand for is not part of this run
    report: called from several threads, but never twice at once
    cancel: tells the tasks to give up, and knows when they have
    Raises the PlatformErrors of all failed tasks as one; any other exception as it is. After the first failure nothing
    new is begun. KeyboardInterrupt makes the tasks give up and is raised again at once: see `Cancel.given_up`.
    """
    refuse_circles({name: after for name, (after, _, _) in tasks.items()})
    cancel, lock = cancel or Cancel(), threading.Lock()
    interrupted = threading.Event()
    done = {name: threading.Event() for name in tasks}
    failures: list[BaseException] = []

    def tell(event: Event) -> None:
        with lock:
            report(event)

    def work(name: str) -> None:
        after, task, waits_for = tasks[name]
        try:
            for other in after:
                while other in done and not done[other].wait(0.1):
                    cancel.check()
            cancel.check()
        except Cancelled:
            return
        began = time.monotonic()
        try:
            tell(Event(name, "starting", waits_for))
            task(cancel)
            tell(Event(name, "ready", "", time.monotonic() - began))
            done[name].set()
        except Cancelled:
            return
        except BaseException as error:  # told to the caller below
            failures.append(error)
            cancel.set()
            # What fails after an interrupt fails because of it.
            if not interrupted.is_set():
                tell(Event(name, "failed", str(error), time.monotonic() - began))

    pool = ThreadPoolExecutor(max_workers=max(len(tasks), 1), thread_name_prefix="start")
    try:
        futures = [pool.submit(work, name) for name in tasks]
        cancel.watch(futures)
        wait(futures)
    except BaseException:
        interrupted.set()
        cancel.set()
        raise
    finally:
        pool.shutdown(wait=False)
    _raise(failures)


def _raise(failures: list[BaseException]) -> None:
    others = [failure for failure in failures if not isinstance(failure, PlatformError)]
    if others:
        raise others[0]
    if failures:
        raise PlatformError([m for failure in failures if isinstance(failure, PlatformError) for m in failure.mistakes])


def levels(after: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The names in groups: each comes in a later group than all it comes after. Unknown names are ignored."""
    refuse_circles(after)
    sorter = TopologicalSorter({name: [o for o in others if o in after] for name, others in after.items()})
    sorter.prepare()
    groups = []
    while sorter.is_active():
        group = sorted(sorter.get_ready())
        groups.append(group)
        sorter.done(*group)
    return groups


def refuse_circles(after: Mapping[str, Sequence[str]]) -> None:
    """Raises PlatformError where something comes after itself, directly or through others."""
    try:
        TopologicalSorter({name: [o for o in others if o in after] for name, others in after.items()}).prepare()
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise PlatformError(Mistake("services", "starts_after", circle, "an order without circles", "")) from None
