"""What the container images hold, and their tags: a hash of everything that goes in.

The program knows a tag before the image exists, because nothing is built for it: two files of settings and some sources
are read, which takes milliseconds. `./streamctl image` builds exactly what the tag stands for.
"""

import hashlib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.settings.base import Model
from components.settings.images import ImageName, PinnedImage, check_pinned
from components.validation import validate
from components.yaml_file import read_yaml

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGES = REPOSITORY / "applications" / "images" / "images.yaml"
RUNNER = REPOSITORY / "applications" / "runner"

_AbsolutePath = Annotated[str, Field(pattern=r"^/[A-Za-z0-9._/-]+$")]
# What crane takes for one argument: it splits lists at commas.
_Argument = Annotated[str, Field(pattern=r"^[^,\n]+$")]
# A path from the root of the repository.
_RepositoryPath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._/-]*$")]

_MAVEN = "{http://maven.apache.org/POM/4.0.0}"


class Layer(Model):
    """Files in one directory of an image: of one of three kinds."""

    directory: _AbsolutePath
    maven: _RepositoryPath | None = Field(default=None, description="a Maven file; its jars go in")
    runner: Literal[True] | None = Field(default=None, description="runner.jar goes in")
    files: list[_RepositoryPath] | None = Field(default=None, description="files of this repository")

    @model_validator(mode="after")
    def _one_kind(self) -> "Layer":
        given = [kind for kind in ("maven", "runner", "files") if getattr(self, kind)]
        if len(given) != 1:
            raise ValueError(f"{' and '.join(given) or 'neither kind'}; write one of maven, runner and files")
        return self


class Image(Model):
    """One image. What is not set stays as the base has it."""

    base: PinnedImage
    platform: Annotated[str, Field(pattern=r"^linux/(amd64|arm64)$")] = "linux/amd64"
    layers: Annotated[list[Layer], Field(min_length=1)]
    entrypoint: list[_Argument] | None = None
    command: list[_Argument] | None = None
    environment: dict[str, str] = Field(default_factory=dict)
    user: Annotated[str, Field(pattern=r"^[0-9]+(:[0-9]+)?$")] | None = None
    workdir: _AbsolutePath | None = None

    @model_validator(mode="after")
    def _the_base_does_not_move(self) -> "Image":
        check_pinned(self.base)
        return self


class Download(Model):
    """A file that no Maven repository has."""

    url: Annotated[str, Field(pattern=r"^https://[^\s]+/[A-Za-z0-9._-]+$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Plugin(Model):
    """A plugin of MSK Connect: one zip file with everything that a connector needs."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    maven: _RepositoryPath
    downloads: list[Download] = Field(default_factory=list)


class Images(Model):
    """The content of applications/images/images.yaml."""

    applications: Image
    connect: Image
    plugin: Plugin

    def image(self, name: ImageName, base: str | None = None) -> Image:
        """The image `name`, on `base` where the stack has a base of its own: a mirror, or one with a digest."""
        image: Image = getattr(self, name)
        return image.model_copy(update={"base": base}) if base else image


@cache
def images(path: Path = IMAGES) -> Images:
    """The images that are declared. Raises PlatformError that names every mistake of the file."""
    where = str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)
    return validate(Images, read_yaml(path), where)


def image_tag(name: ImageName, base: str | None = None) -> str:
    """The tag of an image: 16 hexadecimal digits, another one as soon as anything in it is another.

    base: where the stack has a base image of its own
    """
    image = images().image(name, base)
    return _hash(image.model_dump_json(), _sources(image.layers))


def application_image_tag(base: str | None = None) -> str:
    """The tag of the image that runs Flink applications. See `image_tag`."""
    return image_tag("applications", base)


def connect_image_tag(base: str | None = None) -> str:
    """The tag of the image that runs Kafka Connect and the topics job. See `image_tag`."""
    return image_tag("connect", base)


def connect_plugin_key() -> str:
    """The S3 key of the plugin for MSK Connect; another one as soon as anything in it is another."""
    plugin = images().plugin
    digest = _hash(plugin.model_dump_json(), poms(REPOSITORY / plugin.maven))
    return f"connect-plugins/{plugin.name}-{digest}.zip"


def runner_sources() -> list[Path]:
    """What runner.jar is built from."""
    return [RUNNER / "pom.xml", *sorted(path for path in (RUNNER / "src" / "main").rglob("*") if path.is_file())]


def poms(path: Path) -> list[Path]:
    """A Maven file and the parents that it names by path."""
    found = [path]
    parent = ElementTree.parse(path).getroot().find(f"{_MAVEN}parent/{_MAVEN}relativePath")  # noqa: S314 - our own file
    if parent is not None and parent.text:
        found += poms((path.parent / parent.text).resolve())
    return found


def _sources(layers: Iterable[Layer]) -> Iterator[Path]:
    for layer in layers:
        if layer.maven:
            yield from poms(REPOSITORY / layer.maven)
        elif layer.runner:
            yield from runner_sources()
        else:
            yield from (REPOSITORY / file for file in layer.files or ())


def _hash(specification: str, sources: Iterable[Path]) -> str:
    """Of what is written about an image and of what it is made from, names included."""
    content = hashlib.sha256(specification.encode())
    files: Mapping[str, Path] = {path.relative_to(REPOSITORY).as_posix(): path for path in sources}
    for name, path in sorted(files.items()):
        data = path.read_bytes()
        content.update(f"\n{name} {len(data)}\n".encode())
        content.update(data)
    return content.hexdigest()[:16]
