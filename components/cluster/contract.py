"""What every Kubernetes cluster gives to the rest of the platform, whichever flavour it is.

Flink, Kafka's helpers, CDC and the TLS endpoint read a `ClusterAccess` and know no flavour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import pulumi
import pulumi_kubernetes as kubernetes


class NodeRole(StrEnum):
    """What a node is for. Each role is a node pool of its own where the cluster has pools."""

    PLATFORM = "platform"
    JOB_MANAGER = "jobmanager"
    TASK_MANAGER = "taskmanager"
    BROKER = "broker"


@dataclass(frozen=True)
class Placement:
    """Which nodes a pod may use, in the shape of a pod's spec.

    node_selector: labels that the node has
    tolerations:   taints that the pod stands
    """

    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, str]] = ()

    def pod_spec(self) -> dict[str, Any]:
        """`nodeSelector` and `tolerations`, those that are not empty."""
        spec: dict[str, Any] = {}
        if self.node_selector:
            spec["nodeSelector"] = dict(self.node_selector)
        if self.tolerations:
            spec["tolerations"] = [dict(one) for one in self.tolerations]
        return spec


@dataclass(frozen=True)
class ServiceAccountIdentity:
    """How the pods of one service account reach AWS.

    role_arn:    IAM role; None where pods have access keys
    annotations: of the service account
    env:         further environment variables of each container, in the shape of a container's `env`
    ready:       what has to exist before such a pod starts: a Pod Identity reaches only pods started after it
    """

    role_arn: pulumi.Input[str] | None = None
    annotations: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    env: Sequence[Mapping[str, Any]] = ()
    ready: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True)
class ClusterAccess:
    """How objects get onto the cluster, and where its pods run.

    flavour:        which cluster it is; for people and exports, never for decisions
    provider:       Kubernetes provider of exactly this cluster
    eks_name:       name of the EKS cluster, an Output that waits for it; None elsewhere
    placements:     where the pods of each role run
    storage_class:  for volumes of one pod; None: the cluster's default class
    shared_storage_class: for volumes of many pods (EFS); None where there is none
    wait:           whether `pulumi up` waits until workloads are ready
    ready:          what has to exist before a pod can run: node pools and storage classes
    """

    flavour: str
    provider: kubernetes.Provider
    eks_name: pulumi.Input[str] | None
    placements: Mapping[NodeRole, Placement]
    storage_class: str | None = None
    shared_storage_class: str | None = None
    wait: bool = True
    ready: Sequence[pulumi.Resource] = ()

    def placement(self, role: NodeRole) -> Placement:
        return self.placements.get(role, Placement())


class Cluster(Protocol):
    """A cluster flavour."""

    access: ClusterAccess

    def identity(
        self,
        name: str,
        namespace: str,
        service_account: str,
        policy_arns: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> ServiceAccountIdentity:
        """Let the pods of `service_account` in `namespace` do what the IAM policies allow, and nothing else.

        name:        logical name, and the purpose in the role's name
        policy_arns: short logical name -> ARN of an IAM policy
        """
        ...
