"""The Kubernetes objects of one Flink application. Pure functions from plain data to manifests."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.cluster.contract import Placement
from components.cluster.priorities import JOB_MANAGER_PRIORITY, TASK_MANAGER_PRIORITY
from components.flink.cmf.names import FLINK_CONTAINER, FLINK_UID
from components.flink.cmf.settings import ApplicationSettings

STATEMENTS_FOLDER = "/opt/flink/statements"
STATEMENTS_FILE = "statements.json"
RUNNER_JAR = "local:///opt/flink/usrlib/runner.jar"
RUNNER_CLASS = "streaming.SqlRunner"
HASH_ANNOTATION = "streaming-platform/configuration"
# A ConfigMap holds 1 MiB: https://kubernetes.io/docs/concepts/configuration/configmap/
STATEMENTS_LIMIT = 1024 * 1024
_ALL = ["get", "list", "watch", "create", "update", "patch", "delete"]


def service_account(name: str, namespace: str, annotations: Mapping[str, Any]) -> dict[str, Any]:
    """The account under which the application's pods run: its own, so that its role in AWS is its own."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": namespace, "annotations": dict(annotations)},
    }


def job_rbac(name: str, namespace: str) -> list[dict[str, Any]]:
    """What a JobManager does in its namespace: it starts TaskManagers, and high availability lives in ConfigMaps.

    apache/flink-kubernetes-operator: helm/flink-kubernetes-operator/templates/rbac/_helpers.tpl, jobRbacRules;
    `services` (read only) for its own address.
    """
    return [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": name, "namespace": namespace},
            "rules": [
                {"apiGroups": [""], "resources": ["pods", "configmaps"], "verbs": _ALL},
                {"apiGroups": [""], "resources": ["services"], "verbs": ["get", "list", "watch"]},
                {"apiGroups": ["apps"], "resources": ["deployments", "deployments/finalizers"], "verbs": _ALL},
            ],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": name, "namespace": namespace},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
        },
    ]


