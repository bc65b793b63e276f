"""Topics and ACLs, made by a job on the cluster: only pods reach the brokers."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pulumi

from components.cluster.contract import Cluster, NodeRole, Placement, ServiceAccountIdentity
from components.cluster.objects import KubernetesObject
from components.kafka.contract import Grant, GrantedAccess, TopicDescription
from components.kafka.java_properties import properties_text

NAME = "kafka-topics"
LIST_FILE = "topics.json"
LOGIN_FILE = "client.properties"
_LIST_FOLDER = "/etc/kafka-topics"
_LOGIN_FOLDER = "/etc/kafka-login"
_HASH_CHARACTERS = 10

# The runner itself waits five minutes for brokers, logins and rights. This is for pods that do not come that far: no
# node yet, no image yet. After a quarter of an hour `pulumi up` tells the mistake.
_ATTEMPTS = 6
_DEADLINE_SECONDS = 900

# Any user but root: the image has no files that belong to one.
_USER = 1000


def topics_document(topics: Mapping[str, TopicDescription], acls: Sequence[Grant]) -> dict[str, Any]:
    """What the job is to bring about, sorted: the same wishes give the same text."""
    return {
        "topics": [
            {
                "name": name,
                "partitions": topic.partitions,
                "replication_factor": topic.replication_factor,
                "config": dict(sorted(topic.config.items())),
            }
            for name, topic in sorted(topics.items())
        ],
        "acls": sorted(
            ({**asdict(one), "principal": f"User:{one.principal}"} for one in dict.fromkeys(acls)),
            key=lambda acl: tuple(acl.values()),
        ),
    }


def job_name(document_text: str) -> str:
    """`kafka-topics-<hash>`: a list that changed is a new job, for a job's pod cannot be changed."""
    return f"{NAME}-{hashlib.sha256(document_text.encode()).hexdigest()[:_HASH_CHARACTERS]}"


def labels() -> dict[str, str]:
    """Labels of every object of the job; network policies choose its pods by the first."""
    return {
        "app.kubernetes.io/name": NAME,
        "app.kubernetes.io/component": "kafka",
        "app.kubernetes.io/part-of": "streaming-platform",
        "app.kubernetes.io/managed-by": "pulumi",
    }


def job_manifest(
    name: str,
    namespace: pulumi.Input[str],
    image: pulumi.Input[str],
    placement: Placement,
    env: Sequence[Mapping[str, Any]] = (),
    priority_class: str | None = None,
) -> dict[str, Any]:
    """The Job. It has no `ttlSecondsAfterFinished`: a job that removed itself would be missing at the next refresh."""
    pod: dict[str, Any] = {
        "serviceAccountName": NAME,
        # The job asks Kafka and AWS, never Kubernetes. A Pod Identity has a token of its own.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": NAME,
                "image": image,
                "command": [
                    "java",
                    "-cp",
                    "/opt/connect/conf:/opt/connect/lib/*:/opt/runner/*",
                    "streaming.KafkaTopics",
                    f"{_LIST_FOLDER}/{LIST_FILE}",
                    f"{_LOGIN_FOLDER}/{LOGIN_FILE}",
                ],
                "env": [{"name": "JAVA_TOOL_OPTIONS", "value": "-XX:MaxRAMPercentage=60"}, *map(dict, env)],
                "resources": {
                    "requests": {"cpu": "100m", "memory": "384Mi"},
                    "limits": {"cpu": "1", "memory": "384Mi"},
                },
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [
                    {"name": "list", "mountPath": _LIST_FOLDER, "readOnly": True},
                    {"name": "login", "mountPath": _LOGIN_FOLDER, "readOnly": True},
                    {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 a volume of the pod
                ],
            }
        ],
        "volumes": [
            {"name": "list", "configMap": {"name": name}},
            {"name": "login", "secret": {"secretName": f"{NAME}-login", "defaultMode": 0o440}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
        ],
        **placement.pod_spec(),
    }
    if priority_class is not None:
        pod["priorityClassName"] = priority_class
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": labels(),
            # A Job that failed never runs again: the next `up` replaces it, whatever has been mended outside of it.
            "annotations": {"pulumi.com/replaceUnready": "true"},
        },
        "spec": {
            "backoffLimit": _ATTEMPTS,
            "activeDeadlineSeconds": _DEADLINE_SECONDS,
            "template": {"metadata": {"labels": labels()}, "spec": pod},
        },
    }


