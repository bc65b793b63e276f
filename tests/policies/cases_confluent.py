"""Cases of the policies for Confluent Cloud: cluster, network, keys, rights."""

from typing import Any

from tests.policies.cases import UNKNOWN, Case, Given, Plant

INDEX = "confluentcloud:index/"
CLUSTER = f"{INDEX}kafkaCluster:KafkaCluster"
KEY = f"{INDEX}apiKey:ApiKey"
BINDING = f"{INDEX}roleBinding:RoleBinding"
ACCOUNT = f"{INDEX}serviceAccount:ServiceAccount"
ACL = f"{INDEX}kafkaAcl:KafkaAcl"
POOL = f"{INDEX}flinkComputePool:FlinkComputePool"
NETWORK = f"{INDEX}network:Network"
IP_GROUP = f"{INDEX}ipGroup:IpGroup"
ATTACHMENT = f"{INDEX}privateLinkAttachment:PrivateLinkAttachment"
PROVIDER = "pulumi:providers:confluentcloud"
STACK = "pulumi:pulumi:Stack"
CRN = "crn://confluent.cloud/organization=o/environment=env-1/cloud-cluster=lkc-1"


def cluster(kind: str = "enterprises", block: Any = None, **own: Any) -> dict[str, Any]:
    return {
        kind: [{}] if block is None else block,
        "availability": "HIGH",
        "byokKey": {"id": UNKNOWN},
        "deletionProtection": True,
        **own,
    }


def without(props: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in props.items() if key not in keys}


def key(name: str = "key", owner: str = "ServiceAccount", of: str = "claims", **own: Any) -> Given:
    props = {"displayName": name, "owner": {"id": UNKNOWN, "kind": owner}, "managedResource": {"id": UNKNOWN}, **own}
    return Given(KEY, name, props, refers={"owner": [of]})


def account(name: str) -> Given:
    return Given(ACCOUNT, "account", {"displayName": f"platform-{name}"})


def binding(role: Any, pattern: Any = UNKNOWN) -> Given:
    props = {"roleName": role, "crnPattern": pattern, "principal": UNKNOWN}
    return Given(BINDING, "binding", props, refers={"principal": ["account"]})


def acl(**own: Any) -> dict[str, Any]:
    return {
        "permission": "ALLOW",
        "operation": "READ",
        "resourceType": "TOPIC",
        "resourceName": "orders",
        "principal": "User:sa-1",
        **own,
    }


def root(**outputs: Any) -> Given:
    return Given(STACK, "stack", outputs)


