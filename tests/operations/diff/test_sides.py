"""Two commits of a repository, each evaluated by its own code.

Most cases have a small repository whose `streamctl` is a few lines; one has a clone of this project.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from components.errors import PlatformError
from operations.diff.compare import compare
from operations.diff.sides import evaluate_sides, parse
from operations.plan.stack_file import ROOT
from operations.streamctl import cli
from tests.operations.diff.resources import bucket, plan

# Prints the Plan that stands in the stack file, or what the program has to say first.
STUB = """
import pathlib, sys
import program
stack = sys.argv[sys.argv.index("--stack") + 1]
print(pathlib.Path("stacks", f"Pulumi.{stack}.yaml").read_text().partition("# ")[2])
"""


def git(folder: Path, *arguments: str) -> str:
    identity = {f"GIT_{who}_{what}": "test@example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, env={**os.environ, **identity}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def stack_file(*resources: dict, secure: str = "one") -> str:
    config = f'config:\n  p:password: {{secure: "{secure}"}}\n'
    return f"{config}# {json.dumps(plan(*resources).export())}\n"


@pytest.fixture
def repository(original: Path, tmp_path: Path) -> Path:
    """A copy of `original`, to be changed."""
    return Path(shutil.copytree(original, tmp_path / "repository"))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two commits, `main` and `change`: a bucket gets another name and a stack is added; `broken` does not evaluate."""
    folder = tmp_path_factory.mktemp("original")
    git(folder, "init", "-q", "-b", "main")
    write(folder, "operations/streamctl.py", STUB)
    write(folder, "operations/__init__.py", "")
    write(folder, "program.py", "")
    write(folder, "requirements.txt", "pulumi==3.0.0\n")
    write(folder, "stacks/Pulumi.s.yaml", stack_file(bucket()))
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one")
    git(folder, "checkout", "-q", "-b", "change")
    write(folder, "requirements.txt", "pulumi==3.1.0\n")
    write(folder, "stacks/Pulumi.s.yaml", stack_file(bucket(bucket="other"), secure="two"))
    write(folder, "stacks/Pulumi.new.yaml", stack_file(bucket()))
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "two")
    git(folder, "checkout", "-q", "-b", "broken", "main")
    write(folder, "program.py", "raise ValueError('the program is broken')\n")
    git(folder, "commit", "-q", "-am", "three")
    git(folder, "checkout", "-q", "main")
    return folder


def counts(repository: Path, revisions: str, stack: str = "s") -> dict[str, int]:
    sides = evaluate_sides(repository, revisions, stack)
    return compare(sides.base, sides.head, sides.base_label, sides.head_label).counts()


def left_behind() -> set[str]:
    names = {path.name for path in Path(tempfile.gettempdir()).iterdir()}
    return {name for name in names if name.startswith(("streamctl-base", "streamctl-head", "streamctl-plans"))}


def test_two_commits(repository: Path):
    before = left_behind()
    assert counts(repository, "main..change") == {"replace": 1}
    assert counts(repository, "main..main") == {}
    assert left_behind() <= before


def test_what_the_reader_has_to_know(repository: Path):
    notes = evaluate_sides(repository, "main..change", "s").notes
    assert "requirements.txt differs (pulumi==3.0.0, pulumi==3.1.0)" in notes[0]
    assert "`p:password` differs" in notes[1]


def test_the_working_tree(repository: Path):
    write(repository, "stacks/Pulumi.s.yaml", stack_file(bucket(tags={})))
    assert counts(repository, "main") == {"update": 1}
    assert counts(repository, "change..WORKTREE") == {"replace": 1}
    assert counts(repository, "main..") == {}


def test_a_stack_that_one_side_does_not_have(repository: Path):
    assert counts(repository, "main..change", "new") == {"create": 1}
    assert counts(repository, "change..main", "new") == {"delete": 1}
    (note,) = [one for one in evaluate_sides(repository, "change..main", "new").notes if "has no stack" in one]
    assert "all of it is deleted" in note
    with pytest.raises(PlatformError, match="neither side"):
        counts(repository, "main..change", "nothing")


