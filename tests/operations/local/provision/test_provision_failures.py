"""Whatever goes wrong is one clear error that names the resource, and shows no secret."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from components.errors import PlatformError
from operations.local.provision.catalog import HANDLERS
from operations.local.provision.clients import SERVICES, Clients
from operations.local.provision.provisioner import Outcome
from tests.operations.local.provision import program
from tests.operations.local.provision.program import REGION, Stack


def failing(stack: Stack, token: str, inputs: dict[str, Any], **options: Any):
    with pytest.raises(PlatformError) as caught:
        stack.one(token, "x", inputs, **options)
    for mistake in caught.value.mistakes:
        assert mistake.where == stack.urn(token, "x")
        assert mistake.remedy
    return caught.value.mistakes


def test_unsupported_type_names_the_supported_ones(stack: Stack):
    (mistake,) = failing(stack, "aws:msk/cluster:Cluster", {"clusterName": "c"})
    assert (mistake.key, mistake.found.split(",")[0]) == ("type", "aws:msk/cluster:Cluster")
    assert mistake.allowed.split(", ") == sorted(HANDLERS)


def test_unsupported_inputs_are_refused_all_at_once_rather_than_left_out(stack: Stack, clients: Clients):
    inputs = {"bucket": "b-1", "acl": "public-read", "corsRules": [], "region": "us-west-2"}
    mistakes = failing(stack, program.BUCKET, inputs)
    assert [mistake.key for mistake in mistakes] == ["acl", "corsRules", "region"]
    assert "forceDestroy" in mistakes[0].allowed
    assert mistakes[2].allowed == REGION
    assert clients.get("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("04da6b54-80e4-46f7-96ec-b56ff0331ba9", "not known yet"),
        (object(), "of type object"),
        ({"deep": [b"bytes"]}, "of type bytes"),
    ],
)
def test_value_that_is_unknown_or_no_data_is_named(value: Any, found: str, stack: Stack):
    (mistake,) = failing(stack, program.SECRET, {"name": "s", "tags": {"a": value}})
    assert mistake.key.startswith("tags.a")
    assert found in mistake.found


def test_same_urn_twice_in_one_run_is_refused(stack: Stack):
    stack.one(program.BUCKET, "b", {"bucket": "b-1"})
    with pytest.raises(PlatformError, match="registered twice"):
        stack.register(program.BUCKET, "b", {"bucket": "b-1"})


def test_secret_physical_name_is_refused(stack: Stack):
    (mistake,) = failing(stack, program.SECRET, {"name": "hidden"}, secret_paths={"name"})
    assert (mistake.key, mistake.found) == ("name", "a secret")


@pytest.mark.parametrize(
    ("token", "inputs", "found"),
    [
        (program.POLICY, {"name": "p", "policy": "{"}, "MalformedPolicyDocument: "),
        (program.BUCKET, {"bucket": "No_Such_Name!"}, "Invalid"),
        (program.VERSIONING, {"bucket": "missing", "versioningConfiguration": {"status": "Enabled"}}, "NoSuchBucket: "),
        (program.ALIAS, {"name": "alias/x", "targetKeyId": "missing"}, "NotFoundException: "),
        (program.ALIAS, {"name": "alias/x"}, "ParamValidation"),
        (program.OWNERSHIP, {"rule": {}}, "KeyError"),
        (program.LIFECYCLE, {"bucket": "b", "rules": [{"filter": "all"}]}, "AttributeError"),
        (program.ENCRYPTION, {"bucket": "b", "rules": [{"mystery": 1}]}, "ParamValidation"),
        (program.SECRET_VERSION, {"secretId": "missing", "secretString": "v"}, "ResourceNotFoundException: "),
    ],
)
def test_failed_call_names_resource_operation_code_and_remedy(token: str, inputs: dict, found: str, stack: Stack):
    (mistake,) = failing(stack, token, inputs)
    assert mistake.key == "create on the AWS emulator"
    assert found in mistake.found
    assert stack.state().records() == []


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (program.SECRET_VERSION, {"secretId": "s", "secretString": {"nested": "hidden-value"}}),
        (program.SECRET_VERSION, {"secretId": "s", "secretBinary": "hidden-value"}),
        (program.PARAMETER, {"name": "/p", "type": "hidden-value", "value": "hidden-value"}),
        (program.DATABASE, {"name": "d", "parameters": {"k": ["hidden-value"]}}),
    ],
)
def test_no_secret_is_in_a_message(token: str, inputs: dict, stack: Stack, clients: Clients):
    clients.get("secretsmanager").create_secret(Name="s")
    (mistake,) = failing(stack, token, inputs, secret_paths={"parameters.k[0]"})
    assert "hidden-value" not in str(mistake)
    assert "hidden-value" not in stack.path.read_text()


def test_taken_name_is_refused_and_what_bears_it_left_alone(stack: Stack, clients: Clients):
    clients.get("s3").create_bucket(Bucket="mine-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    clients.get("ssm").put_parameter(Name="/mine", Type="String", Value="mine")
    for _ in range(2):
        (mistake,) = failing(stack, program.BUCKET, {"bucket": "mine-1"})
        assert mistake.found.startswith("BucketAlreadyExists")
        (mistake,) = failing(stack, program.PARAMETER, {"name": "/mine", "type": "String", "value": "v"})
        assert mistake.found.startswith("ParameterAlreadyExists")
        assert "another name" in mistake.remedy
    assert clients.get("ssm").get_parameter(Name="/mine")["Parameter"]["Value"] == "mine"
    assert clients.get("s3").list_buckets()["Buckets"][0]["Name"] == "mine-1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_emulator_that_does_not_answer_is_told_quickly(tmp_path: Path, stack: Stack):
    endpoint = f"http://127.0.0.1:{free_port()}"
    silent = Stack(tmp_path / "s.json", Clients(endpoint, REGION))
    started = time.monotonic()
    (mistake,) = failing(silent, program.BUCKET, {"bucket": "b-1"})
    assert time.monotonic() - started < 15
    assert "EndpointConnectionError" in mistake.found
    assert endpoint in mistake.allowed
    assert "streamctl status" in mistake.remedy
    stack.one(program.BUCKET, "b", {"bucket": "b-1"})
    stack.clients = silent.clients
    stack.start()
    with pytest.raises(PlatformError, match="EndpointConnectionError"):
        stack.provisioner.finish([])
    assert len(stack.state().records()) == 1


def test_clients_ignore_the_callers_aws_set_up(clients: Clients, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    fresh = Clients(clients.endpoint, REGION)
    assert fresh.get("s3").list_buckets()["Buckets"] == []
    assert fresh.get("s3") is fresh.get("s3")


def test_eight_threads_at_once(stack: Stack, clients: Clients):
    workers, each = 8, 3
    gate = threading.Barrier(workers)

    def work(worker: int) -> list[Outcome]:
        gate.wait()
        done = []
        for number in range(each):
            secret = stack.register(program.SECRET, f"s-{worker}-{number}", {"name": f"{worker}/{number}"})
            inputs = {"secretId": secret.outputs["arn"], "secretString": f"value-{worker}-{number}"}
            done += [secret, stack.register(program.SECRET_VERSION, f"v-{worker}-{number}", inputs, secret)]
        return done

    def run() -> list[Outcome]:
        stack.start()
        with ThreadPoolExecutor(workers) as pool:
            return [outcome for part in pool.map(work, range(workers)) for outcome in part]

    first = run()
    assert {outcome.operation for outcome in first} == {"create"}
    records = {record.urn: record.id for record in stack.state().records()}
    assert records == {outcome.urn: outcome.id for outcome in first}
    assert len(records) == workers * each * 2
    second = run()
    assert {outcome.operation for outcome in second} == {"same"}
    assert [outcome.outputs for outcome in second] == [outcome.outputs for outcome in first]
    for worker in range(workers):
        value = clients.get("secretsmanager").get_secret_value(SecretId=f"{worker}/0")["SecretString"]
        assert value == f"value-{worker}-0"


def test_second_run_asks_the_emulator_once_per_type_not_per_resource(stack: Stack):
    program.whole_platform(stack, secrets=8, parameters=14)
    requests: list[str] = []
    stack.clients = Clients(stack.clients.endpoint, REGION)
    for service in SERVICES:
        stack.clients.get(service).meta.events.register("before-call", lambda model, **_: requests.append(model.name))
    done = program.whole_platform(stack, secrets=8, parameters=14)
    assert len(done) == 41
    assert {outcome.operation for outcome in done.values()} == {"same"}
    # Fourteen types, one request each, and the second page of the parameters.
    assert len(requests) <= 15
