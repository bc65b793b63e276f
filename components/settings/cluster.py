"""The Kubernetes cluster of a stack: EKS Auto Mode, or any that exists."""

import re
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from components.settings.base import DnsLabel, Model, RetentionDays
from components.versions import KUBERNETES


def _principal(text: str) -> str:
    if not re.fullmatch(r"arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:(role|user)/.+", text):
        raise ValueError(
            f"{text!r} is no IAM role or user; write arn:aws:iam::<account>:role/<name>, not the session "
            "(arn:aws:sts::...:assumed-role/...) that `aws sts get-caller-identity` shows"
        )
    return text


Principal = Annotated[str, AfterValidator(_principal)]


class SupportPolicy(StrEnum):
    """STANDARD: upgraded by AWS at the end of standard support. EXTENDED: kept, at 0.50 USD more an hour."""

    STANDARD = "STANDARD"
    EXTENDED = "EXTENDED"


class NodePool(Model):
    """Nodes for one kind of pods. Auto Mode starts and ends them as the pods need."""

    instance_categories: Annotated[list[Annotated[str, Field(pattern=r"^[a-z]{1,3}$")]], Field(min_length=1)] = Field(
        default=["m"], description="EC2 families: c, m, r, ..."
    )
    architectures: Annotated[list[Literal["amd64", "arm64"]], Field(min_length=1)] = Field(default=["amd64"])
    spot: bool = Field(default=False, description="spot instances are taken where there are any; on-demand else")
    max_cpu: Annotated[int, Field(ge=2, le=10_000)] = Field(default=32, description="vCPU of all its nodes together")
    expire_hours: Annotated[int, Field(ge=24, le=21 * 24)] = Field(
        default=336, description="age at which a node is replaced; Auto Mode allows 21 days at most"
    )
    consolidate_after_seconds: Annotated[int, Field(ge=0, le=86_400)] = Field(
        default=300, description="seconds a node is underused before its pods are moved"
    )
    max_unavailable: Annotated[str, Field(pattern=r"^([1-9][0-9]?%|100%|[0-9]{1,3})$")] = Field(
        default="1",
        description="nodes that may be replaced at once for a newer image or less use, a number or a percentage",
    )


class NodePools(Model):
    """One pool for each kind of pods, so that no kind disturbs another."""

    platform: NodePool = NodePool()
    jobmanagers: NodePool = NodePool()
    taskmanagers: NodePool = NodePool(instance_categories=["m", "c", "r"], max_cpu=64, max_unavailable="10%")
    brokers: NodePool | None = Field(default=None, description="only for a Kafka that runs on the cluster")

    @model_validator(mode="after")
    def _spot_only_where_it_is_safe(self) -> "NodePools":
        for name in ("platform", "jobmanagers", "brokers"):
            pool = getattr(self, name)
            if pool is not None and pool.spot:
                raise ValueError(
                    f"{name}.spot is true; a spot node goes with two minutes' notice, which only TaskManagers stand: "
                    "remove it"
                )
        return self


class EksCluster(Model):
    """An EKS cluster in Auto Mode: AWS runs nodes, storage and load balancers."""

    flavour: Literal["eks"]
    kubernetes_version: Literal["1.34", "1.35", "1.36"] = KUBERNETES  # type: ignore[assignment]
    support_policy: SupportPolicy = SupportPolicy.STANDARD
    public_access_cidrs: list[str] = Field(
        default_factory=list,
        description="ranges from which the API server can be reached; none: from within the VPC only",
    )
    private_access_cidrs: list[str] = Field(
        default_factory=list,
        description="ranges of this VPC, or of networks connected with it, from which the API server's private address "
        "can be reached: where you and CI are if there is no public one. Its security group lets in nodes only else",
    )
    administrators: list[Principal] = Field(
        default_factory=list,
        description="IAM roles that may do everything in the cluster. Not who creates the cluster: EKS lets "
        "that one in by itself, and refuses a second entry",
    )
    viewers: list[Principal] = Field(
        default_factory=list, description="IAM roles that may look at everything of Kubernetes' own kinds but secrets"
    )
    node_pools: NodePools = NodePools()
    efs: bool = Field(default=False, description="an encrypted EFS file system and its storage class, for shared files")
    log_days: RetentionDays = Field(default=90, description="days that control plane logs are kept")
    wait: bool = Field(default=True, description="`pulumi up` waits until workloads are ready")

    @model_validator(mode="after")
    def _not_open_to_the_world(self) -> "EksCluster":
        ranges = {"public_access_cidrs": self.public_access_cidrs, "private_access_cidrs": self.private_access_cidrs}
        for key, text in ((key, text) for key, texts in ranges.items() for text in texts):
            try:
                network = IPv4Network(text)
            except ValueError as error:
                raise ValueError(f"{key}: {text!r} is no IPv4 range: {error}; write one as 203.0.113.0/24") from None
            if network.prefixlen < 8:
                raise ValueError(f"{key}: {text} is open to the world; name the ranges of your offices and of CI")
        return self


class AccessKeySecret(Model):
    """Pods get AWS credentials from a Kubernetes Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."""

    kind: Literal["secret"]
    name: DnsLabel = Field(description="Secret in the namespaces of Flink and of CMF; you make and rotate it")


class WebIdentity(Model):
    """Pods take an IAM role through the cluster's own OIDC issuer (IRSA on EKS; workload federation elsewhere)."""

    kind: Literal["web_identity"]
    issuer: Annotated[str, Field(pattern=r"^[a-z0-9.-]+(/[A-Za-z0-9./_-]+)?$")] = Field(
        description="the cluster's OIDC issuer without https://, registered in IAM as an identity provider"
    )


class PodIdentity(Model):
    """Pods take an IAM role through the EKS Pod Identity agent of this EKS cluster."""

    kind: Literal["pod_identity"]
    cluster_name: Annotated[str, Field(pattern=r"^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$")]


AwsIdentity = Annotated[AccessKeySecret | WebIdentity | PodIdentity, Field(discriminator="kind")]


class ExistingCluster(Model):
    """Any Kubernetes that exists: EKS, GKE, AKS, minikube. Its kubeconfig is the secret `kubeconfig`."""

    flavour: Literal["existing"]
    context: Annotated[str, Field(min_length=1)] = Field(description="context of the kubeconfig to use, always by name")
    identifier: Annotated[str, Field(min_length=1)] = Field(
        description="a name that is this cluster's for good: with another one all its objects are made anew"
    )
    storage_class: str | None = Field(default=None, description="for volumes; default: the cluster's default class")
    node_selector: dict[str, str] = Field(default_factory=dict, description="labels of the nodes that pods may use")
    aws_identity: AwsIdentity = Field(description="how pods reach S3 and Glue")
    wait: bool = Field(default=True, description="`pulumi up` waits until workloads are ready")


ClusterSettings = Annotated[EksCluster | ExistingCluster, Field(discriminator="flavour")]
