"""The configuration of the pack for a stack: each mistake is named by file and key."""

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest

from components.errors import PlatformError
from operations.plan.plan import Plan
from operations.policy.analyze import PolicyConfig
from operations.policy.report import judge
from operations.policy.settings import check_exclusions, config_of, load_config
from operations.policy.table import DOCUMENT
from policies.framework import Policy

DAY = datetime.date(2026, 11, 20)
BUCKET = "aws:s3/bucket:Bucket"
EXCLUSION = {"resource": "*::lake", "reason": "by hand", "until": "2026-12-31"}


@pytest.fixture(autouse=True)
def _two_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"days": {"type": "integer", "default": 30, "minimum": 1}, "ways": {"type": "array", "default": []}}
    metadata: Any = ((BUCKET,), "low", (), "r", "m", "https://x")
    chosen = (Policy("s3-limited", *metadata, config=config), Policy("s3-tagged", *metadata, remediate=lambda one: {}))
    monkeypatch.setattr("operations.policy.settings.policies", lambda: chosen)


def write(path: Path, content: Any) -> Path:
    file = path / "dev-msk.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def test_the_layout_of_the_engine_is_read(tmp_path: Path) -> None:
    content = {"all": "advisory", "s3-limited": {"days": 7, "exclude": [EXCLUSION]}}
    assert load_config(write(tmp_path, content), DAY) == {
        "s3-limited": PolicyConfig("advisory", {"days": 7, "exclude": [EXCLUSION]}),
        "s3-tagged": PolicyConfig("advisory"),
    }
    assert load_config(write(tmp_path, {"s3-tagged": "remediate"}), DAY) == {"s3-tagged": PolicyConfig("remediate")}
    assert config_of("dev-msk", tmp_path) == tmp_path / "dev-msk.json"
    assert config_of("prod-msk", tmp_path) is None


@pytest.mark.parametrize(
    ("content", "key", "found"),
    [
        ({"s3-limitd": {}}, "s3-limitd", "a policy that the pack does not have"),
        ({"s3-limited": {"dayz": 1}}, "s3-limited.dayz", "an unknown key"),
        ({"all": {"exclude": []}}, "all.exclude", "an unknown key"),
        ({"s3-limited": "off"}, "s3-limited.enforcementLevel", "'off'"),
        ({"s3-limited": {"enforcementLevel": 1}}, "s3-limited.enforcementLevel", "1"),
        ({"s3-limited": "remediate"}, "s3-limited.enforcementLevel", "changes nothing by itself"),
        ({"s3-limited": {"days": 0}}, "s3-limited.days", "0"),
        ({"s3-limited": {"days": True}}, "s3-limited.days", "True"),
        ({"s3-limited": {"days": "7"}}, "s3-limited.days", "'7'"),
        ({"s3-limited": {"ways": {}}}, "s3-limited.ways", "{}"),
        ({"s3-limited": 3}, "s3-limited", "3"),
        ({"s3-limited": {"exclude": "*"}}, "s3-limited.exclude", "'*'"),
        ({"s3-limited": {"exclude": ["*"]}}, "s3-limited.exclude[0]", "'*'"),
        ({"s3-limited": {"exclude": [{**EXCLUSION, "reason": " "}]}}, "s3-limited.exclude[0].reason", "' '"),
        ({"s3-limited": {"exclude": [{**EXCLUSION, "until": None}]}}, "s3-limited.exclude[0].until", "nothing"),
        ({"s3-limited": {"exclude": [{**EXCLUSION, "until": "20261231"}]}}, "s3-limited.exclude[0].until", "20261231"),
        ({"s3-limited": {"exclude": [{**EXCLUSION, "until": "2026-11-19"}]}}, "s3-limited.exclude[0].until", "expired"),
        ({"s3-limited": {"exclude": [{**EXCLUSION, "till": "x"}]}}, "s3-limited.exclude[0].till", "an unknown key"),
        ([], "", "a list"),
        ("{", "", "no JSON"),
    ],
)
def test_a_mistake_is_named_by_file_and_key(tmp_path: Path, content: Any, key: str, found: str) -> None:
    with pytest.raises(PlatformError) as raised:
        load_config(write(tmp_path, content), DAY)
    (mistake,) = raised.value.mistakes
    assert mistake.where.endswith("dev-msk.json")
    assert (mistake.key, found in mistake.found) == (key, True), mistake
    assert mistake.allowed
    assert mistake.remedy


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(PlatformError) as raised:
        load_config(write(tmp_path, {"s3-limitd": {}, "s3-tagged": {"exclude": [{}], "x": 1}}), DAY)
    keys = [mistake.key for mistake in raised.value.mistakes]
    assert keys[0] == "s3-limitd"
    assert "s3-limited" in raised.value.mistakes[0].allowed
    assert {"s3-tagged.exclude[0].resource", "s3-tagged.exclude[0].reason", "s3-tagged.exclude[0].until"} < set(keys)
    assert "s3-tagged.x" in keys


def plan(*names: str) -> Plan:
    prefix = "urn:pulumi:dev-msk::streaming-platform::"
    records = [{"urn": f"{prefix}{BUCKET}::{name}", "type": BUCKET, "custom": True, "inputs": {}} for name in names]
    role = {"urn": f"{prefix}aws:iam/role:Role::lake", "type": "aws:iam/role:Role", "custom": True, "inputs": {}}
    return Plan("streaming-platform", "dev-msk", [*records, role])


def test_an_exclusion_that_means_nothing_is_a_mistake(tmp_path: Path) -> None:
    path = write(tmp_path, {"s3-limited": {"exclude": [EXCLUSION]}})
    config = load_config(path, DAY)
    check_exclusions(path, config, plan("lake"))
    # A role called lake does not count: the policy does not look at roles.
    with pytest.raises(PlatformError) as raised:
        check_exclusions(path, config, plan("state"))
    (mistake,) = raised.value.mistakes
    assert mistake.key == "s3-limited.exclude[0].resource"


def test_a_stacks_file_counts_in_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    name = "general-tags"
    exclude = [{**EXCLUSION, "resource": f"*{BUCKET}::lake"}]
    said = [one for one in judge(plan("lake"), "dev", DAY, tmp_path).findings if one.policy.name == name]
    assert "lake" in [one.name for one in said if one.type == BUCKET]
    write(tmp_path, {name: {"exclude": exclude}})
    report = judge(plan("lake"), "dev", DAY, tmp_path)
    assert not [one for one in report.findings if one.policy.name == name and one.type == BUCKET]
    write(tmp_path, {name: "disabled"})
    silent = judge(plan("lake"), "dev", DAY, tmp_path)
    assert name not in {one.name for one in silent.policies}
    assert len(silent.policies) == len(report.policies) - 1


def test_the_example_in_the_guide_is_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    (example,) = re.findall("```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert load_config(write(tmp_path, example), DAY)