CASES = [
    Case(
        "confluent-cluster-not-basic",
        type=CLUSTER,
        production=True,
        good=[cluster(), cluster("standard", {})],
        bad=[cluster("basic", {}), cluster("basic", {"maxEcku": 5})],
        unknown={"basic": UNKNOWN},
    ),
    Case("confluent-cluster-not-basic", type=CLUSTER, good=[cluster("basic", {})]),
    Case(
        "confluent-cluster-private",
        type=CLUSTER,
        production=True,
        good=[cluster(), cluster("freights"), cluster("dedicated", {"cku": 2}, network={"id": UNKNOWN})],
        bad=[cluster("standard", {}), cluster("dedicated", {"cku": 2})],
        unknown={"dedicated": {"cku": 2}, "network": UNKNOWN},
    ),
    Case("confluent-cluster-private", type=CLUSTER, good=[cluster("standard", {})]),
    Case(
        "confluent-cluster-zones",
        type=CLUSTER,
        production=True,
        good=[cluster(), cluster("dedicated", {"cku": 2}, availability="MULTI_ZONE")],
        bad=[cluster(availability="LOW"), cluster("dedicated", {"cku": 1}, availability="SINGLE_ZONE")],
        unknown=cluster(availability=UNKNOWN),
    ),
    Case(
        "confluent-cluster-own-key",
        type=CLUSTER,
        production=True,
        # The id is the provider's choice: that there is one is enough.
        good=[cluster(), without(cluster("standard", {}), "byokKey")],
        bad=[without(cluster(), "byokKey"), without(cluster("dedicated", {"cku": 2}), "byokKey")],
        unknown=cluster(byokKey=UNKNOWN),
    ),
    Case(
        "confluent-cluster-delete-refused",
        type=CLUSTER,
        production=True,
        good=[cluster()],
        bad=[cluster(deletionProtection=False), without(cluster(), "deletionProtection")],
        unknown=cluster(deletionProtection=UNKNOWN),
    ),
    Case(
        "confluent-endpoints-private",
        type=PROVIDER,
        production=True,
        good=[
            {"cloudApiKey": "x"},
            {"flinkRestEndpoint": "https://flink.us-east-1.aws.private.confluent.cloud"},
            {"flinkRestEndpoint": "https://flink-ap123.us-east-1.aws.accesspoint.glb.confluent.cloud"},
            {"schemaRegistryRestEndpoint": "https://lsrc-1-ap1.us-east-1.aws.accesspoint.glb.confluent.cloud"},
            {"schemaRegistryRestEndpoint": "https://lsrc-1.pr1jy6.us-east-1.aws.confluent.cloud"},
            {"flinkRestEndpoint": "https://flink-pr1jy6.us-east-1.aws.confluent.cloud"},
        ],
        bad=[
            {"flinkRestEndpoint": "https://flink.us-east-1.aws.confluent.cloud"},
            {"flinkRestEndpoint": "https://flink.us-gov-west-1.aws.confluent.cloud"},
            {"schemaRegistryRestEndpoint": "https://psrc-123.us-east-1.aws.confluent.cloud"},
        ],
        unknown={"flinkRestEndpoint": UNKNOWN},
    ),
    Case(
        "confluent-endpoints-private",
        type=PROVIDER,
        good=[{"flinkRestEndpoint": "https://flink.us-east-1.aws.confluent.cloud"}],
    ),
    Case(
        "confluent-network-retired",
        good=[Given(f"{INDEX}gateway:Gateway")],
        bad=[Given(ATTACHMENT), Given(f"{INDEX}networkLinkService:NetworkLinkService")],
        no_unknown="it looks at the type alone",
    ),
    Case(
        "confluent-network-dns-private",
        type=NETWORK,
        good=[
            {"connectionTypes": ["PRIVATELINK"], "dnsConfig": {"resolution": "PRIVATE"}},
            {"connectionTypes": ["PEERING"]},
        ],
        bad=[
            {"connectionTypes": ["PRIVATELINK"]},
            {"connectionTypes": ["PRIVATELINK"], "dnsConfig": {"resolution": "CHASED_PRIVATE"}},
        ],
        unknown={"connectionTypes": ["PRIVATELINK"], "dnsConfig": {"resolution": UNKNOWN}},
    ),
    Case(
        "confluent-ip-group-closed",
        type=IP_GROUP,
        good=[{"cidrBlocks": ["203.0.113.7/32", "198.51.100.0/24"]}],
        bad=[{"cidrBlocks": ["0.0.0.0/0"]}, {"cidrBlocks": ["203.0.113.7/32", "10.0.0.0/8"]}, {"cidrBlocks": ["all"]}],
        unknown={"cidrBlocks": [UNKNOWN]},
    ),
    Case(
        "confluent-pool-ceiling",
        type=POOL,
        good=[{"maxCfu": 10}, {"maxCfu": 50}],
        bad=[{}, {"maxCfu": 1000}],
        unknown={"maxCfu": UNKNOWN},
    ),
    Case("confluent-pool-ceiling", type=POOL, bad=[{"maxCfu": 20}], config={"most_cfu": 10}),
    Case(
        "confluent-key-owner",
        good=[key()],
        bad=[key(owner="User"), key(owner="")],
        unknown=key(owner=UNKNOWN),
    ),
    Case(
        "confluent-key-scope",
        good=[key(), key(managedResource=UNKNOWN)],
        bad=[Given(KEY, "cloud", {"displayName": "cloud"})],
        unknown=Given(KEY, "cloud", {"displayName": UNKNOWN}),
        config={"cloud_keys": ["*-scraper"]},
    ),
    Case(
        "confluent-key-scope",
        good=[Given(KEY, "cloud", {"displayName": "metrics-scraper"})],
        config={"cloud_keys": ["*-scraper"]},
    ),
    Case(
        "confluent-key-pair",
        good=[[Given(ACCOUNT, "claims"), key("0"), key("spare-1")]],
        bad=[[key()], [Given(ACCOUNT, "claims"), Given(ACCOUNT, "cdc"), key("0"), key("spare-1"), key("0", of="cdc")]],
        no_unknown="it counts resources",
    ),
    Case(
        "confluent-key-rotation-age",
        good=[[key(), root(rotation_since="2999-01-01")], [root()]],
        bad=[[key(), root(rotation_since="2020-01-01")]],
        unknown=[key(), root(rotation=0)],
    ),
    Case(
        "confluent-role-administrator",
        good=[
            [binding("DeveloperRead"), account("claims")],
            [binding("CloudClusterAdmin"), account("admin")],
            [binding("CloudClusterAdmin"), account("tableflow")],
        ],
        bad=[
            [binding("CloudClusterAdmin"), account("claims")],
            [binding("CloudClusterAdmin")],
            [binding("EnvironmentAdmin"), account("admin")],
            [binding("OrganizationAdmin")],
        ],
        unknown=[binding(UNKNOWN)],
    ),
    Case(
        "confluent-role-scope",
        good=[
            [binding("DeveloperRead", f"{CRN}/kafka=lkc-1/topic=orders"), account("claims")],
            [binding("DeveloperRead", f"{CRN}/kafka=lkc-1/group=claims-*"), account("claims")],
            [binding("ResourceOwner", "crn://x/schema-registry=lsrc-1/subject=*"), account("admin")],
            [binding("CloudClusterAdmin", CRN), account("admin")],
        ],
        bad=[
            [binding("DeveloperRead", f"{CRN}/kafka=lkc-1/topic=*"), account("claims")],
            [binding("DeveloperWrite", f"{CRN}/kafka=lkc-1/transactional-id=*"), account("claims")],
            [binding("Assigner", "crn://x/organization=o/service-account=*"), account("claims")],
        ],
        unknown=[binding("DeveloperRead", UNKNOWN), account("claims")],
    ),
    Case(
        "confluent-acl-scope",
        type=ACL,
        good=[acl(), acl(resourceName="*", permission="DENY", principal="User:*")],
        bad=[acl(principal="User:*"), acl(resourceName="*"), acl(operation="ALL")],
        unknown=acl(principal=UNKNOWN),
    ),
]


