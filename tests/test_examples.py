"""Every example in Python is a whole program: it declares its component, on the provider that it names."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.plan.evaluate import synthesise
from operations.plan.stack_file import StackConfig

PYTHON = Path(__file__).parents[1] / "examples" / "python"
EXAMPLES = sorted(path.parent.name for path in PYTHON.glob("*/__main__.py"))

SECRETS = {
    "kubeconfig": "apiVersion: v1 # geheim-kubeconfig",
    "kafka_username": "geheim-user",
    "kafka_password": "geheim-kafka",
    "postgres_password": "geheim-postgres",
    "cmf_database_password": "geheim-cmf",
    **{
        key: f"geheim-{key}"
        for name in ("confluent", "cluster", "flink", "tableflow")
        for key in (f"{name}_key", f"{name}_secret")
    },
}
SECRET_WORD = "geheim"
# These make no resource but themselves: they describe what exists, or what another program runs.
MAKE_NOTHING = {"cdc", "existing_kafka", "existing_postgres", "session_cluster"}


def component_of(example: str) -> str:
    return "streaming-platform:index:" + "".join(word.capitalize() for word in example.split("_"))


def declared(example: str) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    """Resources, exports and the whole plan as text."""
    values = {"account_id": "123456789012", **SECRETS}
    config = StackConfig(
        "dev",
        {f"streaming-platform:{key}": value for key, value in values.items()},
        tuple(f"streaming-platform:{key}" for key in SECRETS),
    )
    plan = synthesise(config, PYTHON / example / "__main__.py")
    return plan.resources, plan.outputs, plan.to_json()


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(example):
    resources, exports, text = declared(example)
    by_type: dict[str, list[dict[str, Any]]] = {}
    for one in resources:
        by_type.setdefault(one["type"], []).append(one)

    assert len(by_type[component_of(example)]) == 1
    made = [one for one in resources if one["custom"] and component_of(example) in one["urn"]]
    assert bool(made) != (example in MAKE_NOTHING)
    assert exports

    # A provider that the program did not make would take whatever credentials the machine has.
    providers = {one["urn"] for one in resources if one["type"].startswith("pulumi:providers:")}
    for one in resources:
        if one["custom"] and one["type"].split(":")[0] in ("aws", "kubernetes", "confluentcloud"):
            assert one.get("provider", "").rpartition("::")[0] in providers, one["urn"]
    for one in by_type.get("pulumi:providers:aws", []):
        assert one["inputs"]["allowedAccountIds"] == '["123456789012"]', "held to the account"

    assert SECRET_WORD not in text


@pytest.mark.parametrize("example", EXAMPLES)
def test_project_file(example):
    project = yaml.safe_load((PYTHON / example / "Pulumi.yaml").read_text())
    assert project["name"] == f"example-{example.replace('_', '-')}"
    virtualenv = PYTHON / example / project["runtime"]["options"]["virtualenv"]
    assert virtualenv.resolve() == Path(__file__).parents[1] / ".venv"
    lines = (PYTHON / example / "__main__.py").read_text().splitlines()
    assert len(lines) <= 70
