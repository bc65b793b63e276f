"""What is made once from the downloads, so that no start has to make it: data folders and class data archives.

It depends on this machine (its Java, its users, where the downloads lie) and therefore lies in a folder whose name is
a hash of these. Like the downloads it is built beside its place and renamed when complete.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from components.errors import problem
from operations.local import archives
from operations.local.layout import exclusive

# User and group of unprivileged commands where the kernel gives root no namespace of its own: "nobody".
_NOBODY = 65534

_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
# The two capabilities let it pass folders that only root may enter, such as a checkout below /root.
_SETPRIV = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")
_SETPRIV_PASSING = (*_SETPRIV, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--")


@dataclass(frozen=True)
class Prepared:
    """root: folder of what was prepared; unprivileged: what to put before a command that refuses to run as root"""

    root: Path
    unprivileged: tuple[str, ...]

    @property
    def postgres_data(self) -> Path:
        return self.root / "postgres"

    @property
    def kafka_storage(self) -> Path:
        return self.root / "kafka"

    def archive_option(self, service: str) -> tuple[str, ...]:
        return archives.options(self.root, service)

    def give_to_unprivileged(self, folder: Path) -> None:
        if self.unprivileged[:1] != ("setpriv",):
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)


def ensure(root: Path, java: Path, report: Callable[[str], None] = lambda what: None) -> Prepared:
    """What is prepared of the downloads in `root` for the Java program `java`; made where it is not there yet.

    report: hears of what is being done, and only where something is
    Raises PlatformError with what the program said where making it fails.
    """
    key = "\n".join((str(root), str(java.resolve()), str(java.resolve().stat().st_mtime_ns), str(os.getuid())))
    place = root / f"prepared-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    if not place.is_dir():
        with exclusive(root.parent / ".lock", "another download", wait=True):
            if not place.is_dir():
                report("preparing data folders (once for this Java)")
                _make(root, java, place)
    return Prepared(place, _prefix(place))


def _prefix(place: Path) -> tuple[str, ...]:
    return tuple((place / "unprivileged").read_text().splitlines())


def _make(root: Path, java: Path, place: Path) -> None:
    partial = place.with_name(f".partial-{place.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    prefix = unprivileged_prefix(root)
    (partial / "unprivileged").write_text("\n".join(prefix))
    made = Prepared(partial, prefix)
    _make_postgres(root, made)
    _make_kafka(root, java, made)
    partial.rename(place)


def unprivileged_prefix(root: Path) -> tuple[str, ...]:
    """What to put before a command that refuses to run as root, found by trying on a file below `root`.

    Raises PlatformError where nothing works.
    """
    if os.getuid() != 0:
        return ()
    sample = root / "postgres" / "bin" / "postgres"
    for prefix in (_NAMESPACE, _SETPRIV_PASSING, (*_SETPRIV, "--")):
        if shutil.which(prefix[0]):
            done = subprocess.run([*prefix, str(sample), "--version"], capture_output=True)
            if done.returncode == 0:
                return prefix
    raise problem(
        "PostgreSQL",
        "",
        "it refuses to run as root, and neither unshare nor setpriv gives it another user here",
        "a user who is not root, or util-linux with one of the two",
        "run the command as another user, or in a folder that all users may enter (set STREAMCTL_HOME)",
    )


def _make_postgres(root: Path, made: Prepared) -> None:
    folder = made.postgres_data
    folder.mkdir(mode=0o700)
    made.give_to_unprivileged(folder)
    # Every login is refused until `up` gives the server its own pg_hba.conf.
    command = [*made.unprivileged, str(root / "postgres" / "bin" / "initdb"), "--pgdata", str(folder)]
    command += ["--username=postgres", "--encoding=UTF8", "--no-locale", "--auth=reject", "--no-sync"]
    _run(command, "initdb", {"LC_ALL": "C"})


def _make_kafka(root: Path, java: Path, made: Prepared) -> None:
    properties = made.root / "format.properties"
    properties.write_text(
        "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:1\n"
        "controller.listener.names=CONTROLLER\nlisteners=PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:1\n"
        f"log.dirs={made.kafka_storage}\n"
    )
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    command = [str(java), "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", str(root / "kafka" / "*")]
    command += ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
    _run(command, "Kafka's StorageTool")


def _run(command: list[str], name: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | (environment or {}))
    if done.returncode:
        raise problem(name, "", (done.stderr or done.stdout).strip()[-800:], "", "see the message; then run it again")
