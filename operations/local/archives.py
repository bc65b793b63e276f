"""Class data archives: Java classes loaded, verified and laid out once, and mapped into memory at each start.

They halve the processor time until the first SQL statement is planned (SQL gateway: 6.3 s without, 3.2 s with), and
take a third off the start of Kafka and Connect. An archive that does not fit its Java or its jars is ignored by Java:
none of this can break a start.

What goes in is a list of class names in `operations/local/classes/`, recorded from a run of both applications. After a
change of versions the lists are still good, only less complete; to record them anew:

    STREAMCTL_RECORD_CLASSES=/tmp/classes ./streamctl up     and, once rows arrive, ./streamctl down
    .venv/bin/python -m operations.local.archives /tmp/classes
"""

import contextlib
import hashlib
import lzma
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from operations.local.layout import exclusive

LISTS = Path(__file__).parent / "classes"

FAMILIES = {
    "flink": ("jobmanager", "taskmanager", "sql-gateway", "zookeeper"),
    "kafka": ("kafka", "connect"),
}
"""archive -> the services that share it, because they share a class path"""

RECORD = "STREAMCTL_RECORD_CLASSES"
"""Environment variable: folder in which each Java service lists the classes it loads, instead of using an archive."""

_MAPPING = (
    # Without a word where it does not fit: it is a matter of seconds, not of right and wrong.
    "-Xshare:auto",
    "-Xlog:cds=off",
    # At the address that it was made for. By default Java (17.0.15) moves it to a random one, as a hardening, and so
    # writes to all of it at each start: 200 MiB of memory of its own for each of Flink's processes, of which they read
    # a part.
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:ArchiveRelocationMode=0",
)

# MiB of heap for making an archive; 500 were enough for Flink's 30,000 classes.
_HEAP = 700


def class_path(root: Path, family: str) -> list[Path]:
    """The jars of a family. Sorted: an archive is good only for the class path it was made with, in the same order."""
    return sorted((root / "flink" / "lib" if family == "flink" else root / "kafka").glob("*.jar"))


def ensure(root: Path, prepared: Path, java: Path, report: Callable[[str], None] = lambda what: None) -> bool:
    """Make the archives where they are not there yet. Returns whether anything was made.

    root:     folder of the downloads
    prepared: folder of what was prepared from them for this Java (`Prepared.root`), which takes the archives
    It takes about a minute of processor time, once. An archive that cannot be made is left out: the services start
    without it.
    """
    place = _place(prepared)
    if place.is_dir():
        return False
    with exclusive(root.parent / ".lock", "another download", wait=True):
        if place.is_dir():
            return False
        report("preparing class archives (once for this Java, about half a minute)")
        partial = place.with_name(f".partial-{place.name}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda family: _make(root, java, partial, family), FAMILIES))
        partial.rename(place)
    return True


def _place(prepared: Path) -> Path:
    """The folder of the archives; another one when the class lists change."""
    content = hashlib.sha256()
    for family in FAMILIES:
        content.update((LISTS / f"{family}.lst.xz").read_bytes())
    return prepared / f"archives-{content.hexdigest()[:12]}"


def _make(root: Path, java: Path, folder: Path, family: str) -> None:
    jars = class_path(root, family)
    names, archive = folder / f"{family}.lst", folder / f"{family}.jsa"
    try:
        names.write_bytes(lzma.decompress((LISTS / f"{family}.lst.xz").read_bytes()))
        command = [str(java), "-Xshare:dump", "-XX:+UseSerialGC", f"-Xmx{_HEAP}m", "-Xlog:disable"]
        command += [f"-XX:SharedClassListFile={names}", f"-XX:SharedArchiveFile={archive}"]
        command += ["-cp", ":".join(map(str, jars))]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode:
            archive.unlink(missing_ok=True)
    except OSError:
        archive.unlink(missing_ok=True)
    names.unlink(missing_ok=True)


def options(prepared: Path, service: str) -> tuple[str, ...]:
    """Java options that make a service use its archive; none where `ensure` has made none for `prepared`."""
    if recorded := os.environ.get(RECORD):
        return (f"-XX:DumpLoadedClassList={Path(recorded) / service}.lst",)
    family = next((family for family, services in FAMILIES.items() if service in services), "")
    archive = _place(prepared) / f"{family}.jsa"
    return (f"-XX:SharedArchiveFile={archive}", *_MAPPING) if archive.is_file() else ()


def merged(recorded: Iterable[Sequence[str]]) -> list[str]:
    """One class list of several that Java recorded: each class once, what belongs to lambdas last."""
    names, lambdas = set(), set()
    for lines in recorded:
        for line in lines:
            if line.startswith("@"):
                lambdas.add(line.strip())
            elif not line.startswith("#") and "source:" not in line and line.strip():
                # The rest of the line numbers the classes of this one process.
                names.add(line.split()[0])
    return [*sorted(names), *sorted(lambdas)]


def main(folder: Path) -> None:
    """Replace the lists of the repository by what was recorded in `folder`."""
    for family, services in FAMILIES.items():
        recorded = []
        for service in services:
            with contextlib.suppress(FileNotFoundError):
                recorded.append((folder / f"{service}.lst").read_text().splitlines())
        if text := "".join(f"{line}\n" for line in merged(recorded)):
            (LISTS / f"{family}.lst.xz").write_bytes(lzma.compress(text.encode(), preset=9))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
