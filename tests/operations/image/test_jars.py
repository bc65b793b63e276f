import sys
from pathlib import Path

import pytest
import requests

from components.errors import PlatformError
from components.flink.image import REPOSITORY, Download, Layer
from operations.image import jars

_MAVEN = """#!PYTHON
import pathlib, sys
options = dict(a[2:].split("=", 1) for a in sys.argv if a.startswith("-D") and "=" in a)
pathlib.Path(CALLS).open("a").write(sys.argv[-1] + "\\n")
if sys.argv[-1] == "package":
    folder = pathlib.Path(options["runner.directory"])
    names = ["runner.jar"]
elif "connectors" in sys.argv[sys.argv.index("-f") + 1]:
    folder, names = pathlib.Path(options["connectors.directory"]), ["iceberg.jar"]
else:
    folder, names = pathlib.Path(options["distribution"]) / "kafka", ["kafka.jar", "log4j.jar"]
folder.mkdir(parents=True)
for name in names:
    (folder / name).touch()
"""


@pytest.fixture
def calls(tmp_path, monkeypatch) -> Path:
    """A Maven that writes small files, and what it was called for."""
    (tmp_path / "bin").mkdir()
    program(
        tmp_path / "bin" / "mvn",
        _MAVEN.replace("PYTHON", sys.executable).replace("CALLS", repr(str(tmp_path / "calls"))),
    )
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "calls"


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_a_layer_holds_the_jars_of_its_maven_file(tmp_path, calls):
    kafka = Layer(directory="/opt/connect/lib", maven="operations/local/maven/kafka.xml")
    connectors = Layer(directory="/opt/flink/lib", maven="applications/connectors/pom.xml")
    assert sorted(jars.files(kafka, tmp_path)) == ["kafka.jar", "log4j.jar"]
    assert sorted(jars.files(connectors, tmp_path)) == ["iceberg.jar"]
    jars.files(kafka, tmp_path)
    assert len(calls.read_text().splitlines()) == 2


def test_the_runner_is_built_once(tmp_path, calls):
    layer = Layer(directory="/opt/runner", runner=True)
    assert jars.files(layer, tmp_path)["runner.jar"].is_file()
    jars.files(layer, tmp_path)
    assert calls.read_text() == "package\n"


def test_files_of_the_repository_go_in_by_their_names(tmp_path):
    layer = Layer(directory="/opt/connect/conf", files=["applications/images/log4j2.properties"])
    assert jars.files(layer, tmp_path) == {
        "log4j2.properties": REPOSITORY / "applications" / "images" / "log4j2.properties"
    }


@pytest.mark.parametrize(
    ("said", "found", "remedy"),
    [
        ("[ERROR] \\033[1mNo compiler is provided in this environment", "without compiler", "openjdk-17-jdk"),
        ("[ERROR] Could not find artifact x:y:1", "Could not find artifact x:y:1", "Maven reaches its registry"),
    ],
)
def test_what_maven_says_is_told(tmp_path, calls, said, found, remedy):
    program(tmp_path / "bin" / "mvn", f"#!/bin/sh\nprintf '{said}\\n'\nexit 1\n")
    with pytest.raises(PlatformError) as caught:
        jars.runner(tmp_path)
    assert found in caught.value.mistakes[0].found
    assert remedy in caught.value.mistakes[0].remedy


class Answer:
    content = b"other"

    def raise_for_status(self) -> None:
        pass


def test_a_download_that_is_another_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(requests, "get", lambda url, timeout: Answer())
    with pytest.raises(PlatformError, match="do not use this file"):
        jars.downloaded(Download(url="https://example.com/a.jar", sha256="0" * 64), tmp_path)
    assert not (tmp_path / "a.jar").exists()
    digest = "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
    found = jars.downloaded(Download(url="https://example.com/a.jar", sha256=digest), tmp_path)
    assert found.read_bytes() == b"other"
