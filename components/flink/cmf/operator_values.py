"""Helm values of the operators that Flink on Kubernetes needs. Pure functions from plain data to plain data."""

from collections.abc import Sequence
from typing import Any

from components.cluster.contract import Placement
from components.cluster.priorities import PLATFORM_PRIORITY

FLINK_OPERATOR_ACCOUNT = "flink-operator"
"""What the operator's chart calls its ServiceAccount."""

_ALL = ["get", "list", "watch", "create", "update", "patch", "delete"]


def cert_manager_values(namespace: str, placement: Placement) -> dict[str, Any]:
    """Chart `cert-manager` of jetstack.

    The definitions stay when the release goes: with them every certificate of the cluster would go.
    """
    where = placement.pod_spec()
    resources = {"resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}}
    return {
        "crds": {"enabled": True, "keep": True},
        # The default is kube-system, where some providers (GKE Autopilot) let nobody write.
        "global": {"leaderElection": {"namespace": namespace}, "priorityClassName": PLATFORM_PRIORITY},
        **where,
        **resources,
        "webhook": {**where, **resources},
        "cainjector": {**where, **resources},
        "startupapicheck": dict(where),
    }


def flink_operator_values(environment_namespaces: Sequence[str], placement: Placement) -> dict[str, Any]:
    """Chart `flink-kubernetes-operator` of Confluent.

    environment_namespaces: all namespaces in which Flink runs. One that is missing here fails without a word
    """
    return {
        "watchNamespaces": list(environment_namespaces),
        # One, and Recreate: more would need leader election. While it is away jobs run on, only changes wait.
        "replicas": 1,
        # The chart's Roles are in the watched namespaces: they would go with the namespace, before the operator has
        # taken its finalizers off what is in there. `operator_rules` stay until the operator has gone.
        "rbac": {"create": False},
        # Each application has a ServiceAccount of its own, see application_manifests.py.
        "jobServiceAccount": {"create": False},
        "operatorServiceAccount": {"create": True, "name": FLINK_OPERATOR_ACCOUNT},
        "operatorPod": {
            **placement.pod_spec(),
            "priorityClassName": PLATFORM_PRIORITY,
            # Confluent's sizing: 2 CPU and 3 GB for 200 applications.
            "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "3Gi"}},
            "webhook": {"resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}}},
        },
        # It refuses what the operator could not run. Its certificate is cert-manager's.
        "webhook": {"create": True},
        "metrics": {"port": 9999},
        "defaultConfiguration": {
            "create": True,
            "append": True,
            "flink-conf.yaml": "".join(
                f"{key}: {value}\n"
                for key, value in (
                    (
                        "kubernetes.operator.metrics.reporter.prom.factory.class",
                        "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
                    ),
                    ("kubernetes.operator.metrics.reporter.prom.port", "9999"),
                )
            ),
        },
    }


def operator_rules() -> list[dict[str, Any]]:
    """What the Flink operator may do: the rules of its own chart.

    apache/flink-kubernetes-operator: helm/flink-kubernetes-operator/templates/rbac/_helpers.tpl of release 1.15.
    """
    kinds = ("flinkbluegreendeployments", "flinkdeployments", "flinksessionjobs", "flinkstatesnapshots")
    core = ["pods", "services", "events", "configmaps", "secrets"]
    return [
        {"apiGroups": [""], "resources": core, "verbs": [*_ALL, "deletecollection"]},
        {"apiGroups": ["apps"], "resources": ["deployments", "deployments/finalizers", "replicasets"], "verbs": _ALL},
        {"apiGroups": ["apps"], "resources": ["deployments/scale"], "verbs": ["get", "update", "patch"]},
        {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses"], "verbs": _ALL},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": _ALL},
        {
            "apiGroups": ["flink.apache.org"],
            "resources": [resource for kind in kinds for resource in (kind, f"{kind}/finalizers")],
            "verbs": _ALL,
        },
        {
            "apiGroups": ["flink.apache.org"],
            "resources": [f"{kind}/status" for kind in kinds],
            "verbs": ["get", "update", "patch"],
        },
    ]


def operator_rbac(name: str, namespace: str) -> list[dict[str, Any]]:
    """ClusterRole and ClusterRoleBinding `name` for the operator in `namespace`.

    For the whole cluster and not for the environments' namespaces: see `flink_operator_values`. It acts in the watched
    namespaces only.
    """
    return [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": operator_rules(),
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": FLINK_OPERATOR_ACCOUNT, "namespace": namespace}],
        },
    ]


def cfk_values(
    namespace: str, environment_namespaces: Sequence[str], placement: Placement, with_sql: bool
) -> dict[str, Any]:
    """Chart `confluent-for-kubernetes`.

    with_sql: also the custom resources of CMF's SQL, a preview
    """
    values: dict[str, Any] = {
        "namespaced": True,
        # One that is missing fails without a word; the own namespace counts only where it is named.
        "namespaceList": [namespace, *environment_namespaces],
        "enableCMFDay2Ops": True,
        "enableFlinkSQL": with_sql,
        "replicas": 1,
        "priorityClassName": PLATFORM_PRIORITY,
        "clusterRole": {"openshift": False},
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        "tolerations": [dict(one) for one in placement.tolerations],
    }
    if placement.node_selector:
        # The chart has no nodeSelector.
        expressions = [{"key": k, "operator": "In", "values": [v]} for k, v in placement.node_selector.items()]
        values["affinity"] = {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": expressions}]
                }
            }
        }
    return values
