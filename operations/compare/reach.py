"""What of a stack is private, what it connects to, and where its limits are."""

from collections.abc import Callable, Sequence
from typing import Any

from operations.compare.reading import MSK, NONE, Reading, known
from operations.plan.plan import name_of

Row = tuple[str, Callable[[Reading], str]]

# Limits of the cluster kinds: https://docs.confluent.io/cloud/current/clusters/cluster-types.html
_KINDS = {
    "basics": ("basic", "1,500 partitions, 250 MB/s in"),
    "standards": ("standard", "2,500 partitions, 250 MB/s in"),
    "enterprises": ("enterprise", "3,000 partitions and 60 MB/s in per eCKU"),
    "freights": ("freight", "not published"),
    "dedicated": ("dedicated", "about 4,500 partitions and 60 MB/s in per CKU"),
}


def _cluster(stack: Reading) -> tuple[str, str, dict[str, Any]]:
    """Kind of Confluent Cloud's cluster, its limits, the block of the kind."""
    inputs = stack.first("cc:KafkaCluster")
    for key, (kind, limits) in _KINDS.items():
        if key in inputs or key.removesuffix("s") in inputs:
            block: Any = inputs.get(key) or inputs.get(key.removesuffix("s"))
            first: Any = block[0] if isinstance(block, list) and block else block
            return kind, limits, first if isinstance(first, dict) else {}
    return NONE, NONE, {}


def _api_server(stack: Reading) -> str:
    inputs = stack.first("eks:index:Cluster", "aws:eks/cluster:Cluster")
    if not inputs:
        return "its owner's" if stack.component("ExistingCluster") else NONE
    settings = inputs.get("vpcConfig", inputs)
    public = settings.get("endpointPublicAccess", True)
    return f"public, for {', '.join(settings.get('publicAccessCidrs', ['0.0.0.0/0']))}" if public else "private"


def _brokers(stack: Reading) -> str:
    if stack.on_confluent:
        return "private" if stack.has("cc:AccessPoint", "cc:Network") else "public, TLS and API keys"
    if stack.has(*MSK):
        return "private, TLS"
    return "its owner's"


def _way_in(stack: Reading) -> str:
    inputs = stack.first("cc:Gateway")
    ways = {"awsIngressPrivateLinkGateway": "ingress gateway, PrivateLink", "awsPrivateNetworkInterfaceGateway": "PNI"}
    for key, words in ways.items():
        if key in inputs:
            return words
    types = stack.first("cc:Network").get("connectionTypes")
    return ", ".join(types).lower() if types else NONE


def _management(stack: Reading) -> str:
    balancer = stack.first("aws:lb/loadBalancer:LoadBalancer")
    if balancer:
        return "internal load balancer" if balancer.get("internal") else "public load balancer"
    return "Confluent's console and API, public" if stack.on_confluent else "within the cluster"


def _flink_access(stack: Reading) -> str:
    if stack.on_confluent:
        return _confluent_endpoint(stack)
    return "within the cluster"


def _confluent_endpoint(stack: Reading) -> str:
    return "private endpoint" if stack.has("cc:AccessPoint", "cc:Network") else "public endpoint"


def _registry(stack: Reading) -> str:
    if stack.on_confluent:
        return f"{_confluent_endpoint(stack)}, API keys"
    return "within the cluster" if stack.deployment("schema-registry") else "its owner's"


def _databases(stack: Reading) -> str:
    instances = stack.of("aws:rds/instance:Instance", "aws:rds/cluster:Cluster")
    if not instances:
        return "its owner's"
    return "public" if any(one["inputs"].get("publiclyAccessible") for one in instances) else "private"


def _at_rest(stack: Reading) -> str:
    if stack.on_confluent:
        brokers = "your KMS key" if stack.first("cc:KafkaCluster").get("byokKey") else "Confluent's key"
        return f"brokers {brokers}, tables your KMS key"
    return "your KMS keys" if stack.has("aws:kms/key:Key") else NONE


