"""What goes into a layer: jars that Maven resolves, runner.jar, files of the repository, downloads."""

import hashlib
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import requests

from components.errors import problem
from components.flink.image import REPOSITORY, RUNNER, Download, Layer

_MAVEN = ["mvn", "--batch-mode", "--no-transfer-progress", "--quiet"]
_NEEDED = "Maven 3.6.3 or newer and a JDK 17 or newer"
_ARTIFACT = "{http://maven.apache.org/POM/4.0.0}artifactId"


def files(layer: Layer, work: Path) -> dict[str, Path]:
    """The files of a layer: name in its directory -> file on this machine.

    work: folder for what Maven brings or builds; shared by layers, so that nothing is made twice
    """
    if layer.maven:
        return resolved(REPOSITORY / layer.maven, work)
    if layer.runner:
        return {"runner.jar": runner(work)}
    return {Path(file).name: REPOSITORY / file for file in layer.files or ()}


def resolved(pom: Path, work: Path) -> dict[str, Path]:
    """The jars of a Maven file. Raises PlatformError with what Maven says where it fails."""
    artifact = ElementTree.parse(pom).getroot().findtext(_ARTIFACT) or ""  # noqa: S314 - our own file
    folder = work / artifact
    if not folder.is_dir():
        # Each file writes below the one or into the other: see operations/local/maven/pom.xml.
        folders = [f"-Ddistribution={work}", f"-Dconnectors.directory={folder}"]
        _maven("-f", str(pom), *folders, "dependency:copy-dependencies")
    return {path.name: path for path in folder.glob("*.jar")}


def runner(work: Path) -> Path:
    """runner.jar, built from its sources. Its tests are run by `make test`, not here."""
    folder = work / "runner"
    if not folder.is_dir():
        _maven("-f", str(RUNNER / "pom.xml"), f"-Drunner.directory={folder}", "-DskipTests", "package")
    return folder / "runner.jar"


def downloaded(download: Download, work: Path) -> Path:
    """A file from the internet. Raises PlatformError where it cannot be had, or is another one than was pinned."""
    target = work / download.url.rpartition("/")[2]
    try:
        answer = requests.get(download.url, timeout=60)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise problem(
            download.url, "", f"{type(error).__name__}: {error}"[:300], "", "check that it can be reached from here"
        ) from None
    found = hashlib.sha256(answer.content).hexdigest()
    if found != download.sha256:
        raise problem(
            download.url,
            "sha256",
            found,
            download.sha256,
            "do not use this file: it is not the one that was looked at when it was pinned in images.yaml",
        )
    target.write_bytes(answer.content)
    return target


def _maven(*arguments: str) -> None:
    if shutil.which("mvn") is None:
        raise problem("this machine", "mvn", "no Maven on the PATH", _NEEDED, "install it: apt-get install maven")
    done = subprocess.run([*_MAVEN, *arguments], capture_output=True, text=True, cwd=REPOSITORY)
    if done.returncode == 0:
        return
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    if "No compiler is provided" in text:
        raise problem(
            "this machine", "javac", "a Java runtime without compiler", _NEEDED, "install openjdk-17-jdk-headless"
        )
    lines = [line for line in text.splitlines() if "ERROR" in line]
    found = " / ".join(lines[:3]) or f"exit status {done.returncode}"
    raise problem(f"mvn {arguments[-1]}", "", found[:600], "", "see the message; check that Maven reaches its registry")
