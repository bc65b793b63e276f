"""Secrets are told apart from plain text where the engine hands both over as text."""

from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from operations.plan.values import UNKNOWN, as_secret
from policies.pack import sdk_policies
from policies.secrecy import SecretText, is_secret, marked


def said(name: str, type_: str, properties: dict[str, Any]) -> list[str]:
    """What one policy says about properties as the engine sends them: secrets with their text."""
    chosen: list[Any] = [one for one in sdk_policies() if one.name == name]
    servicer = _PolicyAnalyzerServicer("pack", "0.0.1", chosen, EnforcementLevel.MANDATORY)
    struct = json_format.ParseDict(properties, struct_pb2.Struct())
    request = analyzer_pb2.AnalyzeRequest(
        type=type_, urn=f"urn:pulumi:case::project::{type_}::it", name="it", properties=struct
    )
    return [one.message for one in servicer.Analyze(request, None).diagnostics]


@pytest.mark.parametrize(
    ("name", "type_", "key"),
    [
        ("rds-password-secret", "aws:rds/instance:Instance", "password"),
        ("general-no-plain-secrets", "aws:secretsmanager/secretVersion:SecretVersion", "secretString"),
        ("general-no-plain-secrets", "kubernetes:core/v1:Secret", "stringData"),
    ],
)
def test_the_engine_sends_a_marked_secret_and_no_policy_speaks(name: str, type_: str, key: str) -> None:
    text: object = {"password": "correct horse"} if key == "stringData" else "correct horse"
    assert said(name, type_, {key: text})
    assert not said(name, type_, {key: as_secret(text)})
    assert not said(name, type_, {key: as_secret(UNKNOWN)})


def test_no_message_repeats_the_secret() -> None:
    for message in said(
        "general-no-plain-secrets", "aws:x/y:Z", {"password": "correct horse", "url": "a://b:battery@c"}
    ):
        assert "correct horse" not in message
        assert "battery" not in message


def test_a_mark_reaches_every_text_and_changes_no_value() -> None:
    value = {"login": ["ada", {"password": "battery"}], "port": 5432, "tls": True}
    assert marked(value) == value
    assert is_secret(marked(value)["login"][1]["password"])
    assert isinstance(marked("x"), SecretText)
    assert not is_secret("x")
    assert not is_secret(5432)
