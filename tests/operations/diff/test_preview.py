"""The engine's own previews, as Pulumi 3.259 wrote them (samples are shortened, nothing in them is changed)."""

import json
from pathlib import Path

import pytest

from components.errors import PlatformError
from operations.diff.command import made
from operations.diff.compare import compare
from operations.diff.from_preview import diff_of
from operations.plan.load import load_plan, load_preview
from tests.operations.diff.resources import ROOT, bucket

SAMPLES = Path(__file__).with_name("samples")


def of(name: str):
    return diff_of(load_preview(SAMPLES / name), name)


def preview(folder: Path, *steps: dict, **more: object) -> Path:
    stack = {"urn": ROOT, "type": "pulumi:pulumi:Stack", "custom": False}
    first = {"op": "same", "urn": ROOT, "oldState": stack, "newState": stack}
    path = folder / "preview.json"
    path.write_text(json.dumps({"steps": [first, *steps], "changeSummary": {"same": 1}, **more}))
    return path


@pytest.mark.parametrize("name", ["preview.json", "preview-whole.json"])
def test_what_the_engine_said(name: str):
    found = of(name)
    assert found.counts() == {"rename": 1, "replace": 1, "update": 3}
    assert found.unchanged == 4
    assert found.engine
    (lake,) = found.of("replace")
    assert lake.forced_by == ("bucket",)
    assert [one.path for one in lake.differences] == ["bucket", "tags.team", "tags.tier"]
    role = next(change for change in found.changes if change.name == "role")
    assert [one.path for one in role.differences] == ["assumeRolePolicy.Statement[0].Principal.Service"]


def test_the_engine_knows_that_a_secret_changed():
    (endpoint,) = [change for change in of("preview.json").changes if change.name == "endpoint"]
    assert [(one.path, one.kind) for one in endpoint.differences] == [("value", "secret")]


def test_what_a_refresh_found_and_the_program_puts_back_is_shown_as_such():
    lake = next(change for change in of("drift.json").changes if change.name == "lake")
    assert [(one.path, one.old, one.new) for one in lake.differences] == [("tags.team", "somebody", "data")]


def test_a_failed_preview_is_an_error_and_no_empty_diff(tmp_path: Path):
    path = preview(tmp_path, diagnostics=[{"message": "error: no such\nbucket", "severity": "error"}])
    with pytest.raises(PlatformError, match="no such bucket"):
        diff_of(load_preview(path), "preview")


def test_a_protection_that_is_taken_away_is_loud_although_nothing_else_changes(tmp_path: Path):
    step = {"op": "same", "urn": bucket()["urn"], "oldState": bucket() | {"protect": True}, "newState": bucket()}
    found = diff_of(load_preview(preview(tmp_path, step)), "preview")
    assert [change.op for change in found.loud] == ["update"]
    assert found.unchanged == 0


def test_a_protected_resource_that_is_deleted(tmp_path: Path):
    step = {"op": "delete", "urn": bucket()["urn"], "oldState": bucket() | {"protect": True}}
    (change,) = diff_of(load_preview(preview(tmp_path, step)), "preview").changes
    assert "protected" in change.remedy


def test_two_plans_tell_what_the_engine_tells():
    """The state and the preview's resources, compared here; the engine alone knows of the secret that changed."""
    base, head = (load_plan(SAMPLES / name, fingerprints=True) for name in ("export.json", "preview-whole.json"))
    here, there = compare(base, head, "state", "program"), of("preview-whole.json")
    told = {change.urn: (change.op, change.forced_by, change.was) for change in there.changes}
    secret = next(change.urn for change in there.changes if change.name == "endpoint")
    del told[secret]
    assert {change.urn: (change.op, change.forced_by, change.was) for change in here.changes} == told
    assert here.secrets > 0
    assert here.outputs == ()


def test_a_preview_without_steps_has_the_name_that_is_asked_for(tmp_path: Path):
    path = tmp_path / "preview.json"
    path.write_text('{"changeSummary": {"same": 3}, "duration": 1}')
    assert [made(None, stack, None, None, path)[0].stack for stack in ("dev-msk", None)] == ["dev-msk", "the stack"]
