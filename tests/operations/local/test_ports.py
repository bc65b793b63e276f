import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict

import pytest

from components.errors import PlatformError
from components.settings import LocalPorts
from operations.local import ports
from operations.local.layout import REPOSITORY, Layout
from operations.local.ports import DEFAULTS, HOST, NAMES, Ports, allocate, free, holder


@pytest.fixture(autouse=True)
def own_reservations(monkeypatch, tmp_path):
    """Reservations of platforms that run on this machine for real stay out of the tests."""
    monkeypatch.setattr(ports, "private_root", lambda: tmp_path)


@pytest.fixture
def block(monkeypatch):
    """Moves the defaults to ports that are free now."""
    for first in range(26000, 31000, 100):
        if all(free(port) for port in range(first, first + 40)):
            monkeypatch.setattr(ports, "FIRST", first)
            monkeypatch.setattr(ports, "LAST", first + 39)
            monkeypatch.setattr(ports, "DEFAULTS", {name: first + i for i, name in enumerate(NAMES)})
            return first
    raise AssertionError("no forty free ports between 26000 and 31000; end what holds them")


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "home", tmp_path / "dist")


def listen(port: int):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((HOST, port))
    server.listen()
    return closing(server)


def test_settings_name_the_same_services():
    assert set(LocalPorts.model_fields) | {"taskmanager_metrics"} == set(NAMES)
    assert min(DEFAULTS.values()) == 25000
    assert max(DEFAULTS.values()) < 25100


def test_defaults_where_nothing_is_taken(block, layout):
    assert asdict(allocate(LocalPorts(), layout)) == {name: block + i for i, name in enumerate(NAMES)}


def test_the_next_free_port_where_the_default_is_taken(block, layout):
    with listen(block + NAMES.index("kafka")), listen(block + len(NAMES)):
        chosen = allocate(LocalPorts(), layout)
    assert chosen.kafka == block + len(NAMES) + 1
    assert chosen.zookeeper == block + NAMES.index("zookeeper")


def test_a_second_call_gives_the_same_ports_even_when_the_default_is_free_again(block, layout):
    with listen(block):
        first = allocate(LocalPorts(), layout)
    assert allocate(LocalPorts(), layout) == first
    assert ports.remembered(layout) == first


def test_a_given_port_is_taken_as_it_is(block, layout):
    chosen = allocate(LocalPorts(kafka=block + 30), layout)
    assert chosen.kafka == block + 30
    assert chosen.bootstrap_servers == f"127.0.0.1:{block + 30}"
    assert chosen.url("kafka") == f"http://127.0.0.1:{block + 30}"


def test_a_given_port_that_is_taken_names_key_port_and_process(block, layout):
    with listen(block + 5), pytest.raises(PlatformError) as caught:
        allocate(LocalPorts(kafka=block + 5), layout)
    (mistake,) = caught.value.mistakes
    assert mistake.key == "streaming-platform:local.ports.kafka"
    assert str(block + 5) in mistake.found
    assert f"process {os.getpid()} (" in mistake.found
    # Of its command line; a worker of pytest-xdist does not say `pytest` there.
    assert "python" in mistake.found


def test_all_given_ports_that_are_taken_are_told_at_once(block, layout):
    with listen(block + 1), listen(block + 2), pytest.raises(PlatformError) as caught:
        allocate(LocalPorts(aws=block + 1, postgres=block + 2, kafka=block + 3), layout)
    assert [m.key.rpartition(".")[2] for m in caught.value.mistakes] == ["aws", "postgres"]


def test_the_same_port_twice_is_refused(block, layout):
    with pytest.raises(PlatformError) as caught:
        allocate(LocalPorts(aws=block, postgres=block), layout)
    assert "also given to postgres" in caught.value.mistakes[0].found


def test_a_default_makes_room_for_a_given_port(block, layout):
    """kafka asks for what would be the default of aws."""
    chosen = asdict(allocate(LocalPorts(kafka=block), layout))
    assert chosen["kafka"] == block
    assert len(set(chosen.values())) == len(NAMES)


def test_a_remembered_port_makes_room_for_a_given_one(block, layout):
    first = allocate(LocalPorts(), layout)
    second = allocate(LocalPorts(kafka=first.postgres), layout)
    assert second.kafka == first.postgres
    assert second.postgres != first.postgres


def test_no_port_is_free(block, layout, monkeypatch):
    monkeypatch.setattr(ports, "free", lambda port: False)
    with pytest.raises(PlatformError) as caught:
        allocate(LocalPorts(), layout)
    assert caught.value.mistakes[0].key == "streaming-platform:local.ports.aws"


def test_two_platforms_that_start_at_the_same_time_get_different_ports(block, tmp_path):
    layouts = [Layout(tmp_path / name, tmp_path) for name in ("one", "two", "three")]
    with ThreadPoolExecutor() as pool:
        chosen = list(pool.map(lambda layout: allocate(LocalPorts(), layout), layouts))
    numbers = [port for one in chosen for port in asdict(one).values()]
    assert len(set(numbers)) == 3 * len(NAMES)


def test_a_port_that_another_platform_is_about_to_use_cannot_be_given(block, tmp_path):
    first = allocate(LocalPorts(), Layout(tmp_path / "one", tmp_path))
    with pytest.raises(PlatformError, match=r"the platform that is starting in .*one"):
        allocate(LocalPorts(kafka=first.kafka), Layout(tmp_path / "two", tmp_path))


def test_a_reservation_runs_out(block, tmp_path, monkeypatch):
    first = allocate(LocalPorts(), Layout(tmp_path / "one", tmp_path))
    later = time.time() + 1000
    monkeypatch.setattr(time, "time", lambda: later)
    assert allocate(LocalPorts(), Layout(tmp_path / "two", tmp_path)) == first


def test_a_reservation_ends_with_the_process_that_made_it(block, tmp_path):
    code = (
        "import sys; from pathlib import Path; from operations.local import ports\n"
        "from operations.local.layout import Layout; from components.settings import LocalPorts\n"
        "root, first = Path(sys.argv[1]), int(sys.argv[2])\n"
        "ports.private_root = lambda: root\n"
        "ports.DEFAULTS = {name: first + i for i, name in enumerate(ports.NAMES)}\n"
        "print(ports.allocate(LocalPorts(), Layout(root / 'one', root)).aws)"
    )
    call = [sys.executable, "-c", code, str(tmp_path), str(block)]
    done = subprocess.run(call, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert int(done.stdout) == block
    assert allocate(LocalPorts(), Layout(tmp_path / "two", tmp_path)).aws == block


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"aws": 1}', b"null", b"\xff"])
def test_half_written_files_are_no_obstacle(content, block, layout, tmp_path):
    layout.run.mkdir(parents=True)
    (layout.run / "ports.json").write_bytes(content)
    allocate(LocalPorts(), Layout(tmp_path / "other", tmp_path))
    assert (tmp_path / "ports.json").exists()
    (tmp_path / "ports.json").write_bytes(content)
    assert isinstance(allocate(LocalPorts(), layout), Ports)
    assert set(json.loads((layout.run / "ports.json").read_text())) == set(NAMES)


def test_holder_of_a_free_port_is_not_named():
    assert holder(1) == "a process that the system does not name"


def test_a_port_on_all_interfaces_is_not_free(block):
    with closing(socket.create_server(("", block))):
        assert not free(block)
    assert free(block)
