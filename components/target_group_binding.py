"""What makes pods the targets of a load balancer that Pulumi made: EKS Auto Mode's TargetGroupBinding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.cluster.contract import ClusterAccess
from components.cluster.objects import KubernetesObject

CLUSTER_TAG = "eks:eks-cluster-name"
"""EKS Auto Mode's role registers targets only in target groups with this tag
(https://docs.aws.amazon.com/eks/latest/userguide/auto-learn-iam.html)."""


def binding_manifest(
    name: str,
    namespace: pulumi.Input[str],
    service: str,
    service_port: int,
    target_group_arn: pulumi.Input[str],
    group_id: pulumi.Input[str],
    pod_port: int,
) -> dict[str, Any]:
    """The object that makes EKS Auto Mode register a Service's pods as targets, by their addresses.

    Auto Mode's kind, not the one of the open-source controller (elbv2.k8s.aws). It may open `pod_port` for the load
    balancer's group and nothing else.
    """
    return {
        "apiVersion": "eks.amazonaws.com/v1",
        "kind": "TargetGroupBinding",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "serviceRef": {"name": service, "port": service_port},
            "targetGroupARN": target_group_arn,
            "targetType": "ip",
            "networking": {
                "ingress": [
                    {
                        "from": [{"securityGroup": {"groupID": group_id}}],
                        "ports": [{"protocol": "TCP", "port": pod_port}],
                    }
                ]
            },
        },
    }


@dataclass
class BindingArgs:
    """Inputs of `bind`.

    cluster, namespace:      where the Service is
    service, service_port, pod_port: the Service, its port, and the port of its pods
    target_group_arn:        of type ip, with the tag `CLUSTER_TAG`
    group_id:                security group of the load balancer
    needs:                   what has to exist before, and goes after
    """

    cluster: ClusterAccess
    namespace: pulumi.Input[str]
    service: str
    service_port: int
    pod_port: int
    target_group_arn: pulumi.Input[str]
    group_id: pulumi.Input[str]
    needs: Sequence[pulumi.Resource]


def bind(name: str, args: BindingArgs, parent: pulumi.Resource) -> KubernetesObject:
    """Declare the binding, so that its finalizer can always do its work."""
    return KubernetesObject(
        name,
        binding_manifest(
            "cmf",
            args.namespace,
            args.service,
            args.service_port,
            args.target_group_arn,
            args.group_id,
            args.pod_port,
        ),
        pulumi.ResourceOptions(
            parent=parent,
            provider=args.cluster.provider,
            depends_on=[*args.needs, *args.cluster.ready],
            # The controller's webhook refuses another target group in place, and two bindings cannot have one name.
            replace_on_changes=["spec.targetGroupARN"],
            delete_before_replace=True,
            # Not `deleted_with` the cluster: the finalizer takes the rule for the load balancer's group out of EKS' own
            # group again, without which the load balancer's group cannot go. It takes seconds; minutes are a fault.
            custom_timeouts=pulumi.CustomTimeouts(delete="10m"),
        ),
        # Deletion is waited for as well: without the finalizer's work done, nothing after it may be deleted.
        wait=True,
    )
