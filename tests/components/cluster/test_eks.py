"""An EKS cluster as the engine would see it: what is made, in which order it comes and goes."""

import functools
import json
from typing import Any

import botocore.session
import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.cluster.contract import NodeRole
from components.cluster.eks import EksCluster
from components.cluster.eks_args import EksClusterArgs
from components.cluster.node_pools import NodePoolArgs, default_node_pools
from components.cluster.priorities import JOB_MANAGER_PRIORITY
from components.errors import PlatformError
from components.network import NetworkAccess
from operations.plan.plan import references
from operations.plan.values import UNKNOWN
from tests.components.kubernetes_schemas import check_manifest

ARN = "arn:aws:eks:us-east-1:123456789012:cluster/p-test"
ADMINISTRATOR = "arn:aws:iam::123456789012:role/platform-team"
VIEWER = "arn:aws:iam::123456789012:role/on-call"


class Route(pulumi.CustomResource):
    """Stands for the way out through NAT."""

    def __init__(self, name: str):
        super().__init__("aws:ec2/route:Route", name, {})


def cluster(**changes: Any) -> EksCluster:
    network = NetworkAccess(
        vpc_id="vpc-0a",
        private_subnet_ids=["subnet-0a", "subnet-0b"],
        isolated_subnet_ids=["subnet-0c", "subnet-0d"],
        public_subnet_ids=[],
        zone_count=2,
        workload_security_group_id="sg-0a",
        ready=[Route("nat")],
    )
    values: dict[str, Any] = {
        "cluster_name": "p-test",
        "region": "us-east-1",
        "account_id": "123456789012",
        "network": network,
        "tags": {"project": "p"},
        "administrators": [ADMINISTRATOR],
        "viewers": [VIEWER, ADMINISTRATOR],
    }
    return EksCluster("eks", EksClusterArgs(**{**values, **changes}))


def comes_after(found: dict[str, Any], later: str, earlier: str) -> bool:
    """Whether `later` is made after `earlier`, and so deleted before it."""
    by_urn = {one["urn"]: one for one in found.values()}

    @functools.cache
    def reach(urn: str) -> bool:
        needs = references(by_urn[urn])
        return found[earlier]["urn"] in needs or any(reach(need) for need in needs)

    return reach(found[later]["urn"])


@pytest.fixture
def whole(declared) -> dict[str, Any]:
    """Everything that a cluster can have."""

    def program() -> None:
        made = cluster(
            efs=True,
            protect=True,
            public_access_cidrs=["203.0.113.0/24"],
            node_pools={**default_node_pools(), NodeRole.BROKER: NodePoolArgs()},
        )
        opts = pulumi.ResourceOptions(provider=made.access.provider)
        namespace = kubernetes.core.v1.Namespace("flink", metadata={"name": "flink"}, opts=opts)
        identity = made.identity(
            "claims", "flink", "claims", {"lake": "arn:aws:iam::1:policy/lake"}, pulumi.ResourceOptions()
        )
        kubernetes.core.v1.Pod(
            "pod",
            metadata={"namespace": namespace.metadata.name},
            opts=pulumi.ResourceOptions(
                provider=made.access.provider, depends_on=[*made.access.ready, *identity.ready]
            ),
        )

    return declared(program)


def objects(found: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in found.items() if one["type"].startswith("kubernetes:")}


# -- the control plane -----------------------------------------------------------------------------------------------


def test_the_cluster_is_closed_encrypted_logged_and_has_access_entries(declared):
    inputs = declared(cluster)["Cluster eks"]["inputs"]
    assert inputs["endpointPrivateAccess"] is True
    assert inputs["endpointPublicAccess"] is False
    # pulumi-eks fails on ranges without public access.
    assert "publicAccessCidrs" not in inputs
    assert inputs["encryptionConfigKeyArn"].startswith("arn:aws:kms:")
    assert inputs["authenticationMode"] == "API"
    assert inputs["vpcId"] == "vpc-0a"
    assert inputs["privateSubnetIds"] == ["subnet-0a", "subnet-0b"]


