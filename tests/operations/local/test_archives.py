import lzma
from pathlib import Path

import pytest

from operations.local import archives


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """Downloads without a jar, and short class lists."""
    monkeypatch.delenv(archives.RECORD, raising=False)
    monkeypatch.setattr(archives, "LISTS", tmp_path / "lists")
    (tmp_path / "lists").mkdir()
    for family in archives.FAMILIES:
        (tmp_path / "lists" / f"{family}.lst.xz").write_bytes(lzma.compress(b"java/lang/Object\n"))
    (tmp_path / "dist" / "root" / "prepared").mkdir(parents=True)
    return tmp_path / "dist" / "root"


def java(folder: Path, text: str) -> Path:
    program = folder / "java"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program


_DUMP = """for a in "$@"; do case "$a" in -XX:SharedArchiveFile=*) echo x > "${a#*=}" ;; esac; done"""


def test_archives_are_made_once_and_used_by_the_services_that_share_them(root, tmp_path):
    program, prepared = java(tmp_path, _DUMP), root / "prepared"
    assert archives.options(prepared, "kafka") == ()
    assert archives.ensure(root, prepared, program)
    assert not archives.ensure(root, prepared, program)
    (option, *_) = archives.options(prepared, "kafka")
    assert Path(option.partition("=")[2]).read_text() == "x\n"
    assert archives.options(prepared, "connect") == archives.options(prepared, "kafka")
    assert archives.options(prepared, "taskmanager") == archives.options(prepared, "sql-gateway")
    assert archives.options(prepared, "postgres") == ()


def test_other_class_lists_are_other_archives(root, tmp_path):
    archives.ensure(root, root / "prepared", java(tmp_path, _DUMP))
    (archives.LISTS / "kafka.lst.xz").write_bytes(lzma.compress(b"java/lang/String\n"))
    assert archives.options(root / "prepared", "kafka") == ()


def test_a_start_goes_without_an_archive_that_cannot_be_made(root, tmp_path):
    assert archives.ensure(root, root / "prepared", java(tmp_path, _DUMP + "\nexit 1"))
    assert archives.options(root / "prepared", "kafka") == ()
    assert not archives.ensure(root, root / "prepared", tmp_path / "no-java")


def test_recording_instead_of_using(root, tmp_path, monkeypatch):
    monkeypatch.setenv(archives.RECORD, str(tmp_path))
    assert archives.options(root / "prepared", "kafka") == (f"-XX:DumpLoadedClassList={tmp_path}/kafka.lst",)


def test_what_was_recorded_is_merged(root, tmp_path):
    (tmp_path / "kafka.lst").write_text("# note\njava/lang/Object id: 0\n@lambda-proxy a/B x\n")
    (tmp_path / "connect.lst").write_text("java/lang/Object id: 7\na/C id: 1 super: 0 source: plugin.jar\na/B id: 2\n")
    before = (archives.LISTS / "flink.lst.xz").read_bytes()
    archives.main(tmp_path)
    assert (
        lzma.decompress((archives.LISTS / "kafka.lst.xz").read_bytes())
        == b"a/B\njava/lang/Object\n@lambda-proxy a/B x\n"
    )
    assert (archives.LISTS / "flink.lst.xz").read_bytes() == before


def test_the_lists_of_the_repository_hold_classes_of_the_services():
    texts = {
        family: lzma.decompress((archives.LISTS / f"{family}.lst.xz").read_bytes()).decode()
        for family in archives.FAMILIES
    }
    assert "org/apache/flink/table/gateway/SqlGateway\n" in texts["flink"]
    assert "org/apache/iceberg/flink/FlinkCatalog\n" in texts["flink"]
    assert "kafka/Kafka\n" in texts["kafka"]
    assert "org/apache/kafka/connect/cli/ConnectDistributed\n" in texts["kafka"]
