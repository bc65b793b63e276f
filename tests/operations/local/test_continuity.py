"""What an `up` finds: to be gone on with, to be started afresh, or to be refused."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from components.errors import PlatformError
from components.platform import load_applications
from components.settings import Settings, parse
from operations.local import continuity, supervisord
from operations.local.continuity import Belongings
from operations.local.layout import Layout
from operations.local.ports import DEFAULTS, Ports
from operations.local.provision.state import State
from operations.local.service_status import ServiceStatus
from operations.local.services.model import Service
from operations.local.supervisor import Supervisor
from tests.operations.local.test_supervisor import daemon, until

PORTS = Ports(**DEFAULTS)


def settings(**changed) -> Settings:
    values = {
        "environment": "local",
        "aws": {"account_id": "123456789012", "emulated": True},
        "kafka": {"flavour": "local"},
        "flink": {"flavour": "local"},
        "postgres": {"flavour": "local"},
        "applications": ["claims"],
        "local": {},
    }
    return parse(values | changed, "test")


def belongings(*captured: str, ports: Ports = PORTS, **changed) -> Belongings:
    return Belongings.of(settings(**changed), ports, captured)


def test_what_data_was_made_with_is_remembered(layout):
    assert Belongings.load(layout) is None
    belongings("public.policies").save(layout)
    assert Belongings.load(layout) == belongings("public.policies")
    layout.belongings.write_text("{")
    assert Belongings.load(layout) is None


@pytest.mark.parametrize(
    ("key", "changed", "before", "now"),
    [
        (
            "aws.region",
            {"aws": {"account_id": "123456789012", "emulated": True, "region": "eu-west-1"}},
            "us-east-1",
            "eu-west-1",
        ),
        ("aws.account_id", {"aws": {"account_id": "2" * 12, "emulated": True}}, "123456789012", "2" * 12),
        ("postgres.database", {"postgres": {"flavour": "local", "database": "other"}}, "insurance", "other"),
        ("lakehouse.database", {"lakehouse": {"database": "other"}}, "lake", "other"),
        ("lakehouse.bucket", {"lakehouse": {"bucket": "my-bucket"}}, "the stack's own", "my-bucket"),
    ],
)
def test_a_setting_that_would_leave_data_behind_is_refused_by_its_key(key, changed, before, now):
    continuity.refuse_changed_settings(belongings(), belongings(), "stacks/Pulumi.local.yaml")
    with pytest.raises(PlatformError) as caught:
        continuity.refuse_changed_settings(belongings(), belongings(**changed), "stacks/Pulumi.local.yaml")
    (mistake,) = caught.value.mistakes
    assert (mistake.where, mistake.key) == ("stacks/Pulumi.local.yaml", f"streaming-platform:{key}")
    assert mistake.found == now
    assert mistake.allowed.startswith(f"{before}, ")
    assert "`./streamctl down` first" in mistake.remedy


def test_a_given_port_of_the_emulator_is_refused_only_where_it_is_another_one():
    for port, refused in ((PORTS.aws, False), (26000, True), (None, False)):
        changed = settings(local={"ports": {"aws": port, "kafka": 26003}})
        expected = continuity.expected_ports(changed, PORTS)
        assert expected == replace(PORTS, aws=port or PORTS.aws, kafka=26003)
        if not refused:
            continuity.refuse_changed_settings(belongings(), belongings(ports=expected), "x")
            continue
        with pytest.raises(PlatformError, match=r"local\.ports\.aws"):
            continuity.refuse_changed_settings(belongings(), belongings(ports=expected), "x")


def test_a_table_that_a_running_connector_never_read_is_refused():
    applications = load_applications(["claims", "telematics"])
    continuity.refuse_new_tables(belongings("public.claims", "public.policies"), applications)
    # No connector yet: the one that is made reads everything.
    continuity.refuse_new_tables(belongings(), applications)
    with pytest.raises(PlatformError) as caught:
        continuity.refuse_new_tables(belongings("public.policies"), applications)
    (mistake,) = caught.value.mistakes
    assert mistake.where.endswith("applications/claims/application.yaml")
    assert mistake.found.startswith("public.claims, ")
    assert "`./streamctl down` first" in mistake.remedy


def test_tables_of_a_connector_that_is_gone_are_still_known_those_that_it_dropped_are_not():
    """A deleted connector goes on where it was when it is made again; a table that was left out has a gap."""
    before = belongings("public.claims", "public.policies")
    assert belongings().following(before).captured == before.captured
    assert belongings("public.policies").following(before).captured == ["public.policies"]
    assert belongings("public.policies").following(None).captured == ["public.policies"]


def test_a_service_whose_memory_is_data_is_not_restarted(layout: Layout):
    def emulator(version: str, restart: bool = False) -> Service:
        return Service("aws", ("emulator", version), lambda: True, "it", Path("/"), restart=restart)

    continuity.refuse_lost_memory(layout, [emulator("1")])
    (layout.run / "supervisord.conf").write_text(supervisord.configuration(layout, [emulator("1")]))
    continuity.refuse_lost_memory(layout, [emulator("1")])
    continuity.refuse_lost_memory(layout, [emulator("2", restart=True)])
    with pytest.raises(PlatformError) as caught:
        continuity.refuse_lost_memory(layout, [emulator("2")])
    (mistake,) = caught.value.mistakes
    assert mistake.where == "aws"
    assert "`./streamctl down` first" in mistake.remedy


def test_a_platform_that_ended_with_the_machine_is_told_and_one_that_was_never_up_is_not(layout: Layout):
    assert continuity.why_afresh(layout, []) == ""
    layout.state.touch()
    assert continuity.why_afresh(layout, []) == "everything that was up had ended"


def test_the_emulator_is_the_same_after_the_clock_was_set_and_another_after_a_start():
    service = ServiceStatus("aws", "running", os.getpid(), 1.0, 1, 0, "aws.log")
    identity = continuity.emulator_identity([service])
    pid, _, began = identity.partition("-")
    moved = f"{pid}-{float(began) + 1:.2f}"
    assert continuity.emulator_identity([service], moved) == moved
    for other in ("", "x", f"{pid}-{float(began) - 3600:.2f}", f"{os.getppid()}-{began}"):
        assert continuity.emulator_identity([service], other) == identity
    for gone in ([], [replace(service, pid=0)]):
        with pytest.raises(PlatformError, match="the AWS emulator has ended"):
            continuity.emulator_identity(gone)


@pytest.mark.end_to_end
def test_the_data_belongs_to_one_start_of_the_emulator(layout, tiny):
    supervisor = Supervisor(layout)
    emulator = tiny("aws", restart=False)
    supervisor.start([emulator, tiny("kafka")])
    # An `up` that was killed before it had made anything.
    assert continuity.why_afresh(layout, supervisor.status()).startswith("no data here belongs")
    State.load(layout.aws).adopt(continuity.emulator_identity(supervisor.status()))
    assert continuity.why_afresh(layout, supervisor.status()) == ""
    # One that ends within its first second is tried again.
    until(lambda: {status.state for status in supervisor.status()} == {"running"})
    os.kill(next(status.pid for status in supervisor.status() if status.name == "aws"), signal.SIGKILL)
    until(lambda: "exited" in {status.state for status in supervisor.status()})
    assert continuity.why_afresh(layout, supervisor.status()).startswith("the AWS emulator had ended")
    supervisor.start([emulator, tiny("kafka")])
    assert continuity.why_afresh(layout, supervisor.status()).startswith("no data here belongs")


@pytest.mark.end_to_end
def test_what_nobody_supervises_is_not_gone_on_with_but_a_slow_supervisor_is_no_reason_to_lose_data(layout, tiny):
    supervisor = Supervisor(layout)
    supervisor.start([tiny("aws", restart=False)])
    State.load(layout.aws).adopt(continuity.emulator_identity(supervisor.status()))
    running = supervisor.status()
    daemon(layout).suspend()
    with pytest.raises(PlatformError, match="does not answer"):
        continuity.why_afresh(layout, running)
    daemon(layout).resume()
    assert continuity.why_afresh(layout, running) == ""
    daemon(layout).kill()
    until(lambda: not supervisor.alive())
    assert continuity.why_afresh(layout, supervisor.status()).startswith("supervisord had ended")
