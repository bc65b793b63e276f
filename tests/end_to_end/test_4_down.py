"""`down` ends exactly what `up` started, whatever happened to either of them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import psycopg
import pytest

from operations.local import processes
from operations.local.connectors import connector_states
from operations.local.ports import Ports
from tests.end_to_end.checkout import Checkout, wait_until
from tests.end_to_end.conftest import STACK, Platform
from tests.end_to_end.test_1_platform import dsn

pytestmark = pytest.mark.end_to_end


def listening(ports: Ports) -> list[int]:
    """The ports of the platform on which something listens."""
    found = []
    for port in vars(ports).values():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            found.append(port)
    return found


def left(checkout: Checkout) -> list[psutil.Process]:
    return [owned.process for owned in processes.owned(checkout.layout)]


def wait_for_services(checkout: Checkout, count: int) -> None:
    wait_until(f"{count} services", lambda: len(left(checkout)) > count, 60)


def test_up_after_a_crash_of_the_emulator_starts_afresh(platform: Platform):
    """With it went the lake and all checkpoints, so everything else is emptied too. Then with one application alone."""
    checkout = platform.checkout
    before = {service["name"]: service["pid"] for service in checkout.status()["services"]}
    os.kill(before["aws"], signal.SIGKILL)
    with checkout.changed(STACK) as stack:
        stack["config"]["streaming-platform:applications"] = ["telematics"]
    done = checkout.run("up", "--json")
    assert done.code == 0, done.err
    up = done.json
    assert up["mistakes"] == []
    assert up["changes"]["afresh"].startswith("the AWS emulator had ended")
    assert set(up["changes"]["resources"]) == {"create"}
    assert {job["name"]: job["state"] for job in up["jobs"]} == {"telematics": "RUNNING"}
    assert any(table["rows"] for table in up["tables"])
    services = {service["name"]: service for service in up["services"]}
    assert all(services[name]["pid"] not in (0, pid) for name, pid in before.items())
    assert all(service["restarts"] == 0 for service in services.values())
    # The policies stand in the SQL of claims, with a table that is of no interest here.
    with psycopg.connect(dsn(checkout)) as connection:
        published = connection.execute("SELECT tablename FROM pg_publication_tables").fetchall()
    assert published == [("policies",)]


def test_a_table_that_a_running_connector_never_read_needs_down_first(platform: Platform):
    checkout = platform.checkout
    before = {service["name"]: service["pid"] for service in checkout.status()["services"]}
    with checkout.changed(STACK) as stack:
        stack["config"]["streaming-platform:applications"] = ["telematics", "claims"]
    done = checkout.run("up")
    assert done.code == 1
    assert "applications/claims/application.yaml: capture\n  found:   public.claims, " in done.err
    assert "`./streamctl down` first" in done.err
    assert {service["name"]: service["pid"] for service in checkout.status()["services"]} == before


def test_down_leaves_nothing(platform: Platform):
    """Also after the supervisor itself was killed. A process of somebody else on this machine is left alone."""
    checkout = platform.checkout
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        ports = checkout.ports
        supervisor = next(process for process in left(checkout) if "supervisord" in " ".join(process.cmdline()))
        os.kill(supervisor.pid, signal.SIGKILL)
        done = checkout.ok("down", "--json").json
        assert {"kafka", "taskmanager", "postgres", "aws"} <= set(done["stopped"])
        assert left(checkout) == []
        for port in vars(ports).values():
            with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
                pass
        assert bystander.poll() is None
        assert checkout.ok("down", "--json").json == {"stopped": []}
        assert checkout.run("status").code == 1
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_up_leaves_nothing(checkout: Checkout, how: signal.Signals):
    """Early, and while connectors and jobs are at work; then by somebody who has no patience either."""
    up = checkout.start("up")
    wait_for_services(checkout, 4)
    ports = checkout.ports
    if how == signal.SIGINT:
        wait_until("a connector", lambda: bool(connector_states(ports.url("connect"))), 90)
    up.send_signal(how)
    # Soon: what has hardly begun is ended within half a second.
    time.sleep(0.2)
    up.send_signal(how)
    out, err = up.communicate(timeout=60)
    assert up.returncode == 130, out + err
    assert "Traceback" not in err
    assert "failed" not in err
    assert err.index("ending what was started...") < err.index("still ending")
    assert not checkout.layout.state.exists()
    assert left(checkout) == []
    assert listening(ports) == []


def test_down_ends_what_a_killed_up_had_started(checkout: Checkout):
    up = checkout.start("up")
    wait_for_services(checkout, 4)
    ports = checkout.ports
    up.kill()
    up.communicate()
    assert left(checkout)
    checkout.ok("down")
    assert left(checkout) == []
    assert listening(ports) == []


def test_a_port_that_was_asked_for_and_is_taken_stops_the_up(checkout: Checkout):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with checkout.changed(STACK) as stack:
            stack["config"]["streaming-platform:local"] = {"ports": {"kafka": port}}
        done = checkout.run("up")
    assert done.code == 1
    key = "stacks/Pulumi.local.yaml: streaming-platform:local.ports.kafka"
    assert f"error {key}\n  found:   port {port}" in done.err
    assert f"process {os.getpid()}" in done.err
    assert "remedy:" in done.err
    assert left(checkout) == []
