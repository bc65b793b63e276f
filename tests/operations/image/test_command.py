"""What `streamctl image` does with AWS, on an emulated account."""

import json
import zipfile
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from components.errors import PlatformError
from components.flink.image import connect_plugin_key
from components.settings.aws import AwsSettings
from operations.image import command, jars
from operations.plan.plan import Plan
from operations.streamctl import cli

AWS = AwsSettings(region="us-east-1", account_id="123456789012")
URN = "urn:pulumi:dev::streaming-platform::aws:ecr/repository:Repository::connect"


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


def test_a_repository_that_is_not_there_is_created_first(account):
    plan = Plan("streaming-platform", "dev", [{"urn": URN, "type": "aws:ecr/repository:Repository", "inputs": {}}])
    place = "123456789012.dkr.ecr.us-east-1.amazonaws.com/dev/connect"
    with pytest.raises(PlatformError) as caught:
        command._exists(plan, place, URN, AWS)
    assert f"pulumi up --stack dev --target '{URN}'" in caught.value.mistakes[0].remedy
    boto3.client("ecr", region_name="us-east-1").create_repository(repositoryName="dev/connect")
    command._exists(plan, place, URN, AWS)


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
