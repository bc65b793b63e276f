import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from components import versions
from components.errors import PlatformError
from operations.local import distribution, preflight, prepared
from operations.local.distribution import CONNECTORS, POMS
from operations.local.layout import REPOSITORY, Layout

_NAMESPACE = {"m": "http://maven.apache.org/POM/4.0.0"}

PINS = {
    "kafka.version": versions.KAFKA,
    "log4j.version": versions.LOG4J,
    "debezium.version": versions.DEBEZIUM,
    "flink.version": versions.FLINK,
    "postgres.version": versions.POSTGRES,
    "flink.connector.kafka.version": versions.FLINK_CONNECTOR_KAFKA,
    "kafka.clients.version": versions.KAFKA_CLIENTS,
    "jackson.version": versions.JACKSON,
    "aws.msk.iam.auth.version": versions.AWS_MSK_IAM_AUTH,
    "iceberg.version": versions.ICEBERG,
    "hadoop.version": versions.HADOOP,
    "commons.logging.version": versions.COMMONS_LOGGING,
}


def poms() -> list[ElementTree.Element]:
    return [ElementTree.parse(path).getroot() for path in (*POMS.glob("*.xml"), CONNECTORS)]


def properties() -> list[tuple[str, str]]:
    found = [
        (p.tag.rpartition("}")[2], p.text or "") for pom in poms() for p in pom.iterfind("m:properties/*", _NAMESPACE)
    ]
    return [(name, text) for name, text in found if name.endswith(".version")]


def test_poms_and_constants_agree():
    assert set(properties()) == set(PINS.items())


def test_every_dependency_takes_its_version_from_a_pinned_property():
    names = {f"${{{name}}}" for name in PINS}
    found = [v.text for pom in poms() for v in pom.iterfind("m:dependencies/m:dependency/m:version", _NAMESPACE)]
    assert len(found) >= 14
    assert set(found) <= names


def test_every_pom_is_a_module():
    (parent,) = (pom for pom in poms() if pom.find("m:modules", _NAMESPACE) is not None)
    modules = {(POMS / (module.text or "")).resolve() for module in parent.iterfind("m:modules/m:module", _NAMESPACE)}
    assert modules == {path for path in POMS.glob("*.xml") if path.name != "pom.xml"} | {CONNECTORS}


# ---- with a pip and a Maven that write small files


_PIP = """
import pathlib, sys
target = pathlib.Path(sys.argv[sys.argv.index("--target") + 1]) / "pyflink"
for part in ("lib", "opt", "plugins/metrics-prometheus"):
    (target / part).mkdir(parents=True)
import zipfile
with zipfile.ZipFile(target / "lib" / "flink-dist-VERSION.jar", "w") as jar:
    jar.writestr("config.yaml", "env: {java: {opts: {all: --add-opens=a/b=ALL --add-exports=c/d=ALL}}}")
(target / "lib" / "flink-table-planner-loader-VERSION.jar").touch()
"""

_MAVEN = """#!PYTHON
import io, pathlib, sys, tarfile, zipfile
options = dict(a[2:].split("=", 1) for a in sys.argv if a.startswith("-D"))
root = pathlib.Path(options["distribution"])
assert options["connectors.directory"] == str(root / "connectors")
for name in ("kafka/kafka_2.13", "debezium/debezium", "flink/flink-table-planner", "filesystem/s3", "connectors/ice"):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / f"{name}.jar").touch()
text = io.BytesIO()
with tarfile.open(fileobj=text, mode="w:xz") as archive:
    entry = tarfile.TarInfo("bin/postgres")
    entry.mode = 0o755
    archive.addfile(entry, io.BytesIO())
(root / "postgres").mkdir()
with zipfile.ZipFile(root / "postgres" / "embedded.jar", "w") as jar:
    jar.writestr("postgres.txz", text.getvalue())
(root.parent.parent / "calls").open("a").write("maven\\n")
"""


