"""The component package: its schema, what it makes of inputs, and its process as the engine starts it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pulumi
import pytest
import yaml
from google.protobuf import empty_pb2
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.experimental.util import camel_case
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc, resource_pb2_grpc

from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from components.cluster.identity import PodIdentity
from components.errors import PlatformError
from components.kafka.contract import Grant, GrantedAccess, KafkaAccess, TopicDescription
from components.kafka.topics_job import TopicsJob, TopicsJobArgs
from components.lakehouse import Lakehouse, LakehouseArgs
from components.network import Network, NetworkArgs
from components.package import PACKAGE, provider
from components.table_maintenance import TableMaintenance, TableMaintenanceArgs, Upkeep
from operations.plan.attributes import preview_attributes
from operations.plan.evaluate import synthesise
from operations.plan.recorder import STACK_TYPE, Recorder
from operations.plan.stack_file import StackConfig
from operations.plan.values import to_struct

FOLDER = Path(__file__).parents[2] / "components"
ACCOUNT = "123456789012"
CONFIG = StackConfig("test", {"streaming-platform:aws": f'{{"account_id": "{ACCOUNT}"}}'}, ())
NETWORK = {
    "namePrefix": "p",
    "cidr": "10.0.0.0/16",
    "zones": ["us-east-1a", "us-east-1b"],
    "region": "us-east-1",
    "accountId": ACCOUNT,
    "flowLogDays": 14.0,
}
LAKEHOUSE = {
    "bucket": "p-lake",
    "database": "orders",
    "namePrefix": "p",
    "region": "us-east-1",
    "accountId": ACCOUNT,
    "tags": {"project": "p"},
    "noncurrentDays": 9.0,
}
SECRET = object()
CLUSTER = {
    "kubeconfig": "geheim",
    "context": "c",
    "identifier": "c",
    "namePrefix": "p",
    "accountId": ACCOUNT,
    "eksName": "theirs",
    "eksArn": f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/theirs",
}
TOPICS = {
    "cluster": CLUSTER,
    "namespace": "streaming",
    "image": "image:1",
    "topics": {"orders": {"partitions": 12.0, "replicationFactor": 3.0}},
    "acls": [{"principal": "orders", "operation": "Read", "resource": "topic", "name": "orders"}],
    "admin": {
        "access": {"flavour": "external", "bootstrapServers": "b:9092", "securityProtocol": "SSL"},
        "policyArns": {"kafka": f"arn:aws:iam::{ACCOUNT}:policy/kafka"},
    },
}


@pytest.fixture(scope="module")
def package() -> ComponentProvider:
    return provider()


@pytest.fixture(scope="module")
def schema(package) -> dict[str, Any]:
    return json.loads(package.schema)


def network() -> None:
    Network(
        "one",
        NetworkArgs("p", "10.0.0.0/16", ["us-east-1a", "us-east-1b"], "us-east-1", ACCOUNT, flow_log_days=14),
    )


def lakehouse() -> None:
    Lakehouse(
        "one", LakehouseArgs("p-lake", "orders", "p", "us-east-1", ACCOUNT, tags={"project": "p"}, noncurrent_days=9)
    )


def topics() -> None:
    identity = PodIdentity("theirs", f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/theirs")
    cluster = ExistingCluster(
        "one-cluster", ExistingClusterArgs("geheim", "c", "c", identity, "p", ACCOUNT, {}, priority_classes=False)
    )
    TopicsJob(
        "one",
        TopicsJobArgs(
            cluster=cluster,
            namespace="streaming",
            image="image:1",
            topics={"orders": TopicDescription(12, 3)},
            acls=[Grant("orders", "Read", "topic", "orders")],
            admin=GrantedAccess(
                KafkaAccess("external", "b:9092", "SSL"), {"kafka": f"arn:aws:iam::{ACCOUNT}:policy/kafka"}
            ),
        ),
    )


SAME = pytest.mark.parametrize(
    ("kind", "inputs", "program"),
    [("Network", NETWORK, network), ("Lakehouse", LAKEHOUSE, lakehouse), ("TopicsJob", TOPICS, topics)],
)


def resources(program: Callable[[], Any]) -> list[dict[str, Any]]:
    return synthesise(CONFIG, program).resources


def with_secrets(value: Any) -> Any:
    """`value` with secrets where SECRET stands; they are made within a program."""
    if isinstance(value, dict):
        return {key: with_secrets(one) for key, one in value.items()}
    return pulumi.Output.secret("x") if value is SECRET else value


def construct(package: ComponentProvider, kind: str, inputs: dict[str, Any], *after: pulumi.Resource) -> Any:
    opts = pulumi.ResourceOptions(depends_on=list(after))
    return package.construct("one", f"{PACKAGE}:index:{kind}", inputs, opts)


def test_the_manifest_is_what_pulumi_reads():
    assert yaml.safe_load((FOLDER / "PulumiPlugin.yaml").read_text()) == {"name": PACKAGE, "runtime": "python"}
    # The language host makes an environment of it.
    assert (FOLDER / "requirements.txt").read_text() == "-r ../requirements.txt\n"


def test_everything_in_the_schema_is_described_and_gives_something(schema):
    assert len(schema["resources"]) > 25
    for token, one in schema["resources"].items():
        assert one["isComponent"], token
        assert one["description"], token
        assert one["properties"], token
        assert one["requiredInputs"], token
        undescribed = [key for key, value in one["inputProperties"].items() if not value.get("description")]
        assert undescribed == [], token


def test_every_reference_within_the_schema_leads_somewhere(schema):
    text = json.dumps(schema)
    for part in text.split('"$ref": "')[1:]:
        reference = part.partition('"')[0]
        assert reference == "pulumi.json#/Any" or reference.removeprefix("#/types/") in schema["types"], reference


def test_the_document_names_every_component_with_its_outputs(schema):
    text = (FOLDER.parent / "docs" / "components.md").read_text()
    classes = {
        name
        for path in FOLDER.rglob("*.py")
        if "site-packages" not in path.parts
        for name in re.findall(r"^class (\w+)\(pulumi\.ComponentResource\)", path.read_text(), re.MULTILINE)
    }
    assert sorted(name for name in classes if f"`{name}`" not in text) == []
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    examples = {"".join(one.name.split("_")).lower() for one in (FOLDER.parent / "examples/python").iterdir()}
    for component, _, _, outputs, packaged in rows:
        name = component.strip("`")
        assert name in classes
        assert name.lower() in examples
        one = schema["resources"].get(f"{PACKAGE}:index:{name}")
        assert (one is not None) == (not packaged.startswith("no")), name
        if one:
            assert [camel_case(output) for output in outputs.split(", ")] == list(one["properties"]), name


def test_inputs_say_what_is_required_and_what_has_to_be_known(schema):
    one = schema["resources"][f"{PACKAGE}:index:Lakehouse"]
    assert one["requiredInputs"] == ["accountId", "bucket", "database", "namePrefix", "region", "tags"]
    assert one["inputProperties"]["noncurrentDays"]["type"] == "integer"
    assert "default 7" in one["inputProperties"]["noncurrentDays"]["description"]
    access = schema["types"][f"{PACKAGE}:index:NetworkAccess"]
    assert "plain" not in access["properties"]["vpcId"]
    # The number of subnets is known, each of them need not be.
    assert access["properties"]["privateSubnetIds"]["plain"]
    assert "plain" not in access["properties"]["privateSubnetIds"]["items"]


@SAME
def test_the_package_declares_what_python_does(kind, inputs, program, package):
    assert resources(lambda: construct(package, kind, inputs)) == resources(program)


def test_words_become_enumerations(package):
    inputs = {**LAKEHOUSE, "tables": ["orders"], "bucketArn": "arn:b", "keyArn": "arn:k", "kinds": ["retention"]}
    args = TableMaintenanceArgs(
        ["orders"], "arn:b", "arn:k", "orders", "p", "us-east-1", ACCOUNT, {"project": "p"}, kinds=[Upkeep.RETENTION]
    )
    assert resources(lambda: construct(package, "TableMaintenance", inputs)) == resources(
        lambda: TableMaintenance("one", args) and None
    )


def test_what_the_program_depends_on_comes_before_the_objects_within(package):
    def program() -> None:
        construct(package, "TopicsJob", TOPICS, pulumi.CustomResource("test:index:Before", "before", {}))

    found = {one["type"]: one for one in resources(program)}
    assert found["test:index:Before"]["urn"] in found["kubernetes:batch/v1:Job"]["dependencies"]


@pytest.mark.parametrize(
    ("kind", "inputs", "says"),
    [
        ("TopicsJob", {**TOPICS, "cluster": {**CLUSTER, "accessKeySecret": "keys"}}, "accessKeySecret and eksName"),
        ("TopicsJob", {**TOPICS, "cluster": {**CLUSTER, "eksArn": None}}, "cluster.eksArn"),
        ("Network", {**NETWORK, "cidr": SECRET}, "write the value itself"),
        ("Platform", {"settings": {}, "applicationsFolder": "applications"}, "${pulumi.cwd}/applications"),
        ("Platform", {"settings": {"environment": "moon"}, "applicationsFolder": "/"}, "environment"),
        ("Platform", {"settings": {"aws": SECRET}, "applicationsFolder": "/"}, "settings.aws"),
        ("TableMaintenance", {**LAKEHOUSE, "kinds": ["nothing"]}, "kinds[0]"),
    ],
)
def test_wrong_inputs_are_told_by_their_key(kind, inputs, says, package):
    inputs = {"tables": ["orders"], "bucketArn": "arn:b", "keyArn": "arn:k", **inputs}

    def program() -> None:
        construct(package, kind, with_secrets(inputs))

    with pytest.raises(PlatformError) as raised:
        resources(program)
    assert says in str(raised.value)


def test_a_missing_input_is_told(package):
    with pytest.raises(PlatformError, match="Missing required input 'zones'"):
        resources(lambda: construct(package, "Network", {"namePrefix": "p", "cidr": "10.0.0.0/16"}))


def _with_context(method: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda request, context: method(request)


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """The recorder behind a port, as the engine's monitor is."""

    def __init__(self, recorder: Recorder):
        for name in ("RegisterResource", "RegisterResourceOutputs", "SupportsFeature", "GetDeploymentInfo"):
            setattr(self, name, _with_context(getattr(recorder, name)))


