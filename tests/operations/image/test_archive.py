import hashlib
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from operations.image import archive


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("b.jar", "a.jar"):
        (folder / name).write_text(name)
    return {path.name: path for path in folder.iterdir()}


def touched(files: dict[str, Path]) -> dict[str, Path]:
    """The same content with other times, modes and order."""
    for path in files.values():
        os.utime(path, (1, 1))
        path.chmod(0o600)
    return dict(reversed(files.items()))


@pytest.mark.parametrize("make", [archive.layer, archive.plugin])
def test_the_same_files_give_the_same_bytes(tmp_path, files, make):
    make(tmp_path / "one", "/opt/lib", files)
    make(tmp_path / "two", "/opt/lib", touched(files))
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    files["a.jar"].write_text("other")
    make(tmp_path / "three", "/opt/lib", files)
    assert digest(tmp_path / "three") != digest(tmp_path / "one")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_layer_changes_no_folder_of_the_base(tmp_path, files):
    """An entry for /opt/flink/lib would take the folder from the user that the base gave it to."""
    archive.layer(tmp_path / "layer.tar", "/opt/flink/lib", files)
    with tarfile.open(tmp_path / "layer.tar") as layer:
        entries = layer.getmembers()
    assert [(entry.name, entry.isfile()) for entry in entries] == [
        ("opt/flink/lib/a.jar", True),
        ("opt/flink/lib/b.jar", True),
    ]
    assert {(entry.mode, entry.uid, entry.gid, entry.mtime) for entry in entries} == {(0o644, 0, 0, 0)}


def test_a_plugin_is_a_folder_of_jars(tmp_path, files):
    archive.plugin(tmp_path / "plugin.zip", "debezium-postgres", files)
    with zipfile.ZipFile(tmp_path / "plugin.zip") as plugin:
        assert plugin.testzip() is None
        assert plugin.namelist() == ["debezium-postgres/a.jar", "debezium-postgres/b.jar"]
        assert plugin.read("debezium-postgres/a.jar") == b"a.jar"