def test_the_cluster_is_open_to_the_named_ranges_only(whole):
    inputs = whole["Cluster eks"]["inputs"]
    assert inputs["endpointPublicAccess"] is True
    assert inputs["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_a_private_api_server_lets_in_the_named_ranges_until_the_cluster_goes(declared):
    """EKS' own group lets in nodes only: without a rule `pulumi up` could not reach a cluster without public access."""
    found = declared(lambda: cluster(private_access_cidrs=["10.8.0.0/16"]))
    rule = found["SecurityGroupIngressRule eks-api-10.8.0.0/16"]
    assert (rule["inputs"]["cidrIpv4"], rule["inputs"]["fromPort"], rule["inputs"]["toPort"]) == (
        "10.8.0.0/16",
        443,
        443,
    )
    assert (
        rule["inputs"]["securityGroupId"]
        == found["NodeClass eks-node-class"]["inputs"]["spec"]["securityGroupSelectorTerms"][0]["id"]
    )
    assert rule["deletedWith"] == found["Cluster eks"]["urn"]
    assert comes_after(found, "NodeClass eks-node-class", "SecurityGroupIngressRule eks-api-10.8.0.0/16")


def test_pulumi_eks_makes_nothing_beyond_the_cluster(declared):
    """No CoreDNS add-on, no second node role, no role for instances, no storage class of the wrong driver."""
    made = declared(cluster)["Cluster eks"]
    assert made["unseenChildren"] == ["aws:eks/cluster:Cluster", "pulumi:providers:kubernetes"]
    assert "storageClasses" not in made["inputs"]
    # With no built-in pool there may be no node role either.
    assert made["inputs"]["autoMode"] == {
        "enabled": True,
        "createNodeRole": False,
        "computeConfig": {"nodePools": []},
    }


def test_aws_knows_the_values_from_closed_sets(whole):
    model = botocore.session.get_session().get_service_model("eks")

    def allowed(shape: str) -> set[str]:
        return set(model.shape_for(shape).enum)  # pyright: ignore[reportAttributeAccessIssue]

    inputs = whole["Cluster eks"]["inputs"]
    assert inputs["authenticationMode"] in allowed("AuthenticationMode")
    assert set(inputs["enabledClusterLogTypes"]) == allowed("LogType")
    assert inputs["upgradePolicy"]["supportType"] in allowed("SupportType")
    conflicts = {whole["Addon eks-files"]["inputs"][f"resolveConflictsOn{when}"] for when in ("Create", "Update")}
    assert conflicts <= allowed("ResolveConflicts")
    for name, one in whole.items():
        if name.startswith("AccessPolicyAssociation"):
            assert one["inputs"]["accessScope"]["type"] in allowed("AccessScopeType")
    files = botocore.session.get_session().get_service_model("efs")
    modes = set(files.shape_for("ThroughputMode").enum)  # pyright: ignore[reportAttributeAccessIssue]
    assert whole["FileSystem eks-files"]["inputs"]["throughputMode"] in modes


def test_logs_go_to_an_encrypted_group_that_is_there_before_the_cluster(declared):
    found = declared(lambda: cluster(log_days=30))
    group = found["LogGroup eks"]["inputs"]
    assert group["name"] == "/aws/eks/p-test/cluster"
    assert group["retentionInDays"] == 30
    assert group["kmsKeyId"] == found["Key eks"]["outputs"]["arn"]
    policy = json.loads(found["Key eks"]["inputs"]["policy"])
    (condition,) = [one["Condition"] for one in policy["Statement"] if "Condition" in one]
    assert condition["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"] == found["LogGroup eks"]["outputs"]["arn"]
    assert comes_after(found, "Cluster eks", "LogGroup eks")


def test_the_cluster_has_all_its_rights_before_it_is_made_and_as_long_as_it_lives(declared):
    found = declared(cluster)
    rights = [name for name in found if name.startswith(("RolePolicyAttachment eks-cluster", "RolePolicy eks"))]
    assert len(rights) == 7
    for right in rights:
        assert comes_after(found, "Cluster eks", right)
    assert found["Key eks"]["outputs"]["arn"] in found["RolePolicy eks-volume-key"]["inputs"]["policy"]


def test_the_key_rotates(declared):
    found = declared(lambda: cluster(key_deletion_days=7))["Key eks"]["inputs"]
    assert found["enableKeyRotation"] is True
    assert found["deletionWindowInDays"] == 7


def test_the_control_plane_does_not_wait_for_the_way_out_but_nodes_do(declared):
    found = declared(cluster)
    assert not comes_after(found, "Cluster eks", "Route nat")
    assert comes_after(found, "NodePool eks-platform", "Route nat")


# -- who may do what -------------------------------------------------------------------------------------------------


def entries(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Principal -> type of its entry and name of its policy."""
    kinds = {
        one["inputs"]["principalArn"]: one["inputs"]["type"]
        for name, one in found.items()
        if name.startswith("AccessEntry ")
    }
    policies = {
        one["inputs"]["principalArn"]: one["inputs"]["policyArn"].rpartition("/")[2]
        for name, one in found.items()
        if name.startswith("AccessPolicyAssociation ")
    }
    return {principal: (kind, policies[principal]) for principal, kind in kinds.items()}


def test_everybody_has_one_entry_and_nodes_may_join(declared):
    found = declared(cluster)
    assert entries(found) == {
        "arn:aws:iam::123456789012:role/p-test-node": ("EC2", "AmazonEKSAutoNodePolicy"),
        ADMINISTRATOR: ("STANDARD", "AmazonEKSClusterAdminPolicy"),
        VIEWER: ("STANDARD", "AmazonEKSViewPolicy"),
    }


def test_another_viewer_renames_nobody(declared):
    before = declared(lambda: cluster(viewers=[VIEWER]))
    after = declared(lambda: cluster(viewers=["arn:aws:iam::123456789012:role/a", VIEWER]))
    assert set(before) < set(after)


def test_nodes_join_because_their_entry_is_there_before_them(declared):
    found = declared(cluster)
    for kind in ("AccessEntry", "AccessPolicyAssociation"):
        assert comes_after(found, "NodePool eks-taskmanager", f"{kind} eks-node")
    for policy in ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"):
        assert comes_after(found, "NodePool eks-taskmanager", f"RolePolicyAttachment eks-node-{policy}")


# -- coming and going ------------------------------------------------------------------------------------------------


def test_everything_in_the_cluster_goes_before_access_entries_and_these_with_the_cluster(whole):
    inside = objects(whole)
    assert len(inside) > 10
    last = [name for name in whole if name.startswith(("AccessEntry ", "AccessPolicyAssociation "))]
    assert len(last) == 6
    for one in inside:
        for entry in last:
            assert comes_after(whole, one, entry), (one, entry)
    for entry in last:
        assert whole[entry]["deletedWith"] == whole["Cluster eks"]["urn"]


def test_pods_go_before_nodes_nodes_before_their_class_and_that_before_the_role(whole):
    for role in NodeRole:
        assert comes_after(whole, "Pod pod", f"NodePool eks-{role.value}")
        assert comes_after(whole, f"NodePool eks-{role.value}", "NodeClass eks-node-class")
    assert comes_after(whole, "NodeClass eks-node-class", "Role eks-node")
    assert comes_after(whole, "NodeClass eks-node-class", "Cluster eks")


def test_what_has_something_in_aws_behind_it_is_deleted_for_itself(whole):
    """Nodes are instances, a node class is an instance profile: skipped with the cluster they could be left behind."""
    skipped = {name for name, one in objects(whole).items() if one.get("deletedWith")}
    assert not [name for name in skipped if name.startswith(("NodePool", "NodeClass", "Pod", "Namespace"))]
    assert {"StorageClass eks-streaming-gp3", f"PriorityClass eks-{JOB_MANAGER_PRIORITY}"} <= skipped
    assert "deletedWith" not in whole["FileSystem eks-files"]
    for role in NodeRole:
        assert whole[f"NodePool eks-{role.value}"]["customTimeouts"] == {"delete": "45m"}


def test_volumes_need_their_class(whole):
    assert comes_after(whole, "Pod pod", "StorageClass eks-streaming-gp3")
    assert comes_after(whole, "Pod pod", "StorageClass eks-files-class")


@pytest.mark.parametrize("protect", [True, False])
def test_what_cannot_be_had_back_is_protected_where_asked(declared, protect: bool):
    found = declared(lambda: cluster(protect=protect, efs=True) and None)
    for stateful in ("Cluster eks", "Key eks", "FileSystem eks-files"):
        assert found[stateful].get("protect", False) is protect
    assert found["Cluster eks"]["inputs"]["deletionProtection"] is protect
    policy = "Retain" if protect else "Delete"
    assert found["StorageClass eks-streaming-gp3"]["inputs"]["reclaimPolicy"] == policy
    assert found["StorageClass eks-files-class"]["inputs"]["reclaimPolicy"] == policy


# -- in the cluster --------------------------------------------------------------------------------------------------


def test_a_new_kubeconfig_replaces_no_object(declared):
    provider = declared(cluster)["kubernetes eks"]["inputs"]
    assert provider["clusterIdentifier"] == ARN
    assert provider["kubeconfig"] == UNKNOWN
    # No decision of the shell: neither the context nor the file of whoever runs it.
    assert set(provider) == {
        "clusterIdentifier", "kubeconfig", "enableConfigMapMutable", "enableSecretMutable", "version",
    }  # fmt: skip


def test_every_object_validates(whole):
    for name, one in objects(whole).items():
        manifest = json.loads(json.dumps(one["inputs"]).replace(UNKNOWN, "fs-0a" if "files" in name else "sg-0c"))
        if not name.startswith(("Pod ", "Namespace ")):
            check_manifest(manifest)


def test_nodes_carry_the_groups_of_cluster_and_workloads(declared):
    spec = declared(cluster)["NodeClass eks-node-class"]["inputs"]["spec"]
    assert spec["securityGroupSelectorTerms"] == [{"id": UNKNOWN}, {"id": "sg-0a"}]
    assert spec["role"] == "p-test-node"
    assert spec["tags"] == {"project": "p"}


def test_without_waiting_objects_say_so(declared):
    for wait in (True, False):
        pool = declared(lambda wait=wait: cluster(wait=wait) and None)["NodePool eks-platform"]["inputs"]
        assert ("pulumi.com/skipAwait" in pool["metadata"]["annotations"]) is not wait


def test_access_names_what_the_rest_of_the_platform_needs(declared):
    seen = []

    def program() -> None:
        access = cluster().access
        seen.append(access)
        pulumi.export("name", access.eks_name)

    declared(program)
    (access,) = seen
    assert set(access.placements) == {NodeRole.PLATFORM, NodeRole.JOB_MANAGER, NodeRole.TASK_MANAGER}
    assert access.placement(NodeRole.BROKER).pod_spec() == {}
    assert (access.storage_class, access.shared_storage_class) == ("streaming-gp3", None)


def test_a_cluster_without_nodes_for_the_platform_is_refused(declared):
    with pytest.raises(PlatformError, match="platform"):
        declared(lambda: cluster(node_pools={NodeRole.TASK_MANAGER: NodePoolArgs()}))


def test_pools_may_be_named_by_text(declared):
    """So they come from a program in another language."""
    found = declared(lambda: cluster(node_pools={"platform": NodePoolArgs(), "broker": NodePoolArgs()}))
    assert "NodePool eks-broker" in found


# -- identities ------------------------------------------------------------------------------------------------------


def test_an_identity_is_a_role_for_one_service_account_and_ready_with_its_rights(whole):
    association = whole["PodIdentityAssociation claims"]
    assert association["inputs"]["clusterName"] == "p-test"
    assert comes_after(whole, "PodIdentityAssociation claims", "Cluster eks")
    assert association["deletedWith"] == whole["Cluster eks"]["urn"]
    role = whole["Role claims"]["inputs"]
    assert role["name"] == "p-test-claims"
    assert json.loads(role["assumeRolePolicy"])["Statement"][0]["Condition"]["StringEquals"] == {
        "aws:RequestTag/eks-cluster-arn": ARN,
        "aws:RequestTag/kubernetes-namespace": "flink",
        "aws:RequestTag/kubernetes-service-account": "claims",
    }
    # A pod that starts before its association has no credentials, and gets none later.
    assert comes_after(whole, "Pod pod", "PodIdentityAssociation claims")
    assert comes_after(whole, "Pod pod", "RolePolicyAttachment claims-lake")
    # The trust reads session tags: with them disabled nobody could take the role.
    assert "disableSessionTags" not in association["inputs"]


# -- shared files ----------------------------------------------------------------------------------------------------


def test_files_are_encrypted_elastic_and_let_in_the_workloads_only(whole):
    files = whole["FileSystem eks-files"]["inputs"]
    assert files["encrypted"] is True
    assert files["kmsKeyId"] == whole["Key eks"]["outputs"]["arn"]
    assert files["throughputMode"] == "elastic"
    rule = whole["SecurityGroupIngressRule eks-files"]["inputs"]
    assert (rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (2049, 2049, "tcp")
    assert rule["referencedSecurityGroupId"] == "sg-0a"
    assert "cidrIpv4" not in rule
    assert {whole[f"MountTarget eks-files-{index}"]["inputs"]["subnetId"] for index in (0, 1)} == {
        "subnet-0a",
        "subnet-0b",
    }


def test_the_driver_has_an_identity_and_a_node_to_run_on(whole):
    addon = whole["Addon eks-files"]["inputs"]
    assert addon["addonName"] == "aws-efs-csi-driver"
    (association,) = addon["podIdentityAssociations"]
    assert association == {
        "roleArn": "arn:aws:iam::123456789012:role/p-test-efs-driver",
        "serviceAccount": "efs-csi-controller-sa",
    }
    assert comes_after(whole, "Addon eks-files", "NodePool eks-platform")
    for index in (0, 1):
        assert comes_after(whole, "StorageClass eks-files-class", f"MountTarget eks-files-{index}")


def test_without_efs_there_is_nothing_of_it(declared):
    assert not [name for name in declared(cluster) if "files" in name]