def service_account_manifest(namespace: pulumi.Input[str], annotations: Mapping[str, Any]) -> dict[str, Any]:
    """The identity of the job's pod."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": NAME, "namespace": namespace, "labels": labels(), "annotations": dict(annotations)},
        "automountServiceAccountToken": False,
    }


def list_manifest(name: str, namespace: pulumi.Input[str], text: str) -> dict[str, Any]:
    """The ConfigMap that tells the job what to make. It has the job's name: a job that runs keeps its own list."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, "labels": labels()},
        "data": {LIST_FILE: text},
    }


def login_manifest(namespace: pulumi.Input[str], text: pulumi.Input[str]) -> dict[str, Any]:
    """The Secret with the client's properties."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": f"{NAME}-login", "namespace": namespace, "labels": labels()},
        "type": "Opaque",
        "stringData": {LOGIN_FILE: text},
    }


@dataclass
class TopicsJobArgs:
    """Inputs of `TopicsJob`.

    cluster:        where the job runs, on nodes of the role `platform`
    namespace:      exists already
    image:          the `connect` image: Kafka's clients, the IAM login module and our runner
    topics:         name -> how it is to be
    acls:           the rights to give; principals without `User:`
    admin:          who may make both
    priority_class: None: the cluster's default
    after:          what has to be there first: the namespace, the image
    """

    cluster: Cluster
    namespace: str
    image: pulumi.Input[str]
    topics: Mapping[str, TopicDescription]
    acls: Sequence[Grant]
    admin: GrantedAccess
    priority_class: str | None = None
    after: Sequence[pulumi.Resource] = field(default_factory=tuple)


class TopicsJob(pulumi.ComponentResource):
    """A job that makes topics and ACLs, adds partitions and changes settings; it deletes no topic.

    Outputs: job (name). `ready`: whoever uses a topic or a right waits for it.
    """

    job: pulumi.Output[str]

    def __init__(self, name: str, args: TopicsJobArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:TopicsJob", name, None, opts)
        access = args.cluster.access
        child = pulumi.ResourceOptions(parent=self)
        on_cluster = pulumi.ResourceOptions(parent=self, provider=access.provider, depends_on=[*args.after])
        text = json.dumps(topics_document(args.topics, args.acls), indent=2) + "\n"
        job = job_name(text)
        identity = ServiceAccountIdentity()
        if args.admin.policy_arns:
            identity = args.cluster.identity(name, args.namespace, NAME, args.admin.policy_arns, child)
        properties = args.admin.access.java_properties.apply(properties_text)
        objects = [
            KubernetesObject(
                f"{name}-account", service_account_manifest(args.namespace, identity.annotations), on_cluster
            ),
            KubernetesObject(f"{name}-list", list_manifest(job, args.namespace, text), on_cluster),
            KubernetesObject(
                f"{name}-login", login_manifest(args.namespace, pulumi.Output.secret(properties)), on_cluster
            ),
        ]
        running = KubernetesObject(
            name,
            job_manifest(
                job,
                args.namespace,
                args.image,
                access.placement(NodeRole.PLATFORM),
                identity.env,
                args.priority_class,
            ),
            pulumi.ResourceOptions(
                parent=self,
                provider=access.provider,
                depends_on=[*args.after, *objects, *identity.ready, *access.ready, *args.admin.ready],
                # Longer than the job's own deadline, so that its own words are seen.
                custom_timeouts=pulumi.CustomTimeouts(create="20m", update="20m"),
            ),
            wait=access.wait,
        )
        self.job = pulumi.Output.from_input(job)
        self.ready = [running]
        self.register_outputs({"job": self.job})
