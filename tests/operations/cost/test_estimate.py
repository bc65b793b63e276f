"""Estimates of small Plans, against sums done by hand."""

from decimal import Decimal
from typing import Any

import pytest

from operations.cost import Estimate, estimate
from operations.plan.plan import Plan
from operations.plan.values import REDACTED, UNKNOWN
from tests.operations.cost.made import msk, plan, provider, resource


def fixed(found: Estimate) -> dict[str, Decimal]:
    return {line.what: line.monthly for line in found.lines if line.fixed}


def used(found: Estimate) -> dict[str, Decimal]:
    return {line.what: line.monthly for line in found.lines if not line.fixed}


def usd(text: str) -> Decimal:
    return Decimal(text)


def test_brokers_and_their_disks():
    found = estimate(plan(msk(3, "kafka.m7g.large", 100)))
    # 3 x 730 x 0.204, and 300 GB x 0.10
    assert fixed(found) == {"broker kafka.m7g.large": usd("446.76"), "broker storage": usd("30.00")}
    assert found.fixed == usd("476.76")


def test_express_brokers_are_charged_by_what_is_written_and_kept():
    found = estimate(plan(msk(3, "express.m7g.large")))
    assert fixed(found) == {"broker express.m7g.large": usd("893.52")}
    # 1 MB/s: 2,628 GB a month at 0.01; a week of it is 604.8 GB at 0.10
    assert used(found)["data written"] == usd("26.28")
    assert used(found)["data kept"] == usd("60.48")
    assert all(line.assumption for line in found.lines if not line.fixed)


def test_a_serverless_cluster():
    found = estimate(plan(resource("aws:msk/serverlessCluster:ServerlessCluster", "kafka")))
    assert fixed(found) == {"serverless cluster": usd("547.50")}
    assert used(found)["partitions"] == usd("65.70")  # 60 x 730 x 0.0015
    assert used(found)["data written"] == usd("262.80")
    assert used(found)["data read"] == usd("262.80")  # twice as much at half the price


@pytest.mark.parametrize(
    ("capacity", "expected"),
    [
        ({"provisionedCapacity": {"mcuCount": 2, "workerCount": 3}}, "481.80"),
        ({"autoscaling": {"mcuCount": 1, "minWorkerCount": 2, "maxWorkerCount": 4}}, "160.60"),
    ],
)
def test_connect_units_are_those_of_all_workers(capacity: dict[str, Any], expected: str):
    found = estimate(plan(resource("aws:mskconnect/connector:Connector", "cdc", {"capacity": capacity})))
    assert fixed(found) == {"MSK Connect unit": usd(expected)}


def test_the_network():
    subnets = [UNKNOWN, UNKNOWN, UNKNOWN]
    found = estimate(
        plan(
            resource("aws:ec2/natGateway:NatGateway", "a"),
            resource("aws:ec2/natGateway:NatGateway", "b"),
            resource("aws:ec2/eip:Eip", "a"),
            resource("aws:ec2/vpcEndpoint:VpcEndpoint", "sts", {"vpcEndpointType": "Interface", "subnetIds": subnets}),
            resource("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", {"vpcEndpointType": "Gateway"}),
            resource("aws:lb/loadBalancer:LoadBalancer", "alb", {"loadBalancerType": "application", "internal": True}),
        )
    )
    assert fixed(found) == {
        "NAT gateway": usd("65.70"),
        "public IPv4 address": usd("3.65"),
        "interface endpoint, for each zone": usd("21.90"),
        "load balancer, application": usd("16.43"),
    }


def test_a_database_in_two_zones():
    small = {"instanceClass": "db.t4g.small", "allocatedStorage": 20, "multiAz": True}
    medium = {"instanceClass": "db.t4g.medium", "allocatedStorage": 20, "multiAz": True}
    first = estimate(plan(resource("aws:rds/instance:Instance", "postgres", small)))
    assert fixed(first) == {"PostgreSQL db.t4g.small, two zones": usd("47.45"), "gp3 storage, two zones": usd("4.60")}
    second = estimate(plan(resource("aws:rds/instance:Instance", "postgres", medium)))
    assert fixed(second)["PostgreSQL db.t4g.medium, two zones"] == usd("94.90")
    assert "twice the price of one zone" in second.lines[0].note


