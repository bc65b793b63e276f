import errno
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from components.errors import PlatformError
from operations.local.layout import (
    REPOSITORY,
    Layout,
    copy_folder,
    exclusive,
    private_root,
    supervisor_socket,
    write_private,
)


def test_home_is_in_the_repository_unless_the_environment_says_otherwise(monkeypatch, tmp_path):
    monkeypatch.delenv("STREAMCTL_HOME", raising=False)
    monkeypatch.delenv("STREAMCTL_DIST", raising=False)
    assert Layout.of_environment().home == REPOSITORY / ".streamctl"
    assert Layout.of_environment().dist == REPOSITORY / ".streamctl" / "dist"
    monkeypatch.setenv("STREAMCTL_HOME", str(tmp_path / "one"))
    monkeypatch.setenv("STREAMCTL_DIST", str(tmp_path / "shared"))
    assert Layout.of_environment().home == tmp_path / "one"
    assert Layout.of_environment().dist == tmp_path / "shared"
    assert Layout.of_environment(tmp_path / "given").home == tmp_path / "given"


@pytest.mark.parametrize("name", ["a:b", "a,b", 'a"b', "a;b", "a%b", "a\nb", "a*b", "a#b", "a\\b", "a'b"])
def test_a_path_that_no_class_path_can_hold_is_refused_by_name(name, tmp_path):
    with pytest.raises(PlatformError) as caught:
        Layout.of_environment(tmp_path / name)
    assert caught.value.mistakes[0].key == "STREAMCTL_HOME"


@pytest.mark.parametrize("name", ["with space", "ünïcode", "a+b=c@d(e)~f", "v1.2"])
def test_ordinary_paths_are_taken(name, tmp_path):
    assert Layout.of_environment(tmp_path / name).home == tmp_path / name


def test_the_socket_of_a_deep_home_can_be_bound(tmp_path):
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 12)
    path = supervisor_socket(Layout(deep, deep / "dist"))
    assert len(str(deep)) > 108 > len(str(path)) + 1
    assert path.parent.stat().st_mode & 0o777 == 0o700
    with socket.socket(socket.AF_UNIX) as server:
        path.unlink(missing_ok=True)
        server.bind(str(path))
    path.unlink()


def test_the_socket_path_stays_short_below_a_long_temporary_folder(monkeypatch, tmp_path):
    long = tmp_path / ("t" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    assert len(str(supervisor_socket(Layout(tmp_path, tmp_path)))) < 104


def test_a_private_folder_that_is_a_link_is_refused(monkeypatch, tmp_path):
    base = Path(tempfile.mkdtemp())
    monkeypatch.setattr(tempfile, "tempdir", str(base))
    (base / f"streamctl-{os.getuid()}").symlink_to(tmp_path)
    with pytest.raises(PlatformError, match="not a folder of yours"):
        private_root()


def test_two_homes_have_two_ids_and_two_sockets(tmp_path):
    one, two = (Layout(tmp_path / name, tmp_path / "dist") for name in ("one", "two"))
    assert one.run_id != two.run_id
    assert supervisor_socket(one) != supervisor_socket(two)


def test_files_of_a_run_are_readable_by_the_owner_only(tmp_path):
    layout = Layout(tmp_path, tmp_path)
    layout.make()
    assert layout.run.stat().st_mode & 0o777 == 0o700
    assert write_private(layout.conf / "deep" / "file", "secret")
    assert (layout.conf / "deep" / "file").stat().st_mode & 0o777 == 0o600
    assert not write_private(layout.conf / "deep" / "file", "secret")
    assert write_private(layout.conf / "deep" / "file", "other")
    assert [path.name for path in (layout.conf / "deep").iterdir()] == ["file"]
    # Not even text any more.
    (layout.conf / "deep" / "file").write_bytes(b"\xff")
    assert write_private(layout.conf / "deep" / "file", "other")
    assert (layout.conf / "deep" / "file").read_text() == "other"


@pytest.mark.parametrize("ports", [False, True])
def test_wiping_keeps_logs_and_unless_told_otherwise_the_ports(tmp_path, ports):
    layout = Layout(tmp_path, tmp_path)
    layout.make()
    log, remembered = layout.logs / "x", (layout.secrets, layout.state, layout.aws, layout.ports, layout.order)
    remembered += (layout.belongings,)
    for path in (layout.data / "x", layout.conf / "x", log, *remembered):
        path.write_text("x")
    layout.wipe(ports)
    left = {path for path in layout.run.rglob("*") if path.is_file()}
    assert left == ({log} if ports else {log, layout.ports})


def test_a_lock_is_held_by_one_process_and_freed_by_its_death(tmp_path):
    lock = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from operations.local.layout import exclusive\n"
        "with exclusive(Path(sys.argv[1]), 'x'): print('held', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with (
        pytest.raises(PlatformError, match=f"the other one is at work \\(process {other.pid}\\)"),
        exclusive(lock, "the other one"),
    ):
        pass
    other.kill()
    other.wait()
    with exclusive(lock, "the other one"):
        assert lock.read_text() == str(os.getpid())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has such a file")
def test_on_a_full_disk_the_lock_is_held_all_the_same():
    """Or `down` could not make room."""
    with exclusive(Path("/dev/full"), "x"):
        pass


def test_a_folder_that_cannot_be_copied_is_told_with_the_reason_of_the_first_file(monkeypatch, tmp_path):
    (tmp_path / "one" / "deep").mkdir(parents=True)
    (tmp_path / "one" / "deep" / "file").write_text("x")
    copy_folder(tmp_path / "one", tmp_path / "two")
    assert (tmp_path / "two" / "deep" / "file").read_text() == "x"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(OSError, match="No space left") as caught:
        copy_folder(tmp_path / "one", tmp_path / "three")
    assert caught.value.errno == errno.ENOSPC


def test_a_home_that_does_not_exist_yet_is_no_mistake(tmp_path):
    layout = Layout.of_environment(tmp_path / "not" / "yet")
    assert not layout.home.exists()
    layout.make()
    assert layout.logs.is_dir()
    assert layout.log("kafka") == Path(layout.logs / "kafka.log")
