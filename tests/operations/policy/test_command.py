"""`streamctl policy`: what is printed, what is written, and the exit status."""

import datetime
import json
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from components.errors import PlatformError
from operations.plan.evaluate import synthesise
from operations.plan.plan import Plan
from operations.plan.stack_file import STACKS, load_stack
from operations.policy import command
from operations.policy.analyze import Finding, Pack
from operations.policy.formats import as_json, as_junit
from operations.policy.report import Report, judge, of_file
from operations.policy.sarif import as_sarif, place_of
from operations.policy.table import DOCUMENT, documented
from operations.streamctl import cli
from policies.framework import Policy
from policies.pack import policies
from tests.components.plans import plan_of

DAY = datetime.date(2026, 11, 20)
PREFIX = "urn:pulumi:dev-msk::streaming-platform::streaming-platform:index:Platform"
URN = f"{PREFIX}$streaming-platform:index:Lakehouse$streaming-platform:index:PrivateBucket$aws:s3/bucket:Bucket::lake"


def a_policy(name: str, severity: str, **more: Any) -> Policy:
    link = f"https://example.com/{name}"
    return Policy(name, ("aws:s3/bucket:Bucket",), severity, ("SOC 2 CC6.1",), "It [breaks].", "Mend it.", link, **more)


CRITICAL, LOW, ADVISED, SILENT = (
    a_policy(name, severity)
    for name, severity in (
        ("s3-critical", "critical"),
        ("s3-low", "low"),
        ("s3-advised", "medium"),
        ("s3-silent", "high"),
    )
)


@pytest.fixture
def report() -> Report:
    def finding(policy: Policy, found: str, level: str = "mandatory", **more: Any) -> Finding:
        return Finding(policy, URN, "aws:s3/bucket:Bucket", level, found, **more)

    return Report(
        "dev-msk",
        "dev",
        (
            finding(CRITICAL, "open to [all]\x1b"),
            finding(CRITICAL, "and <worse>"),
            finding(ADVISED, "hm", "advisory", remediable=True),
            finding(LOW, "policy", "advisory", unknown=True),
        ),
        (CRITICAL, LOW, ADVISED, SILENT),
        304,
    )