def test_aurora_is_charged_at_its_least_and_a_share_above():
    scaling = {"serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 2.5}, "clusterIdentifier": "c"}
    found = estimate(
        plan(
            resource("aws:rds/cluster:Cluster", "cmf-database", scaling),
            resource(
                "aws:rds/clusterInstance:ClusterInstance",
                "cmf-database-0",
                {"clusterIdentifier": "c", "instanceClass": "db.serverless"},
            ),
        )
    )
    assert fixed(found) == {"Aurora capacity, the least": usd("43.80")}
    assert used(found)["Aurora capacity above the least"] == usd("17.52")


def test_a_cluster_is_counted_once_whether_its_component_or_its_child_is_there():
    component = resource("eks:index:Cluster", "cluster", {}, custom=False, unseenChildren=["aws:eks/cluster:Cluster"])
    inside = resource("eks:index:Inner", "inner", {}, custom=False, parent=component["urn"])
    child = resource("aws:eks/cluster:Cluster", "cluster", {}, parent=inside["urn"], below="eks:index:Cluster")
    for resources in ([component], [child], [component, inside, child]):
        assert fixed(estimate(plan(*resources))) == {"EKS control plane": usd("73.00")}


def test_what_nobody_knows_is_listed_by_type_and_count():
    found = estimate(plan(resource("aws:neptune/cluster:Cluster", "a"), resource("aws:neptune/cluster:Cluster", "b")))
    assert found.monthly == 0
    (gap,) = found.gaps
    assert (gap.type, gap.count, gap.resources, gap.known_type) == ("aws:neptune/cluster:Cluster", 2, ("a", "b"), False)


def test_children_of_a_remote_component_that_are_not_seen_are_not_forgotten():
    remote = resource("acme:index:Lake", "lake", {}, custom=False, unseenChildren=["(unknown)"])
    assert [(gap.what, gap.reason) for gap in estimate(plan(remote)).gaps] == [
        ("(unknown), inside acme:index:Lake", "not seen in this Plan")
    ]


def test_a_size_without_a_price_is_not_zero():
    found = estimate(plan(msk(3, "kafka.m5.8xlarge")))
    assert [gap.what for gap in found.gaps] == ["broker kafka.m5.8xlarge"]
    assert fixed(found) == {"broker storage": usd("15.00")}


@pytest.mark.parametrize("hidden", [UNKNOWN, dict(REDACTED)])
def test_a_quantity_that_a_preview_does_not_know_is_said(hidden: Any):
    found = estimate(plan(msk(brokers=hidden)))
    assert not found.lines
    assert [(gap.type, gap.reason) for gap in found.gaps] == [
        ("aws:msk/cluster:Cluster", "numberOfBrokerNodes is not known before `pulumi up`")
    ]


def test_an_unknown_region_is_no_reason_to_take_another():
    found = estimate(plan(msk(), region=None))
    assert [gap.reason for gap in found.gaps] == ["region is not known before `pulumi up`"]


def test_an_emulator_costs_nothing():
    local = provider(endpoints='[{"s3": "http://127.0.0.1:5000"}]')
    found = estimate(Plan("streaming-platform", "local", [local, msk()]))
    assert (found.lines, found.gaps) == ((), ())
    assert found.notes == ("1 resources are made by an emulator on this machine and cost nothing.",)


def test_what_is_only_read_is_not_charged():
    assert not estimate(plan({**msk(), "external": True})).lines


def confluent(kind: str, inputs: dict[str, Any], name: str = "x") -> dict[str, Any]:
    return resource(f"confluentcloud:index/{kind}", name, {"region": "us-east-1", **inputs})


def test_confluent_cloud():
    found = estimate(
        plan(
            confluent("environment:Environment", {"streamGovernance": {"package": "ADVANCED"}}),
            confluent("kafkaCluster:KafkaCluster", {"enterprises": [{}]}),
            confluent("flinkComputePool:FlinkComputePool", {"maxCfu": 20}),
            confluent("flinkStatement:FlinkStatement", {}),
            confluent("connector:Connector", {"configNonsensitive": {"connector.class": "PostgresCdcSourceV2"}}),
            confluent("gateway:Gateway", {}),
        )
    )
    assert fixed(found) == {"enterprise cluster, eCKU": usd("1642.50"), "compute pool, CFU": usd("3066.00")}
    pool = next(line for line in found.lines if line.what == "compute pool, CFU")
    assert pool.note.startswith("the most that it can cost")
    assert found.most == pool.monthly
    assert pool.assumption == "cfu_share_of_ceiling 1"
    assert {gap.what for gap in found.gaps} == {
        "Schema Registry, package ADVANCED",
        "data kept",
        "connector PostgresCdcSourceV2, task",
        "gateway",
    }
    assert all(gap.known_type for gap in found.gaps)


def test_kinds_of_confluent_clusters():
    def costs(block: dict[str, Any]) -> dict[str, Decimal]:
        return fixed(estimate(plan(confluent("kafkaCluster:KafkaCluster", block))))

    assert costs({"basic": {}}) == {}  # the first eCKU is free
    assert costs({"standard": {}}) == {"standard cluster, eCKU": usd("547.50")}
    dedicated = estimate(plan(confluent("kafkaCluster:KafkaCluster", {"dedicated": {"cku": 2}})))
    assert "dedicated cluster, CKU" in {gap.what for gap in dedicated.gaps}


def test_sums_are_those_of_the_shown_amounts():
    found = estimate(plan(*(resource("aws:kms/key:Key", f"k{i}") for i in range(3)), msk()))
    assert found.monthly == sum(line.monthly for line in found.lines) == found.fixed + found.usage
    assert sum(fixed + usage for _, fixed, usage in found.parts()) == found.monthly
