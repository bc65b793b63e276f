"""One comment of many reports: everybody is named, what matters comes first, and the size is kept."""

import json
from pathlib import Path

import pytest

from components.errors import PlatformError
from operations.report.combine import LIMIT, MARKER, combined, cut
from operations.report.command import report
from operations.report.parts import read_stacks


def stack(folder: Path, name: str, outcomes: str = "synth 0\ndiff 0\npolicy 0\ncost 0\n", **files: str) -> None:
    """What a job leaves behind."""
    one = folder / name
    one.mkdir(parents=True)
    (one / "outcomes").write_text(outcomes)
    files = {"diff.md": f"### <code>{name}</code>: no changes\n", **files}
    for file, text in files.items():
        (one / file.replace("_", ".")).write_text(text)


def test_failed_stacks_come_first_then_changed_ones_and_the_others_are_named(tmp_path: Path):
    stack(tmp_path, "a-same", cost_txt="12 USD")
    stack(tmp_path, "b-changed", diff_md="### b: **1 replaced**, 2 | 3 updated\nthe broker\n")
    stack(tmp_path, "c-broken", "synth 1\ndiff 1\npolicy 1\ncost 1\n", synth_txt="error stacks/Pulumi.c.yaml: ...")
    text = combined(read_stacks(tmp_path))
    assert text.startswith(MARKER)
    assert text.index("c-broken") < text.index("b-changed") < text.index("a-same")
    assert "| c-broken | **could not be told** | **failed** | **failed** | **failed** |" in text
    assert "| b-changed | **1 replaced**, 2 \\| 3 updated | passed |" in text
    assert "<details open><summary>c-broken: Plan (failed)</summary>\n\n```text\nerror stacks" in text
    assert "the broker" in text
    assert text.count("no changes") == 1, "a stack without a change has its line in the table and no more"


def test_a_job_that_left_nothing_is_not_taken_for_one_without_changes(tmp_path: Path):
    (tmp_path / "dev-msk").mkdir()
    stack(tmp_path, "local")
    text = combined(read_stacks(tmp_path))
    assert "| dev-msk | **could not be told** | not run | not run | not run |" in text


def test_the_table_is_one_where_no_job_left_anything(tmp_path: Path):
    (tmp_path / "dev-msk").mkdir()
    rows = [line for line in combined(read_stacks(tmp_path)).splitlines() if line.startswith("|")]
    assert [row.count("|") for row in rows] == [3, 3, 3]


def test_a_failed_difference_is_told_by_its_message_not_by_half_a_file(tmp_path: Path):
    stack(tmp_path, "local", "diff 1\n", diff_md="### local: no changes", diff_txt="the branch does not evaluate")
    text = combined(read_stacks(tmp_path))
    assert "the branch does not evaluate" in text
    assert "no changes" not in text


def test_the_preview_comes_from_a_job_of_its_own(tmp_path: Path):
    stack(tmp_path, "dev-msk", preview_md="### dev-msk: 1 to replace\nthe lake")
    (tmp_path / "dev-msk" / "outcomes-preview").write_text("preview 0\n")
    text = combined(read_stacks(tmp_path))
    assert "| dev-msk | no changes | passed | passed | passed | 1 to replace |" in text
    assert "<details open><summary>dev-msk: Preview on the live stack</summary>\n\n### dev-msk" in text


@pytest.mark.parametrize("limit", [LIMIT, 20_000, 3_000])
def test_the_size_is_kept_and_small_parts_stay_whole(tmp_path: Path, limit: int):
    for number in range(8):
        fold = "<details><summary>all</summary>\n\n```diff\n" + "+ é line of change\n" * 9_000 + "```\n\n</details>\n"
        stack(tmp_path, f"stack-{number}", diff_md=f"### s: 9000 changes\n{fold}", cost_txt="a line of cost")
    text = combined(read_stacks(tmp_path), limit)
    assert len(text.encode()) <= limit
    assert all(f"| stack-{number} |" in text for number in range(8))
    assert text.count("<details") == text.count("</details>")
    assert text.count("```") % 2 == 0
    assert "The rest is cut here" in text
    if limit > 3_000:
        assert text.count("a line of cost") == 8
        assert len(text.encode()) > limit * 0.9, "the room is used"


def test_a_cut_closes_what_is_open():
    text = "<details>\n\n````text\n```\n" + "word\n" * 100 + "````\n</details>"
    short = cut(text, 150)
    assert len(short.encode()) <= 150
    assert short.count("````") == 2
    assert short.count("</details>") == 1
    assert cut("short", 150) == "short"


def test_what_a_program_printed_cannot_leave_its_code_block(tmp_path: Path):
    stack(tmp_path, "local", "policy 1\n", policy_txt="\x1b[31mred\x1b[0m\x07   \n````\n# heading")
    text = combined(read_stacks(tmp_path))
    assert "`````text\nred\n````\n# heading\n`````" in text


@pytest.mark.parametrize("content", ["missing", "empty", "odd"])
def test_a_folder_without_reports_is_told(tmp_path: Path, content: str):
    folder = tmp_path / "reports"
    if content != "missing":
        folder.mkdir()
    if content == "odd":
        (folder / "Not A Stack!").mkdir()
    with pytest.raises(PlatformError, match="streamctl report: DIR"):
        report(folder, None)


def test_the_file_is_written_or_the_reason_told(tmp_path: Path):
    stack(tmp_path / "in", "local")
    report(tmp_path / "in", tmp_path / "comment.md")
    assert (tmp_path / "comment.md").read_text().startswith(MARKER)
    with pytest.raises(PlatformError, match="--output"):
        report(tmp_path / "in", tmp_path / "no" / "comment.md")


def test_the_report_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    stack(tmp_path / "in", "a-same", "synth 0\ndiff 0\n")
    stack(tmp_path / "in", "c-broken", "synth 1\n", diff_md="")
    report(tmp_path / "in", None, as_json=True)
    content = json.loads(capsys.readouterr().out)
    assert content["markdown"] == combined(read_stacks(tmp_path / "in"))
    assert content["stacks"] == [
        {
            "stack": "c-broken",
            "failed": True,
            "change": None,
            "steps": [{"name": "synth", "status": 1, "heading": ""}],
        },
        {
            "stack": "a-same",
            "failed": False,
            "change": "no changes",
            "steps": [
                {"name": "synth", "status": 0, "heading": ""},
                {"name": "diff", "status": 0, "heading": "no changes"},
            ],
        },
    ]
    report(tmp_path / "in", tmp_path / "comment.md", as_json=True)
    assert json.loads(capsys.readouterr().out)["output"] == str(tmp_path / "comment.md")
    assert (tmp_path / "comment.md").read_text() == content["markdown"]
