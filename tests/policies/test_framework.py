"""What a check sees of a resource and of a stack, and what makes a policy."""

from typing import Any

import pytest

from policies.framework import POLICIES, Policy, Resource, Stack, Unknown, is_custom, policy
from policies.subject import MASKED, UNKNOWN

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"[secret]"'}


def resource(**properties: Any) -> Resource:
    return Resource("aws:s3/bucket:Bucket", "lake", "urn:lake", properties)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("tags", "a"), 1),
        (("rules", 0, "days"), 30),
        (("rules", 0), {"days": 30}),
        (("tags",), {"a": 1}),
        (("none",), "default"),
        (("nothing",), "default"),
        (("tags", "b", "c"), "default"),
        (("rules", 7), "default"),
        (("rules", "days"), "default"),
        (("text", "inside"), "default"),
        (("off",), False),
    ],
)
def test_a_value_is_found_at_its_path_or_is_the_default(path: tuple[str | int, ...], expected: Any) -> None:
    # Whole numbers come off the wire as 30.0.
    one = resource(tags={"a": 1.0}, rules=[{"days": 30.0}], nothing=None, text="x", off=False)
    found = one.value(*path, default="default")
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("path", [("a", "b"), ("a",), ("list",), ("list", 1), ("a", "b", "c")])
def test_an_unknown_on_the_way_at_the_end_or_inside_is_not_passed(path: tuple[str | int, ...]) -> None:
    one = resource(a={"b": UNKNOWN, "c": 1}, list=["x", UNKNOWN])
    with pytest.raises(Unknown) as raised:
        one.value(*path, default="harmless")
    assert raised.value.property in {"a.b", "list.1"}
    assert raised.value.urn == "urn:lake"
    assert one.value("a", "c") == 1


def test_a_masked_secret_is_a_mask_and_what_is_in_it_is_unknown() -> None:
    one = resource(password=SECRET, spec={"env": [SECRET]})
    assert one.value("password") == MASKED
    assert one.value("spec") == {"env": [MASKED]}
    with pytest.raises(Unknown, match="password"):
        one.value("password", "length")


def test_a_document_is_read_and_never_guessed() -> None:
    one = resource(policy='{"Statement": []}', partly=f'{{"Resource": "{UNKNOWN}"}}', broken="{", parsed={"a": 1})
    assert one.document("policy") == {"Statement": []}
    assert one.document("parsed") == {"a": 1}
    assert one.document("none", default={}) == {}
    for name in ("partly", "broken"):
        with pytest.raises(Unknown, match=name):
            one.document(name)


@pytest.mark.parametrize(
    "use",
    [bool, str, len, list, hash, lambda value: value == "x", lambda value: value["a"], lambda value: value.get("a")],
)
def test_whatever_is_done_with_an_unknown_property_raises(use: Any) -> None:
    unknown = resource(a={"b": UNKNOWN}).props["a"]["b"]
    with pytest.raises(Unknown, match=r"a\.b is not known yet"):
        use(unknown)


def test_resources_are_joined_by_what_they_refer_to() -> None:
    bucket = resource()
    policy = Resource("p", "policy", "urn:policy", {"bucket": UNKNOWN}, property_dependencies={"bucket": ["urn:lake"]})
    stack = Stack([bucket, policy], {}, production=False)
    assert stack.names(policy, "bucket") == {bucket}
    assert stack.names(policy, "policy") == set()
    assert stack.of("p") == [policy]
    assert stack.get("urn:lake") is bucket


def test_an_unknown_ends_the_judgement_of_its_resource_only() -> None:
    stack = Stack([resource(a=UNKNOWN), resource(a=1)], {}, production=False)
    judged = []
    for one in stack.resources:
        with stack.judging(one):
            judged.append(one.value("a"))
    assert judged == [1]
    assert [(one.property, one.urn) for one in stack.not_known] == [("a", "urn:lake")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Eks Public"}, "kebab case"),
        ({"types": "aws:s3/bucket:Bucket"}, "types"),
        ({"severity": "urgent"}, "severity"),
        ({"remedy": " "}, "a reason and a remedy"),
        ({"url": "http://docs"}, "url"),
        ({"controls": "CIS"}, "controls"),
        ({"config": {"days": {"type": "integer"}}}, "type and default"),
        ({"config": {"exclude": {"type": "array", "default": []}}}, "config keys"),
        ({}, "a name of its own"),
    ],
)
def test_a_policy_without_complete_metadata_is_refused(change: dict[str, Any], message: str) -> None:
    from policies.pack import policies

    policies()
    if message == "a name of its own":
        change = {"name": policies()[0].name}
    metadata: dict[str, Any] = {
        "name": "test-complete",
        "types": ("a:b:C",),
        "severity": "low",
        "reason": "It breaks.",
        "remedy": "Mend it.",
        "url": "https://example.com",
        **change,
    }
    before = dict(POLICIES)
    with pytest.raises(ValueError, match=message):
        policy(metadata.pop("name"), **metadata)(lambda one: iter(()))
    assert before == POLICIES


def test_components_are_not_custom_resources() -> None:
    every = Policy("a-b", ("*",), "low", (), "r", "m", "https://x")
    for type_ in ("aws:s3/bucket:Bucket", "kubernetes:helm.sh/v3:Release", "confluentcloud:index/apiKey:ApiKey"):
        assert is_custom(type_)
        assert every.applies_to(type_)
    for type_ in ("pulumi:pulumi:Stack", "pulumi:providers:aws", "streaming-platform:index:Msk", "eks:index:Cluster"):
        assert not every.applies_to(type_)
    assert Policy("a-b", ("eks:index:Cluster",), "low", (), "r", "m", "https://x").applies_to("eks:index:Cluster")
