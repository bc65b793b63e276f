"""No event is lost and none is doubled, whatever is killed in the middle of a run; files stay few in a long one."""

import contextlib
import os
import signal
import time

import psutil
import pytest

from operations.bench.commits import metadata_of
from operations.local.iceberg_files import current_snapshot
from operations.local.provision.clients import Clients
from tests.applications.claims_check import claims_differences
from tests.applications.telematics_check import policies_by_vehicle, telematics_differences
from tests.end_to_end.checkout import Checkout, wait_until
from tests.end_to_end.conftest import STACK, Platform
from tests.end_to_end.test_1_platform import dsn, read_table

pytestmark = pytest.mark.end_to_end

VICTIMS = ("taskmanager", "jobmanager", "connect", "kafka", "postgres")


def healthy(checkout: Checkout) -> bool:
    return checkout.status()["healthy"]


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_service_comes_back(platform: Platform, victim: str):
    """Kill it under load, see it come back, and see both jobs commit new rows."""
    checkout = platform.checkout
    wait_until("everything runs", lambda: healthy(checkout), 120)
    before = checkout.service(victim)
    os.kill(before["pid"], signal.SIGKILL)
    wait_until(
        f"another process of {victim}",
        lambda: checkout.service(victim)["pid"] not in (0, before["pid"]),
        60,
    )
    assert not psutil.pid_exists(before["pid"]) or psutil.Process(before["pid"]).status() == psutil.STATUS_ZOMBIE
    wait_until(f"everything runs again after the kill of {victim}", lambda: healthy(checkout), 180)
    rows = checkout.lake.count("vehicle_events")
    since = time.time()
    wait_until("new rows of telematics", lambda: checkout.lake.count("vehicle_events") > rows, 120)
    wait_until("new rows of claims", lambda: checkout.lake.ages()["claim_current"] < time.time() - since, 120)


def test_nothing_is_lost_and_nothing_doubled(platform: Platform):
    """After all kills: both lakes hold exactly what their sources hold, counted by key."""
    checkout = platform.checkout
    with checkout.changed(STACK) as stack:
        local = stack["config"]["streaming-platform:local"]
        # No more events, heartbeats only, so that the last windows close; no more changes.
        local["telemetry"]["events"] = 1
        local["claims"]["changes_per_second"] = 0
    done = checkout.ok("up", "--json").json["changes"]
    assert set(done["services"]) == {"telemetry", "claims-workload"}
    ledger = checkout.layout.data / "telemetry" / "ledger.csv"
    found: list[str] = ["not compared yet"]

    def equal() -> bool:
        found[:] = claims_differences(dsn(checkout), read_table(checkout)) + telematics_differences(
            ledger, read_table(checkout), policies_by_vehicle(dsn(checkout))
        )
        return not found

    # The last window closes a minute and the watermark's delay after the last event.
    with contextlib.suppress(AssertionError):
        wait_until("the lake equals its sources", equal, 240)
    assert found == []
    restarts = {service["name"]: service["restarts"] for service in checkout.status()["services"]}
    assert all(restarts[victim] >= 1 for victim in VICTIMS)
    assert checkout.lake.count("vehicle_events") > 10_000
    assert checkout.lake.count("claim_current") > 100


@pytest.mark.parametrize("table", ["vehicle_events", "claim_current"])
def test_the_files_of_many_commits_are_made_into_few(platform: Platform, table: str):
    """Every 6 commits the small ones are put together, until they have 4 MiB. By now there were far more commits."""
    checkout = platform.checkout
    clients = Clients(checkout.ports.url("aws"), "us-east-1")

    def few() -> bool:
        metadata = metadata_of(clients, "lake", table)
        snapshot = current_snapshot(metadata)
        assert snapshot is not None
        assert metadata["last-sequence-number"] > 30
        large = int(snapshot["summary"]["total-files-size"]) // (4 << 20)
        return int(snapshot["summary"]["total-data-files"]) <= 12 + large

    wait_until(f"few files in {table}", few, 60)
