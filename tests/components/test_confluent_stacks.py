"""The stacks on Confluent Cloud, as the program declares them: order, keys, rights, protection, exports."""

import json
import re

import pytest

from components.settings import PROJECT
from operations.plan.evaluate import synthesise
from operations.plan.plan import Plan, name_of
from operations.plan.stack_file import StackConfig, load_stack
from operations.plan.timeline import slowest_chain
from operations.plan.values import UNKNOWN
from tests.components.plans import CONFLUENT_STACKS, comes_after, of_type, plan_of

CONFLUENT = "confluentcloud:index/"
stacks = pytest.mark.parametrize("stack", CONFLUENT_STACKS)


def confluent(plan: Plan, kind: str) -> dict[str, dict]:
    """The resources of one kind by name."""
    type_ = f"{CONFLUENT}{kind[0].lower()}{kind[1:]}:{kind}"
    return {name_of(one): one for one in of_type(plan, type_)}


def changed(stack: str, **settings) -> Plan:
    """The Plan of a stack with some keys replaced."""
    config = load_stack(stack)
    values = {**config.values, **{f"{PROJECT}:{key}": json.dumps(value) for key, value in settings.items()}}
    return synthesise(StackConfig(stack, values, config.secrets))


@stacks
def test_statements_come_after_topics_connector_keys_and_rights(stack: str):
    plan = plan_of(stack)
    statements = confluent(plan, "FlinkStatement")
    first = [
        *confluent(plan, "KafkaTopic").values(),
        *confluent(plan, "KafkaMirrorTopic").values(),
        *confluent(plan, "Schema").values(),
        *confluent(plan, "Connector").values(),
        confluent(plan, "ApiKey")["flink-keys-0"],
    ]
    for name in ("claims", "telematics"):
        for one in first:
            assert comes_after(stack, statements[name], one), f"{name} before {name_of(one)}"


@stacks
def test_tables_come_after_the_statements_that_fill_their_topics(stack: str):
    plan = plan_of(stack)
    tables = confluent(plan, "TableflowTopic")
    assert {one["inputs"]["displayName"] for one in tables.values()} == {
        *("claim_current", "claim_waiting", "claim_summary"),
        *("vehicle_events", "late_events", "vehicle_minute", "crash_candidates"),
    }
    for table in tables.values():
        for name in ("claims", "telematics"):
            assert comes_after(stack, table, confluent(plan, "FlinkStatement")[name])


@stacks
def test_no_key_belongs_to_a_person_and_each_has_a_second_one(stack: str):
    plan = plan_of(stack)
    accounts = {one["urn"] for one in confluent(plan, "ServiceAccount").values()}
    keys = confluent(plan, "ApiKey")
    for name, key in keys.items():
        owners = set(key["propertyDependencies"]["owner"]) & accounts
        assert len(owners) == 1, name
        login = re.sub(r"-(?:0|spare-1)$", "", name)
        assert {f"{login}-0", f"{login}-spare-1"} <= set(keys)
    assert len(keys) == 12


@stacks
def test_applications_and_connector_log_in_without_a_key(stack: str):
    """They run as service accounts: a rotation touches neither a statement nor the connector."""
    plan = plan_of(stack)
    keys = {one["urn"] for one in confluent(plan, "ApiKey").values()}
    for kind in ("FlinkStatement", "Connector", "TableflowTopic", "KafkaTopic", "Schema"):
        for name, one in confluent(plan, kind).items():
            held = {urn for urns in one.get("propertyDependencies", {}).values() for urn in urns} & keys
            assert not held, f"{name} holds {held}"


@pytest.mark.parametrize("stack", ["prod-cc"])
def test_a_rotation_makes_one_key_of_each_login_and_changes_no_data_plane(stack: str):
    def named(plan: Plan, kind: str) -> set[str]:
        return set(confluent(plan, kind))

    before = plan_of(stack)
    after = changed(stack, rotation={"number": 1, "since": "2026-12-20"})
    assert len(named(after, "ApiKey") - named(before, "ApiKey")) == 6
    assert len(named(before, "ApiKey") - named(after, "ApiKey")) == 6
    for kind in ("FlinkStatement", "Connector", "TableflowTopic", "KafkaTopic", "ServiceAccount", "RoleBinding"):
        one = {name: made["inputs"] for name, made in confluent(before, kind).items()}
        assert one == {name: made["inputs"] for name, made in confluent(after, kind).items()}, kind
    assert after.outputs["rotation"] == 1


