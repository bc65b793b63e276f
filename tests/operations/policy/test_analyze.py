"""The pack on a Plan: levels, unknown values, remediation, exclusions, and what a broken policy does."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from components.errors import PlatformError
from operations.plan.plan import Plan
from operations.policy.analyze import Finding, Pack, PolicyConfig
from operations.policy.requests import stack_request
from policies.environment import TAG
from policies.framework import Policy, Resource, Stack
from policies.pack import policies, sdk_policies
from policies.subject import UNKNOWN
from tests.components.plans import plan_of

BUCKET = "aws:s3/bucket:Bucket"
DAY = datetime.date(2026, 11, 20)


def tagged(resource: Resource) -> Iterator[str]:
    if "owner" not in resource.value("tags", default={}):
        yield "no owner"


def limited(resource: Resource) -> Iterator[str]:
    if resource.value("days", default=0) > resource.config["days"]:
        yield f"{resource.value('days')} days, {'prod' if resource.production else 'not prod'}"


def broken(resource: Resource) -> Iterator[str]:
    yield resource.props["nothing"]


def joined(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for bucket in stack.of(BUCKET):
        with stack.judging(bucket):
            if not bucket.value("arn"):
                yield bucket, "no arn"


def a_policy(name: str, **more: Any) -> Policy:
    return Policy(name, (BUCKET,), "high", ("SOC 2 CC6.1",), "It breaks.", "Mend it.", "https://example.com", **more)


TAGGED = a_policy(
    "s3-tagged", check=tagged, remediate=lambda one: {"tags": {**one.value("tags", default={}), "owner": "me"}}
)
LIMITED = a_policy("s3-limited", check=limited, config={"days": {"type": "integer", "default": 30}})
BROKEN = a_policy("s3-broken", check=broken)
JOINED = a_policy("s3-joined", stack_check=joined)


def bucket(name: str = "lake", outputs: dict[str, Any] | None = None, **inputs: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:test::streaming-platform::{BUCKET}::{name}"
    return {"urn": urn, "type": BUCKET, "custom": True, "inputs": inputs, "outputs": {**inputs, **(outputs or {})}}


def judged(
    policy: Policy, *records: dict[str, Any], config: PolicyConfig | None = None, environment: str = "dev"
) -> list[Finding]:
    pack = Pack({policy.name: config} if config else {}, environment, DAY, [policy])
    return pack.judge(Plan("streaming-platform", "test", list(records)))


def test_a_finding_says_what_was_found_where() -> None:
    (finding,) = judged(TAGGED, bucket(tags={"a": "b"}), {**bucket("role"), "type": "aws:iam/role:Role"})
    assert (finding.policy, finding.level, finding.found) == (TAGGED, "mandatory", "no owner")
    assert (finding.name, finding.type, finding.urn) == ("lake", BUCKET, bucket()["urn"])
    assert finding.remediable
    assert not finding.unknown


@pytest.mark.parametrize(("level", "expected"), [("advisory", ["advisory"]), ("disabled", []), (None, ["mandatory"])])
def test_the_level_is_the_configured_one(level: str | None, expected: list[str]) -> None:
    assert [one.level for one in judged(TAGGED, bucket(), config=PolicyConfig(level))] == expected


def test_at_level_remediate_the_engine_would_mend_it() -> None:
    remediate = PolicyConfig("remediate")
    assert [one.level for one in judged(TAGGED, bucket(tags={"a": "b"}), config=remediate)] == ["remediate"]
    # Tags that are not known cannot be completed, and the policy says so.
    (unknown,) = judged(TAGGED, bucket(tags=UNKNOWN), config=remediate)
    assert (unknown.level, unknown.unknown, unknown.found) == ("advisory", True, "tags")
    # What a remediation does not mend stays a violation.
    futile = a_policy("s3-futile", check=tagged, remediate=lambda one: {"acl": "private"})
    assert [one.level for one in judged(futile, bucket(), config=remediate)] == ["mandatory"]


def test_a_policy_has_its_configuration_and_the_environment() -> None:
    assert not judged(LIMITED, bucket(days=30))
    assert [one.found for one in judged(LIMITED, bucket(days=31))] == ["31 days, not prod"]
    (finding,) = judged(LIMITED, bucket(days=8), config=PolicyConfig(None, {"days": 7}), environment="prod")
    assert finding.found == "8 days, prod"


@pytest.mark.parametrize(("until", "spoken"), [("2026-11-20", []), ("2026-11-19", ["lake"])])
def test_an_exclusion_holds_until_its_last_day(until: str, spoken: list[str]) -> None:
    exclude = [{"resource": "*::lake", "reason": "by hand", "until": until}]
    config = PolicyConfig(None, {"exclude": exclude})
    for policy in (TAGGED, a_policy("s3-none", stack_check=lambda stack: ((one, "x") for one in stack.resources))):
        findings = judged(policy, bucket("lake"), bucket("state"), config=config)
        assert [one.name for one in findings] == [*spoken, "state"]


def test_an_unknown_value_is_one_advisory_finding_for_each_resource() -> None:
    unknown = {"arn": UNKNOWN}
    findings = judged(JOINED, bucket("a", unknown), bucket("b", {"arn": ""}), bucket("c", unknown), bucket("d", {}))
    assert [(one.name, one.found, one.unknown, one.level) for one in findings] == [
        ("b", "no arn", False, "mandatory"),
        ("d", "no arn", False, "mandatory"),
        ("a", "arn", True, "advisory"),
        ("c", "arn", True, "advisory"),
    ]
    # A name with spaces, which Kubernetes and Datadog know.
    (named,) = judged(JOINED, bucket("the lake: of all", unknown))
    assert (named.name, named.found) == ("the lake: of all", "arn")


def test_a_policy_that_fails_is_an_error_that_names_it() -> None:
    with pytest.raises(PlatformError) as raised:
        judged(BROKEN, bucket())
    (mistake,) = raised.value.mistakes
    assert "s3-broken" in mistake.found
    assert "KeyError: 'nothing'" in mistake.found


def test_secrets_of_a_plan_are_masked_and_files_may_be_missing() -> None:
    signature = "4dabf18193072939515e22adb298388d"
    secret = {signature: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"[secret]"'}
    asset = {signature: "c44067f5952c0a294b673a41bacd8c17", "hash": "ab"}
    archive = {signature: "0def7320c3a5731c473e5ecbe6d01bc7", "hash": "ab"}
    reference = {signature: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "urn:x", "id": ""}
    seen: list[Any] = []

    def look(resource: Resource) -> Iterator[str]:
        seen.extend([resource.value("password"), resource.value("cluster"), "source" in resource.props])
        yield from ()

    judged(a_policy("s3-look", check=look), bucket(password=secret, source=asset, code=archive, cluster=reference))
    assert seen == ["[secret]", "urn:x", True]


def test_reading_the_resources_once_changes_nothing() -> None:
    """The pack in one process shares what the SDK's analyzer reads; the engine's analyzer reads it for every policy."""
    plan = plan_of("existing-cluster")
    pack = Pack({}, "dev", DAY)
    shared = {(one.policy.name, one.urn, one.unknown) for one in pack.judge_stack(plan)}
    plain = _PolicyAnalyzerServicer("plain", "0.0.1", list(sdk_policies()), EnforcementLevel.MANDATORY)
    plain.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(tags={TAG: "dev"}), None)
    said = plain.AnalyzeStack(stack_request(plan), None).diagnostics
    spoken = {(one.policyName, one.urn, False) for one in said if not one.message.startswith("can't run")}
    assert {one for one in shared if not one[2]} == spoken
    silent = {one.policyName for one in said if one.message.startswith("can't run")}
    assert {one[0] for one in shared if one[2]} == silent
    assert any(policy.stack_check for policy in policies())
