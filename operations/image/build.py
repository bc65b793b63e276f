"""Builds images: layers on a base, put together in a registry on this machine, and copied where they shall go."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from components.errors import problem
from components.flink.image import Image
from operations.image import archive, jars
from operations.image.crane import Crane

Report = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """An image in the staging registry. reference: by its digest, so that nobody can put another in its place"""

    reference: str
    digest: str


def build(name: str, image: Image, crane: Crane, staging: str, work: Path, report: Report) -> Built:
    """Build one image.

    staging: host:port of a registry on this machine
    work:    folder for jars and layers; shared by images, so that nothing is made twice
    Raises PlatformError where a jar, the base or the registry cannot be had.
    """
    layers: list[str] = []
    for number, layer in enumerate(image.layers):
        report(f"{name}: {layer.maven or layer.directory}")
        target = work / f"{name}-{number}.tar"
        archive.layer(target, layer.directory, jars.files(layer, work))
        layers += ["--new_layer", str(target)]
    report(f"{name}: {image.base}")
    place = f"{staging}/{name}"
    appended = crane.call(
        "append", "--platform", image.platform, "--base", image.base, *layers, "--new_tag", f"{place}:layers"
    )
    _check_platform(crane, appended, image)
    reference = crane.call("mutate", *configuration(image), "--tag", f"{place}:image", appended)
    return Built(reference, reference.partition("@")[2])


def _check_platform(crane: Crane, reference: str, image: Image) -> None:
    """A base that is for one platform only is taken whatever platform was asked for; its programs would not start."""
    config = json.loads(crane.call("config", reference))
    found = f"{config.get('os')}/{config.get('architecture')}"
    if found != image.platform:
        raise problem(image.base, "", f"an image for {found}", image.platform, "name the base for that platform")


def configuration(image: Image) -> list[str]:
    """The options of `crane mutate` for what an image says beyond its layers."""
    options = [option for argument in image.entrypoint or () for option in ("--entrypoint", argument)]
    options += [option for argument in image.command or () for option in ("--cmd", argument)]
    options += [option for key, value in sorted(image.environment.items()) for option in ("--env", f"{key}={value}")]
    options += ["--user", image.user] if image.user else []
    options += ["--workdir", image.workdir] if image.workdir else []
    return [*options, "--label", f"org.opencontainers.image.base.name={image.base}"]