def as_other(type_: str, props: dict[str, Any]) -> Any:
    """A resource of a kind that no stack of ours has, in the place of one that it has."""
    return lambda record: {**record, "type": type_, "inputs": props, "outputs": props}


PLANTS = [
    Plant(
        "confluent-cluster-not-basic",
        "prod-cc",
        where=CLUSTER,
        change=lambda props: {**without(props, "enterprises"), "basic": {}},
    ),
    Plant(
        "confluent-cluster-private",
        "prod-cc",
        where=CLUSTER,
        change=lambda props: {**without(props, "enterprises"), "standard": {}},
    ),
    Plant("confluent-cluster-zones", "prod-cc", where=CLUSTER, change=lambda props: {**props, "availability": "LOW"}),
    Plant("confluent-cluster-own-key", "prod-cc", where=CLUSTER, change=lambda props: without(props, "byokKey")),
    Plant(
        "confluent-cluster-delete-refused",
        "prod-cc",
        where=CLUSTER,
        change=lambda props: {**props, "deletionProtection": False},
    ),
    Plant(
        "confluent-endpoints-private",
        "prod-cc",
        where=f"*{PROVIDER}::claims",
        change=lambda props: {**props, "flinkRestEndpoint": "https://flink.eu-central-1.aws.confluent.cloud"},
    ),
    Plant("confluent-network-retired", "prod-cc", where=f"{INDEX}gateway:Gateway", record=as_other(ATTACHMENT, {})),
    Plant(
        "confluent-network-dns-private",
        "prod-cc",
        where=f"{INDEX}gateway:Gateway",
        record=as_other(NETWORK, {"connectionTypes": ["PRIVATELINK"]}),
    ),
    Plant(
        "confluent-ip-group-closed",
        "prod-cc",
        where=f"{INDEX}gateway:Gateway",
        record=as_other(IP_GROUP, {"cidrBlocks": ["0.0.0.0/0"]}),
    ),
    Plant("confluent-pool-ceiling", "prod-cc", where=POOL, change=lambda props: without(props, "maxCfu")),
    Plant("confluent-key-owner", "dev-cc", where=KEY, change=lambda props: props["owner"].update(kind="User")),
    Plant("confluent-key-scope", "dev-cc", where=KEY, change=lambda props: without(props, "managedResource")),
    Plant("confluent-key-pair", "dev-cc", where=KEY, remove=True),
    Plant(
        "confluent-key-rotation-age",
        "dev-cc",
        where=STACK,
        record=lambda record: {**record, "outputs": {**record["outputs"], "rotation_since": "2020-01-01"}},
    ),
    Plant(
        "confluent-role-administrator",
        "dev-cc",
        where="*:RoleBinding::claims-assign",
        change=lambda props: {**props, "roleName": "EnvironmentAdmin"},
    ),
    Plant(
        "confluent-role-scope",
        "dev-cc",
        where="*:RoleBinding::kafka-clients-*",
        change=lambda props: {**props, "crnPattern": f"{CRN}/kafka=lkc-1/topic=*"},
    ),
    Plant(
        "confluent-acl-scope",
        "dev-cc",
        where=f"{INDEX}kafkaTopic:KafkaTopic",
        record=as_other(ACL, acl(principal="User:*")),
    ),
]
