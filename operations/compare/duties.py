"""Who looks after what: each part, each version, each kind of Kubernetes object.

AWS's and Confluent's own words on it: https://docs.aws.amazon.com/eks/latest/userguide/security.html,
https://docs.aws.amazon.com/msk/latest/developerguide/security.html,
https://docs.confluent.io/cloud/current/security/shared-responsibility.html
"""

from collections.abc import Callable, Sequence
from typing import Any

from operations.compare.reading import MSK, NONE, Reading, known

Row = tuple[str, Callable[[Reading], str]]
YOU, AWS, CONFLUENT, OWNER = "you", "AWS", "Confluent", "its owner"


def _nodes(stack: Reading) -> str:
    if stack.has("eks:index:Cluster", "aws:eks/cluster:Cluster"):
        return f"{AWS} (Auto Mode)"
    return OWNER if stack.component("ExistingCluster") else NONE


def _control_plane(stack: Reading) -> str:
    if stack.has("eks:index:Cluster", "aws:eks/cluster:Cluster"):
        return f"{AWS}; {YOU} choose the version"
    return OWNER if stack.component("ExistingCluster") else NONE


def _brokers(stack: Reading) -> str:
    if stack.on_confluent:
        return CONFLUENT
    if stack.has("aws:msk/serverlessCluster:ServerlessCluster"):
        return AWS
    if stack.has(*MSK):
        return f"{AWS}; {YOU} choose size and version"
    return OWNER


def _registry(stack: Reading) -> str:
    if stack.on_confluent:
        return CONFLUENT
    return YOU if stack.deployment("schema-registry") else OWNER if _brokers(stack) == OWNER else NONE


def _connector(stack: Reading) -> str:
    if stack.has("cc:Connector"):
        return CONFLUENT
    if stack.has("aws:mskconnect/connector:Connector"):
        return f"{AWS} (workers); {YOU} (plugin)"
    return YOU if stack.deployment("cdc") else NONE


def _flink(stack: Reading) -> str:
    return CONFLUENT if stack.has("cc:FlinkComputePool") else YOU if stack.component("CmfFlink") else NONE


def _cmf(stack: Reading) -> str:
    return YOU if stack.release("confluent-manager-for-apache-flink") else NONE


def _images(stack: Reading) -> str:
    return YOU if stack.has("aws:ecr/repository:Repository") else NONE


def _state(stack: Reading) -> str:
    if stack.has("cc:FlinkComputePool"):
        return f"{CONFLUENT}; a changed statement begins anew"
    return f"{YOU} (bucket); savepoints carry it over" if stack.component("StateStore") else NONE


def _tables(stack: Reading) -> str:
    if stack.component("Tableflow"):
        return f"{CONFLUENT}, in your bucket"
    return f"{YOU}: the Iceberg sink compacts" if stack.component("Lakehouse") else NONE


def _keys(stack: Reading) -> str:
    if stack.component("RotatingApiKeys"):
        return f"{YOU}: `streamctl rotate`, scheduled"
    if stack.has("aws:msk/singleScramSecretAssociation:SingleScramSecretAssociation"):
        return f"{YOU}: SCRAM users, no schedule"
    return OWNER


def _databases(stack: Reading) -> str:
    if stack.has("aws:rds/instance:Instance", "aws:rds/cluster:Cluster"):
        return f"{AWS}; {YOU} choose size and version"
    return OWNER


PARTS: Sequence[Row] = (
    ("Kubernetes control plane", _control_plane),
    ("nodes and their patches", _nodes),
    ("Kafka brokers", _brokers),
    ("Schema Registry", _registry),
    ("change data capture", _connector),
    ("Flink: JobManagers, TaskManagers, restarts", _flink),
    ("Flink's state, and what an upgrade does with it", _state),
    ("CMF, cert-manager, the two operators", _cmf),
    ("container images and connector jars", _images),
    ("PostgreSQL servers of the stack", _databases),
    ("upkeep of Iceberg tables", _tables),
    ("rotation of logins", _keys),
    ("applications: SQL, schemas, alerts", lambda stack: YOU),
)
"""What has to be operated -> by whom."""


def _flink_version(stack: Reading) -> str:
    application = stack.first("kubernetes:platform.confluent.io/v1beta1:FlinkApplication")
    version = application.get("spec", {}).get("flinkVersion")
    if version:
        return str(version).removeprefix("v").replace("_", ".")
    return "rolling" if stack.has("cc:FlinkComputePool") else NONE


def _kafka_version(stack: Reading) -> str:
    if stack.on_confluent:
        return "rolling"
    version = stack.first("aws:msk/cluster:Cluster").get("kafkaVersion")
    return str(version) if version else "rolling" if stack.has(*MSK) else OWNER


