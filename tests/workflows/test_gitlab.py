"""The pipeline of GitLab: the same stacks, the same engine, and no rights where code of others runs."""

import re

from operations.plan.stack_file import ROOT, stack_names
from tests.workflows.files import ACTIONS, GITLAB, SCRIPTS, WORKFLOWS, read, steps

JOBS = {
    name: job for name, job in read(GITLAB).items() if isinstance(job, dict) and ("script" in job or "extends" in job)
}


def extended(job: dict) -> set[str]:
    """The names of all that a job extends."""
    names = job.get("extends", [])
    names = [names] if isinstance(names, str) else names
    return set(names).union(*(extended(JOBS.get(name, {})) for name in names))


def test_every_stack_has_a_job():
    (matrix,) = read(GITLAB)[".every stack"]["parallel"]["matrix"]
    assert matrix["STACK"] == stack_names()


def test_the_engine_is_the_one_that_the_program_is_pinned_to():
    pinned = re.search(r"^pulumi==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert pinned
    assert read(GITLAB)[".pulumi"]["image"]["name"].endswith(f":{pinned[1]}")


def test_a_merge_request_of_a_fork_gets_no_token():
    with_token = [name for name, job in JOBS.items() if ".pulumi" in extended(job) and not name.startswith(".")]
    assert {"preview", "up dev", "up prod", "look prod", "drift"} == set(with_token)
    for name in with_token:
        for rule in JOBS[name]["rules"]:
            of_branch = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" in rule["if"] or '== "schedule"' in rule["if"]
            assert of_branch or "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in rule["if"], name
    assert all("$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in rule["if"] for rule in JOBS["note"]["rules"])
    assert JOBS["note"]["variables"]["GIT_STRATEGY"] == "none", "code of the branch would run with the token"


def test_production_waits_for_a_person_and_no_update_is_cut_off():
    (rule,) = JOBS["up prod"]["rules"]
    assert rule["when"] == "manual"
    assert rule["allow_failure"] is False
    assert JOBS[".up"]["interruptible"] is False
    assert JOBS[".up"]["resource_group"] == "$STACK"


def test_the_note_is_found_by_the_mark_that_the_report_begins_with():
    from operations.report.combine import MARKER

    assert MARKER in GITLAB.read_text()


def test_the_pack_is_installed_and_configured_where_the_engine_runs_it():
    """Without its environment the engine refuses the pack; without its configuration it refuses our own stacks."""
    assert any("cd policies && pulumi install" in line for line in read(GITLAB)[".pulumi"]["before_script"])
    (prepare,) = ACTIONS
    installs = [step for step in steps(prepare) if step.get("run") == "pulumi install"]
    assert [step["working-directory"] for step in installs] == ["policies"]
    for path in (*WORKFLOWS, GITLAB, *SCRIPTS):
        text = path.read_text()
        assert text.count("--policy-pack policies") == text.count("--policy-pack-config "), path.name