class Engine(engine_pb2_grpc.EngineServicer):
    """Takes the log."""

    def Log(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()


@contextmanager
def served(add: Callable[..., None], servicer: Any) -> Iterator[str]:
    """The address of a server with `servicer`."""
    server = grpc.server(futures.ThreadPoolExecutor(4))
    add(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)


@pytest.fixture
def process() -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """The package, started as Pulumi starts it: the folder's program with the engine's address."""
    with (
        served(engine_pb2_grpc.add_EngineServicer_to_server, Engine()) as engine,
        subprocess.Popen(
            [sys.executable, str(FOLDER), engine], stdout=subprocess.PIPE, text=True, cwd=FOLDER.parent.parent
        ) as started,
    ):
        try:
            assert started.stdout
            with grpc.insecure_channel(f"127.0.0.1:{int(started.stdout.readline())}") as channel:
                yield provider_pb2_grpc.ResourceProviderStub(channel)
        finally:
            started.terminate()
            try:
                started.wait(20)
            except subprocess.TimeoutExpired:
                # Popen's own end waits without limit: a package that does not end would hold the whole run.
                started.kill()
                raise


def test_the_process_answers_as_the_engine_asks(process, schema):
    answered = json.loads(process.GetSchema(provider_pb2.GetSchemaRequest(), timeout=30).schema)
    assert answered == schema

    for kind, inputs, program in (
        ("Network", NETWORK, network),
        ("Lakehouse", LAKEHOUSE, lakehouse),
        ("TopicsJob", TOPICS, topics),
    ):
        recorder = Recorder("streaming-platform", "test", preview_attributes(CONFIG))
        with served(resource_pb2_grpc.add_ResourceMonitorServicer_to_server, Monitor(recorder)) as monitor:
            answer = process.Construct(
                provider_pb2.ConstructRequest(
                    project="streaming-platform",
                    stack="test",
                    dryRun=True,
                    monitorEndpoint=monitor,
                    type=f"{PACKAGE}:index:{kind}",
                    name="one",
                    inputs=to_struct(inputs),
                    accepts_output_values=True,
                ),
                timeout=30,
            )
        wanted = [one for one in resources(program) if one["type"] != STACK_TYPE]
        for one in wanted:
            if one.get("parent", "").endswith(f"{STACK_TYPE}::streaming-platform-test"):
                del one["parent"]
        assert [one["urn"] for one in recorder.plan().resources] == [one["urn"] for one in wanted]
        assert recorder.plan().resources == wanted
        assert answer.urn.endswith(f"{PACKAGE}:index:{kind}::one")
