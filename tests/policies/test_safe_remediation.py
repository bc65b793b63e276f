"""What the engine may mend by itself at enforcement level `remediate`."""

from typing import Any

import pytest

from operations.plan.plan import Plan
from operations.policy.analyze import Pack, PolicyConfig


@pytest.mark.parametrize(
    ("policy", "type_", "props"),
    [
        ("kms-rotation", "aws:kms/key:Key", {"enableKeyRotation": False}),
        ("kms-rotation", "aws:kms/key:Key", {"enableKeyRotation": True, "rotationPeriodInDays": 2560}),
        ("ecr-scanned", "aws:ecr/repository:Repository", {"name": "claims"}),
    ],
)
def test_the_change_satisfies_the_policy(policy: str, type_: str, props: dict[str, Any]) -> None:
    record = {
        "urn": f"urn:pulumi:case::streaming-platform::{type_}::it",
        "type": type_,
        "custom": True,
        "inputs": props,
        "outputs": props,
    }
    said = Pack({policy: PolicyConfig("remediate")}, "dev").judge(Plan("streaming-platform", "case", [record]))
    assert [one.remediable for one in said if one.policy.name == policy] == [True]
