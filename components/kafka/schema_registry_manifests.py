"""The Kubernetes objects of Confluent's Schema Registry.

Settings: https://docs.confluent.io/platform/current/installation/docker/config-reference.html#sr-long-configuration
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.cluster.contract import Placement
from components.kafka.java_properties import property_value

NAME = "schema-registry"
PORT = 8081
TOPIC = "_schemas"
LOGIN_SECRET = f"{NAME}-login"
_SETTINGS = "/etc/schema-registry"
_USER = 1000  # `appuser` of Confluent's images


def labels() -> dict[str, str]:
    """Labels of every object of the registry; network policies choose its pods by the first."""
    return {
        "app.kubernetes.io/name": NAME,
        "app.kubernetes.io/component": "kafka",
        "app.kubernetes.io/part-of": "streaming-platform",
        "app.kubernetes.io/managed-by": "pulumi",
    }


def variable(setting: str) -> str:
    """The environment variable that the image turns into `setting`: `host.name` -> SCHEMA_REGISTRY_HOST_NAME."""
    doubled = setting.replace("_", "__").replace("-", "___").replace(".", "_")
    return f"SCHEMA_REGISTRY_{doubled.upper()}"


def login_variables(properties: Mapping[str, str]) -> dict[str, str]:
    """Environment variables of the connection to Kafka, from the properties of a Java client.

    The image writes each value into a properties file as it stands, so that backslashes and line ends are escaped here.
    """
    protocol = properties["security.protocol"]
    brokers = ",".join(f"{protocol}://{one}" for one in properties["bootstrap.servers"].split(","))
    settings = {**properties, "bootstrap.servers": brokers}
    return {variable(f"kafkastore.{key}"): property_value(text) for key, text in sorted(settings.items())}


def service_manifest(namespace: str) -> dict[str, Any]:
    """What clients connect to."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME, "namespace": namespace, "labels": labels()},
        "spec": {
            "selector": {"app.kubernetes.io/name": NAME},
            "ports": [{"name": "http", "port": PORT, "targetPort": "http"}],
        },
    }


def budget_manifest(namespace: str) -> dict[str, Any]:
    """One pod may be moved at a time. With a single replica that is the only one: nodes must remain replaceable."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": NAME, "namespace": namespace, "labels": labels()},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app.kubernetes.io/name": NAME}}},
    }


def network_policy_manifest(namespace: str, client_namespaces: Sequence[str]) -> dict[str, Any]:
    """Who reaches the registry, which asks nobody who they are: pods of its own namespace and of the clients'."""
    names = list(dict.fromkeys([namespace, *client_namespaces]))
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": NAME, "namespace": namespace, "labels": labels()},
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    # Kubernetes itself puts this label on every namespace.
                    "from": [
                        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": one}}} for one in names
                    ],
                    "ports": [{"protocol": "TCP", "port": PORT}],
                }
            ],
        },
    }


def login_manifest(namespace: str, variables: pulumi.Input[Mapping[str, str]]) -> dict[str, Any]:
    """The Secret with the connection to Kafka."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": LOGIN_SECRET, "namespace": namespace, "labels": labels()},
        "type": "Opaque",
        "stringData": variables,
    }


def deployment_manifest(
    namespace: str,
    image: pulumi.Input[str],
    replicas: int,
    replication_factor: int,
    login_hash: pulumi.Input[str],
    placement: Placement,
    priority_class: str | None = None,
) -> dict[str, Any]:
    """The Deployment. Its pods elect the one that writes; the others pass writes on to it by its pod address."""
    secured = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    settings = {
        "listeners": f"http://0.0.0.0:{PORT}",
        "kafkastore.topic": TOPIC,
        "kafkastore.topic.replication.factor": str(replication_factor),
        "schema.registry.group.id": NAME,
    }
    container = {
        "name": NAME,
        "image": image,
        "ports": [{"name": "http", "containerPort": PORT}],
        "envFrom": [{"secretRef": {"name": LOGIN_SECRET}}],
        "env": [
            # The address that the other replicas use: a Service would lead anywhere.
            {"name": variable("host.name"), "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            *({"name": variable(key), "value": value} for key, value in settings.items()),
            {"name": "SCHEMA_REGISTRY_HEAP_OPTS", "value": "-Xms256m -Xmx512m"},
            {"name": "LOG_DIR", "value": "/tmp/logs"},  # noqa: S108 a volume of the pod
        ],
        "resources": {"requests": {"cpu": "200m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
        # It listens once it has read its whole topic: up to five minutes.
        "startupProbe": {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 5, "failureThreshold": 60},
        "readinessProbe": {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 10, "timeoutSeconds": 5},
        "livenessProbe": {
            "httpGet": {"path": "/", "port": "http"},
            "periodSeconds": 20,
            "timeoutSeconds": 10,
            "failureThreshold": 6,
        },
        "securityContext": secured,
        "volumeMounts": [
            {"name": "settings", "mountPath": _SETTINGS},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
        ],
    }
    pod: dict[str, Any] = {
        # A Service called schema-registry would set SCHEMA_REGISTRY_PORT in every pod, and the image refuses to start:
        # "PORT is deprecated".
        "enableServiceLinks": False,
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        # The image writes its settings beside those that it brings; only a copy of them can be written to.
        "initContainers": [
            {
                "name": "settings",
                "image": image,
                "command": ["cp", "-r", f"{_SETTINGS}/.", "/copy/"],
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
                "securityContext": secured,
                "volumeMounts": [{"name": "settings", "mountPath": "/copy"}],
            }
        ],
        "containers": [container],
        "volumes": [
            {"name": "settings", "emptyDir": {"sizeLimit": "16Mi"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}},
        ],
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
        **placement.pod_spec(),
    }
    if priority_class is not None:
        pod["priorityClassName"] = priority_class
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": namespace, "labels": labels()},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {
                # Pods read their login when they start: a new login is a new template.
                "metadata": {"labels": labels(), "annotations": {"streaming-platform/login": login_hash}},
                "spec": pod,
            },
        },
    }
