"""The pack as the engine starts and asks it, and what a pack may hold."""

import ast
import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policies import environment as environments
from policies import exclusions
from policies.environment import environment
from policies.pack import NAME, policies
from policies.subject import UNKNOWN

PACK = Path(environments.__file__).parent
URN = "urn:pulumi:dev-msk::streaming-platform::aws:s3/bucket:Bucket::lake"


@pytest.fixture(scope="module")
def analyzer() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The pack in a process of its own, started as Pulumi's language host for Python does (RunPlugin in
    sdk/python/cmd/pulumi-language-python/main.go of pulumi/pulumi): inside its folder, with the stack's configuration
    in PULUMI_CONFIG."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)],
        cwd=PACK,
        stdout=subprocess.PIPE,
        env={**os.environ, "PULUMI_CONFIG": json.dumps({"streaming-platform:environment": "prod"})},
    )
    assert process.stdout is not None
    port = process.stdout.readline().decode().strip()
    assert port.isdigit(), "the pack does not start"
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield analyzer_pb2_grpc.AnalyzerStub(channel)
    process.terminate()
    process.wait()
    process.stdout.close()


def said(analyzer: Any, type_: str, **properties: Any) -> dict[str, Any]:
    """Policy -> its diagnostic about one resource."""
    struct = struct_pb2.Struct()
    struct.update(properties)
    request = analyzer_pb2.AnalyzeRequest(type=type_, urn=URN, name="lake", properties=struct)
    return {one.policyName: one for one in analyzer.Analyze(request).diagnostics}


def test_the_engine_is_told_of_every_policy(analyzer: Any) -> None:
    info = analyzer.GetAnalyzerInfo(empty_pb2.Empty())
    assert info.name == NAME
    assert info.supportsConfig
    told = {one.name: one for one in info.policies}
    assert list(told) == [one.name for one in policies()]
    for policy in policies():
        one = told[policy.name]
        assert one.description == policy.reason
        assert one.enforcementLevel == analyzer_pb2.MANDATORY
        assert analyzer_pb2.PolicySeverity.Name(one.severity) == f"POLICY_SEVERITY_{policy.severity.upper()}"
        assert (one.remediation_steps, one.url) == (policy.remedy, policy.url)
        assert set(policy.controls) <= set(one.tags)
        assert set(one.configSchema.properties) == {"exclude", *policy.config}


def test_the_engine_hears_what_was_found_why_and_what_to_do(analyzer: Any) -> None:
    found = said(analyzer, "aws:s3/bucket:Bucket", bucket="lake")["general-tags"]
    policy = next(one for one in policies() if one.name == "general-tags")
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    for text in (policy.reason, policy.remedy, policy.url):
        assert text in found.message


def test_a_mandatory_policy_says_what_it_cannot_judge_and_stops_nothing(analyzer: Any) -> None:
    found = said(analyzer, "aws:s3/bucket:Bucket", bucket="lake", tags=UNKNOWN)["general-tags"]
    assert found.enforcementLevel == analyzer_pb2.ADVISORY
    assert f"tags of {URN} is not known before `up`" in found.message


def test_the_engine_configures_levels_and_exclusions(analyzer: Any) -> None:
    def configure(**config: Any) -> None:
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for key, value in config.items():
            name = key.replace("_", "-")
            request.policyConfig[name].enforcementLevel = value.pop("level", analyzer_pb2.MANDATORY)
            request.policyConfig[name].properties.update(value)
        analyzer.Configure(request)

    try:
        configure(general_tags={"level": analyzer_pb2.DISABLED})
        assert "general-tags" not in said(analyzer, "aws:s3/bucket:Bucket")
        exclusion = {"resource": "*::lake", "reason": "made by hand", "until": "2999-12-31"}
        configure(general_tags={"exclude": [exclusion]})
        assert "general-tags" not in said(analyzer, "aws:s3/bucket:Bucket")
        configure(general_tags={"exclude": [{**exclusion, "until": "2020-01-31"}]})
        ended = said(analyzer, "aws:s3/bucket:Bucket")["general-tags"]
        assert ended.enforcementLevel == analyzer_pb2.MANDATORY
        assert "its exclusion ended on 2020-01-31" in ended.message
    finally:
        configure()


def test_the_stacks_configuration_says_that_it_is_production(analyzer: Any) -> None:
    # The name of the stack is dev-msk; PULUMI_CONFIG says prod.
    assert "general-stateful-protected" in said(analyzer, "aws:s3/bucket:Bucket", bucket="lake")


@pytest.mark.parametrize(
    ("stack_tags", "config", "own_tags", "stack", "expected"),
    [
        ({"environment": "dev"}, "prod", {"environment": "prod"}, "prod-msk", "dev"),
        ({}, "dev", {"environment": "prod"}, "prod-msk", "dev"),
        ({}, "", {"environment": "prod"}, "dev-msk", "prod"),
        ({}, "", {}, "prod-msk", "prod"),
        ({}, "", {}, "msk.production", "prod"),
        ({}, "", {}, "product-catalogue", ""),
        ({}, "", {}, "dev-msk", ""),
    ],
)
def test_the_environment_comes_from_who_knows_best(
    monkeypatch: pytest.MonkeyPatch, stack_tags: Any, config: str, own_tags: Any, stack: str, expected: str
) -> None:
    text = json.dumps({"streaming-platform:environment": config} if config else {"other:key": "prod"})
    monkeypatch.setenv("PULUMI_CONFIG", text)
    assert environment(stack_tags, f"urn:pulumi:{stack}::p::t::n", own_tags) == expected


def test_the_last_day_of_an_exclusion_counts() -> None:
    exclude = exclusions.Exclusions({"exclude": [{"resource": "*$aws:s3*::lake[1]", "until": "2026-11-20"}]})
    urn = "urn:pulumi:s::p::c$aws:s3/bucket:Bucket::lake[1]"
    with exclusions.on(datetime.date(2026, 11, 20)):
        assert exclude.cover(urn)
        assert not exclude.cover(urn.replace("[1]", "1"))
    with exclusions.on(datetime.date(2026, 11, 21)):
        assert not exclude.cover(urn)
        assert exclude.ended(urn) == " (its exclusion ended on 2026-11-20)"
        assert exclude.ended("urn:other") == ""


def modules() -> list[Path]:
    return sorted(PACK.glob("*.py"))


def test_no_module_has_the_name_of_one_of_pythons() -> None:
    # The engine starts Python inside this folder, where `import secrets` would find ours.
    assert [path.stem for path in modules() if path.stem in sys.stdlib_module_names] == []


def test_the_pack_imports_the_sdk_and_python_only() -> None:
    # The engine runs it in an environment of its own (policies/requirements.txt).
    allowed = sys.stdlib_module_names | {"pulumi_policy", "policies"}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            foreign = [name for name in names if name.partition(".")[0] not in allowed]
            assert not foreign, f"{path.name} imports {foreign}"


def test_the_version_of_the_sdk_is_the_one_that_the_command_uses() -> None:
    pinned = (PACK / "requirements.txt").read_text(encoding="utf-8").split()
    lines = (PACK.parent / "requirements-local.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("pulumi-policy==")] == pinned


def test_there_are_enough_policies_each_with_a_control() -> None:
    assert len(policies()) >= 60
    areas = {policy.area for policy in policies()}
    assert {"eks", "msk", "s3", "iam", "confluent", "kubernetes", "general"} <= areas
