"""What `streamctl image` does with AWS, on an emulated account."""

import json
import zipfile
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from components.flink.image import connect_plugin_key
from operations.image import command, ecr, jars
from operations.plan.plan import Plan
from operations.streamctl import cli

NAMES = ("applications", "connect")


@pytest.fixture
def account(monkeypatch):
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "test")
    with mock_aws():
        yield


@pytest.fixture
def jar(tmp_path, monkeypatch) -> Path:
    """In place of what Maven and the internet bring."""
    path = tmp_path / "debezium.jar"
    path.write_text("jar")
    monkeypatch.setattr(jars, "resolved", lambda pom, work: {"debezium.jar": path})
    monkeypatch.setattr(jars, "downloaded", lambda download, work: path)
    return path


def test_repositories_that_are_not_there_are_created_first(account, monkeypatch):
    """Nothing that needs an image can start before it is there, so these two come before the rest of the stack."""
    resources = [
        {"urn": f"urn:{name}", "type": ecr.REPOSITORY_TYPE, "inputs": {"name": f"dev-{name}"}} for name in NAMES
    ]
    monkeypatch.setattr(command, "synthesise", lambda config: Plan("streaming-platform", "dev", resources))
    done = CliRunner().invoke(cli, ["image", "--stack", "local", "--push"])
    assert done.exit_code == 1
    assert "pulumi up --stack dev --target 'urn:applications' --target 'urn:connect'" in done.stderr
    client = boto3.client("ecr", region_name="us-east-1")
    client.create_repository(repositoryName="dev-applications")
    done = CliRunner().invoke(cli, ["image", "--stack", "local", "--push"])
    assert "pulumi up --stack dev --target 'urn:connect'" in done.stderr
    assert "--target 'urn:applications'" not in done.stderr


def test_the_bucket_of_the_plugin_is_created_first(account, jar, monkeypatch):
    """MSK Connect takes the plugin when the connector is made, so its bucket comes before the rest of the stack."""
    resources = [
        {"urn": "urn:bucket", "type": "aws:s3/bucket:Bucket", "inputs": {"bucket": "artifacts"}},
        {
            "urn": "urn:key",
            "type": "aws:s3/bucketServerSideEncryptionConfiguration:B",
            "inputs": {"bucket": "artifacts"},
        },
        {"urn": "urn:lake", "type": "aws:s3/bucket:Bucket", "inputs": {"bucket": "lake"}},
        {
            "urn": "urn:plugin",
            "type": ecr.PLUGIN_TYPE,
            "inputs": {"location": {"s3": {"bucketArn": "arn:aws:s3:::artifacts"}}},
        },
    ]
    monkeypatch.setattr(command, "synthesise", lambda config: Plan("streaming-platform", "dev", resources))
    done = CliRunner().invoke(cli, ["image", "--stack", "local", "--plugin", "--push"])
    assert done.exit_code == 1
    assert "pulumi up --stack dev --target 'urn:bucket' --target 'urn:key'" in done.stderr
    assert "urn:lake" not in done.stderr
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="artifacts")
    assert CliRunner().invoke(cli, ["image", "--stack", "local", "--plugin", "--push"]).exit_code == 0


def test_the_plugin_is_uploaded_under_the_key_that_the_program_names(account, jar, tmp_path):
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="plugins")
    options = ["image", "--stack", "local", "--plugin", "--bucket", "plugins", "--output", str(tmp_path), "--json"]
    done = CliRunner().invoke(cli, options)
    assert done.exit_code == 0, done.output
    [made] = json.loads(done.stdout)
    key = connect_plugin_key()
    assert (made["plugin"], made["object"]) == (key, f"s3://plugins/{key}")
    uploaded = s3.get_object(Bucket="plugins", Key=key)["Body"].read()
    assert uploaded == Path(made["file"]).read_bytes()
    with zipfile.ZipFile(made["file"]) as plugin:
        assert plugin.namelist() == ["debezium-postgres/debezium.jar"]


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (["--plugin"], "add --output DIR, --push or both"),
        (["--plugin", "--bucket", "no-such-bucket"], "s3:PutObject"),
        (["--plugin", "--push"], "--bucket NAME"),
        (["--repository", "ghcr.io/acme/images"], "add --name"),
        (["--push", "--name", "connect"], "--repository registry/path"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do(account, jar, options, remedy):
    done = CliRunner().invoke(cli, ["image", "--stack", "local", *options])
    assert done.exit_code == 1
    assert remedy in done.stderr
