"""Where the files of one platform lie. A platform is one home folder; two homes are two platforms."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.errors import problem

REPOSITORY = Path(__file__).resolve().parents[2]

# Paths go into Java class paths (":"), Kafka's lists of folders (","), ini files ("%", ";", "#") and quoted strings.
_USABLE_PATH = re.compile(r"[\w /.+@=()~-]+")

# sizeof(sockaddr_un.sun_path) is 108 on Linux and 104 on macOS, the final zero byte included.
_LONGEST_SOCKET_PATH = 103


@dataclass(frozen=True)
class Layout:
    """The folders of one platform.

    home: folder of everything that belongs to this platform; see `Layout.of_environment`
    dist: folder of the downloads, which several platforms may share
    """

    home: Path
    dist: Path

    @staticmethod
    def of_environment(home: Path | None = None) -> "Layout":
        """The layout that the environment asks for.

        home: the platform's folder; default `$STREAMCTL_HOME`, else `.streamctl` in the repository
        The downloads lie in `$STREAMCTL_DIST`, by default in `dist` below the home.
        Raises PlatformError for a path with characters that the programs started here cannot take.
        """
        chosen = home or Path(os.environ.get("STREAMCTL_HOME") or REPOSITORY / ".streamctl")
        layout = Layout(chosen.expanduser().resolve(), Path())
        dist = Path(os.environ.get("STREAMCTL_DIST") or layout.home / "dist").expanduser().resolve()
        for key, path in (("STREAMCTL_HOME", layout.home), ("STREAMCTL_DIST", dist)):
            if not _USABLE_PATH.fullmatch(str(path)):
                raise problem(
                    "environment",
                    key,
                    path,
                    "a path of letters, digits, spaces and any of / . + @ = ( ) ~ _ -",
                    f"set {key} to such a folder, or move the checkout into one",
                )
        return Layout(layout.home, dist)

    @property
    def run(self) -> Path:
        """Everything of the running platform: configuration, logs, data, state. Only the owner may look inside."""
        return self.home / "run"

    @property
    def conf(self) -> Path:
        """Configuration files that are written for the services."""
        return self.run / "conf"

    @property
    def data(self) -> Path:
        """What the services store."""
        return self.run / "data"

    @property
    def logs(self) -> Path:
        return self.run / "logs"

    @property
    def state(self) -> Path:
        """The file in which the command line keeps what it has brought up."""
        return self.run / "state.json"

    @property
    def secrets(self) -> Path:
        """Passwords that were generated for this run, mode 0600."""
        return self.run / "secrets.json"

    @property
    def run_id(self) -> str:
        """Names this home among all on the machine: 16 hexadecimal digits, the same each time."""
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:16]

    def log(self, service: str) -> Path:
        """The log file of a service."""
        return self.logs / f"{service}.log"

    def make(self) -> None:
        """Create the folders of the running platform. What is there already stays as it is."""
        for folder in (self.run, self.conf, self.data, self.logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def aws(self) -> Path:
        """The file that tells which AWS resources were created on the emulator."""
        return self.run / "aws.json"

    @property
    def ports(self) -> Path:
        """The file with the ports of the running platform."""
        return self.run / "ports.json"

    @property
    def order(self) -> Path:
        """The file that tells which service starts after which."""
        return self.run / "order.json"

    @property
    def belongings(self) -> Path:
        """The file that tells with which settings the data was made."""
        return self.run / "belongings.json"

    def wipe(self, ports: bool = False) -> None:
        """Remove all that a platform leaves behind but its logs. Call it only while nothing runs.

        Data, passwords and what was remembered go together: none is worth anything without the others.
        ports: its ports too. Else the next platform in this home takes the same, if they are free
        """
        for folder in (self.data, self.conf):
            shutil.rmtree(folder, ignore_errors=True)
        remembered = (self.secrets, self.state, self.aws, self.order, self.belongings)
        for file in (*remembered, *([self.ports] if ports else [])):
            file.unlink(missing_ok=True)


def private_root() -> Path:
    """A folder with a short path that only this user may enter, shared by all platforms of the user.

    Raises PlatformError where somebody else owns it.
    """
    base = Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > _LONGEST_SOCKET_PATH - 60:
        base = Path("/tmp")  # noqa: S108 - ownership and mode are checked below
    return _private(base / f"streamctl-{os.getuid()}")


def supervisor_socket(layout: Layout) -> Path:
    """The unix socket on which the supervisor of this platform listens.

    It lies outside the home, which may be too deep for a socket: its path has room for 103 bytes.
    """
    return _private(private_root() / layout.run_id) / "supervisor.sock"


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise problem(
            str(folder),
            "",
            "not a folder of yours",
            "a folder that belongs to you",
            f"remove {folder}, or set TMPDIR to another folder",
        )
    folder.chmod(0o700)
    return folder


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder. Raises the OSError of the first file that cannot be copied; shutil's own would hide its number."""

    class Failed(Exception):
        pass

    def copy(one: str, other: str) -> None:
        try:
            shutil.copy2(one, other)
        except OSError as error:
            raise Failed(error) from None

    try:
        shutil.copytree(source, target, copy_function=copy)
    except Failed as failed:
        raise failed.args[0] from None


@contextmanager
def exclusive(path: Path, what: str, wait: bool = False) -> Iterator[None]:
    """Hold the lock file `path` while the body runs; the system frees it when the process ends, however it ends.

    what: who is meant by the holder, for the message
    wait: True to wait for the other holder, False to raise PlatformError at once
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", errors="replace") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise problem(
                str(path), "", f"{what} is at work (process {holder})", "one at a time", "wait until it has ended"
            ) from None
        # For the message above only: `down` must get the lock on a full disk too.
        with contextlib.suppress(OSError):
            lock.truncate(0)
            os.pwrite(lock.fileno(), str(os.getpid()).encode(), 0)
        yield


def write_private(path: Path, text: str) -> bool:
    """Write `text` to `path`, readable by the owner only; never half, and not at all where it is there already.

    Returns whether anything was written.
    """
    content = text.encode()
    # What cannot be read is not the same.
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with _named(path):
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """An error of the system names `path`: of a write it names nothing by itself."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
