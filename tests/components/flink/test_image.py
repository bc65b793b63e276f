"""What the container images hold, and their tags."""

import shutil
import time
from pathlib import Path

import pytest

from components.errors import PlatformError
from components.flink import image
from components.flink.image import Layer, application_image_tag, connect_image_tag, connect_plugin_key, images, poms
from components.settings.images import ImageSettings

SOURCES = ("applications/images", "applications/connectors", "applications/runner/src", "operations/local/maven")


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Path:
    """A repository with nothing but what the images are made of."""
    for folder in SOURCES:
        shutil.copytree(image.REPOSITORY / folder, tmp_path / folder)
    shutil.copy(image.RUNNER / "pom.xml", tmp_path / "applications" / "runner")
    monkeypatch.setattr(image, "REPOSITORY", tmp_path)
    monkeypatch.setattr(image, "RUNNER", tmp_path / "applications" / "runner")
    return tmp_path


def tags() -> tuple[str, str, str]:
    return application_image_tag(), connect_image_tag(), connect_plugin_key()


def changed(copy: Path, file: str) -> list[bool]:
    before = tags()
    (copy / file).write_text((copy / file).read_text() + "\n")
    return [one != other for one, other in zip(before, tags(), strict=True)]


def test_tags_are_the_same_in_every_checkout(copy, monkeypatch):
    elsewhere = tags()
    monkeypatch.undo()
    assert tags() == elsewhere


@pytest.mark.parametrize(
    ("file", "application", "connect", "plugin"),
    [
        ("applications/connectors/pom.xml", True, False, False),
        ("applications/runner/pom.xml", True, True, False),
        ("applications/runner/src/main/java/streaming/SqlRunner.java", True, True, False),
        ("applications/images/iam.xml", False, True, False),
        ("applications/images/log4j2.properties", False, True, False),
        ("operations/local/maven/kafka.xml", False, True, False),
        ("operations/local/maven/debezium.xml", False, True, True),
        ("operations/local/maven/pom.xml", False, True, True),
        ("operations/local/maven/postgres.xml", False, False, False),
        ("applications/runner/src/test/java/streaming/StatementsTest.java", False, False, False),
    ],
)
def test_a_tag_changes_with_what_goes_in_and_only_with_it(copy, file, application, connect, plugin):
    assert changed(copy, file) == [application, connect, plugin]


def test_another_base_is_another_image():
    base = "registry.example.com/mirror/cp-flink:2.1.1-cp1-java21"
    assert application_image_tag(base) != application_image_tag()
    assert application_image_tag(images().applications.base) == application_image_tag()


def test_tags_are_names_that_registries_and_buckets_take():
    for tag in (application_image_tag(), connect_image_tag()):
        assert len(tag) == 16
        assert set(tag) <= set("0123456789abcdef")
    assert connect_plugin_key().startswith("connect-plugins/debezium-postgres-")


def test_a_tag_takes_milliseconds():
    tags()
    began = time.perf_counter()
    tags()
    assert time.perf_counter() - began < 0.1


def test_hadoop_lies_where_flinks_own_classes_are():
    """Iceberg's factory asks for Hadoop's Configuration; from usrlib/ or a plugin it is not seen."""
    (lib, runner) = images().applications.layers
    assert (lib.directory, lib.maven) == ("/opt/flink/lib", "applications/connectors/pom.xml")
    assert (runner.directory, runner.runner) == ("/opt/flink/usrlib", True)


def test_the_connect_image_runs_as_nobody_with_the_local_platforms_jars():
    connect = images().connect
    assert connect.user not in (None, "0", "0:0")
    assert {layer.maven for layer in connect.layers} >= {"operations/local/maven/kafka.xml"}
    assert {layer.directory for layer in connect.layers if layer.runner} == {"/opt/runner"}


def test_the_base_of_flink_keeps_its_own_start_script():
    """It links the S3 plugin and writes the configuration; the operator calls it."""
    assert images().applications.entrypoint is None
    assert images().applications.user is None


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("cp-flink:2.1.1-cp1-java21", "cp-flink:latest", "names no version"),
        ("cp-flink:2.1.1-cp1-java21", "cp-flink", "names no version"),
        ("directory: /opt/flink/usrlib", "directory: usrlib", "usrlib"),
        (
            "      runner: true\n  environment",
            "      runner: true\n      files: [README.md]\n  environment",
            "and files",
        ),
        ("entrypoint: [java, -cp,", "entrypoint: [java, 'a,b',", "a,b"),
    ],
)
def test_a_mistake_in_the_file_is_told(tmp_path, old, new, found):
    text = image.IMAGES.read_text()
    assert old in text
    file = tmp_path / "images.yaml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(PlatformError) as caught:
        images(file)
    assert found in str(caught.value)


def test_a_layer_is_of_one_kind():
    with pytest.raises(ValueError, match="write one of maven, runner and files"):
        Layer(directory="/opt")


def test_a_maven_file_brings_its_parent():
    folder = image.REPOSITORY / "operations" / "local" / "maven"
    assert poms(folder / "kafka.xml") == [folder / "kafka.xml", folder / "pom.xml"]
    assert poms(image.RUNNER / "pom.xml") == [image.RUNNER / "pom.xml"]


@pytest.mark.parametrize("base", ["cp-flink", "docker.io/x/y", "docker.io/x/y:latest", "https://docker.io/x/y:1"])
def test_a_base_of_a_stack_must_not_move(base):
    with pytest.raises(ValueError):
        ImageSettings(applications_base=base)
    digest = "registry.example.com:5000/mirror/x@sha256:" + "a" * 64
    assert ImageSettings(connect_base=digest).base("connect") == digest
