"""Synth time: of each stack, and how it grows with the number of applications, against the bare SDK."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from components.errors import problem
from operations.bench.figures import Spread, growth_exponent
from operations.bench.generated import TEMPLATE, write_applications
from operations.bench.result import Result, Row
from operations.local.layout import REPOSITORY
from operations.plan.stack_file import stack_names

SIZES = (10, 100, 1000)
RUNS = 5
AIM = 1.5

Say = Callable[[str], None]


def measure(say: Say, sizes: tuple[int, ...] = SIZES, runs: int = RUNS, stacks: Sequence[str] | None = None) -> Result:
    """Evaluate stacks (default: all), and generated applications. Raises PlatformError where an evaluation fails."""
    result = Result(
        "synth",
        "Synth",
        f"Seconds of a whole process, Python's start and all imports included, {runs} runs each. For the growth, the "
        f"stack `local` gets 10 to 1,000 applications (copies of {TEMPLATE} with names, topics and tables of their "
        "own), read and checked from their files. The bare SDK registers as many resources of the same types with the "
        "same inputs, outputs and exports as plain data, with its own mock monitor and mocks that return what they "
        "get: it reads no specification, checks nothing and renders nothing. The two take turns.",
    )
    for stack in stack_names() if stacks is None else stacks:
        say(f"stack {stack}")
        seconds = Spread.of([_process("stack", stack)["process"] for _ in range(runs)])
        result.rows.append(Row(f"stack {stack}", seconds.text(2, "s")))
        result.data.setdefault("stacks", {})[stack] = asdict(seconds)
    growth: dict[int, float] = {}
    evaluation: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="streamctl-bench-") as temporary:
        for size in sizes:
            folder = Path(temporary) / str(size)
            write_applications(folder, size)
            runs_of = _in_turns(folder, size, runs, say)
            ratio = Spread.of([p["process"] / b["process"] for p, b in zip(*runs_of.values(), strict=True)])
            spreads = {what: Spread.of([one["process"] for one in found]) for what, found in runs_of.items()}
            growth[size] = spreads["platform"].median
            evaluation[size] = Spread.of([one["seconds"] for one in runs_of["platform"]]).median
            resources = runs_of["platform"][0]["resources"]
            result.rows += [
                Row(f"{size:,} applications, {resources:,} resources", spreads["platform"].text(2, "s")),
                Row("  bare SDK", spreads["bare"].text(2, "s")),
                Row("  ratio", ratio.text(2), f"aim: {AIM} or less"),
            ]
            result.data.setdefault("growth", {})[size] = {
                "resources": resources,
                "platform_seconds": asdict(spreads["platform"]),
                "bare_seconds": asdict(spreads["bare"]),
                "ratio": asdict(ratio),
                "evaluation_seconds": evaluation[size],
                "peak_memory_mib": round(max(one["memory"] for one in runs_of["platform"]) / 2**20),
            }
    if len(sizes) > 1:
        _growth(result, growth, evaluation)
    return result


def _growth(result: Result, growth: dict[int, float], evaluation: dict[int, float]) -> None:
    smallest, *_, largest = sorted(growth)
    middle = sorted(growth)[len(growth) // 2]
    steps = {
        f"{low} to {high}": (growth[high] - growth[low]) / (high - low) * 1000
        for low, high in ((smallest, middle), (middle, largest))
        if high > low
    }
    exponent = growth_exponent(evaluation)
    for step, milliseconds in steps.items():
        result.rows.append(Row(f"each further application, {step}", f"{milliseconds:.1f} ms", "linear: the same twice"))
    result.rows.append(Row("exponent of the evaluation's growth", f"{exponent:.2f}", "linear: 1 or less"))
    result.data["milliseconds_per_further_application"] = steps
    result.data["growth_exponent"] = exponent


def _in_turns(folder: Path, size: int, runs: int, say: Say) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"platform": [], "bare": []}
    for number in range(runs):
        for what, taken in found.items():
            say(f"{size:,} applications, {what}, run {number + 1} of {runs}")
            taken.append(_process(what, str(folder)))
    counts = {one["resources"] for taken in found.values() for one in taken}
    if len(counts) != 1:
        raise problem("bench synth", "", f"{sorted(counts)} resources", "as many in all runs", "the figures differ")
    return found


def _process(what: str, argument: str) -> dict[str, Any]:
    """What `synth_process` prints, and `process`: the seconds of the whole process."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "operations.bench.synth_process", what, argument],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        raise problem(f"bench synth ({what})", "", done.stderr.strip()[-600:], "", "run `streamctl synth` by itself")
    return {**json.loads(done.stdout), "process": seconds}
