"""What the tests of components share."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.plan.evaluate import synthesise
from operations.plan.stack_file import StackConfig

Resources = dict[str, dict[str, Any]]


@pytest.fixture
def declared() -> Callable[[Callable[[], None]], Resources]:
    """A function that evaluates a program and gives its resources by `<type without package> <name>`."""

    def declare(program: Callable[[], None]) -> Resources:
        config = StackConfig("test", {"streaming-platform:aws": '{"account_id": "123456789012"}'}, ())
        return {
            f"{r['type'].rpartition(':')[2]} {r['urn'].rpartition('::')[2]}": r
            for r in synthesise(config, program).resources
        }

    return declare
