"""EKS: the control plane. The nodes are in `eks_nodes`.

Two types stand for a cluster: `eks:index:Cluster`, the component that the program declares (a Plan made in process has
nothing else), and `aws:eks/cluster:Cluster`, which it makes.

Numbers of the CIS Amazon EKS Benchmark are those of v1.8.0.
"""

import fnmatch
import ipaddress
from collections.abc import Iterator
from typing import Any

from policies.framework import Resource, policy
from policies.support import support_ended

COMPONENT = "eks:index:Cluster"
CLUSTERS = (COMPONENT, "aws:eks/cluster:Cluster")

OWN_NODES = (
    *("aws:eks/nodeGroup:NodeGroup", "aws:eks/fargateProfile:FargateProfile"),
    *("eks:index:NodeGroup", "eks:index:NodeGroupV2", "eks:index:ManagedNodeGroup"),
)

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")

STANDARD_SUPPORT_ENDS = {
    # https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html and https://endoflife.date/amazon-eks
    "1.32": "2026-03-23",
    "1.33": "2026-07-29",
    "1.34": "2026-12-02",
    "1.35": "2027-03-27",
}
"""Last day of standard support. A newer version than these has no date here and passes."""


def _setting(resource: Resource, component: str, *raw: str, default: Any = None) -> Any:
    """An input of the component, or the same of the cluster itself."""
    return resource.value(*((component,) if resource.type == COMPONENT else raw), default=default)


def _public(resource: Resource) -> bool:
    return bool(_setting(resource, "endpointPublicAccess", "vpcConfig", "endpointPublicAccess", default=True))


@policy(
    "eks-endpoint-allow-listed",
    types=CLUSTERS,
    severity="critical",
    controls=("CIS EKS 5.4.1", "PCI DSS 1.3.1", "PCI DSS 1.4.4", "SOC 2 CC6.6"),
    reason="Everybody on the internet can try credentials and exploits on the API server.",
    remedy="Name the networks of people and CI in cluster.public_access_cidrs, or leave it out: no public address.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
    config={
        "widest_ipv4": {"type": "integer", "default": 16, "description": "shortest prefix that counts as a list"},
        "widest_ipv6": {"type": "integer", "default": 32, "description": "the same for IPv6"},
    },
)
def endpoint_allow_listed(resource: Resource) -> Iterator[str]:
    """Networks shorter than the limits are no list: two halves of the internet are the internet."""
    if not _public(resource):
        return
    # AWS takes an empty list for everybody, as one that is left out.
    for cidr in _setting(resource, "publicAccessCidrs", "vpcConfig", "publicAccessCidrs") or ["0.0.0.0/0"]:
        try:
            network = ipaddress.ip_network(str(cidr), strict=False)
        except ValueError:
            yield f"{cidr!r} is no network"
            continue
        if network.prefixlen < resource.config["widest_ipv4" if network.version == 4 else "widest_ipv6"]:
            yield f"the API server is open to {cidr}"


@policy(
    "eks-endpoint-private",
    types=CLUSTERS,
    severity="high",
    controls=("CIS EKS 5.4.2", "AWS FSBP EKS.1", "PCI DSS 1.4.4", "SOC 2 CC6.6"),
    reason="Nodes reach the API server through the internet, and in production so does everybody else.",
    remedy="Keep the private endpoint on; in production leave cluster.public_access_cidrs out and take "
    "cluster.private_access_cidrs.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
)
def endpoint_private(resource: Resource) -> Iterator[str]:
    if not _setting(resource, "endpointPrivateAccess", "vpcConfig", "endpointPrivateAccess", default=False):
        yield "the private endpoint is off"
    if resource.production and _public(resource):
        yield "the API server of a production cluster has a public address"


@policy(
    "eks-control-plane-logs",
    types=CLUSTERS,
    severity="medium",
    controls=("CIS EKS 2.1.1", "AWS FSBP EKS.8", "PCI DSS 10.2.1", "SOC 2 CC7.2"),
    reason="Who did what in the cluster, and why a call was refused, cannot be told afterwards.",
    remedy=f"Set enabledClusterLogTypes to {', '.join(LOG_TYPES)}.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
)
def control_plane_logs(resource: Resource) -> Iterator[str]:
    on = resource.value("enabledClusterLogTypes", default=[])
    missing = [kind for kind in LOG_TYPES if kind not in on]
    if missing:
        yield f"no logs of {', '.join(missing)}"


@policy(
    "eks-secrets-customer-key",
    types=CLUSTERS,
    severity="high",
    controls=("CIS EKS 5.3.1", "AWS FSBP EKS.3", "PCI DSS 3.5.1", "PCI DSS 8.3.2", "SOC 2 CC6.1"),
    reason="Secrets hold the passwords of Kafka, databases and CMF; only a key of your own can be withdrawn.",
    remedy="Set encryptionConfigKeyArn (of the resource: encryptionConfig for secrets) to a customer key.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html",
)
def secrets_customer_key(resource: Resource) -> Iterator[str]:
    if resource.type == COMPONENT:
        if not resource.value("encryptionConfigKeyArn"):
            yield "Secrets are not encrypted with a customer key"
    elif "secrets" not in resource.value("encryptionConfig", "resources", default=[]) or not resource.value(
        "encryptionConfig", "provider", "keyArn"
    ):
        yield "Secrets are not encrypted with a customer key"


