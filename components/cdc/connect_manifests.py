"""Kubernetes objects and files of Kafka Connect workers. Plain data from plain data; values may be Outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

REST_PORT = 8083
"""Connect's own default."""

CONFIG = "/etc/connect"
"""Where the worker's files are; `ca.pem` holds the authorities of the database."""

JAAS_VARIABLE = "KAFKA_SASL_JAAS_CONFIG"
_CLIENTS = ("", "producer.", "consumer.", "admin.")
_JSON = "org.apache.kafka.connect.json.JsonConverter"


def internal_names(group: str) -> dict[str, str]:
    """What Connect remembers -> topic."""
    return {kind: f"{group}-{kind}s" for kind in ("config", "offset")} | {"status": f"{group}-status"}


def worker_properties(group: str, kafka: Mapping[str, Any], with_jaas: bool) -> dict[str, Any]:
    """The worker's properties: https://kafka.apache.org/41/configuration/kafka-connect-configs/

    group: of the workers
    kafka: `bootstrap.servers` and how a client connects, without secrets
    with_jaas: True: the login is in the environment variable `KAFKA_SASL_JAAS_CONFIG`
    """
    names = internal_names(group)
    clients = {key: value for key, value in kafka.items() if key != "bootstrap.servers"}
    if with_jaas:
        clients["sasl.jaas.config"] = f"${{env:{JAAS_VARIABLE}}}"
    return {
        "bootstrap.servers": kafka["bootstrap.servers"],
        "group.id": group,
        "exactly.once.source.support": "enabled",
        "config.storage.topic": names["config"],
        "offset.storage.topic": names["offset"],
        "status.storage.topic": names["status"],
        # The topics job makes them before the first worker starts; a worker that would make one is mistaken.
        "topic.creation.enable": "false",
        # -1: as the broker says. Read only where a topic is missing.
        "config.storage.replication.factor": "-1",
        "offset.storage.replication.factor": "-1",
        "status.storage.replication.factor": "-1",
        "key.converter": _JSON,
        "value.converter": _JSON,
        "key.converter.schemas.enable": "false",
        "value.converter.schemas.enable": "false",
        "plugin.path": "/opt/connect/plugins",
        "plugin.discovery": "service_load",
        "listeners": f"http://0.0.0.0:{REST_PORT}",
        # Workers hand requests on to their leader, by the address of its pod.
        "rest.advertised.host.name": "${env:POD_IP}",
        "rest.advertised.port": str(REST_PORT),
        "config.providers": "env",
        "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
        # Of the environment only these; a connector's configuration could ask for any other too.
        "config.providers.env.param.allowlist.pattern": "(CDC_.*|KAFKA_.*|POD_IP)",
        **{f"{client}{key}": value for client in _CLIENTS for key, value in clients.items()},
    }


# To standard output, as everything on Kubernetes does.
LOG4J = """\
status=error
appender.console.type=Console
appender.console.name=CONSOLE
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %c{1} [%t] %m%n
rootLogger.level=info
rootLogger.appenderRef.console.ref=CONSOLE
# Whole configurations at each start.
logger.config.name=org.apache.kafka.common.config
logger.config.level=warn
logger.clients.name=org.apache.kafka.clients
logger.clients.level=warn
logger.jetty.name=org.eclipse.jetty
logger.jetty.level=warn
"""


def labels(name: str, part: str) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "kafka-connect",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/component": part,
    }


_CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def _pod_security(user: int) -> dict[str, Any]:
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": user,
        "fsGroup": user,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def deployment(
    name: str,
    namespace: str,
    image: Any,
    replicas: int,
    cpu: str,
    memory_mib: int,
    env: Sequence[Mapping[str, Any]],
    checksum: Any,
    pod: Mapping[str, Any],
) -> dict[str, Any]:
    """The workers. checksum: of their files, so that other files mean other pods; pod: the placement."""
    selector = {"matchLabels": labels(name, "worker")}

    def probe(path: str, period: int, failures: int) -> dict[str, Any]:
        return {
            "httpGet": {"path": path, "port": "rest"},
            "periodSeconds": period,
            "timeoutSeconds": 10,
            "failureThreshold": failures,
        }

    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels(name, "worker")},
        "spec": {
            "replicas": replicas,
            "selector": selector,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
            "template": {
                "metadata": {"labels": labels(name, "worker"), "annotations": {"checksum/config": checksum}},
                "spec": {
                    **pod,
                    "serviceAccountName": name,
                    # Rights on AWS come with a token of their own; nothing here asks the API server.
                    "automountServiceAccountToken": False,
                    # The user of the image, which owns nothing in it.
                    "securityContext": _pod_security(65532),
                    # Seconds in which a worker ends its transactions and leaves the group.
                    "terminationGracePeriodSeconds": 60,
                    "topologySpreadConstraints": [
                        {
                            "maxSkew": 1,
                            "topologyKey": key,
                            "whenUnsatisfiable": "ScheduleAnyway",
                            "labelSelector": selector,
                        }
                        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
                    ],
                    "containers": [
                        {
                            "name": "connect",
                            "image": image,
                            "command": [
                                "java",
                                # The rest of the memory is for threads, buffers and the database driver.
                                "-XX:MaxRAMPercentage=65",
                                "-XX:+ExitOnOutOfMemoryError",
                                f"-Dlog4j2.configurationFile={CONFIG}/log4j2.properties",
                                "-cp",
                                "/opt/connect/conf:/opt/connect/lib/*",
                                "org.apache.kafka.connect.cli.ConnectDistributed",
                                f"{CONFIG}/worker.properties",
                            ],
                            "env": [
                                {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                                *(dict(one) for one in env),
                            ],
                            "ports": [{"name": "rest", "containerPort": REST_PORT}],
                            # Three starting worker members need a minute or two on a cold node.
                            "startupProbe": probe("/health", 10, 30),
                            "readinessProbe": probe("/health", 10, 3),
                            "livenessProbe": probe("/", 20, 6),
                            "resources": {
                                "requests": {"cpu": cpu, "memory": f"{memory_mib}Mi"},
                                "limits": {"memory": f"{memory_mib}Mi"},
                            },
                            "securityContext": _CONTAINER_SECURITY,
                            "volumeMounts": [
                                {"name": "config", "mountPath": CONFIG, "readOnly": True},
                                {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 a volume of its own
                            ],
                        }
                    ],
                    "volumes": [
                        {"name": "config", "configMap": {"name": name}},
                        {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}},
                    ],
                },
            },
        },
    }


