"""What the machine must have before anything is downloaded or started: a platform we know, Java, Maven, disk space."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from components import versions
from components.errors import Mistake, PlatformError
from operations.local.layout import Layout

GIB = 1024**3

RUN_BYTES = 1 * GIB
"""Free space for what a running platform writes: logs, Kafka's and PostgreSQL's data, RocksDB."""

DOWNLOAD_BYTES = 5 * GIB // 2
"""Free space for the downloads. They settle at 0.9 GiB; while Flink's package is unpacked there are up to three copies
of it, and Maven keeps one of its jars in its own cache."""

ARCHIVES = {
    ("Linux", "x86_64"): "linux-amd64",
    ("Linux", "aarch64"): "linux-arm64v8",
    ("Darwin", "x86_64"): "darwin-amd64",
    ("Darwin", "arm64"): "darwin-arm64v8",
}
"""(system, machine) -> how PostgreSQL's archive for it is called."""

_JAVA_PACKAGES = ("openjdk-21-jre-headless", "openjdk-17-jre-headless")
_INSTALL = {
    "apt-get": ("apt-get install {}", {"java": "openjdk-17-jre-headless", "mvn": "maven"}),
    "dnf": ("dnf install {}", {"java": "java-17-openjdk-headless", "mvn": "maven"}),
    "brew": ("brew install {}", {"java": "openjdk@17", "mvn": "maven"}),
}


@dataclass(frozen=True)
class Java:
    """A Java runtime. version: its feature number, such as 17."""

    program: Path
    version: int


def check(layout: Layout, downloads: bool) -> Java:
    """Check the machine; return the Java runtime to use.

    downloads: whether the distribution still has to be downloaded, for which Maven and more disk space are needed
    Raises PlatformError with everything that is missing at once.
    """
    mistakes = [*_unsupported(), *_no_space(layout, downloads)]
    java = find_java()
    if isinstance(java, Mistake):
        mistakes.append(java)
    if downloads and shutil.which("mvn") is None:
        mistakes.append(Mistake("this machine", "mvn", "no Maven on the PATH", "Maven 3.6.3 or newer", _remedy("mvn")))
    if mistakes or isinstance(java, Mistake):
        raise PlatformError(mistakes)
    return java


def check_space(layout: Layout, downloads: bool) -> None:
    """Raises PlatformError for each file system that is too full. Writes nothing: on a full one that could fail itself.

    downloads: as for `check`
    """
    if mistakes := _no_space(layout, downloads):
        raise PlatformError(mistakes)


def install_missing(downloads: bool, report: Callable[[str], None]) -> None:
    """Install Java and Maven where they are missing, if this user may: as root on a system with apt-get.

    Elsewhere it does nothing, and `check` says how to install them.
    """
    missing = [*(["java"] if isinstance(find_java(), Mistake) else [])]
    if downloads and shutil.which("mvn") is None:
        missing.append("mvn")
    if not missing or os.getuid() != 0 or shutil.which("apt-get") is None:
        return
    report("apt-get update")
    _apt("update", "-qq")
    packages = ["maven"] if "mvn" in missing else []
    if "java" in missing:
        packages.insert(0, next((name for name in _JAVA_PACKAGES if _available(name)), _JAVA_PACKAGES[-1]))
    report(f"apt-get install {' '.join(packages)}")
    _apt("install", "-qq", "--yes", "--no-install-recommends", *packages)


def find_java() -> Java | Mistake:
    """The first fitting Java runtime of JAVA_HOME, the PATH and the usual folders; a Mistake where there is none."""
    found = []
    for program in _java_programs():
        version = java_version(program)
        if version is None:
            continue
        if versions.JAVA_OLDEST <= version <= versions.JAVA_NEWEST:
            return Java(program, version)
        found.append(f"Java {version} ({program})")
    allowed = f"Java {versions.JAVA_OLDEST} to {versions.JAVA_NEWEST}"
    remedy = f"{_remedy('java')}, or set JAVA_HOME to such a Java"
    return Mistake("this machine", "java", ", ".join(found) or "no Java", allowed, remedy)


def java_version(program: Path) -> int | None:
    """The feature number of a Java runtime, None where it is none."""
    release = program.resolve().parents[1] / "release"
    try:
        text = release.read_text()
    except OSError:
        try:
            done = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30)
        except (OSError, subprocess.TimeoutExpired):
            return None
        text = done.stderr
    match = re.search(r'(?:JAVA_VERSION=|version )"(\d+)', text)
    return int(match[1]) if match else None


def archive_name() -> str:
    """How PostgreSQL's archive for this machine is called. Call it after `check`."""
    return ARCHIVES[platform.system(), platform.machine()]


def _java_programs() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if on_path := shutil.which("java"):
        yield Path(on_path)
    for folder in ("/usr/lib/jvm", "/opt/homebrew/opt", "/usr/local/opt"):
        yield from sorted(Path(folder).glob("*/bin/java"))


def _unsupported() -> list[Mistake]:
    system, machine = platform.system(), platform.machine()
    if (system, machine) not in ARCHIVES:
        allowed = ", ".join(f"{s} {m}" for s, m in ARCHIVES)
        return [Mistake("this machine", "", f"{system} on {machine}", allowed, "use such a machine or a container")]
    if system == "Linux" and platform.libc_ver()[0] != "glibc":
        remedy = "use a distribution with glibc (Debian, Ubuntu, Fedora, ...) or a container of one"
        return [Mistake("this machine", "", "a Linux without glibc", "Linux with glibc", remedy)]
    return []


def _no_space(layout: Layout, downloads: bool) -> list[Mistake]:
    """One mistake for each file system that is too full."""
    needed: dict[int, tuple[Path, int]] = {}
    for path, size in ((layout.home, RUN_BYTES), (layout.dist, DOWNLOAD_BYTES if downloads else 0)):
        existing = _existing(path)
        device = existing.stat().st_dev
        needed[device] = (existing, needed.get(device, (existing, 0))[1] + size)
    mistakes = []
    for folder, size in needed.values():
        free = shutil.disk_usage(folder).free
        if free < size:
            remedy = "make room there, or set STREAMCTL_HOME (and STREAMCTL_DIST for the downloads) to another disk"
            allowed = f"{size / GIB:.1f} GiB"
            mistakes.append(Mistake("this machine", str(folder), f"{free / GIB:.1f} GiB free", allowed, remedy))
    return mistakes


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _remedy(program: str) -> str:
    for manager, (command, packages) in _INSTALL.items():
        if shutil.which(manager):
            root = "" if manager == "brew" or os.getuid() == 0 else "sudo "
            return f"install it: {root}{command.format(packages[program])}"
    ways = " | ".join(command.format(packages[program]) for command, packages in _INSTALL.values())
    return f"install it: {ways}"


def _available(package: str) -> bool:
    done = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True)
    return "Candidate:" in done.stdout and "Candidate: (none)" not in done.stdout


def _apt(*arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", *arguments], capture_output=True, text=True, env=environment)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        call = f"apt-get {' '.join(arguments)}"
        raise PlatformError(
            Mistake(call, "", last[0], "", "repair the package sources, or install the packages by hand")
        )