@policy(
    "eks-auto-mode",
    types=(*CLUSTERS, *OWN_NODES),
    severity="medium",
    controls=("PCI DSS 6.3.3", "SOC 2 CC7.1"),
    reason="Nodes outside Auto Mode are patched, scaled and replaced by you, or by nobody.",
    remedy="Turn Auto Mode on (autoMode.enabled) and describe nodes with node pools (cluster.node_pools).",
    url="https://docs.aws.amazon.com/eks/latest/userguide/automode.html",
)
def auto_mode(resource: Resource) -> Iterator[str]:
    if resource.type in OWN_NODES:
        yield "nodes that Auto Mode does not look after"
    elif resource.type == COMPONENT:
        if not resource.value("autoMode", "enabled", default=False):
            yield "Auto Mode is off"
    else:
        # AWS takes all three or none.
        parts = {
            "compute": ("computeConfig", "enabled"),
            "block storage": ("storageConfig", "blockStorage", "enabled"),
            "load balancing": ("kubernetesNetworkConfig", "elasticLoadBalancing", "enabled"),
        }
        off = [part for part, path in parts.items() if not resource.value(*path, default=False)]
        if off:
            yield f"Auto Mode is off: {', '.join(off)}"


@policy(
    "eks-version-supported",
    types=CLUSTERS,
    severity="high",
    controls=("AWS FSBP EKS.2", "PCI DSS 6.3.3", "PCI DSS 12.3.4", "SOC 2 CC7.1"),
    reason="A version past its standard support costs six times as much, and at the end AWS upgrades it unasked.",
    remedy="Raise cluster.kubernetes_version, one minor version at a time.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
    config={
        "ends": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "default": STANDARD_SUPPORT_ENDS,
            "description": "version: last day of its standard support, as 2027-03-27",
        },
    },
)
def version_supported(resource: Resource) -> Iterator[str]:
    version = resource.value("version")
    if not version:
        yield "no version is set: AWS takes the one that is its default on that day"
    elif ended := support_ended(str(version), str(version), resource.config["ends"]):
        yield f"standard {ended}"


@policy(
    "eks-support-standard",
    types=CLUSTERS,
    severity="medium",
    controls=("PCI DSS 6.3.3", "SOC 2 CC7.1"),
    reason="With extended support a forgotten cluster costs 0.60 instead of 0.10 USD per hour, for a year.",
    remedy="Set cluster.support_policy to STANDARD, the default of this platform and not of AWS.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/disable-extended-support.html",
)
def support_standard(resource: Resource) -> Iterator[str]:
    support = resource.value("upgradePolicy", "supportType", default="EXTENDED")
    if support != "STANDARD":
        yield f"the support type is {support}"


@policy(
    "eks-access-entries",
    types=CLUSTERS,
    severity="high",
    controls=("CIS EKS 4.1.7", "PCI DSS 7.2.1", "SOC 2 CC6.3"),
    reason="Whoever may write the ConfigMap aws-auth is administrator, and no AWS API shows who else is.",
    remedy="Set authenticationMode to API (of the resource: accessConfig.authenticationMode).",
    url="https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html",
)
def access_entries(resource: Resource) -> Iterator[str]:
    mode = _setting(resource, "authenticationMode", "accessConfig", "authenticationMode", default="CONFIG_MAP")
    if mode != "API":
        yield f"the authentication mode is {mode}"


@policy(
    "eks-deletion-protection",
    types=CLUSTERS,
    severity="high",
    controls=("SOC 2 A1.2", "SOC 2 CC8.1"),
    reason="One call deletes a production cluster and every job on it.",
    remedy="Set deletionProtection to true; this platform does in the environment prod.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html",
)
def deletion_protection(resource: Resource) -> Iterator[str]:
    if resource.production and not resource.value("deletionProtection", default=False):
        yield "deletion protection of a production cluster is off"


@policy(
    "eks-access-by-roles",
    types=("aws:eks/accessEntry:AccessEntry", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"),
    severity="high",
    controls=("CIS EKS 4.1.1", "PCI DSS 7.2.5", "PCI DSS 8.2.2", "SOC 2 CC6.3"),
    reason="An IAM user has keys that never end, and the account's root is everybody in the account.",
    remedy="Name IAM roles in cluster.administrators and cluster.viewers.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html",
)
def access_by_roles(resource: Resource) -> Iterator[str]:
    principal = str(resource.value("principalArn", default=""))
    if ":role/" not in principal:
        yield f"{principal or 'nobody'} is no role"


@policy(
    "eks-cluster-admin-named",
    types=("aws:eks/accessPolicyAssociation:AccessPolicyAssociation",),
    severity="high",
    controls=("CIS EKS 4.1.1", "PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="Whoever may do everything in all namespaces reads every Secret and runs code as every application.",
    remedy="Take cluster.viewers, or an entry for some namespaces; or name the role in this policy's `administrators`.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html",
    config={
        "administrators": {
            "type": "array",
            "items": {"type": "string"},
            # The last are the roles that IAM Identity Center makes of AWS' own permission set.
            "default": ["*-admin", "*-admins", "AWSReservedSSO_AdministratorAccess_*"],
            "description": "names of IAM roles that may be administrators of the cluster, with * and ?",
        }
    },
)
def cluster_admin_named(resource: Resource) -> Iterator[str]:
    if not str(resource.value("policyArn", default="")).endswith("/AmazonEKSClusterAdminPolicy"):
        return
    if resource.value("accessScope", "type", default="cluster") != "cluster":
        return
    role = str(resource.value("principalArn", default="")).rpartition("/")[2]
    if not any(fnmatch.fnmatchcase(role, pattern) for pattern in resource.config["administrators"]):
        yield f"{role or 'nobody'} may do everything in the cluster"
