"""The Pulumi program, evaluated in process: no engine, no CLI, no credentials."""

import asyncio
import contextvars
import gc
import logging
import runpy
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

import pulumi
from pulumi.runtime import resource as sdk_resource
from pulumi.runtime import run_in_stack
from pulumi.runtime.config import set_all_config
from pulumi.runtime.mocks import MockEngine, MockSettings
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.settings import configure

from components.errors import PlatformError, problem
from components.settings import PROJECT, SECRET_KEYS
from operations.plan.attributes import preview_answer, preview_attributes
from operations.plan.plan import Plan
from operations.plan.recorder import Recorder
from operations.plan.stack_file import ROOT, StackConfig

R = TypeVar("R", bound=Recorder)


def evaluate(
    config: StackConfig, monitor: R, preview: bool, program: Path | Callable[[], None] = ROOT / "__main__.py"
) -> R:
    """Run `program` with `monitor` in the engine's place and return the monitor.

    config:  the stack's configuration
    preview: True where outputs may be unknown, as in `pulumi preview`
    program: path of the program, or a function that declares resources
    Raises PlatformError for whatever the engine would fail on, in the program too.

    Each call has a context and an event loop of its own, so that nothing of one evaluation is seen by the next.
    """

    function = _runner(program)

    def run() -> None:
        set_all_config(dict(config.values), list(config.secrets))
        configure(
            MockSettings(
                monitor=monitor,
                monitor_features=set(monitor.GetDeploymentInfo(None).supportedFeatures),
                engine=MockEngine(logging.getLogger("streamctl.program")),
                project=PROJECT,
                stack=config.stack,
                dry_run=preview,
                organization="organization",
                root_directory=str(ROOT),
                callbacks=None,
            )
        )
        asyncio.run(_quietly(function))

    try:
        with _no_garbage_collection(), _no_source_positions():
            contextvars.copy_context().run(run)
    except PlatformError:
        raise
    except Exception as error:
        raise _as_problem(error) from error
    return monitor


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Everything that the program makes lives until its end. Looking through it again and again for garbage takes half
    of the time of a stack with 200 applications.

    What the first evaluation leaves is set aside for good: most processes evaluate once, and would look through all of
    it once more here and once more at their end.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        _set_aside()
        if collecting:
            gc.enable()


@cache
def _set_aside() -> None:
    # Once: asking whether it was done takes as long as a look for garbage.
    gc.freeze()


@contextmanager
def _no_source_positions() -> Iterator[None]:
    """The SDK sends the program's call stack with each resource, for the engine's own messages. No monitor here reads
    it, and taking it costs more than all else in a resource's constructor. The SDK has no setting for it.
    """
    # Raises AttributeError, should a later SDK have another name for it.
    taken = sdk_resource._get_stack_trace  # pyright: ignore[reportPrivateUsage]
    sdk_resource._get_stack_trace = source_pb2.StackTrace  # pyright: ignore[reportPrivateUsage]
    try:
        yield
    finally:
        sdk_resource._get_stack_trace = taken  # pyright: ignore[reportPrivateUsage]


async def _quietly(function: Callable[[], None]) -> None:
    """Run the program. Of several failures the first is raised; asyncio would print the others as tracebacks."""
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    await run_in_stack(function)


def synthesise(config: StackConfig, program: Path | Callable[[], None] = ROOT / "__main__.py") -> Plan:
    """The Plan of one stack. Raises PlatformError.

    Secrets that are not in the stack file yet have a placeholder, so that a checked-in file can be looked at as it is.
    """
    config = config.with_placeholders([f"{PROJECT}:{key}" for key in SECRET_KEYS])
    recorder = Recorder(PROJECT, config.stack, preview_attributes(config), preview_answer)
    return evaluate(config, recorder, preview=True, program=program).plan()


def _runner(program: Path | Callable[[], None]) -> Callable[[], None]:
    if not isinstance(program, Path):
        return program

    def run() -> None:
        runpy.run_path(str(program), run_name="__main__")

    return run


def _as_problem(error: BaseException) -> PlatformError:
    """The mistake behind an exception of the program or the SDK, with the program's own line where there is one."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    for link in chain:
        if isinstance(link, PlatformError):
            return link
    place = "__main__.py"
    for frame in traceback.extract_tb(chain[-1].__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(ROOT) and ".venv" not in path.parts and "operations" not in path.parts:
            place = f"{path.relative_to(ROOT)}, line {frame.lineno}"
    found = f"{type(chain[-1]).__name__}: {chain[-1]}".splitlines()[0]
    if isinstance(chain[-1], SyntaxError) and chain[-1].filename:
        # No frame is in a file that cannot be read: the last one only imports it.
        path = Path(chain[-1].filename)
        place = f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}, line {chain[-1].lineno}"
        found = f"{type(chain[-1]).__name__}: {chain[-1].msg}"
    if isinstance(chain[-1], pulumi.RunError):
        found = str(chain[-1])
    return problem(place, "", found, "", "correct the program at that line")
