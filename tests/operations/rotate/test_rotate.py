"""`streamctl rotate`: one number in one line of a real stack file, by one at a time, and every other byte as it was."""

import json
import stat
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from components.errors import PlatformError
from components.rotation import Rotation
from operations.plan import stack_file
from operations.plan.stack_file import ROOT
from operations.rotate import command
from operations.rotate.stack_text import read_rotation, rewritten, write_rotation

FILE = """# yaml-language-server: $schema=settings.schema.json
# A stack on Confluent Cloud.
encryptionsalt: v1:abc=:v1:def # do not touch
config:
  streaming-platform:environment: prod   # three spaces
  streaming-platform:kafka:
    flavour: confluent_cloud
    cluster: {kind: standard, availability: HIGH}
    key_rotation: {keys: 2, days: 30} # our auditors ask for 90
  # Written by `streamctl rotate`.
  streaming-platform:rotation: {number: 3, since: "2026-10-01"} # by hand: never
  streaming-platform:kafka_password:
    secure: v1:xyz
"""


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "Pulumi.prod-cc.yaml"
    path.write_text(FILE)
    monkeypatch.setattr(stack_file, "STACKS", tmp_path)
    monkeypatch.setattr(command, "STACKS", tmp_path)
    return path


def run(capsys: pytest.CaptureFixture[str], today: str, check: bool = False, applied: int | None = None):
    status = command.rotate("prod-cc", today, check, True, applied)
    return status, json.loads(capsys.readouterr().out)


def test_a_rotation_that_is_due_changes_one_line_and_no_other_byte(stack: Path, capsys: pytest.CaptureFixture[str]):
    status, result = run(capsys, "2026-10-31")
    assert status == 0
    assert stack.read_text() == FILE.replace('{number: 3, since: "2026-10-01"}', '{number: 4, since: "2026-10-31"}')
    assert result["written"] is True
    assert result["due"] is True
    assert (result["added"], result["removed"]) == (["4"], ["2"])
    assert result["after"]["active"] == "4"
    assert result["before"]["active"] == "3", "the active key is not the one that goes"
    assert result["next_due_on"] == "2026-11-30"


def test_a_second_run_on_the_day_changes_nothing(stack: Path, capsys: pytest.CaptureFixture[str]):
    run(capsys, "2026-10-31")
    before = stack.read_bytes(), stack.stat().st_mtime_ns
    _, result = run(capsys, "2026-10-31")
    assert result["due"] is False
    assert (result["added"], result["removed"]) == ([], [])
    assert (stack.read_bytes(), stack.stat().st_mtime_ns) == before


@pytest.mark.parametrize("today", ["2026-10-30", "2026-10-01"])
def test_before_its_day_nothing_is_due(stack: Path, capsys: pytest.CaptureFixture[str], today: str):
    assert run(capsys, today)[1]["due"] is False
    assert stack.read_text() == FILE


def test_a_run_that_is_months_late_advances_by_one(stack: Path, capsys: pytest.CaptureFixture[str]):
    _, result = run(capsys, "2027-06-01")
    assert result["after"]["number"] == 4
    assert len(result["removed"]) == 1
    assert result["days_late"] == 213


def test_a_clock_that_went_back_changes_nothing_and_is_told(stack: Path, capsys: pytest.CaptureFixture[str]):
    _, result = run(capsys, "2020-01-01")
    assert result["clock_went_back"] is True
    assert result["due"] is False
    assert stack.read_text() == FILE


def test_check_writes_nothing_and_tells_by_its_status(stack: Path, capsys: pytest.CaptureFixture[str]):
    assert run(capsys, "2026-10-30", check=True)[0] == 0
    status, result = run(capsys, "2026-10-31", check=True)
    assert (status, result["due"], result["written"]) == (2, True, False)
    assert stack.read_text() == FILE


def test_no_rotation_begins_while_the_one_before_is_not_on_the_stack(stack: Path, capsys: pytest.CaptureFixture[str]):
    # `pulumi up` failed for a month: two numbers further, it would replace two keys, the active one among them.
    _, result = run(capsys, "2026-12-31", applied=2)
    assert (result["waiting_for_up"], result["due"]) == (True, False)
    assert stack.read_text() == FILE
    assert run(capsys, "2026-12-31", applied=3)[1]["due"] is True


def test_years_of_daily_runs_on_a_real_file(stack: Path, capsys: pytest.CaptureFixture[str]):
    day, removed = date(2026, 10, 1), []
    for offset in range(0, 400, 3):
        removed += [run(capsys, (day + timedelta(days=offset)).isoformat())[1]["removed"]]
    assert max(map(len, removed)) == 1
    found = read_rotation(stack, "file")
    assert found is not None
    assert found[0].number == 3 + sum(map(len, removed)) == 3 + 13
    assert stack.read_text().count("\n") == FILE.count("\n")