@pytest.fixture
def layout(tmp_path, monkeypatch) -> Layout:
    """A home whose downloads come from a pretended registry; nothing is prepared from them."""
    programs = tmp_path / "programs"
    programs.mkdir()
    script(programs / "mvn", _MAVEN.replace("PYTHON", sys.executable))
    (programs / "pip.py").write_text(_PIP.replace("VERSION", versions.FLINK))
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    call = distribution._call

    def replaced(command: list[str], name: str) -> None:
        call([sys.executable, str(programs / "pip.py"), *command[3:]] if name == "pip" else command, name)

    monkeypatch.setattr(distribution, "_call", replaced)
    monkeypatch.setattr(prepared, "_make", lambda root, java, place: (place.mkdir(), (place / "unprivileged").touch()))
    monkeypatch.setattr(preflight, "DOWNLOAD_BYTES", 1)
    monkeypatch.setattr(preflight, "RUN_BYTES", 1)
    return Layout(tmp_path / "home", tmp_path / "dist")


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_downloads_are_laid_out_as_the_programs_expect(layout):
    told: list[float] = []
    assert not distribution.complete(layout)
    found = distribution.ensure(layout, lambda what, share: told.append(share))
    assert distribution.complete(layout)
    assert [jar.name for jar in found.flink_jars] == [
        f"flink-dist-{versions.FLINK}.jar",
        "flink-table-planner.jar",
        "ice.jar",
    ]
    assert [jar.name for jar in found.kafka_jars] == ["kafka_2.13.jar"]
    assert [path.name for path in (found.flink / "plugins" / "s3-fs-hadoop").iterdir()] == ["s3.jar"]
    assert [path.name for path in found.connect_plugins.iterdir()] == ["debezium"]
    assert (found.postgres / "bin" / "postgres").stat().st_mode & 0o100
    assert found.flink_jvm_options == ("--add-opens=a/b=ALL", "--add-exports=c/d=ALL")
    assert sorted(path.name for path in found.root.iterdir() if path.is_dir() and "prepared" not in path.name) == [
        "connect-plugins",
        "flink",
        "kafka",
        "postgres",
    ]
    assert told == sorted(told)
    assert told[-1] == 0.8


def test_a_second_call_downloads_nothing_and_is_fast(layout):
    first = distribution.ensure(layout)
    began = time.perf_counter()
    assert distribution.ensure(layout) == first
    assert time.perf_counter() - began < 0.5
    assert (layout.dist / "calls").read_text() == "maven\n"


def test_a_killed_download_is_begun_again(layout, monkeypatch):
    def die(partial: Path) -> None:
        raise KeyboardInterrupt

    arrange = distribution._arrange
    monkeypatch.setattr(distribution, "_arrange", die)
    with pytest.raises(KeyboardInterrupt):
        distribution.ensure(layout)
    assert not distribution.complete(layout)
    assert list(layout.dist.glob(".partial-*"))
    monkeypatch.setattr(distribution, "_arrange", arrange)
    distribution.ensure(layout)
    assert distribution.complete(layout)
    assert not list(layout.dist.glob(".partial-*"))


def test_other_pins_are_another_folder(layout, monkeypatch):
    first = distribution.ensure(layout).root
    monkeypatch.setattr(versions, "FLINK", "9.9.9")
    assert not distribution.complete(layout)
    assert first.is_dir()


def test_a_failed_download_says_what_maven_said(layout, tmp_path):
    script(
        tmp_path / "programs" / "mvn", "#!/bin/sh\necho '[ERROR] \033[1mCould not find artifact x:y:1\033[m'\nexit 1\n"
    )
    with pytest.raises(PlatformError) as caught:
        distribution.ensure(layout)
    (mistake,) = caught.value.mistakes
    assert mistake.where == "the download with mvn"
    assert mistake.found == "[ERROR] Could not find artifact x:y:1"
    assert not distribution.complete(layout)


# ---- what is prepared from the downloads


@pytest.fixture
def root(tmp_path) -> Path:
    program = tmp_path / "root" / "postgres" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    script(program, "#!/bin/sh\necho postgres 17\n")
    return tmp_path / "root"


def test_an_unprivileged_command_is_not_run_as_root(root):
    prefix = prepared.unprivileged_prefix(root)
    done = subprocess.run([*prefix, "id", "-u"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() != "0"


def test_setpriv_is_used_where_the_kernel_gives_no_namespace(root, monkeypatch):
    if prepared.unprivileged_prefix(root) == ():
        return  # not root: nothing is put before the command
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "unshare" else which(name))
    prefix = prepared.unprivileged_prefix(root)
    assert prefix[0] == "setpriv"
    done = subprocess.run([*prefix, "id", "-u"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "65534"
    folder = root / "data"
    (folder / "deep").mkdir(parents=True)
    prepared.Prepared(root, prefix).give_to_unprivileged(folder)
    assert {path.stat().st_uid for path in (folder, folder / "deep")} == {65534}
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(PlatformError, match="refuses to run as root"):
        prepared.unprivileged_prefix(root)


def test_the_repository_holds_one_list_of_connector_jars():
    assert CONNECTORS == REPOSITORY / "applications" / "connectors" / "pom.xml"
    names = [e.text for e in ElementTree.parse(CONNECTORS).getroot().iterfind(".//m:artifactId", _NAMESPACE)]
    assert {"flink-connector-kafka", "iceberg-flink-runtime-2.1", "iceberg-aws-bundle"} <= set(names)


def test_kafkas_client_keeps_the_names_of_its_classes():
    """The SQL connector renames them within itself: no login module of anybody else would fit."""
    names = {e.text for e in ElementTree.parse(CONNECTORS).getroot().iterfind(".//m:artifactId", _NAMESPACE)}
    assert "flink-sql-connector-kafka" not in names
    assert {"kafka-clients", "aws-msk-iam-auth"} <= names
