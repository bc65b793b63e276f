"""Drift: told from the engine's own previews, and from small ones where these have no such case."""

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from components.errors import PlatformError
from operations.drift.drift import Drift, drift_of
from operations.plan.load import load_preview
from operations.streamctl import cli
from tests.operations.diff.resources import ROOT, bucket, resource

SAMPLES = Path(__file__).parents[1] / "diff" / "samples"


def of(name: str) -> Drift:
    return drift_of(load_preview(SAMPLES / name), name)


def changes(drift: Drift) -> dict[str, list[str]]:
    return {f"{one.op} {one.name}": [d.path for d in one.differences] for one in drift.found.changes}


def previewed(folder: Path, refreshed: dict, then: dict | None, op: str = "same") -> Path:
    """A preview with one resource: its state, and what the program's step says was found."""
    stack = {"urn": ROOT, "type": "pulumi:pulumi:Stack", "custom": False}
    steps = [
        {"op": "refresh", "urn": ROOT, "oldState": stack, "newState": stack},
        {"op": "refresh", "urn": refreshed["urn"], "oldState": refreshed, "newState": refreshed},
        {"op": "same", "urn": ROOT, "oldState": stack, "newState": stack},
    ]
    if then:
        steps.append({"op": op, "urn": then["urn"], "oldState": then, "newState": then})
    path = folder / "preview.json"
    path.write_text(json.dumps({"steps": steps, "changeSummary": {"same": 1 + (op == "same" and bool(then))}}))
    return path


FOUND = {
    "delete logs": [],
    "update lake": ["tags.team"],
    "update role": ["assumeRolePolicy.Statement[0].Principal.AWS", "assumeRolePolicy.Statement[0].Principal.Service"],
}


@pytest.mark.parametrize("name", ["drift.json", "drift-and-changes.json", "refresh-only.json"])
def test_what_was_changed_outside(name: str):
    assert changes(of(name)) == FOUND


def test_drift_is_told_from_pending_changes():
    drift = of("drift.json")
    assert drift.pending is not None
    assert drift.pending.empty
    pending = of("drift-and-changes.json").pending
    assert pending is not None
    assert sorted(change.name for change in pending.changes) == ["lake", "log-group", "read", "role"]
    assert of("refresh-only.json").pending is None


def test_what_the_program_does_not_set_is_no_drift():
    (login,) = of("drift.json").unmanaged
    assert [one.path for one in login.differences] == ["versionStages[0]"]


def test_nothing_found():
    assert of("no-drift.json").found.changes == ()
    assert of("no-drift.json").unseen == 5


def test_gone_resources_say_what_the_next_up_does():
    (logs,) = of("drift.json").found.of("delete")
    assert "creates it again" in logs.remedy
    assert logs.loud


def test_controllers_of_kubernetes_may_write_what_the_program_does_not(tmp_path: Path):
    inputs = {"metadata": {"name": "d", "labels": {"app": "x"}}, "spec": {"replicas": 2}}
    old = resource("kubernetes:apps/v1:Deployment", "d", inputs, outputs={**inputs, "status": {"ready": 1}})
    found = json.loads(json.dumps(inputs))
    found["metadata"] |= {"resourceVersion": "7", "labels": {"app": "x", "more": "y"}}
    assert changes(drift_of(load_preview(previewed(tmp_path, old, old | {"outputs": found})), "p")) == {}
    found["spec"]["replicas"] = 5
    drift = drift_of(load_preview(previewed(tmp_path, old, old | {"outputs": found})), "p")
    assert changes(drift) == {"update d": ["spec.replicas"]}


def test_ignored_properties_belong_to_others(tmp_path: Path):
    old = bucket() | {"ignoreChanges": ["tags"], "outputs": {"tags": {"team": "data"}}}
    path = previewed(tmp_path, old, old | {"outputs": {"tags": {"team": "other"}}})
    assert changes(drift_of(load_preview(path), "p")) == {}


def test_a_preview_without_refresh_is_refused():
    with pytest.raises(PlatformError, match="did not refresh"):
        of("preview.json")


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["drift", *arguments])
    return done.exit_code, done.output


def test_exit_status_and_outputs(tmp_path: Path):
    drift, none = str(SAMPLES / "drift.json"), str(SAMPLES / "no-drift.json")
    output = tmp_path / "drift.md"
    status, text = run("--stack", "s", "--preview", drift, "--format", "markdown", "--output", str(output))
    assert status == 2
    assert text.startswith("<!-- streamctl drift: s -->")
    assert "1 gone, 2 changed outside of the program" in text
    assert output.read_text() == text
    status, text = run("--stack", "s", "--preview", drift, "--json")
    assert (status, json.loads(text)["drift"]) == (2, True)
    assert run("--stack", "s", "--preview", none)[0] == 0
    status, text = run("--stack", "other", "--preview", drift)
    assert status == 1
    assert "stack s" in text


def test_without_pulumi_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    status, text = run("--stack", "dev-msk")
    assert status == 1
    assert "--preview FILE" in text


def test_pulumi_is_run_with_a_refresh_and_all_resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fake = tmp_path / "pulumi"
    sample = json.loads((SAMPLES / "drift.json").read_text())
    text = json.dumps(sample).replace("urn:pulumi:s::", "urn:pulumi:dev-msk::")
    (tmp_path / "answer.json").write_text(text)
    fake.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\ncat {tmp_path}/answer.json\n')
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert run("--stack", "dev-msk")[0] == 2
    assert (tmp_path / "arguments").read_text().split() == [
        *("preview", "--refresh", "--json", "--show-sames", "--non-interactive", "--stack", "dev-msk")
    ]


def test_what_pulumi_complains_of_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fake = tmp_path / "pulumi"
    fake.write_text("#!/bin/sh\necho 'error: no stack named dev-msk' >&2\nexit 255\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    status, text = run("--stack", "dev-msk")
    assert status == 1
    assert "no stack named" in text
