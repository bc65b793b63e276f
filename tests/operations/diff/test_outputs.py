"""What people and workflows read: Markdown under its limit, a terminal of any width, JSON."""

import io
import json
import random
import re

import pytest
from rich.console import Console

from operations.diff.as_json import as_json
from operations.diff.changes import OPERATIONS, Change, Diff, in_order
from operations.diff.compare import compare
from operations.diff.markdown import LIMIT, code, markdown, marker
from operations.diff.properties import Difference
from operations.diff.terminal import show
from operations.diff.text import Section, shortened, sides
from operations.plan.plan import Plan
from operations.plan.values import REDACTED, UNKNOWN
from tests.operations.diff.resources import bucket, plan, resource

COST = Section("Cost", "| a | b |\n|---|---|", "a b", "cost", {"monthly": 1})


def terminal(diff: Diff, width: int = 100) -> str:
    file = io.StringIO()
    show(diff, Console(file=file, width=width, highlight=False), [COST])
    return file.getvalue()


def sample() -> Diff:
    old = bucket("lake", tags={"team": "a|b"}, note="one\ntwo\nthree")
    new = bucket("lake", tags={"team": "@somebody <b>"}, note="one\n2\nthree", bucket="lake-two")
    return compare(plan(old, bucket("gone", bucket="other")), plan(new), "main", "HEAD")


def random_diff(seed: int) -> Diff:
    """Any diff: many changes, long names and values, signs of Markdown, several bytes in one character."""
    chance = random.Random(seed)
    alphabet = "ab |`*_<>&#@\\[]()-\n→ü🙂"

    def text(most: int) -> str:
        return "".join(chance.choices(alphabet, k=chance.randint(0, most)))

    changes = [
        Change(
            chance.choice(OPERATIONS),
            f"urn:pulumi:s::p::t::{text(200)}",
            chance.choice(["aws:s3/bucket:Bucket", "aws:sqs/queue:Queue", text(100)]),
            tuple(
                Difference(
                    f"p{n}.{text(80)}", chance.choice(["changed", "added", "removed", "secret"]), text(600), text(9)
                )
                for n in range(chance.randint(0, 12))
            ),
            forced_by=(text(50),) * chance.randint(0, 9),
            options=(text(100),) * chance.randint(0, 2),
            remedy=text(300),
        )
        for _ in range(chance.choice([0, 3, 40, 150]))
    ]
    notes = tuple(text(1500) for _ in range(chance.randint(0, 30)))
    return Diff("p", text(100), text(500), text(500), in_order(changes), notes=notes)


@pytest.mark.parametrize("seed", range(8))
def test_markdown_is_never_longer_than_a_comment_may_be(seed: int):
    diff = random_diff(seed)
    section = Section("Cost", "x" * random.Random(seed).choice([10, 100_000]), "", "cost", {})
    text = markdown(diff, [section])
    assert len(text.encode()) <= LIMIT
    assert text.startswith("<!-- streamctl diff: ")
    assert len(markdown(diff, [], limit=5000).encode()) <= 5000


def test_shortened_markdown_says_so_and_keeps_the_loud_part():
    def side(value: str) -> Plan:
        tags = {f"k{n}": value * 90 for n in range(30)}
        return plan(*(bucket(f"b{n}", bucket=f"{value}{n}", tags=tags) for n in range(100)))

    diff = compare(side("x"), side("y"), "a", "b")
    text = markdown(diff)
    assert "Shortened to fit a comment" in text
    assert "Data is at stake: look at 100 changes" in text
    assert "b99" in text


def test_markdown_of_a_diff():
    text = markdown(sample(), [COST])
    assert text.splitlines()[0] == "<!-- streamctl diff: s -->"
    assert text.index("[!CAUTION]") < text.index("Deleted: 1") < text.index("Replaced")
    assert "<code>lake-one</code> | <code>lake-two</code>" in text
    assert "#### Cost" in text
    # Nobody is notified, no cell is broken, no HTML of a value is HTML.
    assert "@somebody" not in text
    assert "a|b" not in text
    assert "<b>somebody" not in text


def test_a_stack_name_cannot_end_the_marker():
    assert marker("a-->b") == "<!-- streamctl diff: a-b -->"


def test_code_has_no_markup_of_its_own():
    assert re.sub(r"</?code>|&#\d+;|&[lg]t;|&amp;", "", code("`|*_[]<>&@x #1")).strip() == "x 1"


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_terminal_shows_the_same(width: int):
    text = terminal(sample(), width)
    assert text.index("DATA IS AT STAKE: 2") < text.index("delete: 1") < text.index("replace: 1")
    assert "forces the replacement" in text
    assert "lake-one" in text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_long_type_is_not_cut_off_at_the_edge_of_the_screen(width: int):
    long = resource("kubernetes:platform.confluent.io/v1beta1:FlinkApplication", "claims-application-in-production")
    assert long["type"] in terminal(compare(plan(), plan(long), "a", "b"), width)


def test_an_empty_diff_says_so_everywhere():
    diff = compare(plan(bucket()), plan(bucket()), "a", "b")
    assert "s: no changes" in terminal(diff)
    assert "no changes" in markdown(diff)
    assert json.loads(as_json(diff))["empty"] is True


def test_json_has_a_stable_layout():
    data = json.loads(as_json(sample(), [COST]))
    assert data["version"] == 1
    assert data["cost"] == {"monthly": 1}
    assert data["counts"] == {"delete": 1, "replace": 1}
    assert len(data["atStake"]) == 2
    replaced = data["changes"][1]
    assert replaced["forcedBy"] == ["bucket"]
    assert {"path": "bucket", "kind": "changed", "old": "lake-one", "new": "lake-two"} in replaced["differences"]
    assert as_json(sample()) == as_json(sample())


def test_no_marker_of_a_secret_is_shown():
    old, new = bucket(password=dict(REDACTED)), bucket(password="now plain")
    diff = compare(plan(old), plan(new), "a", "b")
    for text in (terminal(diff), markdown(diff), as_json(diff)):
        assert "4dabf18193072939515e22adb298388d" not in text
    assert {"secret": True} in [one.get("old") for one in json.loads(as_json(diff))["changes"][0]["differences"]]


def test_values_in_words():
    assert sides(Difference("a", "changed", "x", UNKNOWN)) == ("x", "(known after up)")
    assert sides(Difference("a", "secret", {}, {}))[1] == "[secret], changed"
    assert sides(Difference("a", "changed", "a\nb\nc", "a\nB\nc")) == ("b", "B")
    long = "x" * 500
    old, new = sides(Difference("a", "changed", f"{long}1{long}", f"{long}2{long}"), 60)
    assert "1" in old
    assert "2" in new
    assert max(len(old), len(new)) <= 60
    assert len(shortened(long, 20)) <= 20


def test_the_same_change_of_many_is_shown_once():
    base = [bucket(f"b{n}", bucket=f"n{n}") for n in range(9)]
    head = [bucket(f"b{n}", bucket=f"n{n}", tags={"team": "other"}) for n in range(9)]
    diff = compare(plan(*base), plan(*head), "a", "b")
    assert "9 resources, all the same way" in terminal(diff)
    assert markdown(diff).count("tags.team") == 1
