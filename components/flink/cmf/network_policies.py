"""Which doors of a namespace are open. Everything else that comes in is refused; what goes out is not.

A policy that chooses all pods closes the namespace, and policies of single parts (Schema Registry, Connect) open theirs
besides. Callers are named by their namespace where they run in one; the API server (webhooks) and a load balancer come
from addresses that no selector knows, so that their ports are open to whoever reaches the VPC's pods.
"""

from collections.abc import Sequence
from typing import Any

from components.flink.cmf.flink_configuration import METRICS_PORT

CMF_POD_PORT = 8080
"""CMF's REST API and user interface, over TLS as well: the container port of its chart."""
# Flink's operator: webhook (its chart's default) and metrics (operator_values.py). Confluent for Kubernetes: metrics.
_OPERATORS = (9443, 9999, 7778)
# cert-manager's chart: webhook and metrics (https://cert-manager.io/docs/installation/helm/).
_CERT_MANAGER = (10250, 9402)


def platform_doors(namespace: str) -> dict[str, Any]:
    """CMF, the webhook of Flink's operator, and metrics. Nothing for pods in general: Connect's REST interface, which
    asks nobody who they are, is in this namespace too."""
    return _policy(namespace, [_open(CMF_POD_PORT, *_OPERATORS)])


def environment_doors(namespace: str, platform: str) -> dict[str, Any]:
    """Flink's pods talk to each other; CMF and the operators talk to JobManagers. Metrics are read from anywhere."""
    mine: dict[str, Any] = {"podSelector": {}}
    # Kubernetes itself puts this label on every namespace.
    theirs = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": platform}}}
    return _policy(namespace, [{"from": [mine, theirs]}, _open(METRICS_PORT, METRICS_PORT + 1)])


def cert_manager_doors(namespace: str) -> dict[str, Any]:
    """The webhook, which the API server asks, and metrics."""
    return _policy(namespace, [_open(*_CERT_MANAGER)])


def _open(*ports: int) -> dict[str, Any]:
    return {"ports": [{"protocol": "TCP", "port": port} for port in ports]}


def _policy(namespace: str, ingress: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "doors", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": list(ingress)},
    }
