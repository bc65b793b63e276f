import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from components.errors import PlatformError, problem
from operations.local import processes, supervisord
from operations.local.graph import Cancel, Event, Step
from operations.local.layout import REPOSITORY, Layout, supervisor_socket
from operations.local.supervisor import Supervisor

# Real processes: seconds of waiting, and not part of the unit tests' minute.
pytestmark = pytest.mark.end_to_end


def until(condition: Callable[[], object], seconds: float = 60.0):
    """What `condition` returns once it is true."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return result


def states(supervisor: Supervisor) -> dict[str, str]:
    return {status.name: status.state for status in supervisor.status()}


def pids(supervisor: Supervisor) -> dict[str, int]:
    return {status.name: status.pid for status in supervisor.status()}


def daemon(layout: Layout) -> psutil.Process:
    (found,) = (owned.process for owned in processes.owned(layout) if not owned.service)
    return found


def test_services_and_steps_come_up_in_order_and_end_in_the_opposite_one(layout, tiny):
    events: list[Event] = []
    steps = [Step("bucket", lambda cancel: events.append(Event("work", "ready")), ("aws",))]
    services = [tiny("flink", "bucket"), tiny("kafka"), tiny("aws", delay=0.2), tiny("connect", "kafka")]
    supervisor = Supervisor(layout)
    assert supervisor.start(services, steps, events.append) == ["flink", "kafka", "aws", "connect"]
    ready = [event.name for event in events if event.state == "ready"]
    assert ready.index("aws") < ready.index("work") < ready.index("bucket") < ready.index("flink")
    assert ready.index("kafka") < ready.index("connect")
    assert set(states(supervisor)) == {"aws", "kafka", "flink", "connect"}
    assert "kafka works" in layout.log("kafka").read_text()
    assert supervisor.stop() == ["aws", "connect", "flink", "kafka"]
    ended = (layout.data / "ended").read_text().split()
    assert ended.index("connect") < ended.index("kafka")
    assert sorted(ended) == ["aws", "connect", "flink", "kafka"]
    assert supervisor.status() == []
    assert not supervisor_socket(layout).exists()


def test_a_second_start_changes_nothing_and_a_change_restarts_only_what_changed(layout, tiny):
    supervisor = Supervisor(layout)
    services = [tiny("one"), tiny("two"), tiny("three")]
    supervisor.start(services)
    before = pids(supervisor)
    assert supervisor.start(services) == []
    assert pids(supervisor) == before
    file = layout.conf / "two" / "settings"
    changed = [services[0], tiny("two", files={file: "new"}), tiny("four")]
    assert supervisor.start(changed) == ["two", "four"]
    after = pids(supervisor)
    assert after["one"] == before["one"]
    assert after["two"] != before["two"]
    assert set(after) == {"one", "two", "four"}
    assert not psutil.pid_exists(before["three"])
    assert file.read_text() == "new"


def test_one_service_is_ended_and_ending_it_again_is_no_mistake(layout, tiny):
    supervisor = Supervisor(layout)
    supervisor.start([tiny("one"), tiny("two")])
    for _ in range(2):
        supervisor.end("one")
    until(lambda: states(supervisor) == {"one": "stopped", "two": "running"})


def test_a_killed_service_is_started_again_and_counted(layout, tiny):
    supervisor = Supervisor(layout)
    supervisor.start([tiny("one"), tiny("memory", restart=False)])
    until(lambda: set(states(supervisor).values()) == {"running"})
    before = pids(supervisor)
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    until(lambda: pids(supervisor)["one"] not in (0, before["one"]))
    until(lambda: states(supervisor)["memory"] == "exited")
    (one, memory) = sorted(supervisor.status(), key=lambda status: status.name, reverse=True)
    assert (one.restarts, memory.restarts) == (1, 1)
    assert memory.pid == 0
    assert one.memory > 1024**2
    assert one.uptime < 5


def test_a_service_that_ends_early_is_told_at_once_with_the_end_of_its_log(layout, tiny):
    code = "import sys, time; print('line one'); print('broken: no such table'); sys.exit(3)"
    supervisor = Supervisor(layout)
    began = time.monotonic()
    with pytest.raises(PlatformError) as caught:
        supervisor.start([tiny("good", delay=30), tiny("bad", code=code)])
    assert time.monotonic() - began < 25
    (mistake,) = caught.value.mistakes
    assert mistake.where == "bad"
    assert "exit status 3" in mistake.found
    assert mistake.found.endswith("line one\nbroken: no such table")
    assert str(layout.log("bad")) in mistake.remedy
    time.sleep(1.5)
    assert states(supervisor)["bad"] in ("stopped", "exited", "failing")
    assert pids(supervisor)["bad"] == 0


def test_a_program_that_is_not_there(layout, tiny):
    with pytest.raises(PlatformError, match=r"it cannot be started: .*no-such-program"):
        Supervisor(layout).start([tiny("bad", command=("/no-such-program",))])


def test_a_service_that_is_not_ready_in_time(layout, tiny):
    with pytest.raises(PlatformError, match=r"not ready after 1 s; waited for slow\.ready"):
        Supervisor(layout).start([tiny("slow", delay=30)], ready_within=0.6)


def test_what_a_step_raises_ends_the_start(layout, tiny):
    def fail(cancel: Cancel) -> None:
        raise problem("bucket", "", "no such bucket")

    later: list[int] = []
    steps = [Step("fail", fail, ("one",)), Step("later", lambda cancel: later.append(1), ("fail",))]
    with pytest.raises(PlatformError, match="no such bucket"):
        Supervisor(layout).start([tiny("one"), tiny("two", delay=60)], steps)
    with pytest.raises(ZeroDivisionError):
        Supervisor(layout).start([tiny("one")], [Step("divide", lambda cancel: 1 / 0, ("one",))])
    assert later == []


def test_a_supervisor_that_ends_in_the_middle_of_a_start_is_told_as_that(layout, tiny):
    steps = [Step("end", lambda cancel: daemon(layout).kill(), ("one",))]
    with pytest.raises(PlatformError) as caught:
        Supervisor(layout).start([tiny("one"), tiny("two", delay=60)], steps)
    assert {mistake.where for mistake in caught.value.mistakes} == {"supervisord"}
    assert "`./streamctl up` again" in caught.value.mistakes[0].remedy


def test_stop_ends_everything_when_the_supervisor_was_killed(layout, tiny):
    supervisor = Supervisor(layout)
    supervisor.start([tiny("kafka"), tiny("connect", "kafka")])
    daemon(layout).kill()
    until(lambda: not supervisor.alive())
    assert states(supervisor) == {"kafka": "unsupervised", "connect": "unsupervised"}
    assert supervisor.stop() == ["connect", "kafka"]
    assert processes.owned(layout) == []
    assert (layout.data / "ended").read_text().split() == ["connect", "kafka"]


def test_start_after_the_supervisor_was_killed_replaces_what_it_left(layout, tiny):
    supervisor = Supervisor(layout)
    supervisor.start([tiny("one")])
    before = pids(supervisor)["one"]
    daemon(layout).kill()
    assert supervisor.start([tiny("one")]) == ["one"]
    assert pids(supervisor)["one"] != before
    assert not psutil.pid_exists(before) or psutil.Process(before).status() == psutil.STATUS_ZOMBIE


def test_a_service_that_ignores_signals_is_killed_with_its_children(layout, tiny):
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', 'import signal, time; signal.signal(15, 1); time.sleep(90)'])\n"
        "open(sys.argv[2] + '/deaf.ready', 'w').close()\n"
        "time.sleep(90)"
    )
    supervisor = Supervisor(layout)
    supervisor.start([tiny("deaf", code=code, patience=1)])
    until(lambda: len([o for o in processes.owned(layout) if o.service == "deaf"]) == 2)
    supervisor.stop()
    assert processes.owned(layout) == []


def test_two_platforms_do_not_touch_each_other(layout, tiny, tmp_path):
    other = Layout(tmp_path.joinpath(*["a rather deep folder"] * 8), tmp_path)
    other.make()
    supervisor, second = Supervisor(layout), Supervisor(other)
    supervisor.start([tiny("one")])
    second.start([tiny("one", ready=lambda: True, directory=other.run)])
    try:
        assert pids(second)["one"] != pids(supervisor)["one"]
        assert second.stop() == ["one"]
        assert psutil.pid_exists(pids(supervisor)["one"])
    finally:
        second.stop()


def test_a_foreign_process_with_a_recorded_number_is_left_alone(layout):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as foreign:
        (layout.run / "processes.json").write_text(f'[[{foreign.pid}, 1.5, "one"]]')
        assert processes.owned(layout) == []
        Supervisor(layout).stop()
        assert foreign.poll() is None
        foreign.kill()


@pytest.mark.parametrize("name", ["order.json", "processes.json"])
@pytest.mark.parametrize("text", ["", "{", "[1]", "null"])
def test_half_written_files_do_not_keep_stop_from_working(name, text, layout, tiny):
    supervisor = Supervisor(layout)
    supervisor.start([tiny("one")])
    (layout.run / name).write_text(text)
    assert supervisor.stop() == ["one"]
    assert processes.owned(layout) == []


def test_an_interrupted_start_leaves_nothing_after_stop(layout, tmp_path):
    """The command line is killed while it waits for a service."""
    code = (
        "import sys; from pathlib import Path; from operations.local.layout import Layout\n"
        "from operations.local.supervisor import Supervisor; from operations.local.services.model import Service\n"
        "layout = Layout(Path(sys.argv[1]), Path(sys.argv[1]))\n"
        "service = Service('one', ('sleep', '90'), lambda: False, 'nothing', layout.run)\n"
        "Supervisor(layout).start([service])"
    )
    starting = subprocess.Popen([sys.executable, "-c", code, str(layout.home)], cwd=REPOSITORY)
    until(lambda: [owned for owned in processes.owned(layout) if owned.service == "one"])
    starting.kill()
    starting.wait()
    assert Supervisor(layout).stop() == ["one"]
    assert processes.owned(layout) == []


def test_services_see_nothing_of_the_environment_but_the_few_variables_they_need(layout, tiny, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "company")
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx99g")
    supervisor = Supervisor(layout)
    supervisor.start([tiny("one", environment={"PERCENT": "100 %, and a comma", "EMPTY": ""})])
    environment = psutil.Process(pids(supervisor)["one"]).environ()
    assert environment["PERCENT"] == "100 %, and a comma"
    assert environment["EMPTY"] == ""
    assert "AWS_PROFILE" not in environment
    assert "JAVA_TOOL_OPTIONS" not in environment
    conf = layout.run / "supervisord.conf"
    assert conf.stat().st_mode & 0o777 == 0o600


def test_a_circle_is_refused_before_anything_starts(layout, tiny):
    with pytest.raises(PlatformError, match=r"one -> two -> one|two -> one -> two"):
        Supervisor(layout).start([tiny("one", "two"), tiny("two", "one")])


def test_last_lines_of_logs(tmp_path):
    log = tmp_path / "log"
    assert supervisord.last_lines(log) == "(no log was written)"
    log.write_text("\n\n")
    assert supervisord.last_lines(log) == "(the log is empty)"
    log.write_text("x" * 100_000 + "\n" + "".join(f"line {i}\n" for i in range(100)))
    assert supervisord.last_lines(log, 3) == "line 97\nline 98\nline 99"


def test_stop_where_nothing_was_ever_started(tmp_path):
    layout = Layout(tmp_path / "nowhere", tmp_path)
    assert Supervisor(layout).stop() == []
    assert Supervisor(layout).status() == []
    assert not layout.home.exists()
