"""Which pods stay when there is room for some only: platform before JobManagers before TaskManagers."""

from collections.abc import Sequence
from typing import Any

import pulumi

from components.cluster.objects import KubernetesObject

PLATFORM_PRIORITY = "streaming-platform"
"""Operators, CMF, Schema Registry, Connect: without them nothing is repaired."""

JOB_MANAGER_PRIORITY = "streaming-jobmanager"
"""A job whose JobManager goes stops whole; it is never given up for TaskManagers."""

TASK_MANAGER_PRIORITY = "streaming-taskmanager"

# Users' own classes go up to 1,000,000,000; pods without a class have 0:
# https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
_CLASSES = {
    PLATFORM_PRIORITY: (300_000, "Operators and services of the streaming platform"),
    JOB_MANAGER_PRIORITY: (200_000, "Flink JobManagers"),
    TASK_MANAGER_PRIORITY: (100_000, "Flink TaskManagers"),
}


def priority_classes() -> list[dict[str, Any]]:
    """The manifests of the three PriorityClasses, the highest first."""
    return [
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name},
            "value": value,
            "globalDefault": False,
            "description": description,
        }
        for name, (value, description) in _CLASSES.items()
    ]


def declare_priority_classes(name: str, opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
    """The classes as objects of the cluster that `opts` leads to, named `<name>-<class>`."""
    return [KubernetesObject(f"{name}-{one['metadata']['name']}", one, opts) for one in priority_classes()]
