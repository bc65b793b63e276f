"""CMF's own SQL as a stack asks for it: rights, order, and nothing by IAM."""

import json

from components.settings import PROJECT
from operations.plan.evaluate import synthesise
from operations.plan.plan import references
from operations.plan.stack_file import StackConfig, load_stack
from tests.components.plans import manifests, of_type

SQL = {
    "pools": {"interactive": {"cpu": "1", "memory_mib": 2048}},
    "statements": {"copy-events": {"pool": "interactive", "statement": "INSERT INTO a SELECT * FROM b"}},
}


def test_pools_and_statements_are_declared_with_a_login_of_their_own():
    config = load_stack("dev-msk")
    flink = {**json.loads(config.values[f"{PROJECT}:flink"]), "sql": SQL}
    plan = synthesise(StackConfig("dev-msk", {**config.values, f"{PROJECT}:flink": json.dumps(flink)}, config.secrets))
    kinds = {manifest["kind"] for _, manifest in manifests(plan)}
    assert {"FlinkComputePool", "FlinkStatement", "FlinkKafkaCatalog", "FlinkKafkaDatabase", "FlinkSecret"} <= kinds
    (topics,) = [m for _, m in manifests(plan) if m["kind"] == "ConfigMap" and "topics.json" in m.get("data", {})]
    acls = [one for one in json.loads(topics["data"]["topics.json"])["acls"] if one["principal"] == "User:flink-sql"]
    assert {"transactional-id", "topic", "group"} <= {one["resource"].replace("_", "-") for one in acls}
    (environment,) = of_type(plan, "kubernetes:platform.confluent.io/v1beta1:FlinkEnvironment")
    (pool,) = of_type(plan, "kubernetes:platform.confluent.io/v1beta1:FlinkComputePool")
    assert environment["urn"] in references(pool)
    (catalog,) = of_type(plan, "kubernetes:platform.confluent.io/v1beta1:FlinkKafkaCatalog")
    (registry,) = [one for one in of_type(plan, "kubernetes:apps/v1:Deployment") if "registry" in one["urn"]]
    assert registry["urn"] in references(catalog)
    attached = of_type(plan, "aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert any(one["urn"].endswith("cmf-aws-lake") for one in attached)
