"""`streamctl bench`."""

import os
from collections.abc import Callable
from pathlib import Path

import click
from rich.text import Text

from components.errors import problem
from operations.bench import machine
from operations.bench.result import Result, as_json, document
from operations.console import console, errors
from operations.local.progress import Wait

PARTS = ("synth", "start", "latency", "throughput", "memory")
"""In the order in which they run. `latency`, `throughput` and `memory` share one platform."""

_WITH_EVENTS = {"throughput", "memory"}


def bench(parts: tuple[str, ...], events: int, as_json: bool, output: Path | None) -> None:
    """Measure, and show each part as soon as it is known.

    parts:   which of `PARTS`; () means all
    events:  distinct events of the throughput run
    as_json: print one JSON object at the end instead of tables
    output:  Markdown file to write the figures to, each part in place of what the file has of it; None writes none
    """
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise problem("streamctl bench", "--part", unknown[0], ", ".join(PARTS), "choose one of these")
    if events < 1:
        raise problem("streamctl bench", "--events", events, "1 or more", "give a positive number")
    if output is not None:
        _check(output)
    chosen = tuple(part for part in PARTS if part in (parts or PARTS))
    results: list[Result] = []

    def show(result: Result) -> None:
        results.append(result)
        if not as_json:
            console.print(result.as_table(), "")
            for note in result.notes:
                console.print(Text(note, "dim"), soft_wrap=True)

    with Wait(quiet=as_json) as wait:
        _run(chosen, events, wait, show)
    if as_json:
        click.echo(_json(results))
    if output is not None:
        filled = [f"--events {events}"] if _WITH_EVENTS & set(chosen) else []
        command = " ".join(["./streamctl bench", *(f"--part {part}" for part in parts), *filled])
        old = output.read_text(encoding="utf-8") if output.exists() else ""
        output.write_text(document(results, machine.words(), command, old), encoding="utf-8")
        errors.print(Text(f"written: {output}"), soft_wrap=True)


def _check(output: Path) -> None:
    """Raises PlatformError where the figures could not be written, before an hour of measuring."""
    if not output.parent.is_dir():
        remedy = f"make it first: mkdir -p {output.parent}"
        raise problem("streamctl bench", "--output", output, "a file in a folder that exists", remedy)
    if not os.access(output if output.exists() else output.parent, os.W_OK):
        raise problem("streamctl bench", "--output", output, "a file that may be written", "give another one")


def _run(chosen: tuple[str, ...], events: int, wait: Wait, show: Callable[[Result], None]) -> None:
    def say_of(part: str) -> Callable[[str], None]:
        return lambda what: wait.share(part, None, what)

    def finished(result: Result, warning: str | None) -> None:
        wait.done(result.part)
        if warning:
            result.notes.append(warning)
        show(result)

    if "synth" in chosen:
        from operations.bench import synth

        warning = machine.warning("synth")
        finished(synth.measure(say_of("synth")), warning)
    if "start" in chosen:
        from operations.bench import start

        warning = machine.warning("start")
        finished(start.measure(wait, say_of("start")), warning)
    if {"latency", "throughput", "memory"} & set(chosen):
        _on_a_stand(chosen, events, wait, say_of, finished)


def _on_a_stand(
    chosen: tuple[str, ...],
    events: int,
    wait: Wait,
    say_of: Callable[[str], Callable[[str], None]],
    finished: Callable[[Result, str | None], None],
) -> None:
    """The parts that need a platform, on one."""
    from operations.bench import latency, memory, throughput
    from operations.bench.events import fill
    from operations.bench.stand import stand

    warning = machine.warning("the platform was started")
    with stand(wait) as platform, memory.Sampler(platform.layout) as sampler:
        if "latency" in chosen:
            finished(latency.measure(platform, say_of("latency")), warning)
        if _WITH_EVENTS & set(chosen):
            platform.stop_generators()
            say_of("events")(f"writing {events:,} events into Kafka")
            sent = fill(platform.ports.bootstrap_servers, events)
            wait.done("events")
            if "throughput" in chosen:
                finished(throughput.measure(platform, sent, say_of("throughput")), warning)
            else:
                throughput.once(platform, sent, say_of("memory"))
        if "memory" in chosen:
            finished(memory.result(sampler, f"{events:,} events went through each of its jobs"), warning)


def _json(results: list[Result]) -> str:
    return as_json(results, machine.description())
