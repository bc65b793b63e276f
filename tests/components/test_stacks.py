"""The stacks on AWS and on Kubernetes, as the program declares them: order, protection, time, manifests."""

import json

import pytest

from operations.plan.plan import name_of
from operations.plan.timeline import SECONDS, minutes, slowest_chain
from operations.plan.values import UNKNOWN
from tests.components.kubernetes_schemas import check_manifest
from tests.components.plans import KUBERNETES_STACKS, comes_after, manifests, of_type, plan_of

CHART = "kubernetes:helm.sh/v3:Release"
CUSTOM_GROUPS = ("platform.confluent.io", "cert-manager.io", "karpenter.sh", "eks.amazonaws.com")

stacks = pytest.mark.parametrize("stack", KUBERNETES_STACKS)
on_eks = pytest.mark.parametrize("stack", ["dev-msk", "prod-msk", "dev-external"])


@stacks
def test_every_kubernetes_object_would_be_taken_by_the_api_server(stack: str):
    checked = [check_manifest(manifest) for _, manifest in manifests(plan_of(stack))]
    assert len(checked) > 20


@stacks
def test_custom_resources_go_before_the_operators_that_clean_up_after_them(stack: str):
    plan = plan_of(stack)
    charts = {name_of(chart): chart for chart in of_type(plan, CHART)}
    owner = {"platform.confluent.io": "confluent-for-kubernetes", "cert-manager.io": "cert-manager"}
    found = 0
    for group, chart in owner.items():
        operator = next(release for name, release in charts.items() if chart in name)
        for resource in of_type(plan, f"kubernetes:{group}/v1:", f"kubernetes:{group}/v1beta1:"):
            assert comes_after(stack, resource, operator), f"{name_of(resource)} would outlive {chart}"
            found += 1
    assert found > 3


@stacks
def test_flink_applications_go_before_their_environment_cmf_and_both_operators(stack: str):
    plan = plan_of(stack)
    (environment,) = of_type(plan, "kubernetes:platform.confluent.io/v1beta1:FlinkEnvironment")
    applications = of_type(plan, "kubernetes:platform.confluent.io/v1beta1:FlinkApplication")
    assert {name_of(one) for one in applications} == {"claims-application", "telematics-application"}
    for application in applications:
        assert comes_after(stack, application, environment)
        for chart in of_type(plan, CHART):
            assert comes_after(stack, application, chart), name_of(chart)


@on_eks
def test_everything_on_the_cluster_goes_before_the_cluster(stack: str):
    plan = plan_of(stack)
    (cluster,) = of_type(plan, "eks:index:Cluster")
    for resource in of_type(plan, "kubernetes:"):
        assert comes_after(stack, resource, cluster), name_of(resource)


@on_eks
def test_pods_go_before_the_node_pools_that_they_run_on(stack: str):
    """Else the pods, and the finalizers that they work off, have no node to run on."""
    plan = plan_of(stack)
    pools = of_type(plan, "kubernetes:karpenter.sh/v1:NodePool")
    assert len(pools) >= 3
    for kind in (CHART, "kubernetes:apps/v1:Deployment", "kubernetes:batch/v1:Job"):
        for workload in of_type(plan, kind):
            assert all(comes_after(stack, workload, pool) for pool in pools), name_of(workload)


@on_eks
def test_nodes_can_leave_the_cluster_until_their_pools_are_gone(stack: str):
    """Access entries last: a node that lost its own is never removed, and with it its network interface stays."""
    plan = plan_of(stack)
    nodes = [e for e in of_type(plan, "aws:eks/accessEntry:AccessEntry") if e["inputs"].get("type") == "EC2"]
    assert nodes
    for entry in nodes:
        for pool in of_type(plan, "kubernetes:karpenter.sh/v1:NodePool"):
            assert comes_after(stack, pool, entry)


@on_eks
def test_targets_are_deregistered_before_the_load_balancer_goes(stack: str):
    plan = plan_of(stack)
    (binding,) = of_type(plan, "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding")
    (group,) = of_type(plan, "aws:lb/targetGroup:TargetGroup")
    (balancer,) = of_type(plan, "aws:lb/loadBalancer:LoadBalancer")
    (listener,) = of_type(plan, "aws:lb/listener:Listener")
    assert comes_after(stack, binding, group)
    assert comes_after(stack, listener, balancer)
    assert comes_after(stack, listener, group)


@on_eks
def test_nothing_in_the_vpc_waits_for_what_it_does_not_need(stack: str):
    """Brokers, databases and the cluster are made side by side."""
    plan = plan_of(stack)
    slow = of_type(
        plan, "aws:msk/cluster:Cluster", "aws:rds/instance:Instance", "aws:rds/cluster:Cluster", "eks:index:Cluster"
    )
    assert len(slow) >= 2
    for one in slow:
        for other in slow:
            assert not comes_after(stack, one, other), f"{name_of(one)} waits for {name_of(other)}"


# What AWS and Kubernetes force, one after the other: each is needed by the next.
FORCED = {
    # brokers, the topics, then the connector that writes to them
    "dev-msk": ["aws:msk/cluster:Cluster", "kubernetes:batch/v1:Job", "aws:mskconnect/connector:Connector"],
    "prod-msk": ["aws:msk/cluster:Cluster", "kubernetes:batch/v1:Job", "aws:mskconnect/connector:Connector"],
    # control plane, cert-manager, the Flink operator whose webhook needs it, CMF (and beside it CFK)
    "dev-external": ["eks:index:Cluster", CHART, CHART, CHART],
    "existing-cluster": [CHART, CHART, CHART],
}


