import os
import platform
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from components.errors import Mistake, PlatformError
from operations.local import preflight
from operations.local.layout import Layout
from operations.local.progress import Wait
from operations.local.up import bring_up


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "home", tmp_path / "home" / "dist")


def fake_java(folder: Path, version: str, release: bool = True) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-01-01' >&2\n")
    program.chmod(0o755)
    if release:
        (folder / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return program


@pytest.fixture
def only(monkeypatch, tmp_path):
    """No Java but the given ones, no Maven, no package manager."""

    def programs(*found: Path, tools: tuple[str, ...] = ()):
        monkeypatch.setattr(preflight, "_java_programs", lambda: iter(found))
        monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name in tools else None)

    return programs


@pytest.mark.parametrize("release", [True, False])
@pytest.mark.parametrize(("text", "number"), [("17.0.15", 17), ("21", 21), ("11.0.2", 11), ("1.8.0_402", 1)])
def test_the_version_of_a_java(text, number, release, tmp_path):
    assert preflight.java_version(fake_java(tmp_path / "j", text, release)) == number


def test_something_that_is_no_java(tmp_path):
    assert preflight.java_version(tmp_path / "missing" / "bin" / "java") is None


def test_the_first_java_that_fits_is_taken(tmp_path, only):
    old, new, good = (fake_java(tmp_path / v, v) for v in ("11.0.1", "25", "21.0.2"))
    only(old, new, good)
    assert preflight.find_java() == preflight.Java(good, 21)


def test_javas_that_do_not_fit_are_named_with_what_to_install(tmp_path, only, layout):
    only(fake_java(tmp_path / "old", "11.0.1"), fake_java(tmp_path / "new", "25"), tools=("apt-get",))
    with pytest.raises(PlatformError) as caught:
        preflight.check(layout, downloads=False)
    (mistake,) = caught.value.mistakes
    assert mistake.key == "java"
    assert "Java 11 (" in mistake.found
    assert "Java 25 (" in mistake.found
    assert mistake.allowed == "Java 17 to 23"
    assert "apt-get install openjdk-17-jre-headless" in mistake.remedy


@pytest.mark.parametrize(
    ("manager", "command"),
    [("apt-get", "apt-get install maven"), ("dnf", "dnf install maven"), ("brew", "brew install maven")],
)
def test_missing_maven_matters_only_for_downloads(manager, command, tmp_path, only, layout):
    java = fake_java(tmp_path / "j", "17.0.1")
    only(java, tools=(manager,))
    assert preflight.check(layout, downloads=False).program == java
    with pytest.raises(PlatformError) as caught:
        preflight.check(layout, downloads=True)
    assert [mistake.key for mistake in caught.value.mistakes] == ["mvn"]
    assert command in caught.value.mistakes[0].remedy


def test_everything_that_is_missing_is_told_at_once(only, layout, monkeypatch):
    only()
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 100 * 1024**2))
    with pytest.raises(PlatformError) as caught:
        preflight.check(layout, downloads=True)
    assert len(caught.value.mistakes) == 4
    text = str(caught.value)
    assert "Linux on riscv64" in text
    assert "0.1 GiB free" in text
    assert "3.5 GiB" in text
    assert "no Java" in text
    assert "no Maven" in text


def test_space_is_asked_for_on_each_file_system(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, preflight.RUN_BYTES + 1))
    assert preflight._no_space(Layout(tmp_path / "a", tmp_path / "b"), downloads=False) == []
    other_disk = next(Path(p) for p in ("/dev/shm", "/proc") if Path(p).stat().st_dev != tmp_path.stat().st_dev)
    (mistake,) = preflight._no_space(Layout(tmp_path / "a", other_disk), downloads=True)
    assert mistake.key == str(other_disk)
    assert mistake.allowed == "2.5 GiB"


def test_a_full_disk_is_told_before_anything_is_written(layout, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 100 * 1024**2))
    with pytest.raises(PlatformError, match=r"0\.1 GiB free"):
        bring_up("local", layout, Wait(quiet=True))
    assert not layout.home.exists()


def test_this_machine_passes(layout):
    """The tests of the platform run here, so it must."""
    assert preflight.check(layout, downloads=True).version >= 17
    assert preflight.archive_name() in preflight.ARCHIVES.values()


def test_missing_packages_are_installed_for_root_on_a_system_with_apt(monkeypatch):
    calls = []
    monkeypatch.setattr(preflight, "find_java", lambda: Mistake("", "java", "", "", ""))
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "mvn" else f"/bin/{name}")
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr(preflight, "_available", lambda package: "17" in package)
    monkeypatch.setattr(preflight, "_apt", lambda *arguments: calls.append(arguments))
    preflight.install_missing(downloads=True, report=lambda what: None)
    assert calls[0][0] == "update"
    assert calls[1][-2:] == ("openjdk-17-jre-headless", "maven")


def test_nothing_is_installed_for_others_or_when_nothing_is_missing(monkeypatch):
    monkeypatch.setattr(preflight, "_apt", lambda *arguments: pytest.fail("apt-get was called"))
    preflight.install_missing(downloads=True, report=lambda what: None)
    monkeypatch.setattr(preflight, "find_java", lambda: Mistake("", "java", "", "", ""))
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    preflight.install_missing(downloads=True, report=lambda what: None)


def test_a_failed_installation_says_what_apt_said(monkeypatch, tmp_path):
    program = tmp_path / "apt-get"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('E: no network')\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(PlatformError, match="E: no network"):
        preflight._apt("update")
