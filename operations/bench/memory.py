"""Peak memory of each service, sampled while something else is measured."""

import threading
import time

from operations.bench.result import Result, Row
from operations.local import processes
from operations.local.layout import Layout
from operations.local.service_status import memory

INTERVAL = 0.5
LIMIT = 4 * 2**30
SUPERVISOR = "supervisord"


class Sampler:
    """Watches the services of a platform in a thread of its own: `with Sampler(layout) as sampler: ...`."""

    def __init__(self, layout: Layout):
        self._layout = layout
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="memory-sampler")
        self.peaks: dict[str, int] = {}
        """Service -> its most bytes at one moment."""
        self.total = 0
        """The most bytes of all services at one moment."""
        self.samples = 0

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def sample(self, pids: dict[str, int]) -> None:
        """Look once. pids: service -> process; its children are counted with it, but the supervisor's"""
        # The services are children of the supervisor, and counted already.
        now = {name: memory(pid, children=name != SUPERVISOR) for name, pid in pids.items()}
        for name, found in now.items():
            self.peaks[name] = max(self.peaks.get(name, 0), found)
        self.total = max(self.total, sum(now.values()))
        self.samples += 1

    def _run(self) -> None:
        pids, looked = services(self._layout), time.monotonic()
        while not self._stop.wait(INTERVAL):
            # Finding processes costs far more than looking at known ones, and none changes in a quiet run.
            if time.monotonic() - looked > 30:
                pids, looked = services(self._layout), time.monotonic()
            self.sample(pids)


def services(layout: Layout) -> dict[str, int]:
    """Service -> its first process; the supervisor too."""
    pids: dict[str, int] = {}
    for owned in processes.owned(layout):
        name = owned.service or SUPERVISOR
        # A child was started after its parent, which counts it.
        pids[name] = min(pids.get(name, owned.process.pid), owned.process.pid)
    supervisor = pids.pop(SUPERVISOR, None)
    return pids if supervisor is None else pids | {SUPERVISOR: supervisor}


def result(sampler: Sampler, during: str) -> Result:
    """The figures of a sampler that has ended. during: what ran meanwhile"""
    peaks = {name: peak for name, peak in sampler.peaks.items() if name != SUPERVISOR}
    mebibytes = {name: round(peak / 2**20) for name, peak in sorted(peaks.items(), key=lambda item: -item[1])}
    rows = [Row(name, f"{peak:,} MiB") for name, peak in mebibytes.items()]
    rows.append(Row("all services at one moment", f"{sampler.total / 2**20:,.0f} MiB", "aim: 4,096 MiB or less"))
    rows.append(Row("all / 4 GiB", f"{sampler.total / LIMIT:.2f}", "aim: 1 or less"))
    how = (
        f"Resident memory of each service (of child processes only what they do not share), sampled every {INTERVAL} s "
        f"while {during}; {sampler.samples} samples. The sum is the largest of one moment."
    )
    data = {"peak_mib": mebibytes, "peak_sum_mib": round(sampler.total / 2**20), "of_4_gib": sampler.total / LIMIT}
    return Result("memory", "Memory", how, rows, data)
