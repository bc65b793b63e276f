"""The two sides of a diff: commits of this repository or its working tree, each evaluated by its own code."""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.errors import Mistake, PlatformError, problem
from components.yaml_file import read_yaml
from operations.plan.load import load_plan
from operations.plan.plan import Plan

WORKTREE = "WORKTREE"
_FORMS = "BASE..HEAD, BASE...HEAD (from where HEAD branched off), BASE (with the working tree) or BASE..WORKTREE"
_PROGRAM = Path("operations", "streamctl.py")


@dataclass(frozen=True)
class Side:
    """name: base or head; revision: as it was given; commit: its hash, "" for the working tree"""

    name: str
    revision: str
    commit: str

    @property
    def label(self) -> str:
        """The side in words: `main (3f2a9c1)`."""
        if not self.commit:
            return "the working tree"
        short = self.commit[:10]
        return short if self.commit.startswith(self.revision) else f"{self.revision} ({short})"


@dataclass(frozen=True)
class Sides:
    """Both Plans, and what the reader has to know about how they were made."""

    base: Plan
    head: Plan
    base_label: str
    head_label: str
    notes: list[str] = field(default_factory=list)


def evaluate_sides(repository: Path, revisions: str, stack: str) -> Sides:
    """Evaluate `stack` at both ends of `revisions` in the repository that holds `repository`.

    Each side runs in a process of its own, with its own code and this environment's interpreter and packages.
    Raises PlatformError for a revision that is none, a stack that neither side has, and a side that does not evaluate.
    """
    base, head = parse(repository, revisions)
    with _tree(repository, base) as old, _tree(repository, head) as new:
        notes = _differing_requirements(old, new)
        files = [tree / "stacks" / f"Pulumi.{stack}.yaml" for tree in (old, new)]
        if not any(file.is_file() for file in files):
            names = sorted({file.name.split(".")[1] for tree in (old, new) for file in (tree / "stacks").glob("Pul*")})
            raise problem(
                "--stack", "", f"{stack!r}, which neither side has", ", ".join(names), "choose one of these stacks"
            )
        notes += _differing_secrets(*files)
        plans = _synth({base: old, head: new}, stack)
    for side, word in ((base, "created"), (head, "deleted")):
        if side not in plans:
            other = plans[head if side is base else base]
            plans[side] = Plan(other.project, other.stack, [])
            notes.append(f"{side.label} has no stack `{stack}`: all of it is {word}")
    return Sides(plans[base], plans[head], base.label, head.label, notes)


def parse(repository: Path, revisions: str) -> tuple[Side, Side]:
    """The two sides that `revisions` names, in the notation of `git diff`. Raises PlatformError."""
    three = "..." in revisions
    before, dots, after = revisions.partition("..." if three else "..")
    if not before or (three and after == WORKTREE):
        raise problem("REVISIONS", "", repr(revisions), _FORMS, "name the base, for example origin/main..HEAD")
    base = Side("base", before, _commit(repository, before))
    if not dots or after == WORKTREE:
        return base, Side("head", WORKTREE, "")
    head = Side("head", after or "HEAD", _commit(repository, after or "HEAD"))
    if three:
        found = _git(repository, "merge-base", base.commit, head.commit)
        if found.returncode:
            raise problem(
                "REVISIONS",
                "",
                f"{before} and {head.revision} have no common ancestor here",
                "",
                "fetch the whole history: a shallow clone does not have it",
            )
        base = Side("base", before, found.stdout.decode().strip())
    return base, head


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True)
    except FileNotFoundError:
        raise problem(
            "git", "", "not installed", "", "install git, or give two Plans: --base FILE --head FILE"
        ) from None


def _commit(repository: Path, revision: str) -> str:
    found = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.decode().strip()
    if _git(repository, "rev-parse", "--git-dir").returncode:
        raise problem(
            str(repository),
            "",
            "no git repository",
            "",
            "run it in a clone, or give two Plans: --base FILE --head FILE",
        )
    raise problem(
        "REVISIONS",
        "",
        f"{revision!r}, which is no commit here",
        "a commit, branch or tag",
        "check the name; in a shallow clone fetch it first (`git fetch origin <branch>`)",
    )


