"""Every component of the package has an example in YAML that fits the schema and runs."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.provider.experimental.component import ComponentProvider

from components.package import PACKAGE, provider
from operations.plan.evaluate import synthesise
from operations.plan.stack_file import StackConfig
from tests.yaml_program import Runner, mistakes, schema_of

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "yaml"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/Pulumi.yaml"))
SECRETS = (
    *("kubeconfig", "kafkaLogin", "kafkaUsername", "kafkaPassword", "postgresPassword"),
    *(f"{name}{part}" for name in ("confluent", "cluster", "flink", "tableflow") for part in ("Key", "Secret")),
)


@pytest.fixture(scope="module")
def package() -> ComponentProvider:
    return provider()


def program(name: str) -> dict[str, Any]:
    return yaml.safe_load((EXAMPLES / name / "Pulumi.yaml").read_text())


def component_of(name: str) -> str:
    return f"{PACKAGE}:index:" + "".join(word.capitalize() for word in name.split("_"))


def test_every_component_has_an_example(package):
    assert {component_of(name) for name in NAMES} == set(schema_of(package)["resources"])


@pytest.mark.parametrize("name", NAMES)
def test_example(name, package):
    given = program(name)
    assert given["runtime"] == "yaml"
    assert (EXAMPLES / name / given["packages"][PACKAGE]).resolve() == ROOT / "components"
    assert mistakes(given, schema_of(package)) == []

    values = {"accountId": "123456789012", **{key: f"geheim-{key}" for key in SECRETS}}
    config = StackConfig(
        "dev",
        {f"streaming-platform:{key}": value for key, value in values.items()},
        tuple(f"streaming-platform:{key}" for key in SECRETS),
    )
    plan = synthesise(config, Runner(given, package, EXAMPLES / name).run)
    assert [one for one in plan.resources if one["type"] == component_of(name)]
    assert plan.outputs.keys() == given["outputs"].keys()
    assert "geheim" not in plan.to_json()
    providers = {one["urn"] for one in plan.resources if one["type"].startswith("pulumi:providers:")}
    for one in plan.resources:
        if one["custom"] and one["type"].split(":")[0] in ("aws", "kubernetes", "confluentcloud"):
            assert one.get("provider", "").rpartition("::")[0] in providers, one["urn"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"cidrs": "10.0.0.0/16"}, "network: no property cidrs"),
        ({"cidr": None}, "network: cidr is missing"),
        ({"zones": "us-east-1a"}, "network.zones: 'us-east-1a' is no list"),
        ({"flowLogDays": "14"}, "network.flowLogDays: '14' is no integer"),
        ({"interfaceEndpoints": 1}, "network.interfaceEndpoints: 1 is no boolean"),
        ({"cidr": "${network.vpcId}"}, "network.cidr: has to be known, and ${network.vpcId} is not"),
        ({"region": "${place}"}, "place: nothing is called place"),
    ],
)
def test_a_mistake_is_found(change, found, package):
    given = copy.deepcopy(program("network"))
    properties = {**given["resources"]["network"]["properties"], **change}
    given["resources"]["network"]["properties"] = {key: one for key, one in properties.items() if one is not None}
    assert found in mistakes(given, schema_of(package))


def test_an_output_that_is_none_is_found(package):
    given = copy.deepcopy(program("network"))
    given["outputs"]["gateway"] = "${network.gateway}"
    assert mistakes(given, schema_of(package)) == ["network.gateway: no output gateway"]