def test_clients_have_their_secrets_in_every_form_before_a_key_goes():
    plan = plan_of("prod-cc")
    names = {one["inputs"]["name"] for one in of_type(plan, "aws:secretsmanager/secret:Secret")}
    root = "/confluent_cloud_resource"
    assert names == {
        f"{root}/schema_registry_cluster/java_client",
        f"{root}/kafka_cluster/java_client",
        f"{root}/schema_registry_cluster/python_client",
        f"{root}/kafka_cluster/python_client",
        f"{root}/kafka_cluster/generic_client",
    }


def test_production_is_private_encrypted_and_protected():
    plan = plan_of("prod-cc")
    (cluster,) = confluent(plan, "KafkaCluster").values()
    assert "enterprises" in cluster["inputs"]
    assert cluster["inputs"]["byokKey"] == {"id": UNKNOWN}
    assert cluster["protect"]
    (gateway,) = confluent(plan, "Gateway").values()
    assert gateway["inputs"]["awsIngressPrivateLinkGateway"] == {"region": "eu-central-1"}
    for kind in ("Environment", "KafkaTopic", "FlinkComputePool", "TableflowTopic", "AccessPoint"):
        for name, one in confluent(plan, kind).items():
            assert one.get("protect"), name
    for key in of_type(plan, "aws:kms/key:Key"):
        assert key.get("protect") or "log" in name_of(key), name_of(key)
    # A new statement, and a table, only where the old one was stopped: `telematics` writes an append table.
    assert confluent(plan, "FlinkStatement")["telematics"].get("protect")


def test_nothing_of_a_development_stack_is_protected():
    assert [name_of(one) for one in plan_of("dev-cc").resources if one.get("protect")] == []


def test_the_topic_of_another_site_is_mirrored_and_not_made():
    plan = plan_of("hybrid")
    assert set(confluent(plan, "KafkaMirrorTopic")) == {"site-frankfurt-telematics.events"}
    assert not any("telematics.events" in name for name in confluent(plan, "KafkaTopic"))
    assert plan.outputs["mirrors"] == {"site-frankfurt": ["telematics.events"]}
    # Mirrors are read-only: clients get no right to produce.
    writes = {one["inputs"]["roleName"] for name, one in confluent(plan, "RoleBinding").items() if "clients" in name}
    assert "DeveloperWrite" not in writes


def test_a_runner_outside_of_the_vpc_touches_no_broker():
    network = json.loads(load_stack("prod-cc").values[f"{PROJECT}:kafka"])
    network["cluster"]["network"]["runner"] = "outside"
    plan = changed("prod-cc", kafka=network)
    assert not confluent(plan, "KafkaTopic")
    assert not confluent(plan, "Schema")
    # Flink makes the topic that it reads.
    made = [one["inputs"]["statement"] for name, one in confluent(plan, "FlinkStatement").items() if "create" in name]
    assert len(made) == 1


@stacks
def test_a_name_of_a_statement_fits(stack: str):
    for name in confluent(plan_of(stack), "FlinkStatement"):
        assert len(name) <= 100


@pytest.mark.parametrize("stack", ["hybrid"])
def test_no_secret_is_in_clear(stack: str):
    config = load_stack(stack)
    keys = ("confluent_cloud_api_key", "confluent_cloud_api_secret", "kafka_password", "postgres_password")
    secret = {f"{PROJECT}:{key}": f"geheim-{key}" for key in keys}
    plan = synthesise(StackConfig(stack, {**config.values, **secret}, (*config.secrets, *secret)))
    assert "geheim" not in plan.to_json()
    assert "geheim" not in json.dumps(plan.outputs)


@pytest.mark.parametrize("stack", ["prod-cc"])
def test_evaluations_of_one_stack_are_alike(stack: str):
    assert synthesise(load_stack(stack)).to_json() == plan_of(stack).to_json()


# Seconds that are forced: a way in or a dedicated cluster, a right that counts everywhere, a key, a connector.
FORCED = {"dev-cc": 90 + 180 + 180, "prod-cc": 180 + 90 + 180 + 180, "hybrid": 25 * 60 + 90 + 180 + 180}


@stacks
def test_creation_takes_no_longer_than_what_confluent_forces(stack: str):
    assert slowest_chain(plan_of(stack))[-1].ends <= FORCED[stack] * 1.1 + 60
