"""The keeper of the connectors."""

import sys

from operations.local.layout import REPOSITORY
from operations.local.services.inputs import Inputs
from operations.local.services.model import Service


def service(inputs: Inputs) -> Service:
    """Restarts connectors and tasks that have failed."""
    return Service(
        name="keeper",
        command=(sys.executable, "-m", "operations.local.keeper", inputs.ports.url("connect")),
        environment={"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"},
        directory=REPOSITORY,
        ready=None,
        waits_for="its first second",
        starts_after=("connect",),
    )
