"""The script that posts the comment, run by node with a GitHub that only notes what it is asked."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from operations.plan.stack_file import ROOT
from operations.report.combine import MARKER
from tests.workflows.files import steps

SCRIPT = next(
    step["with"]["script"]
    for step in steps(ROOT / ".github" / "workflows" / "comment.yml")
    if "script" in step.get("with", {})
)
RUN = {
    "id": 7,
    "html_url": "https://github.com/acme/platform/actions/runs/7",
    "head_sha": "a" * 40,
    "head_branch": "topic",
    "head_repository": {"id": 2, "owner": {"login": "somebody"}},
}
PULL = {"number": 5, "head": {"sha": "a" * 40, "repo": {"id": 2}}}
HARNESS = """
const { pulls, comments, run } = JSON.parse(process.argv[1]);
const done = [];
const github = {
  paginate: async (call, given) => { done.push({ call, given }); return call === 'pulls' ? pulls : comments; },
  rest: {
    pulls: { list: 'pulls' },
    issues: {
      listComments: 'comments',
      createComment: async (given) => done.push({ call: 'create', given }),
      updateComment: async (given) => done.push({ call: 'update', given }),
    },
  },
};
const note = (call) => (text) => done.push({ call, text });
const core = { info: note('info'), setFailed: note('failed') };
const context = { payload: { workflow_run: run }, repo: { owner: 'acme', repo: 'platform' } };
(async () => {
%s
})().then(() => console.log(JSON.stringify(done)));
"""

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: the script is not run")


def post(tmp_path: Path, text: str | None, **other: Any) -> list[dict[str, Any]]:
    """What the script asks of GitHub."""
    file = tmp_path / "comment.md"
    if text is not None:
        file.write_text(text)
    given = {"pulls": [PULL], "comments": [], "run": RUN, **other}
    done = subprocess.run(
        ["node", "-e", HARNESS % SCRIPT, json.dumps(given)],
        env={"FILE": str(file), "PATH": "/usr/bin:/bin:/usr/local/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_comment_is_made_once_and_then_updated(tmp_path: Path):
    made = post(tmp_path, f"{MARKER}\n### Report")
    assert made[0]["given"]["head"] == "somebody:topic"
    assert made[-1]["call"] == "create"
    assert made[-1]["given"]["issue_number"] == 5
    body = made[-1]["given"]["body"]
    assert body.startswith(MARKER)
    assert body.count("<!--") == 1
    others = [
        {"id": 1, "body": MARKER, "user": {"login": "somebody"}},
        {"id": 2, "body": body, "user": {"login": "github-actions[bot]"}},
    ]
    again = post(tmp_path, f"{MARKER}\n### Report", comments=others)
    assert again[-1]["call"] == "update"
    assert again[-1]["given"]["comment_id"] == 2, "somebody else's comment is never touched"


@pytest.mark.parametrize(
    "pull",
    [
        {"number": 9, "head": {"sha": "b" * 40, "repo": {"id": 2}}},
        {"number": 9, "head": {"sha": "a" * 40, "repo": {"id": 3}}},
        {"number": 9, "head": {"sha": "a" * 40, "repo": None}},
    ],
    ids=["an older commit", "another repository", "a repository that is gone"],
)
def test_nothing_is_posted_to_another_pull_request(tmp_path: Path, pull: dict[str, Any]):
    assert [one["call"] for one in post(tmp_path, "text", pulls=[pull])] == ["pulls", "info"]


def test_the_text_of_a_fork_calls_nobody_hides_nothing_and_has_a_size(tmp_path: Path):
    text = "@everyone look <!-- hidden --> here <!-- streamctl report -->" + "x" * 90_000
    body = post(tmp_path, text)[-1]["given"]["body"]
    assert "@everyone" not in body
    assert "hidden" not in body
    assert body.count("<!--") == 1
    assert len(body) <= 65_536
    assert "written by that commit's code" in body
    assert post(tmp_path, "x" * 300_000)[-1]["call"] == "failed"


def test_a_run_without_a_report_says_so(tmp_path: Path):
    assert "could not be made" in post(tmp_path, None)[-1]["given"]["body"]
