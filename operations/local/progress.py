"""What a person sees while `up` and `down` work: what is waited for, and how far it is."""

import sys
import time
from types import TracebackType

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from operations.console import errors
from operations.local.graph import Event

# Seconds between two lines of the same wait where there is no terminal to draw on.
_EVERY = 10.0


class Wait:
    """Shows `Event`s: in a terminal as bars that vanish when done, elsewhere as one line per finished thing."""

    def __init__(self, quiet: bool = False):
        self._quiet = quiet
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}", style="dim", markup=False),
            console=errors,
            transient=True,
            disable=quiet or not errors.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, float] = {}

    def __enter__(self) -> "Wait":
        self._bars.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bars.stop()

    def event(self, event: Event) -> None:
        """Show that something began, is done or has failed."""
        if event.state == "starting":
            # "to end" is what a service is waited for when it is stopped.
            what = f"it {event.detail}" if event.detail.startswith("to ") else event.detail
            self.share(event.name, None, event.detail and f"waiting for {what}")
            return
        self._remove(event.name)
        if event.state == "ready":
            self._line(Text.assemble(("ready", "green"), f"  {event.name} ", (f"{event.seconds:.1f} s", "dim")))
        else:
            self._line(Text.assemble(("failed", "red"), f" {event.name}"))

    def share(self, name: str, share: float | None, detail: str = "") -> None:
        """Show how much of `name` is done: 0 to 1, or None where nobody knows."""
        if self._bars.disable:
            if detail and time.monotonic() - self._said.setdefault(name, time.monotonic()) > _EVERY:
                self._said[name] = time.monotonic()
                self._line(Text(f"...    {name}: {detail}", style="dim"))
            return
        total = None if share is None else 1.0
        detail = detail[:70]
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total, detail=detail)
        else:
            self._bars.update(self._tasks[name], total=total, completed=share or 0, detail=detail)

    def done(self, name: str, said: str = "") -> None:
        """`name` is finished; leave `said` on the screen."""
        self._remove(name)
        if said:
            self._line(Text(said))

    def _remove(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task is not None:
            self._bars.remove_task(task)

    def _line(self, text: Text) -> None:
        if not self._quiet:
            errors.print(text, soft_wrap=True)
            sys.stderr.flush()