def test_rights_and_line_ends_of_the_file_stay(stack: Path):
    stack.write_bytes(FILE.replace("\n", "\r\n").encode())
    stack.chmod(0o640)
    write_rotation(stack, Rotation(9, date(2027, 1, 2)), "file")
    assert stat.S_IMODE(stack.stat().st_mode) == 0o640
    content = stack.read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n")
    assert sorted(one.name for one in stack.parent.iterdir()) == [stack.name], "no file is left behind"


def test_a_file_behind_a_link_is_written_where_it_is(stack: Path, tmp_path: Path):
    link = tmp_path / "Pulumi.link.yaml"
    link.symlink_to(stack)
    write_rotation(link, Rotation(4, date(2026, 11, 1)), "file")
    assert link.is_symlink()
    assert "number: 4" in stack.read_text()


def test_nothing_is_written_where_writing_fails(stack: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_rotation(stack, Rotation(4, date(2026, 11, 1)), "file")
    assert stack.read_text() == FILE
    assert [one.name for one in stack.parent.iterdir()] == [stack.name]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('{number: 3, since: "2026-10-01"}', "{number: 3, since: 2026-10-01}", "quotation marks"),
        ('{number: 3, since: "2026-10-01"}', '{number: -1, since: "2026-10-01"}', "number"),
        ('{number: 3, since: "2026-10-01"}', '{number: 3, since: "yesterday"}', "is no day"),
        ('{number: 3, since: "2026-10-01"}', '{number: 3, since: "2026-10-01", until: 4}', "unknown key"),
        ("keys: 2, days: 30", "keys: 1, days: 30", "greater than or equal to 2"),
        ('  streaming-platform:rotation: {number: 3, since: "2026-10-01"} # by hand: never\n', "", "add the line"),
        ("flavour: confluent_cloud", "flavour: msk_standard", "no API keys to rotate"),
    ],
)
def test_a_file_that_is_wrong_is_told_and_left_alone(
    stack: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
):
    text = FILE.replace(old, new)
    assert text != FILE
    stack.write_text(text)
    with pytest.raises(PlatformError, match=message):
        run(capsys, "2027-01-01")
    assert stack.read_text() == text


def test_a_block_of_lines_is_not_guessed_at(stack: Path):
    block = '  streaming-platform:rotation:\n    number: 3\n    since: "2026-10-01"\n'
    text = "".join(block if "rotation: {" in line else line for line in FILE.splitlines(keepends=True))
    with pytest.raises(PlatformError, match="one line"):
        rewritten(text, Rotation(4, date(2026, 11, 1)), "file")


def test_the_key_in_a_comment_is_not_taken_for_the_key():
    text = FILE.replace("# Written by", '# streaming-platform:rotation: {number: 1, since: "2020-01-01"}, written by')
    changed = rewritten(text, Rotation(4, date(2026, 11, 1)), "file")
    assert '# streaming-platform:rotation: {number: 1, since: "2020-01-01"}' in changed
    assert "{number: 4," in changed


def test_the_command_line(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "operations.streamctl", "rotate", "--stack", "dev-msk", "--check", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "no API keys to rotate" in json.loads(done.stdout)["mistakes"][0]["found"]


def workflow() -> dict:
    # YAML reads the key `on` as True.
    return yaml.safe_load((ROOT / ".github" / "workflows" / "rotate.yml").read_text())


def test_the_workflow_runs_by_itself_one_at_a_time_and_with_few_rights():
    content = workflow()
    assert content[True]["schedule"]
    assert content["concurrency"]["cancel-in-progress"] is False
    assert content["permissions"] == {"contents": "read"}
    job = content["jobs"]["rotate"]
    assert job["permissions"] == {"contents": "write", "id-token": "write"}
    assert job["strategy"]["max-parallel"] == 1


def test_the_workflow_commits_the_number_before_any_key_changes():
    steps = workflow()["jobs"]["rotate"]["steps"]
    text = [json.dumps(step) for step in steps]
    rotated = next(i for i, one in enumerate(text) if "./streamctl rotate" in one)
    pushed = next(i for i, one in enumerate(text) if "git push" in one)
    upped = next(i for i, one in enumerate(text) if '"command": "up"' in one)
    assert rotated < pushed < upped
    assert "--applied" in text[rotated]
    assert "if" not in steps[upped], "a run before that failed is brought to its end"


def test_a_failed_check_ends_the_workflow():
    assert workflow()["jobs"]["rotate"]["defaults"]["run"]["shell"] == "bash", "only then there is pipefail"


def test_no_step_of_the_workflow_puts_an_expression_into_a_shell():
    for step in workflow()["jobs"]["rotate"]["steps"]:
        assert "${{" not in step.get("run", ""), "what somebody typed in would be run"
