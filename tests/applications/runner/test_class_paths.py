"""The class paths of both images: what a client needs to log in to Amazon MSK by IAM is there, once."""

import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from components import compatibility, versions
from components.flink.image import REPOSITORY, RUNNER, images
from operations.image import jars

POM = "{http://maven.apache.org/POM/4.0.0}"
IAM = REPOSITORY / "applications" / "images" / "iam.xml"


def pinned(pom: Path) -> dict[str, str]:
    found = ElementTree.parse(pom).getroot().iterfind(f"{POM}properties/*")
    return {one.tag.removeprefix(POM): one.text or "" for one in found if one.tag.endswith(".version")}


def test_the_runner_is_built_against_what_it_runs_with():
    expected = {"flink": versions.FLINK, "kafka.clients": versions.KAFKA_CLIENTS, "jackson": versions.JACKSON}
    found = pinned(RUNNER / "pom.xml")
    assert {name: found[f"{name}.version"] for name in expected} == expected


def test_both_images_log_in_with_the_same_version():
    assert pinned(IAM) == {"aws.msk.iam.auth.version": versions.AWS_MSK_IAM_AUTH}


def test_the_image_is_the_one_that_the_versions_name():
    line = compatibility.flink_line(versions.FLINK)
    assert line.kafka_connector == versions.FLINK_CONNECTOR_KAFKA
    image = images().applications
    assert image.base == f"docker.io/{line.image}"
    assert image.environment == {"ENABLE_BUILT_IN_PLUGINS": line.s3_plugin}


@pytest.mark.end_to_end
def test_runner_jar_holds_its_own_classes_only(runner):
    with zipfile.ZipFile(runner) as jar:
        classes = [name for name in jar.namelist() if name.endswith(".class")]
    assert "streaming/SqlRunner.class" in classes
    assert all(name.startswith("streaming/") for name in classes)


@pytest.mark.end_to_end
def test_the_runners_own_tests_pass(tmp_path):
    command = ["mvn", "--batch-mode", "--quiet", "-f", str(RUNNER / "pom.xml"), f"-Drunner.directory={tmp_path}"]
    done = subprocess.run([*command, "test"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    assert len(list(tmp_path.glob("surefire-reports/*.txt"))) == 3


@pytest.mark.end_to_end
def test_flink_logs_in_by_iam(dist):
    assert signed(dist.java, dist.flink_jars)


@pytest.mark.end_to_end
def test_connect_logs_in_by_iam(dist, tmp_path):
    assert signed(dist.java, [*dist.kafka_jars, *jars.resolved(IAM, tmp_path).values()])


@pytest.mark.end_to_end
def test_flinks_class_path_holds_each_class_once(dist):
    """Of what the connectors brought: two Kafka clients or two AWS SDKs would be mixed, class by class."""
    places: dict[str, list[str]] = {}
    for path in dist.flink_jars:
        with zipfile.ZipFile(path) as jar:
            for name in jar.namelist():
                if name.endswith(".class") and name.startswith(
                    ("org/apache/kafka/", "software/amazon/", "com/fasterxml/", "com/github/luben/", "org/xerial/")
                ):
                    places.setdefault(name, []).append(path.name)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
    for needed in (
        "org/apache/kafka/common/security/scram/ScramLoginModule",
        "software/amazon/msk/auth/iam/IAMLoginModule",
        "com/github/luben/zstd/ZstdInputStreamNoFinalizer",
        "org/xerial/snappy/SnappyInputStream",
    ):
        assert f"{needed}.class" in places


def signed(java: Path, class_path: Iterable[Path]) -> bool:
    """Whether a client with these jars signs a login."""
    done = subprocess.run(
        [str(java), "-cp", ":".join(map(str, class_path)), str(Path(__file__).with_name("IamLogin.java"))],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    sent = json.loads(done.stdout.strip().splitlines()[-1])
    return sent["action"] == "kafka-cluster:Connect" and len(sent["x-amz-signature"]) == 64