def service(name: str, namespace: str) -> dict[str, Any]:
    """The REST interface of the workers, within the cluster only."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace, "labels": labels(name, "worker")},
        "spec": {
            "selector": labels(name, "worker"),
            "ports": [{"name": "rest", "port": REST_PORT, "targetPort": "rest"}],
        },
    }


def disruption_budget(name: str, namespace: str) -> dict[str, Any]:
    """One worker at a time may be moved; one always may, so that a node can be emptied."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": namespace, "labels": labels(name, "worker")},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels(name, "worker")}},
    }


def network_policy(name: str, namespace: str) -> dict[str, Any]:
    """Only workers and the Job reach the REST interface: it asks nobody who they are."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace, "labels": labels(name, "worker")},
        "spec": {
            "podSelector": {"matchLabels": labels(name, "worker")},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [
                        {"podSelector": {"matchLabels": labels(name, part)}} for part in ("worker", "configuration")
                    ],
                    "ports": [{"protocol": "TCP", "port": REST_PORT}],
                }
            ],
        },
    }


# PUT creates or changes. 409: the workers are just sharing out the work. A task that failed keeps its state over a PUT
# of the same configuration, so it is started again; what fails three times is told with the reason that Connect gives.
CONFIGURE = """\
set -eu
tries=0
until curl --silent --show-error --fail-with-body --request PUT --header 'Content-Type: application/json' \\
    --data @/etc/connector/config.json "$URL/config"; do
  tries=$((tries + 1))
  if [ "$tries" -ge 24 ]; then echo; echo "the workers do not take the configuration"; exit 1; fi
  sleep 5
done
echo
restarts=0
for second in $(seq 5 5 300); do
  sleep 5
  status=$(curl --silent "$URL/status" || true)
  case "$status" in
    *'"state":"FAILED"'*)
      if [ "$restarts" -ge 3 ]; then echo "$status"; exit 1; fi
      restarts=$((restarts + 1))
      curl --silent --request POST "$URL/restart?includeTasks=true&onlyFailed=true"
      ;;
    *'"tasks":[{"id":0,"state":"RUNNING"'*) echo "running after $second s"; exit 0 ;;
  esac
done
echo "not running after five minutes: $status"
exit 1
"""


def configuration_job(
    name: str, namespace: str, worker: str, connector: str, image: str, checksum: Any, pod: Mapping[str, Any]
) -> dict[str, Any]:
    """The Job that gives the workers their connector. worker: name of their Service."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": labels(worker, "configuration"),
            # A Job that failed is never run again: the next `up` replaces it.
            "annotations": {"pulumi.com/replaceUnready": "true"},
        },
        "spec": {
            "backoffLimit": 3,
            # Seconds, for all attempts together.
            "activeDeadlineSeconds": 1500,
            "template": {
                "metadata": {
                    "labels": labels(worker, "configuration"),
                    # What is not known before the database is there counts here: other values, another Job.
                    "annotations": {"checksum/config": checksum},
                },
                "spec": {
                    **pod,
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                    # 100 is curl_user in the image.
                    "securityContext": _pod_security(100),
                    "containers": [
                        {
                            "name": "curl",
                            "image": image,
                            "command": ["/bin/sh", "/etc/connector/configure.sh"],
                            "env": [{"name": "URL", "value": f"http://{worker}:{REST_PORT}/connectors/{connector}"}],
                            "securityContext": _CONTAINER_SECURITY,
                            "resources": {
                                "requests": {"cpu": "20m", "memory": "32Mi"},
                                "limits": {"memory": "64Mi"},
                            },
                            "volumeMounts": [{"name": "connector", "mountPath": "/etc/connector", "readOnly": True}],
                        }
                    ],
                    "volumes": [{"name": "connector", "configMap": {"name": f"{worker}-connector"}}],
                },
            },
        },
    }
