"""The platform of the stack local, as the program declares it."""

import copy
import json

import pytest
import yaml

from components.errors import PlatformError
from operations.plan.evaluate import synthesise
from operations.plan.plan import Plan
from operations.plan.stack_file import ROOT, StackConfig, load_stack, stack_names
from tests.components.plans import plan_of


@pytest.fixture(scope="module")
def local() -> Plan:
    return synthesise(load_stack("local"))


@pytest.mark.parametrize("stack", stack_names())
def test_every_stack_can_be_synthesised(stack: str):
    plan = plan_of(stack)
    assert plan.resources
    assert not [r["urn"] for r in plan.resources if r["type"] == "pulumi:providers:aws" and "region" not in r["inputs"]]


@pytest.mark.parametrize("stack", stack_names())
def test_every_stack_file_names_its_schema(stack: str):
    first = (ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=settings.schema.json"


def test_every_aws_resource_uses_the_explicit_provider(local: Plan):
    for resource in local.resources:
        if resource["type"].startswith("aws:"):
            assert "pulumi:providers:aws::aws::" in resource["provider"], resource["urn"]


def test_every_taggable_resource_is_tagged(local: Plan):
    for resource in local.resources:
        if "tags" in resource["inputs"]:
            assert resource["inputs"]["tags"]["stack"] == "local"
            assert resource["inputs"]["tags"]["component"]


def test_topics_come_from_the_applications(local: Plan):
    assert local.outputs["topics"].keys() == {"cdc.public.claims", "cdc.public.policies", "telematics.events"}
    assert {topic["replication_factor"] for topic in local.outputs["topics"].values()} == {1}


def test_the_connector_captures_the_tables_of_all_applications_and_holds_no_password(local: Plan):
    ((name, config),) = local.outputs["connectors"].items()
    assert name == "streaming-platform-local-cdc"
    assert config["table.include.list"] == "public.claims,public.policies"
    assert config["database.password"] == "${env:CDC_PASSWORD}"
    assert config["exactly.once.support"] == "required"
    assert config["slot.name"] == "streaming_platform_local_cdc"


def test_jobs_are_rendered_with_what_the_program_made(local: Plan):
    statements = "\n".join(local.outputs["applications"]["claims"]["statements"])
    assert "s3://streaming-platform-local-lake-123456789012/warehouse" in statements
    assert "'properties.bootstrap.servers' = '127.0.0.1:25003'" in statements
    assert local.outputs["applications"]["claims"]["statements"][-1].startswith("EXECUTE STATEMENT SET")


def changed(key: str, value: object) -> StackConfig:
    config = load_stack("local")
    values = copy.deepcopy(config.values)
    values[f"streaming-platform:{key}"] = value if isinstance(value, str) else json.dumps(value)
    return StackConfig("local", values, ())


def test_an_external_kafka_costs_settings_only():
    kafka = {"flavour": "external", "bootstrap_servers": "a:9092", "sasl_mechanism": "PLAIN", "replication_factor": 3}
    config = changed("kafka", kafka)
    config.values["streaming-platform:kafka_username"] = "me"
    config.values["streaming-platform:kafka_password"] = "hunter2"
    secret = StackConfig(
        "local", config.values, ("streaming-platform:kafka_username", "streaming-platform:kafka_password")
    )
    plan = synthesise(secret)
    assert plan.outputs["bootstrap_servers"] == "a:9092"
    assert {topic["replication_factor"] for topic in plan.outputs["topics"].values()} == {3}
    assert {"principal": "claims", "operation": "Read", "resource": "topic", "name": "cdc.public.claims",
            "pattern": "literal"} in plan.outputs["kafka_grants"]  # fmt: skip
    assert "hunter2" not in plan.to_json()
    assert "hunter2" not in json.dumps(plan.outputs)


def test_an_unknown_application_is_told_with_those_there_are():
    with pytest.raises(PlatformError) as caught:
        synthesise(changed("applications", ["claims", "nothing"]))
    (mistake,) = caught.value.mistakes
    assert "nothing" in mistake.where
    assert "telematics" in mistake.allowed


def test_a_stack_name_that_makes_names_too_long_is_refused():
    config = load_stack("local")
    with pytest.raises(PlatformError) as caught:
        synthesise(StackConfig("a-name-that-is-much-too-long", config.values, ()))
    assert "at most 63" in caught.value.mistakes[0].allowed


@pytest.mark.parametrize("name", ["Dev", "dev_1", "dev.1", "dev--1"])
def test_a_stack_name_that_aws_takes_for_no_name_of_its_own_is_refused(name: str):
    config = load_stack("local")
    with pytest.raises(PlatformError) as caught:
        synthesise(StackConfig(name, config.values, ()))
    assert "lower case" in caught.value.mistakes[0].allowed


def test_the_project_file_says_where_stacks_are():
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    assert project["stackConfigDir"] == "stacks"
    assert project["runtime"]["name"] == "python"
