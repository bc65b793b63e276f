"""What differs between two values: paths, JSON as data, secrets, unknowns."""

import json
from typing import Any

import pytest

from operations.diff.properties import differences, general, uncertain_secrets, without_defaults
from operations.plan.values import REDACTED, UNKNOWN


def found(old: Any, new: Any) -> list[tuple[str, str]]:
    return [(one.path, one.kind) for one in differences(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [("a.b", "changed")]),
        ({}, {"a": 1}, [("a", "added")]),
        ({"a": 1}, {}, [("a", "removed")]),
        ({"a": {"x.y/z": 1}}, {"a": {"x.y/z": 2}}, [('a["x.y/z"]', "changed")]),
        ({"a": None}, {}, []),
        ({"a": []}, {}, []),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, [("a", "order")]),
        ({"a": ["x", "y"]}, {"a": ["n", "x", "y"]}, [("a[0]", "added")]),
        ({"a": [{"n": 1}, {"n": 2}]}, {"a": [{"n": 1}, {"n": 3}]}, [("a[1].n", "changed")]),
        ({"a": "x"}, {"a": UNKNOWN}, [("a", "later")]),
        ({"a": UNKNOWN}, {"a": UNKNOWN}, []),
        ({"a": "x"}, {"a": ["x"]}, [("a", "changed")]),
    ],
)
def test_differences(old: Any, new: Any, expected: list[tuple[str, str]]):
    assert found(old, new) == expected


def test_json_texts_are_compared_as_data():
    old = json.dumps({"Statement": [{"Action": "s3:GetObject"}], "Version": "2012-10-17"})
    new = json.dumps({"Version": "2012-10-17", "Statement": [{"Action": "s3:*"}]}, indent=2)
    assert found({"policy": old}, {"policy": new}) == [("policy.Statement[0].Action", "changed")]
    other = json.dumps(json.loads(old), indent=1)
    assert found({"policy": old}, {"policy": other}) == [("policy", "format")]


def test_masked_secrets_are_no_difference_but_counted():
    values = {"password": dict(REDACTED), "list": [dict(REDACTED)]}
    assert found(values, values) == []
    assert sorted(uncertain_secrets(values, values)) == ["list[0]", "password"]


def test_a_secret_that_becomes_plain_is_a_difference():
    assert found({"p": dict(REDACTED)}, {"p": "x"}) == [("p", "changed")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("plaintext:1", "plaintext:1", []),
        ("plaintext:1", "plaintext:2", [("p", "secret")]),
        ("ciphertext:1", "ciphertext:2", [("p", "secret?")]),
        ("ciphertext:1", "plaintext:2", [("p", "secret?")]),
    ],
)
def test_fingerprints_tell_what_can_be_told(old: str, new: str, expected: list[tuple[str, str]]):
    base, head = ({"p": {**REDACTED, "fingerprint": one}} for one in (old, new))
    assert found(base, head) == expected
    # Where both sides show the text it is told, and not also called unknown.
    assert uncertain_secrets(base, head) == ([] if old == new or expected == [("p", "secret")] else ["p"])


def test_what_a_provider_filled_in_is_no_input():
    state = {"a": 1, "acl": "private", "__defaults": ["acl", "a"], "__internal": {}}
    assert without_defaults(state, {"a": 1}) == {"a": 1}


def test_positions_are_not_part_of_a_schema_path():
    assert general('rules[0].filter["a.b"].prefix') == "rules.filter.prefix"
