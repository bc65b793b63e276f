"""Images built by the real crane, from registry to registry on this machine. The base is made here: none is pulled."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from components.flink import image as declared
from components.flink.image import Image, Layer
from operations.image import crane
from operations.image.build import Built, build
from operations.image.crane import Crane
from operations.local.layout import Layout
from operations.streamctl import cli

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def program() -> Crane:
    return crane.ensure(Layout.of_environment())


@pytest.fixture
def registry(program, tmp_path) -> Iterator[str]:
    with program.staging(tmp_path / "registry") as found:
        yield found


@pytest.fixture
def base(program, registry, tmp_path) -> str:
    """An image for two platforms would be an index; this one has a folder with an owner, a user and a variable."""
    with tarfile.open(tmp_path / "base.tar", "w") as archive:
        folder = tarfile.TarInfo("opt/flink/lib")
        folder.type, folder.mode, folder.uid = tarfile.DIRTYPE, 0o775, 9999
        archive.addfile(folder)
        archive.addfile(tarfile.TarInfo("docker-entrypoint.sh"), io.BytesIO())
    place = f"{registry}/base/flink:1"
    made = program.call("append", "--oci-empty-base", "--new_layer", str(tmp_path / "base.tar"), "--new_tag", place)
    options = ["--set-platform", "linux/amd64", "--entrypoint", "/docker-entrypoint.sh", "--user", "flink"]
    program.call("mutate", *options, "--env", "PATH=/bin", "--tag", place, made)
    return place


@pytest.fixture
def image(base) -> Image:
    return Image(
        base=base,
        layers=[
            Layer(directory="/opt/flink/lib", files=["applications/connectors/pom.xml"]),
            Layer(directory="/opt/flink/usrlib", files=["README.md", "Pulumi.yaml"]),
        ],
        environment={"PLUGIN": "a,b=c d"},
    )


def made(program: Crane, image: Image, folder: Path) -> tuple[Built, dict, list[tuple[str, int]]]:
    """An image, its configuration, and the names and owners of its files."""
    folder.mkdir()
    with program.staging(folder / "staging") as staging:
        built = build("applications", image, program, staging, folder, lambda text: None)
        config = json.loads(program.call("config", built.reference))["config"]
        program.call("export", built.reference, str(folder / "image.tar"))
    with tarfile.open(folder / "image.tar") as archive:
        return built, config, sorted((entry.name.rstrip("/"), entry.uid) for entry in archive.getmembers())


def test_layers_lie_on_the_base_and_change_nothing_else(program, image, tmp_path):
    _, config, files = made(program, image, tmp_path / "one")
    assert files == [
        ("docker-entrypoint.sh", 0),
        ("opt/flink/lib", 9999),
        ("opt/flink/lib/pom.xml", 0),
        ("opt/flink/usrlib/Pulumi.yaml", 0),
        ("opt/flink/usrlib/README.md", 0),
    ]
    assert config["Entrypoint"] == ["/docker-entrypoint.sh"]
    assert config["User"] == "flink"
    assert config["Env"] == ["PATH=/bin", "PLUGIN=a,b=c d"]


def test_the_same_content_has_the_same_digest(program, image, tmp_path):
    assert made(program, image, tmp_path / "one")[0].digest == made(program, image, tmp_path / "two")[0].digest


def test_what_the_image_says_wins_over_the_base(program, image, tmp_path):
    own = image.model_copy(
        update={
            "entrypoint": ["java", "-cp", "/opt/a/*:/b.jar"],
            "command": ["Main"],
            "user": "65532:65532",
            "workdir": "/opt",
        }
    )
    _, config, _ = made(program, own, tmp_path / "one")
    assert (config["Entrypoint"], config["Cmd"]) == (["java", "-cp", "/opt/a/*:/b.jar"], ["Main"])
    assert (config["User"], config["WorkingDir"]) == ("65532:65532", "/opt")


def test_the_verb_pushes_once(program, registry, image, tmp_path, monkeypatch):
    """`--repository` is any registry; a tag that is there already is what would be built."""
    monkeypatch.setattr(declared.Images, "image", lambda self, name, base=None: image)
    options = [
        "image",
        "--stack",
        "local",
        "--name",
        "applications",
        "--repository",
        f"{registry}/team/applications",
        "--json",
    ]
    first = call([*options, "--output", str(tmp_path / "files")])
    reference = f"{registry}/team/applications:{declared.image_tag('applications')}"
    assert (first["image"], first["done"]) == (reference, "pushed")
    assert program.digest(reference) == first["digest"]
    assert tarfile.is_tarfile(first["file"])
    assert call(options) == {"image": reference, "digest": first["digest"], "done": "nothing: it is there already"}


def call(arguments: list[str]) -> dict[str, str]:
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    [one] = json.loads(done.stdout)
    return one


def test_a_base_that_is_not_there_is_told(program, registry, image, tmp_path):
    missing = image.model_copy(update={"base": f"{registry}/no/such:1"})
    with pytest.raises(Exception, match="check the name of the image"):
        made(program, missing, tmp_path / "one")
    assert program.digest(f"{registry}/no/such:1") is None


def test_a_base_for_another_platform_is_refused(program, image, tmp_path):
    """crane takes an image that is no index whatever platform it was asked for."""
    other = image.model_copy(update={"platform": "linux/arm64"})
    with pytest.raises(Exception, match="an image for linux/amd64"):
        made(program, other, tmp_path / "one")
