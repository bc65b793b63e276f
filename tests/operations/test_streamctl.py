"""Wrong input on the command line: one clear message, exit status 1, nothing started, no traceback."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.errors import PlatformError
from operations.local import record
from operations.local.layout import Layout
from operations.schema import schema, schemas, stack_file_schema
from tests.end_to_end.checkout import REPOSITORY, Checkout, Done

# Each test starts a process of its own.
pytestmark = pytest.mark.end_to_end

STACK = "stacks/Pulumi.local.yaml"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout.make(tmp_path)


def run(checkout: Checkout, *arguments: str, on: str = "", **environment: str) -> Done:
    """The command line without the launcher, whose work on the environment is tested by everything else.

    on: code that makes the machine another one before the command runs on it
    """
    start = ["-c", f"{on}\nfrom operations.streamctl import cli\ncli()"] if on else ["-m", "operations.streamctl"]
    process = subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=checkout.root,
        env={**checkout.environment, "PYTHONPATH": str(checkout.root), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Done(process.returncode, process.stdout, process.stderr)


def stack(key: str, value: Any) -> Callable[[Checkout], None]:
    def change(checkout: Checkout) -> None:
        with checkout.changed(STACK) as content:
            content["config"][f"streaming-platform:{key}"] = value

    return change


def text(path: str, old: str, new: str) -> Callable[[Checkout], None]:
    def change(checkout: Checkout) -> None:
        file = checkout.root / path
        content = file.read_text()
        assert old in content
        file.write_text(content.replace(old, new, 1))

    return change


def spec(change_spec: Callable[[dict[str, Any]], None]) -> Callable[[Checkout], None]:
    def change(checkout: Checkout) -> None:
        with checkout.changed("applications/claims/application.yaml") as content:
            change_spec(content)

    return change


@pytest.mark.parametrize(
    ("change", "where", "found"),
    [
        pytest.param(stack("kafak", {}), "streaming-platform:kafak", "unknown key", id="unknown key"),
        pytest.param(stack("applications", "claims"), "streaming-platform:applications", "(str)", id="wrong type"),
        pytest.param(
            stack("flink", {"flavour": "local", "task_slots": 0}), ":flink.task_slots", "0", id="out of range"
        ),
        pytest.param(stack("kafka", {"flavour": "pulsar"}), ":kafka.flavour", "'pulsar'", id="unknown flavour"),
        pytest.param(stack("applications", ["nothing"]), "nothing", "no such file", id="unknown application"),
        pytest.param(text(STACK, "config:", "config"), "Pulumi.local.yaml", "", id="no YAML"),
        pytest.param(
            text("applications/claims/transform.sql", "FROM claims AS c", "FORM claims AS 'c"),
            "transform.sql",
            "",
            id="broken SQL",
        ),
        pytest.param(
            spec(lambda content: content["sources"][0].pop("columns")), "sources[0]", "", id="topic without schema"
        ),
        pytest.param(
            spec(lambda content: content["sinks"][0]["columns"][0].update(type="NUMBER")),
            "sinks[0].columns[0].type",
            "NUMBER",
            id="unknown column type",
        ),
    ],
)
def test_a_wrong_file_is_one_clear_error(
    checkout: Checkout, change: Callable[[Checkout], None], where: str, found: str
):
    change(checkout)
    # `up` reads the same files by the same functions, before anything else.
    done = run(checkout, "up", "--stack", "local")
    assert done.code == 1
    assert done.err.startswith("error ")
    first = done.err.splitlines()[0]
    assert where in first
    assert "stacks/" in first or "applications/" in first
    assert f"found:   {found}" in done.err or found in done.err
    assert "remedy:" in done.err
    assert "Traceback" not in done.out + done.err
    assert not (checkout.home / "run" / "supervisord.conf").exists()


def test_mistakes_are_told_as_json_too(checkout: Checkout):
    stack("kafka", {"flavour": "pulsar"})(checkout)
    done = run(checkout, "synth", "--stack", "local", "--json")
    assert done.code == 1
    (mistake,) = json.loads(done.out)["mistakes"]
    assert mistake["where"] == STACK
    assert mistake["key"] == "streaming-platform:kafka.flavour"
    assert mistake["remedy"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("synth", "--stack", "nowhere"), "local"),
        (("synth",), "--stack"),
        (("uup",), "uup"),
        (("uup",), "Usage: streamctl "),
        (("diff", "HEAD", "--stack", "local", "--limit", "10"), "--limit"),
        (("query", "SELECT 1"), "./streamctl up"),
        (("status",), "./streamctl up"),
        (("logs",), "./streamctl up"),
        (("logs", "-n", "-1"), "--lines"),
    ],
)
def test_a_wrong_call_says_what_to_do(checkout: Checkout, arguments: tuple[str, ...], said: str):
    done = run(checkout, *arguments)
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err


NO_JAVA = "from operations.local import preflight; preflight._java_programs = lambda: iter(())"
NO_SPACE = "import shutil; free = shutil._ntuple_diskusage(1, 1, 0); shutil.disk_usage = lambda path: free"


@pytest.mark.parametrize(
    ("machine", "lacks"), [(NO_JAVA, ["no Java", "no Maven on the PATH"]), (NO_SPACE, ["0.0 GiB free"])]
)
def test_what_the_machine_lacks_is_told_before_anything_is_made(
    checkout: Checkout, machine: str, lacks: list[str], tmp_path: Path
):
    """An empty PATH: neither Maven nor what would install it."""
    done = run(checkout, "up", "--json", on=machine, PATH=str(tmp_path / "bin"), STREAMCTL_DIST=str(tmp_path / "dist"))
    mistakes = done.json["mistakes"]
    assert done.code == 1
    assert {mistake["found"] for mistake in mistakes} >= set(lacks)
    assert all(mistake["found"] and mistake["allowed"] and mistake["remedy"] for mistake in mistakes)
    assert done.err.count("remedy:") == len(mistakes)
    assert "Traceback" not in done.err
    assert not (checkout.home / "run" / "supervisord.conf").exists()


def test_a_disk_that_takes_nothing_is_one_clear_error(checkout: Checkout):
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    done = run(checkout, "up", on=limited)
    assert done.code == 1
    assert done.err.startswith("error environment: TMPDIR\n  found:   No usable temporary directory found in ")
    assert len(done.err.splitlines()) == 4


def test_what_nobody_foresaw_is_told_on_a_full_disk_too(checkout: Checkout):
    broken = "from operations.local import commands; commands.down = lambda as_json: 1 / 0"
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    done = run(checkout, "down", "--json", on=f"{broken}; {limited}")
    assert done.code == 1
    (mistake,) = done.json["mistakes"]
    assert mistake["found"].startswith("an unexpected ZeroDivisionError: division by zero (")
    assert "please report it with these lines" in mistake["remedy"]
    assert "Traceback" not in done.err


def test_down_where_nothing_is_up_is_no_mistake(checkout: Checkout):
    done = run(checkout, "down")
    assert (done.code, done.out.strip()) == (0, "Nothing was up.")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 1}', b'{"version": 7}', b"\x00", b"\xff"])
def test_a_half_written_state_file_is_told(tmp_path: Path, content: bytes):
    layout = Layout(tmp_path, tmp_path / "dist")
    layout.make()
    layout.state.write_bytes(content)
    with pytest.raises(PlatformError) as caught:
        record.load(layout)
    assert "damaged" in caught.value.mistakes[0].found
    assert "./streamctl down" in caught.value.mistakes[0].remedy


def test_down_clears_a_half_written_state_file(checkout: Checkout):
    checkout.layout.make()
    checkout.layout.state.write_text("{")
    assert run(checkout, "status").code == 1
    assert run(checkout, "down").code == 0
    assert not checkout.layout.state.exists()


def test_synth_prints_an_export(checkout: Checkout):
    done = run(checkout, "synth", "--stack", "local", "--json")
    assert done.code == 0
    export = json.loads(done.out)
    assert export["version"] == 3
    assert len(export["deployment"]["resources"]) > 40
    done = run(checkout, "synth", "--stack", "local")
    assert f"{len(export['deployment']['resources'])} resources" in done.out
    assert "aws:s3/bucket:Bucket" in done.out


def test_schemas_are_up_to_date():
    for path, content in schemas().items():
        assert json.loads(path.read_text()) == content, f"{path.name} is stale: run ./streamctl schema"


def test_schemas_tell_scripts_what_they_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr("operations.schema.ROOT", tmp_path)
    files = ["stacks/settings.schema.json", "applications/application.schema.json"]
    for file in files:
        (tmp_path / file).parent.mkdir()
    with pytest.raises(PlatformError) as caught:
        schema(check=True, as_json=True)
    assert [mistake.where for mistake in caught.value.mistakes] == files
    for done in ({"written": files, "current": []}, {"written": [], "current": files}):
        schema(check=False, as_json=True)
        assert json.loads(capsys.readouterr().out) == done


def test_the_schema_accepts_the_stack_file_and_refuses_a_misspelt_key():
    import jsonschema
    import yaml

    content = yaml.safe_load((REPOSITORY / STACK).read_text())
    jsonschema.validate(content, stack_file_schema())
    content["config"]["streaming-platform:kafak"] = {}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, stack_file_schema())


def test_the_launcher_takes_no_code_from_where_the_caller_stands(checkout: Checkout, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "operations").mkdir(parents=True)
    for name in ("operations/__init__.py", "operations/streamctl.py", "click.py", "json.py"):
        (elsewhere / name).write_text("raise SystemExit('code of somebody else')")
    done = subprocess.run(
        [checkout.root / "streamctl", "down", "--json"],
        cwd=elsewhere,
        env=checkout.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"stopped": []}


def test_the_launcher_says_what_is_missing(tmp_path: Path):
    """Without a Python that is new enough there is no environment to make."""
    for name in ("streamctl", "requirements.txt", "requirements-local.txt", "requirements-dev.txt"):
        (tmp_path / name).write_bytes((REPOSITORY / name).read_bytes())
    (tmp_path / "streamctl").chmod(0o755)
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "cat", "cksum", "cut", "dirname", "env"):
        found = next(Path(folder, tool) for folder in os.environ["PATH"].split(":") if Path(folder, tool).exists())
        (tools / tool).symlink_to(found)
    done = subprocess.run(
        [str(tmp_path / "streamctl"), "up"], env={"PATH": str(tools)}, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert "no Python 3.11" in done.stderr
    assert "remedy:" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_signals_behind_the_end_change_nothing(checkout: Checkout, how: signal.Signals):
    """Whoever presses Ctrl-C again and again still hears what went wrong, and a script gets the same exit status."""
    command = checkout.start("synth", "--stack", "nope")
    assert command.stderr
    said = command.stderr.readline()
    while command.poll() is None:
        command.send_signal(how)
    said += command.stderr.read()
    assert command.wait() == 1, said
    assert "found:   'nope'" in said
    assert "remedy:" in said
    assert "Traceback" not in said
