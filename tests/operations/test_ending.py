"""How a command ends that did not go well: one message, the exit status, and nothing else whatever is broken."""

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from components.errors import PlatformError, problem
from operations.ending import of_the_system, run, unexpected, wants_json
from operations.local import record
from operations.local.layout import REPOSITORY, Layout, write_private
from operations.streamctl import cli


def failing(error: BaseException) -> Callable[[], object]:
    def command() -> object:
        raise error

    return command


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["status", "--json"], True),
        (["policy", "--stack", "local", "--format", "json"], True),
        (["policy", "--format=json"], True),
        (["policy", "--format", "sarif"], False),
        (["query", "--", "--json"], False),
        ([], False),
    ],
)
def test_a_command_line_asks_for_json_or_not(arguments: list[str], wanted: bool):
    assert wants_json(arguments) is wanted


@pytest.mark.parametrize(
    ("error", "status", "found"),
    [
        (problem("file", "key", "this"), 1, "this"),
        (click.UsageError("no such option"), 1, "no such option"),
        (KeyError("nobody foresaw it"), 1, "an unexpected KeyError: 'nobody foresaw it'"),
        (OSError(errno.ENOSPC, "No space left on device", "/srv/file"), 1, "No space left on device"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
    ],
)
def test_whatever_ends_a_command_is_told_to_people_and_to_scripts(
    error: BaseException, status: int, found: str, capsys, monkeypatch, tmp_path: Path
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert run(failing(error), as_json=True) == status
    said = capsys.readouterr()
    (mistake,) = json.loads(said.out)["mistakes"]
    assert mistake["found"] == found
    assert mistake["remedy"] or isinstance(error, PlatformError)
    assert found in said.err.lower() or found in said.err
    assert "Traceback" not in said.err
    # Without --json nothing but results goes to standard output.
    assert run(failing(error)) == status
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("status", "ends_with"), [(None, 0), (0, 0), (2, 2), ("words", 1)])
def test_a_command_that_goes_well_has_its_own_status(status: object, ends_with: int):
    assert run(lambda: sys.exit(status)) == ends_with  # pyright: ignore[reportArgumentType]
    assert run(lambda: None) == 0


class Wordless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


def raised(error: BaseException) -> BaseException:
    """`error` with a traceback."""
    try:
        raise error
    except BaseException as caught:
        return caught


def test_what_nobody_foresaw_is_told_with_a_file_that_has_the_traceback(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (mistake,) = unexpected(raised(KeyError("\ud800"))).mistakes
    (file,) = tmp_path.iterdir()
    assert mistake.found.startswith("an unexpected KeyError: ")
    assert mistake.remedy.endswith(f"report it with {file}")
    assert "in raised" in file.read_text()


@pytest.mark.parametrize("error", [ValueError("a word"), Wordless()])
def test_without_a_place_for_the_file_the_message_has_the_essence(error: Exception, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    (mistake,) = unexpected(raised(error)).mistakes
    assert mistake.found.startswith(f"an unexpected {type(error).__name__}: ")
    assert f"{__file__}, line " in mistake.found
    assert "report it with these lines" in mistake.remedy


def test_an_error_without_traceback_is_told_too(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    assert "a word" in unexpected(ValueError("a word")).mistakes[0].found


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "make room there, or set STREAMCTL_HOME to another folder"),
        (errno.EDQUOT, "make room there, or set STREAMCTL_HOME to another folder"),
        (errno.EROFS, "give yourself the right to it, or set STREAMCTL_HOME to another folder"),
        (errno.EACCES, "give yourself the right to it, or set STREAMCTL_HOME to another folder"),
        (errno.EFBIG, "raise the limit: ulimit -f unlimited"),
        (errno.ENOTDIR, "move away what is there, or set STREAMCTL_HOME to another folder"),
    ],
)
def test_what_the_system_refuses_is_told_with_path_and_remedy(number: int, remedy: str, monkeypatch):
    monkeypatch.setenv("STREAMCTL_HOME", "/srv/home")
    monkeypatch.setenv("STREAMCTL_DIST", "/srv/dist")
    told = of_the_system(OSError(number, os.strerror(number), "/srv/home/run/state.json"))
    assert told is not None
    (mistake,) = told.mistakes
    assert (mistake.where, mistake.found, mistake.remedy) == ("/srv/home/run/state.json", os.strerror(number), remedy)


def test_a_path_that_is_not_ours_can_not_be_moved():
    told = of_the_system(PermissionError(errno.EACCES, "Permission denied", "/srv/elsewhere"))
    assert told is not None
    assert told.mistakes[0].remedy == "give yourself the right to it"


def test_other_errors_of_the_system_are_none_of_files():
    assert of_the_system(FileNotFoundError(errno.ENOENT, "No such file or directory", "x")) is None
    assert of_the_system(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")) is None
    assert of_the_system(PermissionError(errno.EACCES, "Permission denied")) is None


@pytest.fixture
def no_file_grows():
    """As with `ulimit -f 0`: a write fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_fails_names_its_file_and_leaves_nothing(no_file_grows, tmp_path: Path):
    with pytest.raises(OSError) as caught:
        write_private(tmp_path / "state.json", "text")
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(tmp_path / "state.json"))
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_temporary_files_is_told(no_file_grows, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with pytest.raises(FileNotFoundError) as caught:
        tempfile.gettempdir()
    told = of_the_system(caught.value)
    assert told is not None
    assert (told.mistakes[0].key, str(tmp_path) in told.mistakes[0].found) == ("TMPDIR", True)


def test_a_record_that_may_not_be_read_is_not_damaged(tmp_path: Path):
    (tmp_path / "home").write_text("")
    with pytest.raises(NotADirectoryError):
        record.load(Layout(tmp_path / "home", tmp_path))


def streamctl(*arguments: str, stdout: int, home: Path) -> tuple[int, str]:
    """Exit status and standard error of a process whose standard output is `stdout`."""
    command = [sys.executable, "-m", "operations.streamctl", *arguments]
    environment = {**os.environ, "STREAMCTL_HOME": str(home)}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60
    )
    return done.returncode, done.stderr


# In turn: printed by click itself, by click.echo, by rich.
VERBS = [("--help",), ("down", "--json"), ("down",)]


@pytest.mark.end_to_end
@pytest.mark.parametrize("arguments", VERBS)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_a_full_disk_behind_standard_output_is_one_clear_error(arguments: tuple[str, ...], tmp_path: Path):
    full = os.open("/dev/full", os.O_WRONLY)
    code, said = streamctl(*arguments, stdout=full, home=tmp_path)
    os.close(full)
    assert code == 1
    assert said.startswith("error standard output\n  found:   No space left on device\n")
    assert len(said.splitlines()) == 4


@pytest.mark.end_to_end
@pytest.mark.parametrize("arguments", VERBS)
def test_nobody_who_reads_is_no_error(arguments: tuple[str, ...], tmp_path: Path):
    """As `| head -1`. The status is that of any program whose pipe was closed: what it said is not all."""
    reader, writer = os.pipe()
    os.close(reader)
    assert streamctl(*arguments, stdout=writer, home=tmp_path) == (141, "")
    os.close(writer)


def test_a_command_called_within_another_process_leaves_its_signals_alone():
    with pytest.raises(SystemExit):
        cli.main(["synth", "--stack", "nope"])
    assert signal.getsignal(signal.SIGTERM) != signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) != signal.SIG_IGN
