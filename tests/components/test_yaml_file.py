"""The fast way through a YAML file gives what PyYAML's safe loader gives, or leaves the file to it."""

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import PlatformError
from components.yaml_file import read_yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = [*ROOT.glob("stacks/Pulumi.*.yaml"), *ROOT.glob("applications/*/application.yaml")]

PLAIN = "a 1 -1 0x1F 017 1_000 1.5 1e3 1.e+3 .inf .nan ~ null Null true no On y 12:30 2026-01-01 2026-01-01T00:00:00Z -"
scalars = st.sampled_from(PLAIN.split()) | st.text(max_size=6)
documents = st.recursive(
    scalars | st.integers() | st.floats() | st.booleans() | st.none() | st.dates() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(scalars, inner, max_size=3),
    max_leaves=12,
)


def same(one: Any, two: Any) -> bool:
    """Equal in types too, so that 1 is not True; not-a-number is itself."""
    if type(one) is not type(two):
        return False
    if isinstance(one, dict):
        return list(map(repr, one)) == list(map(repr, two)) and all(map(same, one.values(), two.values()))
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    return one == two or (isinstance(one, float) and math.isnan(one) and math.isnan(two))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("yaml") / "file.yaml"


def check(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    assert same(read_yaml(path), yaml.load(text, yaml.CSafeLoader))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name + "/" + file.name)
def test_the_files_of_this_project(path, file):
    check(path, file.read_text(encoding="utf-8"))


@settings(deadline=None)
@given(documents, st.sampled_from([None, True, False]))
def test_whatever_can_be_written(path, document, flow):
    check(path, yaml.safe_dump(document, allow_unicode=True, default_flow_style=flow))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "---\na: 1\n...\n",
        "a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}",
        "a: !!str 1\nb: !!binary YQ==\nc: !!set {d}",
        "1: a\n2026-01-01: a",
        "a:\nb: ''\nc: |\n  1\nd: >-\n  no\n",
        "- - 1\n- ''",
        *PLAIN.split(),
    ],
)
def test_the_rare_is_read_as_well(path, text):
    check(path, text)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("a: 1\nb: {c: 1, c: 2}", "line 2, column 11", "c stands twice"),
        ("1: a\n1: b", "line 2, column 1", "1 stands twice"),
        ("a: 1\n---\nb: 1", "line 2, column 1", "another document"),
        ("a: 1\n b: 2", "line 2, column 3", "not allowed"),
        ("a: *b", "line 1, column 4", "undefined alias"),
        ("a: !!python/none 1", "line 1, column 4", "could not determine a constructor"),
        ("1: a\n'1': b", "line 2, column 1", "1 stands twice"),
        ("a: 2026-13-01", "", "month"),
        ("[" * 5000, "", "recursion"),
    ],
)
def test_a_mistake_is_told_with_its_place(path, text, place, says):
    path.write_text(text)
    with pytest.raises(PlatformError) as caught:
        read_yaml(path)
    assert caught.value.mistakes[0].key == place
    assert says in caught.value.mistakes[0].found