def _image_tag(word: str) -> Callable[[Reading], str]:
    def tag(stack: Reading) -> str:
        found = stack.deployment(word)
        if found is None:
            return "rolling" if stack.on_confluent and word == "schema-registry" else NONE
        image: str = found["inputs"]["spec"]["template"]["spec"]["containers"][0]["image"]
        return image.rpartition(":")[2]

    return tag


def _kubernetes(stack: Reading) -> str:
    inputs = stack.first("eks:index:Cluster", "aws:eks/cluster:Cluster")
    return known(inputs.get("version"), OWNER if stack.component("ExistingCluster") else NONE)


def _postgres(stack: Reading) -> str:
    versions = {
        str(one["inputs"].get("engineVersion"))
        for one in stack.of("aws:rds/instance:Instance", "aws:rds/cluster:Cluster")
    }
    return ", ".join(sorted(versions)) or OWNER


def _chart(chart: str) -> Callable[[Reading], str]:
    return lambda stack: stack.release(chart) or NONE


def _connect_version(stack: Reading) -> str:
    inputs = stack.first("aws:mskconnect/connector:Connector")
    if inputs:
        return f"Kafka Connect {inputs.get('kafkaconnectVersion')}"
    plugin = stack.first("cc:Connector").get("configNonsensitive", {}).get("connector.class")
    return f"{plugin}, rolling" if plugin else "the image's" if stack.deployment("cdc") else NONE


VERSIONS: Sequence[tuple[str, Callable[[Reading], str], str]] = (
    ("Kubernetes", _kubernetes, "you, within 14 months; then AWS does"),
    ("Kafka", _kafka_version, "you start it on MSK; AWS rolls the brokers. Confluent Cloud: Confluent"),
    ("Flink", _flink_version, "you, by the application's image. Confluent Cloud: Confluent"),
    ("CMF", _chart("confluent-manager-for-apache-flink"), "you"),
    ("Flink operator", _chart("flink-kubernetes-operator"), "you, with CMF"),
    ("Confluent for Kubernetes", _chart("confluent-for-kubernetes"), "you, with CMF"),
    ("cert-manager", _chart("cert-manager"), "you"),
    ("Schema Registry", _image_tag("schema-registry"), "you. Confluent Cloud: Confluent"),
    ("capture", _connect_version, "you. Confluent Cloud: Confluent, until a plugin's end of life"),
    ("PostgreSQL", _postgres, "AWS the minor, you the major version"),
)
"""What -> its version in a stack, and who raises it. `rolling`: no version of its own."""

# Group of an API -> who acts on its objects. docs/upgrades.md says how each is upgraded.
_ACTS = {
    "karpenter.sh": "EKS Auto Mode (AWS) makes and replaces nodes of it",
    "eks.amazonaws.com": "EKS Auto Mode (AWS)",
    "platform.confluent.io": "CMF and Confluent's operators, which you run",
    "cert-manager.io": "cert-manager, which you run, renews it",
    "helm.sh": "you raise the chart; `pulumi up` upgrades it",
    "storage.k8s.io": "EKS Auto Mode (AWS) provides volumes",
    "networking.k8s.io": "the cluster's network plugin enforces it",
    "policy": "Kubernetes respects it when nodes are drained",
    "scheduling.k8s.io": "the scheduler",
    "rbac.authorization.k8s.io": "the API server",
    "apps": "Kubernetes restarts its pods; you choose image and size",
    "batch": "Kubernetes runs it once; `pulumi up` makes it anew when its input changed",
}
_CORE = {
    "ConfigMap": "you, by `pulumi up`",
    "Secret": "you, by `pulumi up`",
    "Namespace": "you",
    "Service": "Kubernetes",
    "ServiceAccount": "Kubernetes; its rights on AWS are yours",
}


def kubernetes_objects(stacks: dict[str, Reading]) -> list[list[str]]:
    """A row for each kind of object: kind, how many in each stack, who acts on it. All are declared by the program."""
    counted: dict[str, dict[tuple[str, str], int]] = {name: stack.kinds() for name, stack in stacks.items()}
    kinds = sorted({kind for found in counted.values() for kind in found}, key=lambda one: (one[1], one[0]))
    rows: list[list[str]] = []
    for group, kind in kinds:
        api = group.partition("/")[0]
        acts: Any = _CORE.get(kind) if api == "core" else _ACTS.get(api)
        rows.append([kind, *(str(counted[name].get((group, kind), 0) or NONE) for name in stacks), acts or "?"])
    return rows
