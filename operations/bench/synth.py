"""Synth time: of each stack, and how it grows with the number of applications, against the bare SDK."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
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
        f"Seconds of a whole process, Python's start and all imports included, {runs} runs each. Processor seconds, "
        "user and system, stand beside them: other work on the machine moves them less. For the growth, the stack "
        f"`local` gets 10 to 1,000 applications (copies of {TEMPLATE} with names, topics and tables of their own), "
        "read and checked from their files. The bare SDK registers as many resources of the same types with the same "
        "inputs, outputs and exports as plain data, with its own mock monitor and mocks that return what they get: it "
        "reads no specification, checks nothing and renders nothing. The two take turns.",
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
            wall, processor = _compared(runs_of, "process"), _compared(runs_of, "processor")
            growth[size] = wall.platform.median
            evaluation[size] = Spread.of([one["seconds"] for one in runs_of["platform"]]).median
            resources = runs_of["platform"][0]["resources"]
            result.rows += [
                Row(f"{size:,} applications, {resources:,} resources", wall.platform.text(2, "s")),
                Row("  bare SDK", wall.bare.text(2, "s")),
                Row("  ratio", wall.ratio.text(2), f"aim: {AIM} or less"),
                Row("  processor seconds", processor.platform.text(2, "s")),
                Row("  bare SDK, processor seconds", processor.bare.text(2, "s")),
                Row("  ratio of processor seconds", processor.ratio.text(2), f"aim: {AIM} or less"),
            ]
            result.data.setdefault("growth", {})[size] = {
                "resources": resources,
                "platform_seconds": asdict(wall.platform),
                "bare_seconds": asdict(wall.bare),
                "ratio": asdict(wall.ratio),
                "platform_processor_seconds": asdict(processor.platform),
                "bare_processor_seconds": asdict(processor.bare),
                "processor_ratio": asdict(processor.ratio),
                "evaluation_seconds": evaluation[size],
                "peak_memory_mib": round(max(one["memory"] for one in runs_of["platform"]) / 2**20),
            }
    if len(sizes) > 1:
        _growth(result, growth, evaluation)
    return result


@dataclass(frozen=True)
class _Compared:
    """What the platform and the bare SDK took, and the ratio of each run to the one beside it."""

    platform: Spread
    bare: Spread
    ratio: Spread


def _compared(runs_of: dict[str, list[dict[str, Any]]], kind: str) -> _Compared:
    platform, bare = ([one[kind] for one in runs_of[what]] for what in ("platform", "bare"))
    ratios = [p / b for p, b in zip(platform, bare, strict=True)]
    return _Compared(Spread.of(platform), Spread.of(bare), Spread.of(ratios))


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
    say(f"{size:,} applications, the plan that the bare SDK registers")
    _process("plan", str(folder))
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
    """What `synth_process` prints, and of the whole process `process`: seconds, `processor`: seconds of a processor."""
    spent = _processor_seconds()
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
    return {**json.loads(done.stdout), "process": seconds, "processor": _processor_seconds() - spent}


def _processor_seconds() -> float:
    """User and system time of all processes that were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