PRIVATE: Sequence[Row] = (
    ("Kubernetes API server", _api_server),
    ("brokers", _brokers),
    ("way to them from the VPC", lambda stack: _way_in(stack) if stack.on_confluent else NONE),
    ("Schema Registry", _registry),
    ("Flink", _flink_access),
    ("management", _management),
    ("PostgreSQL of the stack", _databases),
    ("keys at rest", _at_rest),
)
"""What is reached from where."""


def _sources(stack: Reading) -> str:
    host = stack.first("cc:Connector").get("configNonsensitive", {}).get("database.hostname")
    if host:
        return "PostgreSQL that Confluent reaches"
    if any(name_of(one) == "postgres" for one in stack.of("aws:rds/instance:Instance", "aws:rds/cluster:Cluster")):
        return "PostgreSQL in the VPC"
    return "PostgreSQL that the pods reach"


def _other_kafka(stack: Reading) -> str:
    if stack.has("cc:ClusterLink", "cc:KafkaMirrorTopic"):
        count = len(stack.of("cc:KafkaMirrorTopic"))
        return f"{count} mirrored topic{'s' if count > 1 else ''} of other sites"
    if stack.on_confluent:
        kind, _, _ = _cluster(stack)
        return "cluster links" if kind in ("enterprise", "dedicated") else "none: take enterprise or dedicated"
    return "its own; any that an application's jars can reach"


def _connectors(stack: Reading) -> str:
    if stack.on_confluent:
        return "topics only; managed connectors bring the rest"
    return "any Flink connector in the image"


def _readers(stack: Reading) -> str:
    found = ["Glue"]
    if stack.has("aws:athena/workgroup:Workgroup"):
        found.append("Athena")
    if stack.component("SnowflakeReader"):
        found.append("Snowflake")
    if stack.component("Tableflow"):
        found.append("Iceberg REST catalog")
    return ", ".join(found)


def _writes(stack: Reading) -> str:
    return "read-only for others" if stack.component("Tableflow") else "any engine with the writer's policy"


CONNECTS: Sequence[Row] = (
    ("captures", _sources),
    ("other Kafka", _other_kafka),
    ("Flink reads and writes", _connectors),
    ("the lake is read by", _readers),
    ("the lake is written by", _writes),
)
"""What a stack can be connected to."""


def _kafka_size(stack: Reading) -> str:
    if stack.on_confluent:
        kind, _, block = _cluster(stack)
        units = block.get("cku") or block.get("maxEcku")
        unit = "CKU" if kind == "dedicated" else "eCKU at most"
        return f"{kind}, {units} {unit}" if units else f"{kind}, grows by itself"
    inputs = stack.first("aws:msk/cluster:Cluster")
    if inputs:
        return f"{inputs['numberOfBrokerNodes']} x {inputs['brokerNodeGroupInfo']['instanceType']}"
    return "serverless" if stack.has(*MSK) else "its owner's"


def _flink_size(stack: Reading) -> str:
    ceiling = stack.first("cc:FlinkComputePool").get("maxCfu")
    if ceiling:
        return f"{ceiling} CFU"
    for pool in stack.of("kubernetes:karpenter.sh/v1:NodePool"):
        if "taskmanager" in name_of(pool):
            return f"{pool['inputs']['spec']['limits']['cpu']} vCPU of TaskManagers"
    return "what the cluster has"


def _state_limit(stack: Reading) -> str:
    return "state of a statement: Confluent's limit" if stack.on_confluent else "the bucket; disks of TaskManagers"


def _changes(stack: Reading) -> str:
    return "no: stateful ones read again from the beginning" if stack.on_confluent else "yes, from a savepoint"


LIMITS: Sequence[Row] = (
    ("Kafka", _kafka_size),
    ("partitions, throughput", lambda stack: _cluster(stack)[1] if stack.on_confluent else "by broker size"),
    ("Flink grows to", _flink_size),
    ("state", _state_limit),
    ("changed SQL goes on where it was", _changes),
    ("Python and Java applications", lambda stack: "functions only" if stack.on_confluent else "yes"),
    ("region", lambda stack: known(stack.plan.outputs.get("region"))),
)
"""How far a stack goes as it is declared."""
