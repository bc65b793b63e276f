"""EKS: nodes, their disks, and what pods on them may be.

Numbers of the CIS Amazon EKS Benchmark are those of v1.8.0.
"""

import re
from collections.abc import Iterator

from policies.customer_keys import key_problem
from policies.framework import Resource, Stack, Unknown, policy, stack_policy

NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
KARPENTER_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"

# EKS Auto Mode's own driver and the add-on's. EFS is encrypted at the file system.
BLOCK_DRIVERS = ("ebs.csi.eks.amazonaws.com", "ebs.csi.aws.com", "kubernetes.io/aws-ebs")

MOST_HOURS = 21 * 24
"""Auto Mode replaces a node after 21 days at the latest:
https://docs.aws.amazon.com/eks/latest/userguide/automode.html"""


@stack_policy(
    "eks-node-storage-key",
    types=(NODE_CLASS,),
    severity="medium",
    controls=("PCI DSS 3.5.1", "SOC 2 CC6.1"),
    reason="Local state of Flink, shuffle files and container logs lie on these disks.",
    remedy="Set spec.ephemeralStorage.kmsKeyID to a customer key.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html",
)
def node_storage_key(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for node_class in stack.of(NODE_CLASS):
        with stack.judging(node_class):
            if problem := key_problem(stack, node_class, "spec", "ephemeralStorage", "kmsKeyID"):
                yield node_class, f"the nodes' disks: {problem}"


@policy(
    "eks-nodes-private",
    types=(NODE_CLASS, KARPENTER_CLASS),
    severity="high",
    controls=("CIS EKS 5.4.3", "PCI DSS 1.4.4", "SOC 2 CC6.6"),
    reason="A node with a public address is one security group rule away from the internet.",
    remedy="Leave out associatePublicIPAddress (advancedNetworking of the NodeClass) and take private subnets.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html",
)
def nodes_private(resource: Resource) -> Iterator[str]:
    where = ("spec", "advancedNetworking") if resource.type == NODE_CLASS else ("spec",)
    if resource.value(*where, "associatePublicIPAddress", default=False):
        yield "nodes get a public address"


@policy(
    "eks-instance-metadata",
    types=(LAUNCH_TEMPLATE, KARPENTER_CLASS),
    severity="high",
    controls=("CIS AWS v5.0.0 5.7", "AWS FSBP EC2.170", "PCI DSS 2.2.6", "SOC 2 CC6.6"),
    reason="A pod that can be made to fetch an address gets the node's credentials.",
    remedy="Set metadataOptions.httpTokens to required and the hop limit to 1; Auto Mode does both by itself.",
    url="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
)
def instance_metadata(resource: Resource) -> Iterator[str]:
    """Karpenter's default is `required` with one hop, EC2's is not."""
    template = resource.type == LAUNCH_TEMPLATE
    where = ("metadataOptions",) if template else ("spec", "metadataOptions")
    tokens = resource.value(*where, "httpTokens", default="optional" if template else "required")
    if tokens != "required":
        yield f"metadata without a token: httpTokens is {tokens}"
    hops = resource.value(*where, "httpPutResponseHopLimit", default=1)
    if hops > 1:
        yield f"metadata for pods: {hops} hops"


@stack_policy(
    "eks-volumes-encrypted",
    types=(STORAGE_CLASS,),
    severity="high",
    controls=("PCI DSS 3.5.1", "SOC 2 CC6.1"),
    reason="EBS volumes of a StorageClass are not encrypted unless it says so.",
    remedy='Set parameters.encrypted to "true" and parameters.kmsKeyId to a customer key.',
    url="https://docs.aws.amazon.com/eks/latest/userguide/create-storage-class.html",
)
def volumes_encrypted(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for storage in stack.of(STORAGE_CLASS):
        with stack.judging(storage):
            if storage.value("provisioner") not in BLOCK_DRIVERS:
                continue
            if str(storage.value("parameters", "encrypted", default="false")).lower() != "true":
                yield storage, "volumes are not encrypted"
            if problem := key_problem(stack, storage, "parameters", "kmsKeyId"):
                yield storage, f"volumes: {problem}"


@policy(
    "eks-volumes-kept",
    types=(STORAGE_CLASS,),
    severity="medium",
    controls=("SOC 2 A1.2",),
    reason="With a claim that is deleted by mistake its volume and data go at once.",
    remedy="Set reclaimPolicy to Retain; this platform does in the environment prod.",
    url="https://kubernetes.io/docs/concepts/storage/storage-classes/#reclaim-policy",
)
def volumes_kept(resource: Resource) -> Iterator[str]:
    """Of block storage: what EFS keeps is a directory of a file system that has a protection of its own."""
    if not resource.production or resource.value("provisioner") not in BLOCK_DRIVERS:
        return
    if (kept := resource.value("reclaimPolicy", default="Delete")) != "Retain":
        yield f"the reclaim policy in production is {kept}"


@stack_policy(
    "eks-network-policy-enforced",
    types=(NODE_CLASS,),
    severity="high",
    controls=("CIS EKS 4.3.1", "CIS EKS 5.4.4", "PCI DSS 1.2.1", "SOC 2 CC6.6"),
    reason="NetworkPolicy objects are accepted and do nothing: every pod reaches every other.",
    remedy='Set enable-network-policy-controller to "true" in the ConfigMap amazon-vpc-cni of kube-system.',
    url="https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html",
)
def network_policy_enforced(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for node_class in stack.of(NODE_CLASS):
        with stack.judging(node_class):
            if not _enforced(stack):
                yield node_class, "network policies are not enforced"


def _enforced(stack: Stack) -> bool:
    unknown: Unknown | None = None
    for config_map in stack.of(CONFIG_MAP):
        try:
            name = (config_map.value("metadata", "namespace"), config_map.value("metadata", "name"))
            if name == ("kube-system", "amazon-vpc-cni"):
                return config_map.value("data", "enable-network-policy-controller") == "true"
        except Unknown as one:
            unknown = Unknown(one.property, one.urn or config_map.urn)
    if unknown:
        raise unknown
    return False


@policy(
    "eks-node-pools-bounded",
    types=(NODE_POOL,),
    severity="medium",
    controls=("PCI DSS 6.3.3", "SOC 2 A1.1", "SOC 2 CC7.1"),
    reason="A job that asks for too much starts nodes without end, and nodes that live too long are not patched.",
    remedy="Set cluster.node_pools.<pool>.max_cpu and expire_hours (at most 504).",
    url="https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html",
)
def node_pools_bounded(resource: Resource) -> Iterator[str]:
    if not resource.value("spec", "limits", "cpu"):
        yield "no limit of CPUs"
    life = str(resource.value("spec", "template", "spec", "expireAfter", default="336h"))
    if life == "Never" or _hours(life) > MOST_HOURS:
        yield f"nodes live for {life}"


def _hours(text: str) -> float:
    """`336h`, `21h30m` in hours: Karpenter takes Go's durations."""
    units = {"h": 1.0, "m": 1 / 60, "s": 1 / 3600}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([0-9.]+)([hms])", text))


@stack_policy(
    "eks-pod-identity-own-role",
    types=(ASSOCIATION,),
    severity="medium",
    controls=("CIS EKS 5.2.1", "PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="With a shared role each workload has the rights of all that share it, and a log does not tell them apart.",
    remedy="Give each service account a role of its own.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html",
)
def pod_identity_own_role(stack: Stack) -> Iterator[tuple[Resource, str]]:
    first: dict[str, Resource] = {}
    for association in sorted(stack.of(ASSOCIATION), key=lambda one: one.urn):
        with stack.judging(association):
            roles = sorted(one.urn for one in stack.names(association, "roleArn"))
            role = " ".join(roles) or str(association.value("roleArn"))
            other = first.setdefault(role, association)
            if other is not association:
                yield association, f"takes the same role as {other.name}"
