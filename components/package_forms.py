"""Inputs of the component package for what a program in Python gives as an object: a cluster, checked settings."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi

from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from components.cluster.identity import AccessKeys, PodIdentity, WebIdentity
from components.errors import problem


@dataclass
class KubernetesCluster:
    """A cluster that exists, as `ExistingCluster` takes it. Exactly one of `access_key_secret`, `oidc_issuer` and
    `eks_name` says how pods reach AWS.

    kubeconfig:  its text, a secret
    context:     context of the kubeconfig, by name
    identifier:  a name that is this cluster's for good: with another one all its objects are made anew
    name_prefix: of the IAM roles that are made for pods
    account_id:  AWS account of these roles
    access_key_secret: Secret in the pods' namespace with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    oidc_issuer: the cluster's issuer without https://, registered in IAM
    eks_name:    name of an EKS cluster with the Pod Identity agent
    eks_arn:     its ARN; with `eks_name`
    tags:        of the IAM roles
    storage_class: for volumes of one pod (default: the cluster's default class)
    shared_storage_class: for volumes of many pods (default: none)
    node_selector: labels of the nodes that pods may use
    priority_classes: True in one component of each cluster, which makes the three PriorityClasses (default False)
    wait:        whether `pulumi up` waits until objects are ready (default True)
    """

    kubeconfig: pulumi.Input[str]
    context: str
    identifier: str
    name_prefix: str
    account_id: str
    access_key_secret: str | None = None
    oidc_issuer: str | None = None
    eks_name: pulumi.Input[str] | None = None
    eks_arn: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    storage_class: str | None = None
    shared_storage_class: str | None = None
    node_selector: dict[str, str] = field(default_factory=dict)
    priority_classes: bool = False
    wait: bool = True


def existing_cluster(name: str, given: KubernetesCluster, opts: pulumi.ResourceOptions) -> ExistingCluster:
    """The cluster as components take it. Raises PlatformError where it does not say how pods reach AWS."""
    return ExistingCluster(
        name,
        ExistingClusterArgs(
            kubeconfig=given.kubeconfig,
            context=given.context,
            identifier=given.identifier,
            aws_identity=_identity(name, given),
            name_prefix=given.name_prefix,
            account_id=given.account_id,
            tags=given.tags,
            storage_class=given.storage_class,
            shared_storage_class=given.shared_storage_class,
            node_selector=given.node_selector,
            priority_classes=given.priority_classes,
            wait=given.wait,
        ),
        opts=opts,
    )


def _identity(name: str, given: KubernetesCluster) -> AccessKeys | WebIdentity | PodIdentity:
    ways = {
        "accessKeySecret": given.access_key_secret,
        "oidcIssuer": given.oidc_issuer,
        "eksName": given.eks_name,
    }
    said = [key for key, value in ways.items() if value is not None]
    if len(said) != 1:
        remedy = "say in one way how pods reach AWS"
        raise problem(name, "cluster", " and ".join(said) or "none of them", f"one of {', '.join(ways)}", remedy)
    if given.access_key_secret is not None:
        return AccessKeys(given.access_key_secret)
    if given.oidc_issuer is not None:
        return WebIdentity(given.oidc_issuer)
    if given.eks_name is None or given.eks_arn is None:
        raise problem(name, "cluster.eksArn", "nothing", "an ARN", "add the ARN of the cluster eksName")
    return PodIdentity(given.eks_name, given.eks_arn)


@dataclass
class PlatformArgs:
    """Inputs of `Platform`.

    settings:            the keys of a stack file, without `streaming-platform:`. Keys inside are those of a stack file
                         too (account_id, not accountId). Secrets are no settings: `pulumi config set --secret
                         streaming-platform:<key>`
    applications_folder: absolute path of the folder with one folder for each of `settings.applications`
    """

    settings: dict[str, Any]
    applications_folder: str


def platform(name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None) -> pulumi.ComponentResource:
    """`Platform` from settings that are not checked yet. Raises PlatformError with all mistakes."""
    from components.platform import Platform, load_applications
    from components.platform import PlatformArgs as Checked
    from components.settings import parse

    folder = Path(args.applications_folder)
    if not folder.is_absolute():
        # The package runs in a folder of its own.
        remedy = "write the whole path; in YAML: ${pulumi.cwd}/" + args.applications_folder
        raise problem(name, "applicationsFolder", args.applications_folder, "an absolute path", remedy)
    settings = parse(args.settings, f"settings of {name}")
    return Platform(name, Checked(settings, load_applications(settings.applications, folder)), opts)
