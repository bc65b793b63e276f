"""`streamctl cost`: what it prints, and what it says to wrong input."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from components.errors import PlatformError
from operations.cost.command import cost
from operations.plan.plan import Plan
from operations.streamctl import cli
from tests.operations.cost.made import msk, plan, resource


def written(path: Path, content: Plan) -> Path:
    # A Plan in a file has the stack's own resource.
    urn = "urn:pulumi:test::streaming-platform::pulumi:pulumi:Stack::streaming-platform-test"
    root = {"urn": urn, "type": "pulumi:pulumi:Stack", "custom": False}
    path.write_text(Plan(content.project, content.stack, [root, *content.resources]).to_json())
    return path


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return written(tmp_path / "three.json", plan(msk(3), resource("aws:neptune/cluster:Cluster", "graph")))


@pytest.fixture
def six(tmp_path: Path) -> Path:
    return written(tmp_path / "six.json", plan(msk(6), resource("aws:neptune/cluster:Cluster", "graph")))


def test_json(three: Path, capsys: pytest.CaptureFixture[str]):
    cost(None, three, None, None, as_json=True)
    content = json.loads(capsys.readouterr().out)
    assert content["monthly"]["fixed"] == 114.86
    assert content["pricesAsOf"] == "2026-11-20"
    assert content["lines"][0]["price"]["source"].startswith("https://")
    assert [gap["type"] for gap in content["unknown"]] == ["aws:neptune/cluster:Cluster"]


def test_the_change_as_json_and_markdown(three: Path, six: Path, capsys: pytest.CaptureFixture[str]):
    cost(None, six, three, None, as_json=True)
    content = json.loads(capsys.readouterr().out)
    assert content["change"]["total"] == 114.87
    assert content["estimate"]["monthly"]["total"] == content["after"]
    cost(None, six, three, None, as_json=False, as_markdown=True)
    assert capsys.readouterr().out.startswith("### Cost\n\n**+114.87 USD a month**")


def test_text_has_every_figure_and_names_what_is_missing(three: Path):
    done = CliRunner().invoke(cli, ["cost", "--plan", str(three)], standalone_mode=False)
    assert done.exit_code == 0
    for text in ("3 x 730 h", "0.0456", "99.86", "aws:neptune", "reads_per_byte 2"):
        assert text in done.output


def test_stack_and_plan_exclude_each_other(three: Path):
    for stack, file in ((None, None), ("dev-msk", three)):
        with pytest.raises(PlatformError, match="exactly one"):
            cost(stack, file, None, None, as_json=False)


def test_markdown_is_for_a_change(three: Path):
    with pytest.raises(PlatformError, match="--base-plan"):
        cost(None, three, None, None, as_json=False, as_markdown=True)


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(PlatformError):
        cost(None, tmp_path / "none.json", None, None, as_json=False)