def test_the_text_says_it_by_severity_and_counts(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    text = command._plain_text(report)
    assert text.index("s3-critical") < text.index("s3-advised") < text.index("Not known before `up`")
    for part in ("open to [all]", "Mend it.", "It [breaks].", "SOC 2 CC6.1", "https://example.com/s3-critical"):
        assert part in text
    assert "policy of lake (aws:s3/bucket:Bucket)" in text
    assert text.splitlines()[-1] == (
        "2 violations, 1 advisory, 1 unknown before `up`, 1 remediable; 4 policies, 304 resources of stack dev-msk."
    )


def test_a_plan_without_resources_was_not_judged() -> None:
    assert "Nothing was judged" in command._plain_text(Report("dev-msk", "dev", (), (CRITICAL,), 0))


def test_what_a_stack_switches_off_is_said(tmp_path: Path) -> None:
    (tmp_path / "local.json").write_text('{"all": "disabled", "s3-versioned": "mandatory"}')
    report = judge(plan_of("local"), "local", datetime.date(2026, 11, 20), tmp_path)
    assert [policy.name for policy in report.policies] == ["s3-versioned"]
    assert len(report.disabled) == len(policies()) - 1
    assert "Switched off for this stack: confluent-acl-scope, " in command._plain_text(report)
    assert json.loads(as_json(report))["disabled"] == list(report.disabled)


def test_json_holds_every_finding(report: Report) -> None:
    content = json.loads(as_json(report))
    assert content["counts"] == {
        "violations": 2,
        "advisory": 1,
        "unknown": 1,
        "remediable": 1,
        "remediated": 0,
        "policies": 4,
        "resources": 304,
    }
    first = content["findings"][0]
    assert (first["policy"], first["severity"], first["urn"], first["link"]) == (
        "s3-critical",
        "critical",
        URN,
        CRITICAL.url,
    )


def test_junit_has_one_case_for_each_policy(report: Report) -> None:
    root = ElementTree.fromstring(as_junit(report))
    suite = root[0]
    assert suite.attrib == {
        "name": "policies of stack dev-msk",
        "tests": "4",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }
    cases = {case.attrib["name"]: case for case in suite}
    failure = cases["s3-critical"].find("failure")
    assert failure is not None
    assert failure.attrib == {"type": "critical", "message": "2 violations"}
    assert "and <worse>" in str(failure.text)
    assert cases["s3-low"].find("skipped") is not None
    assert cases["s3-advised"].findtext("system-out") == "lake (aws:s3/bucket:Bucket): hm"
    assert list(cases["s3-silent"]) == []


def test_sarif_points_at_the_setting_in_the_stack_file(report: Report) -> None:
    content = json.loads(as_sarif(report))
    assert content["version"] == "2.1.0"
    (run,) = content["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["s3-critical", "s3-low", "s3-advised", "s3-silent"]
    assert [result["level"] for result in run["results"]] == ["error", "error", "warning", "note"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "stacks/Pulumi.dev-msk.yaml"
        assert place["region"]["startLine"] >= 1
        assert location["logicalLocations"][0]["fullyQualifiedName"] == URN
        assert result["message"]["text"]
    prints = [result["partialFingerprints"]["policyAndResource/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize(("component", "setting"), [("EksCluster", "cluster"), ("Msk", "kafka"), ("Cdc", "cdc")])
def test_the_line_is_that_of_the_setting(component: str, setting: str) -> None:
    path, line = place_of(f"{PREFIX}$streaming-platform:index:{component}$aws:x/y:Y::z", "dev-msk")
    text = (STACKS / "Pulumi.dev-msk.yaml").read_text(encoding="utf-8").splitlines()
    assert path == "stacks/Pulumi.dev-msk.yaml"
    assert f"streaming-platform:{setting}:" in text[line - 1]


def test_a_stack_without_a_file_is_shown_at_the_program() -> None:
    assert place_of(URN, "elsewhere") == ("__main__.py", 1)


@pytest.fixture
def stubbed(report: Report, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.setattr(command, "of_stack", lambda stack: (None, "dev"))
    monkeypatch.setattr(command, "judge", lambda plan, environment, day: report)
    return report


def test_a_violation_is_exit_status_1_and_no_error(stubbed: Report, tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["policy", "--stack", "dev-msk", "--json"], standalone_mode=False)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["counts"]["violations"] == 2
    output = tmp_path / "report.sarif"
    assert command.policy("dev-msk", None, "sarif", output) == 1
    assert json.loads(output.read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_advice_is_exit_status_0(stubbed: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    calm = Report("dev-msk", "dev", stubbed.findings[2:], stubbed.policies, 304)
    monkeypatch.setattr(command, "judge", lambda plan, environment, day: calm)
    assert command.policy("dev-msk", None) == 0


@pytest.mark.parametrize(
    ("stack", "plan", "where"),
    [(None, None, "streamctl policy"), ("dev-msk", Path("x"), "streamctl policy"), ("nowhere", None, "--stack")],
)
def test_what_to_judge_has_to_be_said(stack: str | None, plan: Path | None, where: str) -> None:
    with pytest.raises(PlatformError) as raised:
        command.policy(stack, plan)
    assert raised.value.mistakes[0].where == where


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"version": 4, "deployment": {"resources": []}}', "4"),
        ('{"version": 3, "deployment": {"reso', "JSON"),
        ("[]", ""),
    ],
)
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, text: str, found: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlatformError) as raised:
        command.policy(None, path)
    assert "plan.json" in raised.value.mistakes[0].where
    assert found in str(raised.value)


def test_a_file_that_cannot_be_written_is_said(stubbed: Report, tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="--output"):
        command.policy("dev-msk", None, "json", tmp_path / "nowhere" / "x.json")


def test_the_environment_of_a_file_is_in_its_tags(tmp_path: Path) -> None:
    record = {"urn": URN, "type": "aws:s3/bucket:Bucket", "custom": True, "inputs": {"tags": {"environment": "prod"}}}
    path = tmp_path / "plan.json"
    path.write_text(Plan("streaming-platform", "dev-msk", [record]).to_json(), encoding="utf-8")
    assert of_file(path)[1] == "prod"
    path.write_text(Plan("streaming-platform", "dev-msk", [{**record, "inputs": {}}]).to_json(), encoding="utf-8")
    # No tags: stacks/Pulumi.dev-msk.yaml says it.
    assert of_file(path)[1] == "dev"


def test_a_file_says_what_its_stack_says(tmp_path: Path) -> None:
    plan = synthesise(load_stack("local"))
    path = tmp_path / "plan.json"
    path.write_text(plan.to_json(), encoding="utf-8")
    loaded, environment = of_file(path)
    assert environment == "local"
    assert judge(loaded, environment, DAY).findings == judge(plan, environment, DAY).findings


def test_the_table_of_policies_is_fresh() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert documented(text) == text, "run: ./streamctl policy --write-docs"


def test_the_pack_takes_a_small_part_of_a_synth() -> None:
    """Measured: an eighth (docs/policies.md); the bound leaves room for a loaded machine. Processor time of this
    process, so that neighbours count less."""
    config = load_stack("existing-cluster")
    # The first of both pays for imports.
    Pack({}, "dev", DAY).judge(synthesise(config))
    begin = time.process_time()
    plan = synthesise(config)
    evaluated = time.process_time()
    Pack({}, "dev", DAY).judge(plan)
    judged = time.process_time()
    share = (judged - evaluated) / (judged - begin)
    assert share < 0.4, f"{share:.0%} of {judged - begin:.2f} s for {len(policies())} policies"
