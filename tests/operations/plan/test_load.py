"""Plans from files: what is read, what is masked, and what is refused with which words."""

import json
from pathlib import Path

import pytest

from components.errors import PlatformError
from operations.plan.load import load_plan, load_preview
from operations.plan.values import SECRET, SIGNATURE, is_secret

SAMPLES = Path(__file__).parents[1] / "diff" / "samples"
STACK = "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s"


def written(folder: Path, content: object) -> Path:
    path = folder / "file.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def deployment(*resources: dict, version: int = 3) -> dict:
    return {"version": version, "deployment": {"manifest": {}, "resources": list(resources)}}


def secret_of(folder: Path, content: dict, fingerprints: bool = False) -> dict:
    resource = {"urn": "urn:pulumi:s::p::a:b:C::c", "type": "a:b:C", "inputs": {"deep": [{"x": content}]}}
    plan = load_plan(written(folder, deployment(resource)), fingerprints)
    return plan.resources[0]["inputs"]["deep"][0]["x"]


def test_export_of_the_engine():
    plan = load_plan(SAMPLES / "export.json")
    assert (plan.project, plan.stack, len(plan.resources)) == ("sample", "s", 12)
    version = next(one for one in plan.resources if one["type"].endswith(":SecretVersion"))
    assert is_secret(version["inputs"]["secretString"])
    assert "ciphertext" not in plan.to_json()
    assert plan.outputs == {"bucket": "lake-one"}


def test_preview_gives_the_resources_as_they_will_be():
    plan = load_plan(SAMPLES / "preview-whole.json")
    names = {one["urn"].rsplit("::")[-1]: one for one in plan.resources}
    assert names["lake"]["inputs"]["bucket"] == "lake-two"
    assert "log-group" in names
    assert "logs" not in names
    version = next(one for one in plan.resources if one["type"].endswith(":SecretVersion"))
    assert is_secret(version["inputs"]["secretString"])


def test_a_refresh_alone_has_no_hidden_resources():
    plan = load_plan(SAMPLES / "refresh-only.json")
    assert load_preview(SAMPLES / "refresh-only.json").hidden == 0
    lake = next(one for one in plan.resources if one["type"] == "aws:s3/bucket:Bucket")
    assert lake["outputs"]["tags"] == {"team": "somebody"}
    assert not any(one["type"].endswith("LogGroup") for one in plan.resources)


def test_a_preview_with_holes_is_no_plan():
    assert load_preview(SAMPLES / "preview.json").hidden == 4
    with pytest.raises(PlatformError, match="--show-sames"):
        load_plan(SAMPLES / "preview.json")


@pytest.mark.parametrize("kind", ["plaintext", "ciphertext", "value"])
def test_no_secret_stays_readable(tmp_path: Path, kind: str):
    found = secret_of(tmp_path, {SIGNATURE: SECRET, kind: '"hunter2"'})
    assert is_secret(found)
    assert "hunter2" not in json.dumps(found)
    assert "fingerprint" not in found


def test_fingerprints_tell_equal_secrets_and_nothing_else(tmp_path: Path):
    one, same, other = (
        secret_of(tmp_path, {SIGNATURE: SECRET, "plaintext": text}, fingerprints=True) for text in ('"a"', '"a"', '"b"')
    )
    assert one == same != other
    masked = secret_of(tmp_path, {SIGNATURE: SECRET, "plaintext": '"[secret]"'}, fingerprints=True)
    assert "fingerprint" not in masked


def test_what_the_engine_is_about_to_delete_is_not_in_the_plan(tmp_path: Path):
    resource = {"urn": "urn:pulumi:s::p::a:b:C::c", "type": "a:b:C", "inputs": {"n": 2}}
    old = {**resource, "inputs": {"n": 1}, "delete": True}
    assert [one["inputs"]["n"] for one in load_plan(written(tmp_path, deployment(resource, old))).resources] == [2]


def test_a_failed_preview_is_no_plan(tmp_path: Path):
    failed = {
        "steps": [{"op": "create", "urn": STACK, "newState": {"urn": STACK, "type": "pulumi:pulumi:Stack"}}],
        "diagnostics": [{"message": "error: boom\n", "severity": "error"}],
        "changeSummary": {"create": 1},
    }
    path = written(tmp_path, failed)
    assert load_preview(path).errors == ("error: boom",)
    with pytest.raises(PlatformError, match="boom"):
        load_plan(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "an empty file"),
        ("warning: no JSON at all", "no JSON"),
        (json.dumps(deployment(), indent=2)[:-9], "truncated"),
        ('{"version": 3, "deployment": {"resources": [{"urn": "urn:pul', "truncated"),
        ('{"sequence": 0}\n{"sequence": 1}\n', "one JSON object per line"),
        (deployment(version=2), "version"),
        (deployment(version=4), "version"),
        ({"version": 3, "checkpoint": {}}, "checkpoint of a state backend"),
        ({"mistakes": []}, "that failed"),
        ([1, 2], "a list"),
        ({}, "an empty JSON object"),
        (deployment({"type": "a:b:C"}), r"resources\[0\]"),
        (deployment({"urn": "urn:pulumi:broken", "type": "a:b:C"}), r"resources\[0\]"),
        ({"changeSummary": {}, "steps": [{"op": "create"}]}, r"steps\[0\]"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: object, words: str):
    with pytest.raises(PlatformError, match=words):
        load_plan(written(tmp_path, content))


def test_no_such_file_and_no_text(tmp_path: Path):
    with pytest.raises(PlatformError, match="no such file"):
        load_plan(tmp_path / "nothing.json")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlatformError, match="no text"):
        load_plan(tmp_path / "binary")


def test_an_export_is_no_preview():
    with pytest.raises(PlatformError, match="a deployment"):
        load_preview(SAMPLES / "export.json")
