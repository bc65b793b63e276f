"""The platform that the end-to-end tests share: brought up once, ended at the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.checkout import Checkout

STACK = "stacks/Pulumi.local.yaml"
# More than the defaults, so that a kill hits work that is under way.
EVENTS_PER_SECOND, CHANGES_PER_SECOND = 500, 20


@dataclass
class Platform:
    """checkout: where it runs; first: what the first `up --json` said"""

    checkout: Checkout
    first: dict[str, Any]


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    checkout = Checkout.make(tmp_path_factory.mktemp("platform"))
    with checkout.changed(STACK) as stack:
        stack["config"]["streaming-platform:local"] = {
            "telemetry": {"events_per_second": EVENTS_PER_SECOND},
            "claims": {"changes_per_second": CHANGES_PER_SECOND},
        }
    try:
        first = checkout.ok("up", "--json", timeout=900).json
        yield Platform(checkout, first)
    finally:
        checkout.run("down")


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A copy of its own, in which nothing runs yet; what a test leaves running is ended."""
    copy = Checkout.make(tmp_path)
    try:
        yield copy
    finally:
        copy.run("down")
