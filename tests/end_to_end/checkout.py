"""A copy of the checkout in which a test may change stack files and specs, and the command line run in it."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from operations.local.lake import Lake
from operations.local.layout import Layout
from operations.local.ports import Ports, remembered

REPOSITORY = Path(__file__).resolve().parents[2]
COPIED = (
    "__main__.py",
    "Makefile",
    "Pulumi.yaml",
    "applications",
    "components",
    "operations",
    "policies",
    "requirements-dev.txt",
    "requirements-local.txt",
    "requirements.txt",
    "stacks",
    "streamctl",
)


@dataclass
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out, f"nothing printed, exit status {self.code}: {self.err}"
        return json.loads(self.out)


@dataclass
class Checkout:
    """root: the copy; home: $STREAMCTL_HOME of all commands that are run in it"""

    root: Path
    home: Path

    @staticmethod
    def make(folder: Path) -> "Checkout":
        """Copy the repository into `folder`. Environment and downloads are the repository's own."""
        root = folder / "checkout"
        root.mkdir(parents=True)
        for name in COPIED:
            source = REPOSITORY / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, root / name)
        (root / ".venv").symlink_to(REPOSITORY / ".venv")
        return Checkout(root, folder / "home")

    @property
    def environment(self) -> dict[str, str]:
        dist = os.environ.get("STREAMCTL_DIST", str(Layout.of_environment().dist))
        return {**os.environ, "STREAMCTL_HOME": str(self.home), "STREAMCTL_DIST": dist, "COLUMNS": "200"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.root / "streamctl"), *arguments],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, timeout: float = 400) -> Done:
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
            raise AssertionError(f"streamctl {' '.join(arguments)} took over {timeout} s\n{out}\n{err}") from None
        return Done(process.returncode, out, err)

    def ok(self, *arguments: str, timeout: float = 400) -> Done:
        """As `run`; fails the test where the exit status is not 0."""
        done = self.run(*arguments, timeout=timeout)
        assert done.code == 0, f"streamctl {' '.join(arguments)}: {done.code}\n{done.out}\n{done.err}"
        return done

    @contextmanager
    def changed(self, path: str) -> Iterator[dict[str, Any]]:
        """The content of a YAML file of the copy; what the body changes is written back."""
        file = self.root / path
        content = yaml.safe_load(file.read_text())
        yield content
        file.write_text(yaml.safe_dump(content, sort_keys=False))

    @property
    def layout(self) -> Layout:
        return Layout(self.home.resolve(), Path(self.environment["STREAMCTL_DIST"]))

    @property
    def ports(self) -> Ports:
        ports = remembered(self.layout)
        assert ports is not None
        return ports

    @property
    def lake(self) -> Lake:
        return Lake(self.ports.url("aws"), "us-east-1", "lake")

    def status(self) -> Any:
        return self.run("status", "--json", "--no-rows").json

    def service(self, name: str) -> dict[str, Any]:
        return next(service for service in self.status()["services"] if service["name"] == name)


def wait_until(what: str, check: Callable[[], bool], patience: float) -> None:
    """Wait until `check` is true; fails the test after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not check():
        assert time.monotonic() < deadline, f"not within {patience:.0f} s: {what}"
        time.sleep(1)
