"""Node class, node pools, storage classes and priorities, as the API server and Auto Mode take them."""

from dataclasses import asdict, fields
from typing import Any

import pytest

from components.cluster.contract import NodeRole
from components.cluster.node_pools import (
    NODE_CLASS,
    NodeClassValues,
    NodePoolArgs,
    default_node_pools,
    network_policy_switch,
    node_class,
    node_pool,
    placement,
)
from components.cluster.priorities import (
    JOB_MANAGER_PRIORITY,
    PLATFORM_PRIORITY,
    TASK_MANAGER_PRIORITY,
    priority_classes,
)
from components.cluster.storage import block_storage_class, shared_storage_class
from components.errors import PlatformError
from components.settings.cluster import NodePool, NodePools
from tests.components.kubernetes_schemas import check_manifest

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1a2b"
OWN_CLASS = node_class(
    NodeClassValues(
        "cluster-node", ["subnet-0a", "subnet-0b"], ["sg-0c", "sg-0d"], KEY, {"project": "p", "managed-by": "pulumi"}
    )
)
POOLS = {role: node_pool(role, NodePoolArgs(spot=role is NodeRole.TASK_MANAGER)) for role in NodeRole}


def requirement(manifest: dict[str, Any], key: str) -> dict[str, Any]:
    (found,) = [one for one in manifest["spec"]["template"]["spec"]["requirements"] if one["key"] == key]
    return found


@pytest.mark.parametrize(
    "manifest",
    [
        OWN_CLASS,
        *POOLS.values(),
        *priority_classes(),
        network_policy_switch(),
        block_storage_class(KEY, keep_volumes=True),
        shared_storage_class("fs-0a", keep_volumes=False),
    ],
    ids=lambda one: f"{one['kind']}-{one['metadata']['name']}",
)
def test_kubernetes_takes_every_manifest(manifest):
    check_manifest(manifest)


def test_the_node_class_has_a_name_of_its_own_and_encrypted_disks():
    assert OWN_CLASS["metadata"]["name"] != "default"
    assert OWN_CLASS["spec"]["ephemeralStorage"]["kmsKeyID"] == KEY
    # By id: a selector by tags takes every group and subnet that somebody tags so.
    assert OWN_CLASS["spec"]["securityGroupSelectorTerms"] == [{"id": "sg-0c"}, {"id": "sg-0d"}]
    assert OWN_CLASS["spec"]["subnetSelectorTerms"] == [{"id": "subnet-0a"}, {"id": "subnet-0b"}]


@pytest.mark.parametrize("role", NodeRole)
def test_a_pool_uses_the_labels_of_auto_mode_and_no_others(role: NodeRole):
    keys = [one["key"] for one in POOLS[role]["spec"]["template"]["spec"]["requirements"]]
    assert not [key for key in keys if key.startswith("karpenter.k8s.aws/") or key == "kubernetes.io/os"]
    reference = POOLS[role]["spec"]["template"]["spec"]["nodeClassRef"]
    assert reference == {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": NODE_CLASS}
    # EKS' own pools, which cannot be changed.
    assert POOLS[role]["metadata"]["name"] not in ("system", "general-purpose")


@pytest.mark.parametrize("role", NodeRole)
def test_a_pod_with_its_placement_lands_on_its_pool_and_no_other_pod_does(role: NodeRole):
    template, placed = POOLS[role]["spec"]["template"], placement(role).pod_spec()
    assert placed["nodeSelector"].items() <= template["metadata"]["labels"].items()
    taints = template["spec"].get("taints", [])
    assert bool(taints) is (role is not NodeRole.PLATFORM)
    tolerated = [(one["key"], one["value"], one["effect"]) for one in placed.get("tolerations", [])]
    assert tolerated == [(one["key"], one["value"], one["effect"]) for one in taints]
    check_manifest(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": "i"}], **placed},
        }
    )


def test_only_taskmanagers_may_be_on_spot_nodes():
    assert requirement(POOLS[NodeRole.TASK_MANAGER], "karpenter.sh/capacity-type")["values"] == ["spot", "on-demand"]
    for role in NodeRole:
        plain = node_pool(role, NodePoolArgs())
        assert requirement(plain, "karpenter.sh/capacity-type")["values"] == ["on-demand"]
        if role is not NodeRole.TASK_MANAGER:
            with pytest.raises(PlatformError, match="spot"):
                node_pool(role, NodePoolArgs(spot=True))


def test_a_node_is_replaced_before_auto_mode_ends_it():
    assert node_pool(NodeRole.PLATFORM, NodePoolArgs(expire_hours=504))["spec"]["template"]["spec"]["expireAfter"] == (
        "504h"
    )
    with pytest.raises(PlatformError, match="21 days"):
        node_pool(NodeRole.PLATFORM, NodePoolArgs(expire_hours=505))


def test_a_pool_is_bounded_and_replaced_step_by_step():
    spec = node_pool(NodeRole.TASK_MANAGER, default_node_pools()[NodeRole.TASK_MANAGER])["spec"]
    assert spec["limits"] == {"cpu": "64"}
    assert spec["disruption"]["budgets"] == [{"nodes": "10%"}]
    assert spec["template"]["spec"]["terminationGracePeriod"] == "24h"
    assert NodeRole.BROKER not in default_node_pools()


def test_a_pool_is_gone_only_when_its_nodes_are():
    for pool in POOLS.values():
        assert pool["metadata"]["annotations"]["pulumi.com/deletionPropagationPolicy"] == "foreground"


def test_a_stack_file_says_the_same_as_the_component():
    assert {one.name for one in fields(NodePoolArgs)} == set(NodePool.model_fields)
    settings, defaults = NodePools(), default_node_pools()
    for role, pool in (
        (NodeRole.PLATFORM, settings.platform),
        (NodeRole.JOB_MANAGER, settings.jobmanagers),
        (NodeRole.TASK_MANAGER, settings.taskmanagers),
    ):
        assert {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(defaults[role]).items()
        } == (pool.model_dump())


def test_volumes_are_encrypted_with_the_own_key_and_made_where_the_pod_is():
    kept = block_storage_class(KEY, keep_volumes=True)
    assert kept["provisioner"] == "ebs.csi.eks.amazonaws.com"
    assert kept["parameters"] == {"type": "gp3", "encrypted": "true", "kmsKeyId": KEY}
    assert kept["volumeBindingMode"] == "WaitForFirstConsumer"
    assert kept["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    assert kept["reclaimPolicy"] == "Retain"
    assert block_storage_class(KEY, keep_volumes=False)["reclaimPolicy"] == "Delete"


def test_shared_files_are_mounted_over_tls_and_are_no_second_default_class():
    shared = shared_storage_class("fs-0a", keep_volumes=True)
    assert shared["mountOptions"] == ["tls"]
    assert shared["parameters"]["fileSystemId"] == "fs-0a"
    assert "annotations" not in shared["metadata"]


def test_jobmanagers_outlive_taskmanagers_and_the_platform_both():
    values = {one["metadata"]["name"]: one["value"] for one in priority_classes()}
    assert values[PLATFORM_PRIORITY] > values[JOB_MANAGER_PRIORITY] > values[TASK_MANAGER_PRIORITY] > 0
    assert max(values.values()) <= 1_000_000_000
    assert not any(name.startswith("system-") for name in values)
    assert not any(one["globalDefault"] for one in priority_classes())


def test_network_policies_are_enforced():
    switch = network_policy_switch()
    assert (switch["metadata"]["namespace"], switch["metadata"]["name"]) == ("kube-system", "amazon-vpc-cni")
    assert switch["data"] == {"enable-network-policy-controller": "true"}
