"""Downloads everything that the local platform runs, once, into one folder that is never changed afterwards.

The folder's name is a hash of all pins: other pins, another folder. It is built beside its place and renamed when it
is complete, so a download that was killed is never taken for a finished one.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from components import versions
from components.errors import problem
from operations.local import archives, preflight, prepared
from operations.local.layout import REPOSITORY, Layout, exclusive

POMS = REPOSITORY / "operations" / "local" / "maven"
CONNECTORS = REPOSITORY / "applications" / "connectors" / "pom.xml"

Report = Callable[[str, float], None]
"""report(what is being done, share of the whole that is done, 0 to 1)"""


@dataclass(frozen=True)
class Distribution:
    """The programs. All paths are absolute.

    root:           folder of this version of the downloads
    java:           the Java program
    flink:          lib/, opt/ and plugins/ as Flink expects them
    kafka:          jars of broker, tools and Connect
    connect_plugins: folder for Connect's plugin.path, Debezium in it
    postgres:       bin/, lib/ and share/
    flink_jvm_options: what Flink says it needs of Java 17's module system
    made:           what was prepared from the programs on this machine
    """

    root: Path
    java: Path
    flink: Path
    kafka: Path
    connect_plugins: Path
    postgres: Path
    flink_jvm_options: tuple[str, ...]
    made: prepared.Prepared

    @property
    def kafka_jars(self) -> list[Path]:
        """Class path of broker, tools and Connect."""
        return archives.class_path(self.root, "kafka")

    @property
    def flink_jars(self) -> list[Path]:
        """Class path of the Flink processes."""
        return archives.class_path(self.root, "flink")

    @property
    def unprivileged(self) -> tuple[str, ...]:
        """What to put before a command that refuses to run as root; empty for other users."""
        return self.made.unprivileged

    @property
    def postgres_data(self) -> Path:
        """A fresh data folder of PostgreSQL, to be copied."""
        return self.made.postgres_data

    @property
    def kafka_storage(self) -> Path:
        """A formatted log folder of Kafka, to be copied."""
        return self.made.kafka_storage

    def give_to_unprivileged(self, folder: Path) -> None:
        """Make `folder` belong to the user as which unprivileged commands run."""
        self.made.give_to_unprivileged(folder)

    def make_archives(self, report: Report = lambda what, share: None) -> bool:
        """Make the class data archives where they are not there yet: see `operations.local.archives`.

        Returns whether anything was made. Services that were described before do not use them yet.
        """
        return archives.ensure(self.root, self.made.root, self.java, lambda what: report(what, 0.9))

    def archive_option(self, service: str) -> tuple[str, ...]:
        """The Java option that uses the class data archive of a service; empty where there is none."""
        return self.made.archive_option(service)


def pins() -> str:
    """A hash of everything that decides what is downloaded: 16 hexadecimal digits."""
    content = hashlib.sha256(versions.FLINK.encode() + preflight.archive_name().encode())
    for pom in (*sorted(POMS.glob("*.xml")), CONNECTORS):
        content.update(pom.read_bytes())
    return content.hexdigest()[:16]


def complete(layout: Layout) -> bool:
    """Whether nothing is left to be downloaded."""
    return _root(layout).is_dir()


def ensure(layout: Layout, report: Report = lambda what, share: None) -> Distribution:
    """The distribution, downloaded and prepared where it is not there yet.

    The first call takes a minute or two, most of it downloading 600 MB; later ones take milliseconds. Two calls at the
    same time do the work once.
    Raises PlatformError with what Maven or pip said where a download fails, and for what `preflight.check` finds.
    """
    java = preflight.check(layout, downloads=not complete(layout))
    root = _root(layout)
    if not root.is_dir():
        with exclusive(layout.dist / ".lock", "another download", wait=True):
            _remove_leftovers(layout.dist)
            if not root.is_dir():
                _download(layout.dist, root, report)
    return _distribution(root, java.program, report)


def _root(layout: Layout) -> Path:
    return layout.dist / pins()


def _distribution(root: Path, java: Path, report: Report) -> Distribution:
    options = tuple((root / "flink" / "jvm-options").read_text().splitlines())
    return Distribution(
        root=root,
        java=java,
        flink=root / "flink",
        kafka=root / "kafka",
        connect_plugins=root / "connect-plugins",
        postgres=root / "postgres",
        flink_jvm_options=options,
        made=prepared.ensure(root, java, lambda what: report(what, 0.8)),
    )


def _remove_leftovers(dist: Path) -> None:
    """Remove what downloads left that were killed. Call it under the lock: then none is running."""
    for folder in dist.glob(".partial-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _download(dist: Path, root: Path, report: Report) -> None:
    partial = dist / f".partial-{root.name}"
    partial.mkdir(parents=True)
    report("downloading Flink with pip (about 300 MB)", 0.0)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--root-user-action=ignore"]
    _call([*pip, "--target", str(partial / "pip"), f"apache-flink-libraries=={versions.FLINK}"], "pip")
    report("downloading Kafka, Debezium, Iceberg and PostgreSQL with Maven (about 290 MB)", 0.3)
    folders = [f"-Ddistribution={partial / 'maven'}", f"-Dconnectors.directory={partial / 'maven' / 'connectors'}"]
    maven = ["mvn", "--batch-mode", "--no-transfer-progress", "--quiet", "-T", "4", "-f", str(POMS / "pom.xml")]
    goal = [f"-Dpostgres.platform={preflight.archive_name()}", "dependency:copy-dependencies"]
    _call([*maven, *folders, *goal], "mvn")
    report("unpacking", 0.7)
    _arrange(partial)
    partial.rename(root)


def _call(command: list[str], name: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY)
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if re.search("error", line, re.I)]
        text = re.sub(r"\x1b\[[0-9;]*m", "", " / ".join(lines[:3]) or f"exit status {done.returncode}")
        raise problem(
            f"the download with {name}",
            "",
            text[:600],
            "",
            f"check that {name} reaches its package registry from here, then run the command again",
        )


def _arrange(partial: Path) -> None:
    """Move what pip and Maven brought to where the programs expect it."""
    flink, maven = partial / "flink", partial / "maven"
    pyflink = partial / "pip" / "pyflink"
    flink.mkdir()
    for part in ("lib", "opt", "plugins"):
        (pyflink / part).rename(flink / part)
    # The planner as a plain jar instead: see operations/local/maven/flink.xml.
    (flink / "lib" / f"flink-table-planner-loader-{versions.FLINK}.jar").unlink()
    for jar in (*maven.glob("flink/*.jar"), *maven.glob("connectors/*.jar")):
        jar.rename(flink / "lib" / jar.name)
    (maven / "filesystem").rename(flink / "plugins" / "s3-fs-hadoop")
    (maven / "kafka").rename(partial / "kafka")
    (partial / "connect-plugins").mkdir()
    (maven / "debezium").rename(partial / "connect-plugins" / "debezium")
    _unpack_postgres(next(maven.glob("postgres/*.jar")), partial / "postgres")
    dist_jar = flink / "lib" / f"flink-dist-{versions.FLINK}.jar"
    with zipfile.ZipFile(dist_jar) as jar, jar.open("config.yaml") as file:
        options = yaml.safe_load(file)["env"]["java"]["opts"]["all"]
    (flink / "jvm-options").write_text("\n".join(options.split()))
    shutil.rmtree(maven)
    shutil.rmtree(partial / "pip")


def _unpack_postgres(jar: Path, target: Path) -> None:
    """The jar holds one .txz for the machine's architecture."""
    with zipfile.ZipFile(jar) as outer:
        name = next(name for name in outer.namelist() if name.endswith(".txz"))
        with outer.open(name) as inner, tarfile.open(fileobj=inner, mode="r:xz") as archive:
            archive.extractall(target, filter="data")
    os.sync()