@stacks
def test_creation_takes_no_longer_than_the_slowest_chain_that_is_forced(stack: str):
    chain = slowest_chain(plan_of(stack))
    forced = sum(SECONDS[one] for one in FORCED[stack])
    said = ", ".join(f"{step.name} {minutes(step.ends - step.begins)}" for step in chain)
    assert chain[-1].ends <= forced * 1.1 + 60, f"{minutes(chain[-1].ends)} against {minutes(forced)}: {said}"


def test_what_holds_data_is_protected_in_production_and_only_there():
    stateful = (
        "aws:s3/bucket:Bucket",
        "aws:kms/key:Key",
        "aws:glue/catalogDatabase:CatalogDatabase",
        "aws:msk/cluster:Cluster",
        "aws:rds/instance:Instance",
        "eks:index:Cluster",
        "aws:ecr/repository:Repository",
    )
    for stack, wanted in (("prod-msk", True), ("dev-msk", False)):
        for resource in of_type(plan_of(stack), *stateful):
            # Logs of who connected, and the key of a connector's logs: no data of anybody's.
            logs = "log" in name_of(resource) or name_of(resource) == "cdc"
            assert logs or resource.get("protect", False) is wanted, f"{stack}: {name_of(resource)}"


@stacks
def test_no_deleted_secret_keeps_a_name_that_the_next_up_needs(stack: str):
    for secret in of_type(plan_of(stack), "aws:secretsmanager/secret:Secret"):
        inputs = secret["inputs"]
        if "name" in inputs and inputs["recoveryWindowInDays"] > 0:
            assert secret.get("protect"), name_of(secret)


def test_a_destroy_empties_the_buckets_of_a_dev_stack_and_no_other():
    for stack, wanted in (("prod-msk", False), ("dev-msk", True)):
        for bucket in of_type(plan_of(stack), "aws:s3/bucket:Bucket"):
            assert bucket["inputs"].get("forceDestroy", False) is wanted, f"{stack}: {name_of(bucket)}"


def test_exports_say_how_to_get_in():
    """Without a zone somebody makes the name of CMF by hand; clients beside the platform carry the workloads' group."""
    exports = plan_of("dev-msk").outputs
    assert exports["cmf_load_balancer"] == UNKNOWN
    assert exports["workload_security_group_id"] == UNKNOWN
    assert exports["kubeconfig_command"] == (
        "aws eks update-kubeconfig --region us-east-1 --name streaming-platform-dev-msk-cluster"
    )
    assert exports["connector"] == "streaming-platform-dev-msk-cdc"
    assert set(exports["postgres"]) == {"host", "secret_arn"}
    assert "kubeconfig_command" not in plan_of("existing-cluster").outputs


def test_cmf_may_not_write_to_the_lake_without_pools_that_do():
    attached = {
        name_of(one) for one in of_type(plan_of("prod-msk"), "aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    }
    assert "claims-lake" in attached
    assert not any(name.startswith("cmf-aws") for name in attached)


def test_lake_formation_lets_in_the_jobs_and_snowflake_alike():
    from operations.plan.evaluate import synthesise
    from operations.plan.stack_file import StackConfig, load_stack

    config = load_stack("dev-msk")
    lake = json.dumps({"permissions": "lake_formation", "snowflake": {}})
    values = {**config.values, "streaming-platform:lakehouse": lake}
    plan = synthesise(StackConfig("dev-msk", values, config.secrets))
    granted = {name_of(one) for one in of_type(plan, "aws:lakeformation/permissions:Permissions")}
    assert {"lake-formation-claims-location", "lake-formation-snowflake-tables"} <= granted
    assert "lake-formation-snowflake-location" not in granted


def test_alarms_of_production_tell_somebody():
    alarms = of_type(plan_of("prod-msk"), "aws:cloudwatch/metricAlarm:MetricAlarm")
    assert {"cdc-task", "postgres-slot-lag"} <= {name_of(one) for one in alarms}
    for one in alarms:
        assert one["inputs"]["alarmActions"] == ["arn:aws:sns:us-east-1:123456789012:on-call"], name_of(one)


@stacks
def test_no_secret_is_in_clear_and_none_in_a_config_map(stack: str):
    plan = plan_of(stack)
    text = json.dumps(plan.export())
    for word in ("hunter2", "BEGIN PRIVATE KEY", "BEGIN RSA PRIVATE KEY"):
        assert word not in text
    for secret in of_type(plan, "kubernetes:core/v1:Secret"):
        for field in ("data", "stringData"):
            if secret["inputs"].get(field):
                assert UNKNOWN in json.dumps(secret["inputs"][field]) or "[secret]" in json.dumps(
                    secret["inputs"][field]
                )


@stacks
def test_evaluations_of_one_stack_are_alike(stack: str):
    from operations.plan.evaluate import synthesise
    from operations.plan.stack_file import load_stack

    assert synthesise(load_stack(stack)).to_json() == plan_of(stack).to_json()


@stacks
def test_images_are_pinned(stack: str):
    def images(value) -> list[str]:
        if isinstance(value, dict):
            own = [value["image"]] if isinstance(value.get("image"), str) else []
            return own + [one for item in value.values() for one in images(item)]
        return [one for item in value for one in images(item)] if isinstance(value, list) else []

    found = [one for resource in of_type(plan_of(stack), "kubernetes:") for one in images(resource["inputs"])]
    assert found
    for image in found:
        assert ":" in image.rpartition("/")[2], image
        assert not image.endswith(":latest"), image
