"""crane (https://github.com/google/go-containerregistry): reads and writes images in registries without a daemon."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from components import versions
from components.errors import problem
from operations.local.layout import Layout, exclusive

MODULE = "github.com/google/go-containerregistry/cmd/crane"

# Seconds until a registry on this machine answers; it took 20 ms.
_STAGING_STARTS = 10.0


@dataclass(frozen=True)
class Crane:
    """A program and the environment that it runs in.

    docker_config: folder with the registries' logins; None: the user's own (~/.docker)
    """

    program: Path
    docker_config: Path | None = None
    _environment: dict[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    def with_logins(self, folder: Path) -> "Crane":
        return Crane(self.program, folder, self._environment)

    def call(self, *arguments: str) -> str:
        """What crane prints. Raises PlatformError with what it says where it fails."""
        done = self._run(arguments)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            raise problem(
                f"crane {arguments[0]}",
                "",
                _told(lines[-1]) if lines else f"exit status {done.returncode}",
                "",
                "check the name of the image, that the registry can be reached from here, and the login to it",
            )
        return done.stdout.strip()

    def digest(self, reference: str) -> str | None:
        """The digest of an image in a registry; None where the registry does not have it.

        Raises PlatformError where the registry does not answer or refuses.
        """
        done = self._run(("digest", reference))
        if done.returncode == 0:
            return done.stdout.strip()
        if re.search(r"MANIFEST_UNKNOWN|NAME_UNKNOWN|404 Not Found", done.stderr):
            return None
        return self.call("digest", reference)

    def _run(self, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        environment = dict(self._environment)
        if self.docker_config:
            environment["DOCKER_CONFIG"] = str(self.docker_config)
        return subprocess.run([str(self.program), *arguments], capture_output=True, text=True, env=environment)

    @contextmanager
    def staging(self, folder: Path) -> Iterator[str]:
        """A registry on this machine for as long as the body runs, with its blobs in `folder`. Yields host:port."""
        log = folder / "registry.log"
        blobs = folder / "blobs"
        blobs.mkdir(parents=True)
        command = [str(self.program), "registry", "serve", "--address", "127.0.0.1:0", "--disk", str(blobs)]
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            yield f"127.0.0.1:{_port(process, log)}"
        finally:
            process.terminate()
            process.wait()


def ensure(layout: Layout) -> Crane:
    """The pinned crane, built into the platform's folder at the first use (half a minute; needs Go).

    Raises PlatformError where Go is missing or the build fails.
    """
    program = layout.home / "bin" / f"crane-{versions.CRANE}"
    if not program.is_file():
        with exclusive(layout.home / "bin" / ".lock", "another build of crane", wait=True):
            if not program.is_file():
                _build(program)
    return Crane(program)


def _build(program: Path) -> None:
    go = shutil.which("go") or next((str(path) for path in (Path("/usr/local/go/bin/go"),) if path.is_file()), None)
    source = f"{MODULE}@{versions.CRANE}"
    if go is None:
        raise problem(
            "this machine", "go", "no Go on the PATH", "Go 1.24 or newer", "install it: https://go.dev/doc/install"
        )
    partial = program.parent / ".partial"
    environment = os.environ | {"GOBIN": str(partial), "CGO_ENABLED": "0"}
    done = subprocess.run([go, "install", source], capture_output=True, text=True, env=environment)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if not line.startswith("go: downloading")]
        raise problem(
            f"go install {source}", "", " / ".join(lines[:3])[:600], "", "check that Go reaches its module proxy"
        )
    (partial / "crane").rename(program)
    shutil.rmtree(partial)


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + _STAGING_STARTS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"serving on port (\d+)", log.read_text()):
            return int(found[1])
        time.sleep(0.02)
    raise problem("crane registry", "", log.read_text()[-300:] or "nothing", "a registry on 127.0.0.1", "try again")


def _told(line: str) -> str:
    """The last line of crane's log without its time."""
    return re.sub(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", "", line)[:600]
