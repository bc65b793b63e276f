"""A real AWS emulator in this process, and a small stand-in for a program that registers resources."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.local.provision.clients import Clients
from tests.operations.local.provision.program import REGION, Stack, forget


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    # moto puts credentials and a region into the environment when it starts.
    before = dict(os.environ)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def shared_clients(endpoint: str) -> Clients:
    return Clients(endpoint, REGION)


@pytest.fixture
def clients(shared_clients: Clients) -> Clients:
    """Clients of an emulator that holds nothing."""
    forget(shared_clients)
    return shared_clients


@pytest.fixture
def stack(tmp_path: Path, clients: Clients) -> Stack:
    return Stack(tmp_path / "state" / "local.json", clients)