def statements_config_map(name: str, namespace: str, statements: Sequence[str]) -> dict[str, Any]:
    """The rendered SQL as a JSON list of statements. Secrets are placeholders in it."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": {STATEMENTS_FILE: json.dumps(list(statements), indent=1)},
    }


def configuration_hash(salt: str, statements: Sequence[str], secrets: Mapping[str, str]) -> str:
    """16 hex digits that change when the statements or the secrets do.

    Pods show it to whoever may read pods; without the salt nobody can try passwords against it.
    """
    content = json.dumps([list(statements), dict(secrets)], sort_keys=True)
    return hmac.new(salt.encode(), content.encode(), hashlib.sha256).hexdigest()[:16]


def flink_application(
    name: str,
    namespace: str,
    environment: str,
    rest_class: Mapping[str, str],
    image: Any,
    flink_version: str,
    configuration: Mapping[str, str],
    settings: ApplicationSettings,
    parallelism: int,
    pod_template: Mapping[str, Any],
    placements: tuple[Placement, Placement],
) -> dict[str, Any]:
    """The FlinkApplication: a JAR application whose jar is the SQL runner.

    rest_class:    name and namespace of the CMFRestClass
    image:         of the application, text or an Output
    flink_version: from the enum of custom resources, such as v2_1
    pod_template:  of all its pods, see `pod_template`
    placements:    of JobManager and TaskManagers
    """
    job: dict[str, Any] = {
        "jarURI": RUNNER_JAR,
        "entryClass": RUNNER_CLASS,
        "args": [f"{STATEMENTS_FOLDER}/{STATEMENTS_FILE}"],
        "parallelism": parallelism,
        "state": "running",
        "upgradeMode": settings.upgrade_mode,
        "allowNonRestoredState": settings.allow_dropped_state,
    }
    if settings.restore_from is not None:
        job["initialSavepointPath"] = settings.restore_from
        # A first start takes the path anyway. Another path has another number, and that restarts a running job from it.
        job["savepointRedeployNonce"] = _number(settings.restore_from)
    job_managers, task_managers = placements
    return {
        "apiVersion": "platform.confluent.io/v1beta1",
        "kind": "FlinkApplication",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "flinkEnvironment": environment,
            "cmfRestClassRef": dict(rest_class),
            "image": image,
            # A tag is a hash of the image's content and never moves.
            "imagePullPolicy": "IfNotPresent",
            "flinkVersion": flink_version,
            "mode": "native",
            "serviceAccount": name,
            "flinkConfiguration": dict(configuration),
            "podTemplate": dict(pod_template),
            "jobManager": {
                "resource": settings.job_manager.flink_resource(),
                # More than one needs high availability, which the environment turns on.
                "replicas": 1 + settings.standby_job_managers,
                "podTemplate": scheduling_template(name, "jobmanager", JOB_MANAGER_PRIORITY, job_managers),
            },
            "taskManager": {
                "resource": settings.task_manager.flink_resource(),
                "podTemplate": scheduling_template(name, "taskmanager", TASK_MANAGER_PRIORITY, task_managers),
            },
            "job": job,
        },
    }


def pod_template(
    statements: str, secret: str | None, env: Sequence[Mapping[str, Any]], configuration: Any
) -> dict[str, Any]:
    """What all pods of an application have in common.

    statements:    name of the ConfigMap with the SQL
    secret:        name of the Secret whose keys become environment variables; None: there is none
    configuration: `configuration_hash`, text or an Output: with another one the pods are made anew
    """
    container: dict[str, Any] = {
        "name": FLINK_CONTAINER,
        "env": [dict(one) for one in env],
        "volumeMounts": [{"name": "statements", "mountPath": STATEMENTS_FOLDER, "readOnly": True}],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "runAsUser": FLINK_UID,
        },
    }
    if secret is not None:
        container["envFrom"] = [{"secretRef": {"name": secret}}]
    return {
        "metadata": {
            # Dashboards and Prometheus find Flink by it.
            "labels": {"platform.confluent.io/origin": "flink"},
            "annotations": {HASH_ANNOTATION: configuration},
        },
        "spec": {
            "containers": [container],
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": FLINK_UID,
                "runAsGroup": FLINK_UID,
                "fsGroup": FLINK_UID,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "volumes": [{"name": "statements", "configMap": {"name": statements}}],
        },
    }


def scheduling_template(name: str, component: str, priority: str, placement: Placement) -> dict[str, Any]:
    """Where the pods of one kind run. No containers: the operator merges lists by position."""
    # Flink labels its pods so.
    labels = {"app": name, "component": component}
    return {
        "spec": {
            **placement.pod_spec(),
            "priorityClassName": priority,
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": key,
                    # A zone may be short of spot nodes; a job that runs is better than one that is spread.
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": labels},
                }
                for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
            ],
        }
    }


def disruption_budgets(
    name: str, namespace: str, settings: ApplicationSettings, parallelism: int
) -> list[dict[str, Any]]:
    """PodDisruptionBudgets, only where they help.

    TaskManagers: one at a time. Nobody but Flink knows how many there are (their owner is the JobManager's Deployment),
    so only a fixed number works, and none is given where that is one (a node could never be emptied) or where the
    autoscaler changes it.
    JobManagers: one at a time where there is a standby.
    """
    budgets: list[dict[str, Any]] = []
    task_managers = settings.task_managers(parallelism)
    if task_managers > 1 and not settings.autoscaler:
        budgets.append(_budget(name, namespace, "taskmanager", {"minAvailable": task_managers - 1}))
    if settings.standby_job_managers:
        budgets.append(_budget(name, namespace, "jobmanager", {"maxUnavailable": 1}))
    return budgets


def _budget(name: str, namespace: str, component: str, limit: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": f"{name}-{component}", "namespace": namespace},
        "spec": {**limit, "selector": {"matchLabels": {"app": name, "component": component}}},
    }


def _number(text: str) -> int:
    """A positive 31-bit number that another text hardly has."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1 or 1
