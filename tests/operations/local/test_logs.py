"""The logs of services, by the verb `logs`."""

import json
from pathlib import Path

import pytest

from components.errors import PlatformError
from operations.local import commands
from operations.local.logs import following, last_lines


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STREAMCTL_HOME", str(tmp_path))
    folder = tmp_path / "run" / "logs"
    folder.mkdir(parents=True)
    (folder / "aws.log").write_text("")
    log = folder / "kafka.log"
    log.write_bytes(b"one\ntwo \\[/red]\nthree \xff\r\n")
    return log


def test_the_last_lines_of_a_log(log: Path):
    assert last_lines(log, 2) == ["two \\[/red]", "three \ufffd"]
    assert last_lines(log, 0) == []
    assert len(last_lines(log, 100)) == 3


def test_a_log_is_followed_behind_its_rotation(log: Path):
    log.write_text("one\ntwo\nthree\nhalf")
    lines = following(log, 2)
    assert [next(lines), next(lines)] == ["two", "three"]
    with log.open("a") as file:
        file.write(" a line\nlast\nunfinished")
    # As supervisord does it.
    log.rename(log.with_suffix(".log.1"))
    log.write_text("first of the new\n")
    assert [next(lines) for _ in range(4)] == ["half a line", "last", "unfinished", "first of the new"]
    log.write_text("emptied\n")
    assert next(lines) == "emptied"
    with log.open("a") as file:
        file.write("goes on\n")
    assert next(lines) == "goes on"
    lines.close()


def test_logs_prints_all_with_their_names_or_one(log: Path, capsys: pytest.CaptureFixture[str]):
    commands.logs(None, 1, follow=False)
    printed = capsys.readouterr().out.split()
    assert printed == ["aws", str(log.with_name("aws.log")), "kafka", str(log), "three", "\ufffd"]
    commands.logs("kafka", 2, follow=False)
    assert capsys.readouterr().out.splitlines() == ["two \\[/red]", "three \ufffd"]


def test_logs_as_json(log: Path, capsys: pytest.CaptureFixture[str]):
    commands.logs(None, 1, follow=False, as_json=True)
    assert json.loads(capsys.readouterr().out) == [
        {"service": "aws", "file": str(log.with_name("aws.log")), "lines": []},
        {"service": "kafka", "file": str(log), "lines": ["three \ufffd"]},
    ]


def test_what_is_followed_is_one_object_a_line(log: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("operations.local.logs.time.sleep", interrupted)
    with pytest.raises(SystemExit) as caught:
        commands.logs("kafka", 2, follow=True, as_json=True)
    assert caught.value.code == 130
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [{"service": "kafka", "line": line} for line in ("two \\[/red]", "three \ufffd")]


def test_one_log_at_a_time_is_followed(log: Path):
    with pytest.raises(PlatformError) as caught:
        commands.logs(None, 1, follow=True)
    (mistake,) = caught.value.mistakes
    assert (mistake.key, mistake.found, mistake.allowed) == ("--follow", "no SERVICE", "aws, kafka")
