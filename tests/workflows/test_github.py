"""The workflows of GitHub: who may do what, whose code runs with which rights, and whether their commands exist."""

import re
from pathlib import Path
from typing import Any

import pytest

from operations.plan.stack_file import ROOT
from tests.workflows.files import ACTIONS, WORKFLOWS, jobs, read, steps, texts

FOLDER = ROOT / ".github" / "workflows"
PULL_REQUEST, COMMENT = FOLDER / "pull-request.yml", FOLDER / "comment.yml"
every_file = pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: f"{path.parent.name}/{path.name}")
every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)

# What each job may write, and no other: file -> job -> rights.
WRITES = {
    "comment.yml": {"comment": {"pull-requests"}},
    "deploy-stack.yml": {"preview": {"id-token"}, "up": {"id-token"}},
    "deploy.yml": {"dev": {"id-token"}, "prod": {"id-token"}},
    "drift.yml": {"look": {"id-token"}, "tell": {"issues"}},
    "pull-request.yml": {"preview": {"id-token"}, "findings": {"security-events"}},
    "rotate.yml": {"rotate": {"contents", "id-token"}},
}


@every_file
def test_every_action_is_pinned_by_its_commit_and_says_its_version(path: Path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text())
    for action, comment in used:
        if not action.startswith("./"):
            assert re.search(r"@[0-9a-f]{40}$", action), f"{action} may be another tomorrow"
            assert re.match(r" # v\d+\.\d+\.\d+", comment), f"{action} does not say its version"


def test_one_action_has_one_commit_everywhere():
    found: dict[str, set[str]] = {}
    for path in (*WORKFLOWS, *ACTIONS):
        for name, commit in re.findall(r"uses: ([^\s@./][^\s@]*)@(\S+)", path.read_text()):
            found.setdefault(name, set()).add(commit)
    assert len(found) >= 8
    assert {name: commits for name, commits in found.items() if len(commits) > 1} == {}


@every_workflow
def test_a_job_may_write_only_what_is_listed_here(path: Path):
    top = read(path)["permissions"]
    assert set(top.values()) <= {"read"}, "what all jobs of a file may"
    found = {}
    for name, job in jobs(path).items():
        assert job.get("permissions") != "write-all"
        rights = {right for right, level in job.get("permissions", {}).items() if level == "write"}
        if rights:
            found[name] = rights
    assert found == WRITES.get(path.name, {})


@every_workflow
def test_every_job_ends(path: Path):
    for name, job in jobs(path).items():
        # A job that calls another workflow has the limits of that one's jobs.
        assert "uses" in job or 0 < job["timeout-minutes"] <= 240, name


@every_file
def test_no_expression_stands_in_a_shell_or_a_script(path: Path):
    for step in steps(path):
        for text in (step.get("run", ""), step.get("with", {}).get("script", "")):
            assert "${{" not in text, "what somebody typed in would be run"


@every_workflow
def test_only_the_rotation_leaves_credentials_in_its_checkout(path: Path):
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            kept = step.get("with", {}).get("persist-credentials", True)
            assert kept is (path.name == "rotate.yml")


def test_code_of_a_fork_never_runs_with_rights_or_secrets():
    for path in WORKFLOWS:
        assert "pull_request_target" not in read(path)[True], path.name
    assert not [text for text in texts(read(PULL_REQUEST)) if "secrets." in text]
    for name, job in jobs(PULL_REQUEST).items():
        if "write" in job["permissions"].values():
            assert "needs.stacks.outputs.ours == 'true'" in job["if"], name
    ours = jobs(PULL_REQUEST)["stacks"]["outputs"]["ours"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in ours
    # Where findings are written, nothing of the branch runs.
    used = [step.get("uses", "a shell").split("@")[0] for step in jobs(PULL_REQUEST)["findings"]["steps"]]
    assert used == ["actions/download-artifact", "github/codeql-action/upload-sarif"]


def test_what_posts_the_comment_checks_nothing_out_and_starts_nothing():
    content = read(COMMENT)
    assert content[True]["workflow_run"]["workflows"] == [read(PULL_REQUEST)["name"]]
    for step in steps(COMMENT):
        assert step["uses"].split("@")[0] in ("actions/download-artifact", "actions/github-script")
        assert not re.search(r"child_process|\bexec\b|\beval\b|require\((?!'fs'\))", str(step.get("with", {})))


def test_nothing_that_changes_a_stack_is_cut_off_and_production_waits_for_development():
    up = jobs(FOLDER / "deploy-stack.yml")["up"]
    assert up["concurrency"]["cancel-in-progress"] is False
    assert up["environment"], "approvals belong to environments"
    assert up["needs"] == "preview", "who approves has something to read"
    deploy = jobs(FOLDER / "deploy.yml")
    assert "dev" in deploy["prod"]["needs"]
    assert "!failure()" in deploy["prod"]["if"]
    assert "concurrency" not in read(FOLDER / "deploy.yml"), "an approval that is waited for would hold development up"


def test_the_newest_commit_is_asked_for_after_the_approval():
    names = [step.get("name", step.get("uses", "")) for step in jobs(FOLDER / "deploy-stack.yml")["up"]["steps"]]
    assert names.index("Is this still the newest commit?") < names.index("Up with the policies")


def test_the_engine_is_the_one_that_the_program_is_pinned_to():
    pinned = re.search(r"^pulumi==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert pinned
    installs: list[Any] = []
    for path in (*WORKFLOWS, *ACTIONS):
        for step in steps(path):
            given = step.get("with", {})
            if step.get("uses", "").startswith("pulumi/actions@") and "command" not in given:
                installs.append(given.get("pulumi-version"))
    assert installs
    assert set(installs) == {pinned[1]}
