"""Any Kubernetes that exists: EKS, GKE, AKS, minikube. The stack puts objects onto it and owns nothing of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster.contract import ClusterAccess, NodeRole, Placement, ServiceAccountIdentity
from components.cluster.identity import AccessKeys, PodIdentity, RoleDefaults, WebIdentity, service_account_identity
from components.cluster.priorities import declare_priority_classes


@dataclass
class ExistingClusterArgs:
    """Inputs of `ExistingCluster`.

    kubeconfig:    its text, a secret
    context:       context of the kubeconfig, always by name: the current one may be another tomorrow
    identifier:    a name that is this cluster's for good: with another one all its objects are made anew
    aws_identity:  how pods reach AWS: `AccessKeys`, `WebIdentity` or `PodIdentity`
    name_prefix:   of the IAM roles that are made for pods
    account_id:    AWS account of these roles
    tags:          of these roles
    storage_class: for volumes of one pod; None: the cluster's default class
    shared_storage_class: for volumes of many pods; None where there is none
    node_selector: labels of the nodes that pods may use
    priority_classes: False where another stack on the same cluster has made them already (default True)
    wait:          whether `pulumi up` waits until objects are ready (default True)
    """

    kubeconfig: pulumi.Input[str]
    context: str
    identifier: str
    aws_identity: AccessKeys | WebIdentity | PodIdentity
    name_prefix: str
    account_id: str
    tags: dict[str, str]
    storage_class: str | None = None
    shared_storage_class: str | None = None
    node_selector: dict[str, str] = field(default_factory=dict)
    priority_classes: bool = True
    wait: bool = True


class ExistingCluster(pulumi.ComponentResource):
    """The cluster flavour `existing`; see `Cluster` in the contract for `access` and `identity`. No outputs."""

    def __init__(self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ExistingCluster", name, None, opts)
        self._how = args.aws_identity
        self._roles = RoleDefaults(args.name_prefix, args.account_id, args.tags)
        provider = kubernetes.Provider(
            name,
            kubeconfig=pulumi.Output.secret(args.kubeconfig),
            context=args.context,
            # A new kubeconfig (a rotated token, another endpoint) of the same cluster replaces no object.
            cluster_identifier=args.identifier,
            # A ConfigMap or Secret that changes is changed; it is not deleted and made anew under its pods.
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        in_cluster = pulumi.ResourceOptions(parent=self, provider=provider)
        placement = Placement(dict(args.node_selector))
        self.access = ClusterAccess(
            flavour="existing",
            provider=provider,
            eks_name=args.aws_identity.cluster_name if isinstance(args.aws_identity, PodIdentity) else None,
            placements=dict.fromkeys(NodeRole, placement),
            storage_class=args.storage_class,
            shared_storage_class=args.shared_storage_class,
            wait=args.wait,
            ready=declare_priority_classes(name, in_cluster) if args.priority_classes else [],
        )
        self.register_outputs({})

    def identity(
        self,
        name: str,
        namespace: str,
        service_account: str,
        policy_arns: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> ServiceAccountIdentity:
        """What `aws_identity` says: the environment with access keys, or a role for this service account alone."""
        return service_account_identity(name, namespace, service_account, policy_arns, self._how, self._roles, opts)
