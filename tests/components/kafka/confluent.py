"""What the tests of Confluent Cloud share: a program evaluated with ids as Confluent would give them."""

from collections.abc import Callable
from typing import Any

from components.kafka.confluent_cloud import ConfluentCloudArgs
from components.kafka.confluent_kinds import ClusterShape
from components.kafka.confluent_network import ConfluentNetworkArgs
from components.network import NetworkAccess
from operations.plan.evaluate import evaluate
from operations.plan.recorder import Recorder
from operations.plan.stack_file import StackConfig
from operations.plan.values import as_secret, revealed

Resources = dict[str, dict[str, Any]]

NETWORK = NetworkAccess("vpc-1", ["s-a", "s-b", "s-c"], [], [], 3, "sg-workloads")
ZONES = ["use1-az1", "use1-az2", "use1-az4"]


def network(kind: str, **more: Any) -> ConfluentNetworkArgs:
    return ConfluentNetworkArgs(
        kind=kind,
        display_name="acme",
        environment_id="",
        region="us-east-1",
        account_id="123456789012",
        network=NETWORK,
        tags={},
        **more,
    )


def cloud_args(kind: str = "standard", units: int | None = None, **more: Any) -> ConfluentCloudArgs:
    shape = more.pop("shape", ClusterShape(kind, units=units))
    return ConfluentCloudArgs(
        environment_name="acme-dev",
        cluster_name="orders",
        name_prefix="acme-dev",
        region="us-east-1",
        account_id="123456789012",
        cluster=shape,
        rotation=more.pop("rotation", 0),
        tags={},
        **more,
    )


def answer(token: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The provider functions, as Confluent and AWS answer them."""
    if "SchemaRegistry" in token:
        return {
            "id": "lsrc-1",
            "restEndpoint": "https://psrc-1.confluent.cloud",
            "resourceName": "crn://confluent.cloud/organization=o/environment=env-1/schema-registry=lsrc-1",
            "apiVersion": "srcm/v3",
            "kind": "Cluster",
            **arguments,
        }
    if "getEndpoint" in token:
        asked = arguments["filter"]
        through = {"accessPoints": [{"id": "ap-1"}], "isPrivate": True, "service": asked["service"]}
        host = "flink" if asked["service"] == "FLINK" else asked["resource"]
        return {
            "id": "1",
            "endpoints": [
                {"endpoint": "https://other", "endpointType": "REST", "accessPoints": [{"id": "ap-2"}]},
                {"endpoint": f"https://{host}ls-ap1", "endpointType": "LANGUAGE_SERVICE", **through},
                {"endpoint": f"https://{host}-ap1", "endpointType": "REST", **through},
            ],
        }
    return {"id": "pcx-1"}


def added(type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """(id, outputs) of a resource."""
    kind = type_.rpartition(":")[2]
    if kind == "KafkaCluster":
        return "lkc-1", {
            "rbacCrn": "crn://confluent.cloud/organization=o/environment=env-1/cloud-cluster=lkc-1",
            "restEndpoint": "https://lkc-1.confluent.cloud:443",
            "bootstrapEndpoint": "SASL_SSL://pkc-1.confluent.cloud:9092",
            "apiVersion": "cmk/v2",
            "kind": "Cluster",
            "endpoints": [
                {"accessPointId": "PUBLIC", "restEndpoint": "https://public", "bootstrapEndpoint": "public:9092"},
                {
                    "accessPointId": "ap-1",
                    "restEndpoint": "https://lkc-1-ap1.us-east-1.aws.accesspoint.glb.confluent.cloud",
                    "bootstrapEndpoint": "lkc-1-ap1.us-east-1.aws.accesspoint.glb.confluent.cloud:9092",
                },
            ],
        }
    if kind == "ApiKey":
        return f"KEY-{name}", {"secret": as_secret(f"SECRET-{name}")}
    if kind == "Gateway":
        service = {**inputs.get("awsIngressPrivateLinkGateway", {}), "vpcEndpointServiceName": "com.amazonaws.vpce.x"}
        face = {**inputs.get("awsPrivateNetworkInterfaceGateway", {}), "account": "999999999999"}
        return "gw-1", {"awsIngressPrivateLinkGateway": service, "awsPrivateNetworkInterfaceGateway": face}
    if kind == "AccessPoint":
        point = inputs.get("awsIngressPrivateLinkEndpoint")
        domain = "ap1.us-east-1.aws.accesspoint.confluent.cloud"
        return "ap-1", {"awsIngressPrivateLinkEndpoint": {**point, "dnsDomain": domain}} if point else {}
    if kind == "Network":
        return "n-1", {
            "dnsDomain": "n1.us-east-1.aws.confluent.cloud",
            "endpointSuffix": "-n1.us-east-1.aws.glb.confluent.cloud",
            "aws": [{"vpc": "vpc-confluent", "account": "9", "privateLinkEndpointService": "com.amazonaws.vpce.y"}],
        }
    if kind == "VpcEndpoint":
        return "vpce-1", {"dnsEntries": [{"dnsName": "vpce-1.vpce.amazonaws.com", "hostedZoneId": "Z"}]}
    if kind == "ByokKey":
        return "cck-1", {"aws": {**inputs["aws"], "roles": ["arn:aws:iam::9:role/b", "arn:aws:iam::9:role/a"]}}
    if kind == "ServiceAccount":
        return f"sa-{name}", {}
    if kind == "Environment":
        return "env-1", {"resourceName": "crn://confluent.cloud/organization=o/environment=env-1"}
    return f"id-{name}", {"arn": f"arn:{name}", "zoneId": "Z1", "keyId": f"id-{name}"}


def made(program: Callable[[], Any]) -> Resources:
    """The resources of a program by `<type without package> <name>`; inputs with their secrets in plain text under
    `sent`."""
    sent: dict[str, dict[str, Any]] = {}

    def supply(urn: str, type_: str, name: str, inputs: dict[str, Any], dependencies: list[str]):
        sent[urn] = revealed(inputs)
        return added(type_, name, sent[urn])

    recorder = Recorder("streaming-platform", "test", supply, answer)
    plan = evaluate(StackConfig("test", {}, ()), recorder, preview=False, program=program).plan()
    return {
        f"{one['type'].rpartition(':')[2]} {one['urn'].rpartition('::')[2]}": {**one, "sent": sent.get(one["urn"], {})}
        for one in plan.resources
    }


def kind_of(found: Resources, kind: str) -> Resources:
    """The resources of one type by name."""
    return {key.partition(" ")[2]: one for key, one in found.items() if key.split()[0] == kind}