@pytest.mark.parametrize(("revisions", "side"), [("main..broken", "head, broken"), ("broken..main", "base, broken")])
def test_a_side_that_does_not_evaluate_is_named(repository: Path, revisions: str, side: str):
    with pytest.raises(PlatformError, match=f"(?s){side}.*the program is broken"):
        counts(repository, revisions)


def test_the_mistakes_of_a_side_are_told_as_they_are(repository: Path):
    mistakes = {"mistakes": [{"where": "stacks/x", "key": "k", "found": "f", "allowed": "a", "remedy": "r"}]}
    write(repository, "program.py", f"print({json.dumps(json.dumps(mistakes))})\nraise SystemExit(1)\n")
    with pytest.raises(PlatformError) as caught:
        counts(repository, "main")
    (mistake,) = caught.value.mistakes
    assert mistake.where == "head, the working tree: stack s: stacks/x"
    assert (mistake.key, mistake.remedy) == ("k", "r")


def test_three_dots_begin_where_the_branch_does(repository: Path):
    base, head = parse(repository, "broken...change")
    assert base.commit == git(repository, "rev-parse", "main")
    assert head.commit == git(repository, "rev-parse", "change")


@pytest.mark.parametrize("revisions", ["", "..main", "nowhere..main", "main..--help", "main...WORKTREE"])
def test_revisions_that_are_none(repository: Path, revisions: str):
    with pytest.raises(PlatformError, match="REVISIONS"):
        parse(repository, revisions)


def test_no_repository(tmp_path: Path):
    with pytest.raises(PlatformError, match="no git repository"):
        parse(tmp_path, "main..HEAD")


def test_a_commit_before_there_was_a_program(repository: Path):
    git(repository, "rm", "-q", "-r", "operations")
    git(repository, "commit", "-q", "-m", "nothing")
    with pytest.raises(PlatformError, match=r"streamctl\.py"):
        counts(repository, "main..change")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--base", "a.json"],
        ["main..HEAD"],
        ["main..HEAD", "--preview", "a.json"],
        ["--base", "a.json", "--head", "b.json", "--preview", "c.json"],
    ],
)
def test_options_that_do_not_go_together(arguments: list[str]):
    done = CliRunner().invoke(cli, ["diff", *arguments])
    assert done.exit_code == 1
    assert "allowed:" in done.output


def test_two_files_and_an_output(tmp_path: Path):
    for name, one in (("a", bucket()), ("b", bucket(tags={}))):
        write(tmp_path, f"{name}.json", plan(one).to_json())
    files = ["--base", str(tmp_path / "a.json"), "--head", str(tmp_path / "b.json")]
    output = tmp_path / "diff.json"
    done = CliRunner().invoke(cli, ["diff", *files, "--json", "--output", str(output)])
    assert done.exit_code == 0
    assert json.loads(output.read_text())["counts"] == {"update": 1}
    done = CliRunner().invoke(cli, ["diff", *files, "--output", str(tmp_path)])
    assert done.exit_code != 0
    done = CliRunner().invoke(cli, ["diff", *files, "--output", str(tmp_path / "no" / "where")])
    assert "--output" in done.output


@pytest.mark.end_to_end
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not in a clone of the repository")
def test_a_clone_of_this_project(tmp_path: Path):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--shared", str(ROOT), str(clone))
    file = clone / "stacks" / "Pulumi.local.yaml"
    text = file.read_text()
    assert "    - telematics\n" in text
    file.write_text(text.replace("    - telematics\n", ""))
    sides = evaluate_sides(clone, "HEAD", "local")
    found = compare(sides.base, sides.head, sides.base_label, sides.head_label)
    assert not found.empty
    assert {op for op, _ in found.counts().items()} <= {"delete", "update"}
    assert any("telematics" in one.path for one in found.outputs)
    assert not any("claims" in change.urn for change in found.of("delete"))
