"""Nodes from what pods request."""

from decimal import Decimal
from typing import Any

import pytest

from operations.cost import estimate
from operations.cost.nodes import allocatable, packed
from operations.cost.workloads import Workload, cores, flink_mebibytes, mebibytes
from operations.plan.values import UNKNOWN
from tests.operations.cost.made import plan, resource

EKS = resource("eks:index:Cluster", "cluster", {}, custom=False)


@pytest.mark.parametrize(("text", "number"), [("500m", "0.5"), ("2", "2"), (1.5, "1.5"), ("", "0")])
def test_cores(text: Any, number: str):
    assert cores(text) == Decimal(number)


def test_m_is_mebibytes_for_flink_and_not_for_kubernetes():
    assert flink_mebibytes("2048m") == flink_mebibytes("2g") == mebibytes("2Gi") == mebibytes("2048Mi") == 2048


def test_what_is_left_of_a_node_for_pods():
    # Of 2 cores 6 % and 1 % of a core; of 8,192 MiB 7.5 %, then 110 pods x 11 MiB, 255 and 100 MiB
    assert allocatable(2, 8) == (Decimal("1.93"), Decimal("6012.6"))


def test_pods_are_packed_and_kept_apart():
    room = allocatable(4, 16)
    small = Workload("small", 4, Decimal(1), Decimal(1024))
    assert packed([small], *room) == 2  # 3.92 cores: three fit, not four
    assert packed([Workload("small", 4, Decimal(1), Decimal(1024), apart=True)], *room) == 4
    assert packed([Workload("large", 1, Decimal(8), Decimal(1024))], *room) is None


def pool(name: str, categories: tuple[str, ...] = ("m",), capacity: tuple[str, ...] = ("on-demand",)) -> dict[str, Any]:
    requirements = [
        {"key": "eks.amazonaws.com/instance-category", "operator": "In", "values": list(categories)},
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": list(capacity)},
    ]
    template = {"metadata": {"labels": {"role": name}}, "spec": {"requirements": requirements}}
    return resource(
        "kubernetes:karpenter.sh/v1:NodePool", name, {"metadata": {"name": name}, "spec": {"template": template}}
    )


def deployment(name: str, replicas: Any, cpu: str, memory: str, role: str | None) -> dict[str, Any]:
    container = {"name": name, "resources": {"requests": {"cpu": cpu, "memory": memory}}}
    spec = {"containers": [container], **({"nodeSelector": {"role": role}} if role else {})}
    return resource("kubernetes:apps/v1:Deployment", name, {"spec": {"replicas": replicas, "template": {"spec": spec}}})


def test_each_pool_has_nodes_for_its_pods():
    found = estimate(plan(EKS, pool("a"), pool("b"), deployment("web", 3, "1", "1Gi", "a")))
    lines = {line.what: line.monthly for line in found.lines}
    assert lines == {
        "EKS control plane": Decimal("73.00"),
        "node m6i.xlarge, pool a": Decimal("140.16"),  # 730 x 0.192; two of half the size would need a second disk
        "Auto Mode fee for m6i.xlarge": Decimal("16.82"),  # 12 %
        "disks of nodes": Decimal("6.40"),  # 80 GB x 0.08
    }


def test_spot_is_an_upper_bound():
    found = estimate(plan(EKS, pool("a", capacity=("spot", "on-demand")), deployment("web", 1, "1", "1Gi", "a")))
    node = next(line for line in found.lines if line.what.startswith("node "))
    assert node.note.startswith("on-demand; Spot costs less")
    assert found.most == node.monthly


def test_a_pod_that_no_pool_takes_or_no_size_holds_is_named():
    found = estimate(
        plan(EKS, pool("a"), deployment("lost", 1, "1", "1Gi", "z"), deployment("giant", 1, "99", "1Gi", "a"))
    )
    assert {gap.what for gap in found.gaps} == {"nodes for lost", "nodes of pool a"}


@pytest.mark.parametrize("unknown", [("replicas", UNKNOWN), ("cpu", UNKNOWN)])
def test_pods_that_a_preview_does_not_know_are_not_counted_as_none(unknown: tuple[str, str]):
    asked = {"replicas": 1, "cpu": "1", **dict([unknown])}
    found = estimate(plan(EKS, pool("a"), deployment("web", asked["replicas"], asked["cpu"], "1Gi", "a")))
    (gap,) = found.gaps
    assert (gap.what, gap.resources) == ("nodes for its pods", ("web",))
    assert "not known before `pulumi up`" in gap.reason


def test_nodes_of_a_cluster_that_exists_are_its_owners():
    found = estimate(plan(deployment("web", 2, "500m", "512Mi", None)))
    assert not found.lines
    assert [gap.what for gap in found.gaps] == ["nodes for 1 vCPU and 1.0 GiB"]


def test_taskmanagers_are_as_many_as_the_parallelism_needs():
    spec = {
        "flinkConfiguration": {"taskmanager.numberOfTaskSlots": "2"},
        "job": {"parallelism": 5},
        "jobManager": {"replicas": 2, "resource": {"cpu": "1", "memory": "1024m"}},
        "taskManager": {"resource": {"cpu": "2", "memory": "2g"}},
    }
    kind = "kubernetes:platform.confluent.io/v1beta1:FlinkApplication"
    found = estimate(plan(resource(kind, "claims", {"spec": spec})))
    assert [gap.what for gap in found.gaps] == ["nodes for 8 vCPU and 8.0 GiB"]  # 2 x 1 and 3 x 2


def test_charts_and_confluent_clusters_have_pods_too():
    chart = {"replicas": 2, "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}, "webhook": {"replicas": 1}}
    kafka = {
        "replicas": 3,
        "dataVolumeCapacity": "100Gi",
        "podTemplate": {"resources": {"requests": {"cpu": "1", "memory": "2Gi"}}},
    }
    release = resource("kubernetes:helm.sh/v3:Release", "operator", {"values": chart})
    brokers = resource("kubernetes:platform.confluent.io/v1beta1:Kafka", "kafka", {"spec": kafka})
    assert [gap.what for gap in estimate(plan(release, brokers)).gaps] == ["nodes for 5 vCPU and 8.0 GiB"]
    volumes = next(one for one in estimate(plan(EKS, release, brokers)).lines if one.what == "volumes of pods")
    assert volumes.monthly == Decimal("24.00")  # 300 GB x 0.08
