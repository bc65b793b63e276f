"""Work that is to be ended whatever happens at the keyboard."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed(said: str) -> Iterator[None]:
    """Let the body come to its end: SIGINT and SIGTERM only print `said` meanwhile.

    In another thread than the main one, to which signals do not come, it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def say(*_: object) -> None:
        # Not by print: what the signal has interrupted may be printing.
        os.write(sys.stderr.fileno(), f"\n{said}\n".encode())

    before = {number: signal.signal(number, say) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