@contextmanager
def _tree(repository: Path, side: Side) -> Iterator[Path]:
    """The files of a side. A commit's are in a temporary folder, which is gone afterwards, after Ctrl-C too."""
    if not side.commit:
        yield repository
        return
    archive = _git(repository, "archive", "--format=tar", side.commit, "--", ".")
    if archive.returncode:
        raise problem(side.label, "", archive.stderr.decode(errors="replace").strip(), "", "check the repository")
    with tempfile.TemporaryDirectory(prefix=f"streamctl-{side.name}-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            files.extractall(folder, filter="data")
        yield Path(folder)


def _synth(trees: dict[Side, Path], stack: str) -> dict[Side, Plan]:
    """The Plan of each side that has the stack, evaluated side by side."""
    with tempfile.TemporaryDirectory(prefix="streamctl-plans-") as folder:
        started = []
        try:
            for side, tree in trees.items():
                if not (tree / "stacks" / f"Pulumi.{stack}.yaml").is_file():
                    continue
                if not (tree / _PROGRAM).is_file():
                    raise problem(side.label, "", f"no {_PROGRAM}", "", "choose a commit that has `streamctl synth`")
                out, log = Path(folder, f"{side.name}.json"), Path(folder, f"{side.name}.log")
                with out.open("wb") as stdout, log.open("wb") as stderr:
                    process = subprocess.Popen(
                        [sys.executable, "-m", "operations.streamctl", "synth", "--stack", stack, "--json"],
                        cwd=tree,
                        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
                        stdin=subprocess.DEVNULL,
                        stdout=stdout,
                        stderr=stderr,
                    )
                started.append((side, process, out, log))
            statuses = [process.wait() for _, process, _, _ in started]
        finally:
            for _, process, _, _ in started:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        mistakes = [
            mistake
            for (side, _, out, log), status in zip(started, statuses, strict=True)
            if status
            for mistake in _mistakes(side, stack, out, log)
        ]
        if mistakes:
            raise PlatformError(mistakes)
        return {side: load_plan(out) for side, _, out, _ in started}


def _mistakes(side: Side, stack: str, out: Path, log: Path) -> list[Mistake]:
    """Why a side did not evaluate: what its own `synth` says."""
    where = f"{side.name}, {side.label}: stack {stack}"
    try:
        told = json.loads(out.read_text())["mistakes"]
        return [Mistake(**{**one, "where": f"{where}: {one['where']}"}) for one in told]
    except (ValueError, KeyError, TypeError):
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
        found = lines[-1] if lines else "it ended without a word"
        return [Mistake(where, "", f"does not evaluate: {found}", "", "check it out and run `streamctl synth`")]


def _differing_requirements(old: Path, new: Path) -> list[str]:
    texts = [
        (tree / "requirements.txt").read_text() if (tree / "requirements.txt").is_file() else "" for tree in (old, new)
    ]
    if texts[0] == texts[1]:
        return []
    lines = [{line.strip() for line in text.splitlines() if line.strip()} for text in texts]
    changed = sorted(lines[0] ^ lines[1])
    what = f" ({', '.join(changed[:4])}{', ...' if len(changed) > 4 else ''})" if changed else ""
    return [
        f"requirements.txt differs{what}: both sides were evaluated with the packages that are installed here, so what "
        "another version of a package changes does not show"
    ]


def _differing_secrets(old: Path, new: Path) -> list[str]:
    """Encrypted settings that are another text: the one thing that can be told of them."""
    before, after = _encrypted(old), _encrypted(new)
    if not old.is_file() or not new.is_file():
        return []
    found = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return [f"the encrypted setting `{key}` differs; what it changes cannot be seen" for key in found]


def _encrypted(file: Path) -> dict[str, Any]:
    try:
        config = read_yaml(file)["config"] if file.is_file() else {}
        return {key: value["secure"] for key, value in config.items() if isinstance(value, dict) and "secure" in value}
    except (PlatformError, KeyError, TypeError, AttributeError):
        # Its own `synth` says what is wrong with it.
        return {}
