"""Seconds from `up` to the first row, downloads apart."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from statistics import median

from components.errors import problem
from operations.bench.figures import Spread
from operations.bench.result import Result, Row
from operations.bench.stand import temporary_layout
from operations.local.layout import REPOSITORY
from operations.local.progress import Wait

RUNS = 3
AIM = 25.0
_PHASES = ("python and imports", "aws resources", "topics", "taskmanager", "connectors", "jobs", "up")

Say = Callable[[str], None]


def measure(wait: Wait, say: Say, runs: int = RUNS) -> Result:
    """Start the platform `runs` times, each in a fresh home. Raises PlatformError where a start fails."""
    taken: list[dict[str, list[float]]] = []
    for number in range(runs):
        say(f"start {number + 1} of {runs}")
        with temporary_layout(wait) as layout:
            environment = os.environ | {"STREAMCTL_HOME": str(layout.home), "STREAMCTL_DIST": str(layout.dist)}
            environment["PYTHONPATH"] = str(REPOSITORY)
            command = [sys.executable, "-m", "operations.bench.start_process", f"{time.time():.3f}"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=REPOSITORY)
            if done.returncode:
                found = (done.stderr.strip() or done.stdout.strip())[-600:]
                raise problem("streamctl up", "", found, "a platform that is up", "run `./streamctl up` by itself")
            found = json.loads(done.stdout)
            if not any(found["rows"].values()):
                raise problem("streamctl up", "rows", "none", "a first row", "see `./streamctl status`")
            taken.append(found["phases"])
    first = Spread.of([phases["first row"][1] for phases in taken])
    rows = [
        Row(f"{name} done", f"{median([phases[name][1] for phases in taken]):.1f} s")
        for name in _PHASES
        if all(name in phases for phases in taken)
    ]
    rows.append(Row("first row readable", first.text(1, "s"), f"aim: {AIM:.0f} s or less"))
    rows.append(Row("first row / 25 s", f"{first.median / AIM:.2f}", "aim: 1 or less"))
    return Result(
        "start",
        "From `up` to the first row",
        f"{runs} starts, each of a fresh Python process in an empty home with everything downloaded: seconds from the "
        "start of the process until a query finds a row in one of the Iceberg tables. Phases run at the same time; "
        "each is given by when it was done (median).",
        rows,
        {"first_row_seconds": asdict(first), "runs": taken},
        [
            "For comparison, not measured here: the same parts started by hand, all at once and with wiped data, had "
            "their first row after 26.9 s on a machine with 2 cores (a single run)."
        ],
    )
