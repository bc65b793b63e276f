"""What the policies about every resource do that a case cannot show: options, and tags that are added."""

from typing import Any

from operations.plan.plan import Plan
from operations.policy.analyze import Finding, Pack, PolicyConfig
from policies.general import _with_tags
from policies.subject import UNKNOWN, Resource

VPC_URN = (
    "urn:pulumi:prod-x::streaming-platform::streaming-platform:index:Platform$streaming-platform:index:StateStore"
    "$aws:ec2/vpc:Vpc::network"
)


def judged(policy: str, record: dict[str, Any], level: str | None = None) -> list[Finding]:
    """What one policy says about one resource in production."""
    plan = Plan("streaming-platform", "prod-x", [record])
    findings = Pack({policy: PolicyConfig(level)}, "prod").judge(plan)
    return [finding for finding in findings if finding.policy.name == policy]


def test_what_holds_data_is_not_deleted_before_it_is_replaced() -> None:
    type_ = "aws:rds/instance:Instance"
    record = {"urn": f"urn:pulumi:prod-x::p::{type_}::it", "type": type_, "custom": True, "protect": True}
    assert not judged("general-stateful-protected", record)
    (finding,) = judged("general-stateful-protected", {**record, "deleteBeforeReplace": True})
    assert "delete_before_replace" in finding.found


def test_missing_tags_are_added_and_others_stay() -> None:
    given = {"project": "streaming-platform", "component": "mine", "Name": UNKNOWN}
    resource = Resource("aws:ec2/vpc:Vpc", "network", VPC_URN, {"tags": given}, production=True)
    assert _with_tags(resource) == {
        "tags": {
            "project": "streaming-platform",
            "stack": "prod-x",
            "environment": "prod",
            "component": "mine",
            "managed-by": "pulumi",
            "Name": UNKNOWN,
        }
    }


def test_the_component_is_the_one_around_the_resource() -> None:
    resource = Resource("aws:ec2/vpc:Vpc", "network", VPC_URN, {}, production=True)
    assert _with_tags(resource)["tags"]["component"] == "state-store"


def test_the_pack_adds_the_tags_where_it_is_told_to() -> None:
    record = {"urn": VPC_URN, "type": "aws:ec2/vpc:Vpc", "custom": True, "inputs": {"cidrBlock": "10.0.0.0/16"}}
    assert [finding.level for finding in judged("general-tags", record)] == ["mandatory"]
    assert [finding.level for finding in judged("general-tags", record, "remediate")] == ["remediate"]
