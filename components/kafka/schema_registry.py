"""Confluent's Schema Registry on the cluster, for a Kafka that brings none (MSK).

Settings: https://docs.confluent.io/platform/current/installation/docker/config-reference.html#sr-long-configuration
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.cluster.contract import Cluster, NodeRole, Placement
from components.cluster.objects import KubernetesObject
from components.errors import problem
from components.kafka.contract import GrantedAccess, KafkaAccess, SchemaRegistryAccess, TopicDescription, Workload
from components.kafka.iam_policies import IAM_MECHANISM
from components.kafka.java_properties import property_value
from components.versions import SCHEMA_REGISTRY_IMAGE

NAME = "schema-registry"
PORT = 8081
TOPIC = "_schemas"
LOGIN_SECRET = f"{NAME}-login"  # noqa: S105 a name
_SETTINGS = "/etc/schema-registry"
_USER = 1000  # `appuser` of Confluent's images


def schema_registry_access(namespace: str) -> SchemaRegistryAccess:
    """How pods reach the registry in `namespace`. Known before it exists, so that Kafka's flavour can hand it out."""
    return SchemaRegistryAccess(f"http://{NAME}.{namespace}.svc:{PORT}")


def schema_registry_workload() -> Workload:
    """The access that the registry asks for.

    It reads and writes its topic, checks that it is compacted, and elects its leader in a consumer group.
    https://docs.confluent.io/platform/current/schema-registry/security/index.html#authorizing-access-to-the-schemas-topic
    """
    return Workload(
        NAME, reads=(TOPIC,), writes=(TOPIC,), consumer_group=f"{NAME}*", inspects=(TOPIC, "__consumer_offsets")
    )


def schema_registry_topics(replication_factor: int) -> dict[str, TopicDescription]:
    """The registry's topic. With another cleanup policy, or more than one partition, the registry does not start."""
    return {TOPIC: TopicDescription(1, replication_factor, {"cleanup.policy": "compact"})}


def labels() -> dict[str, str]:
    """Labels of every object of the registry; network policies choose its pods by the first."""
    return {
        "app.kubernetes.io/name": NAME,
        "app.kubernetes.io/component": "kafka",
        "app.kubernetes.io/part-of": "streaming-platform",
        "app.kubernetes.io/managed-by": "pulumi",
    }


def variable(setting: str) -> str:
    """The environment variable that the image turns into `setting`: `kafkastore.topic` -> SCHEMA_REGISTRY_KAFKASTORE_TOPIC."""
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


@dataclass
class SchemaRegistryArgs:
    """Inputs of `SchemaRegistry`.

    cluster:        where it runs, on nodes of the role `platform`
    namespace:      exists already
    kafka:          what `schema_registry_workload()` was granted; by SCRAM, TLS or in clear, for the image has no login
                    module for IAM
    replicas:       pods (default 2)
    image:          default: the version in components/versions.py
    priority_class: None: the cluster's default
    after:          what has to be there first: the namespace, and the job that makes the topic and gives the rights
    """

    cluster: Cluster
    namespace: str
    kafka: GrantedAccess
    replicas: int = 2
    image: pulumi.Input[str] = SCHEMA_REGISTRY_IMAGE
    priority_class: str | None = None
    after: Sequence[pulumi.Resource] = field(default_factory=tuple)


class SchemaRegistry(pulumi.ComponentResource):
    """The registry: Deployment, Service, disruption budget, login.

    It asks its own clients for no login: a network policy decides which pods reach it.

    Outputs: url. For the program: `access`, and `ready` for whoever uses it.
    Raises PlatformError where Kafka takes IAM only.
    """

    url: pulumi.Output[str]

    def __init__(self, name: str, args: SchemaRegistryArgs, opts: pulumi.ResourceOptions | None = None):
        if args.kafka.access.sasl_mechanism == IAM_MECHANISM:
            raise problem(
                "SchemaRegistry",
                "kafka",
                "a login by IAM, for which Confluent's image has no module",
                "SCRAM, PLAIN or no login",
                "add scram to kafka.authentication, or write `schema_registry: null`",
            )
        super().__init__("streaming-platform:index:SchemaRegistry", name, None, opts)
        cluster = args.cluster.access
        on_cluster = pulumi.ResourceOptions(parent=self, provider=cluster.provider, depends_on=[*args.after])
        variables = pulumi.Output.secret(_variables(args.kafka.access))
        login = KubernetesObject(f"{name}-login", login_manifest(args.namespace, variables), on_cluster)
        service = KubernetesObject(
            f"{name}-service",
            service_manifest(args.namespace),
            on_cluster,
            # It has no pods yet, and Pulumi would wait for one.
            wait=False,
        )
        KubernetesObject(f"{name}-budget", budget_manifest(args.namespace), on_cluster)
        deployment = KubernetesObject(
            name,
            deployment_manifest(
                args.namespace,
                args.image,
                args.replicas,
                args.kafka.access.replication_factor,
                variables.apply(_hash),
                cluster.placement(NodeRole.PLATFORM),
                args.priority_class,
            ),
            pulumi.ResourceOptions(
                parent=self,
                provider=cluster.provider,
                depends_on=[*args.after, login, *cluster.ready, *args.kafka.ready],
                custom_timeouts=pulumi.CustomTimeouts(create="15m", update="15m"),
            ),
            wait=cluster.wait,
        )
        self.access = schema_registry_access(args.namespace)
        self.url = pulumi.Output.from_input(self.access.url)
        self.ready = [deployment, service]
        self.register_outputs({"url": self.url})


def _variables(access: KafkaAccess) -> pulumi.Output[dict[str, str]]:
    return access.java_properties.apply(login_variables)


def _hash(variables: Mapping[str, str]) -> str:
    text = "\n".join(f"{key}={value}" for key, value in sorted(variables.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
