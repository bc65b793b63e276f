import base64
import json
import stat

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from components.errors import PlatformError
from components.settings.aws import AwsSettings
from operations.image import ecr
from operations.plan.plan import Plan

AWS = AwsSettings(region="eu-west-1", account_id="123456789012")
HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
TOKEN = base64.b64encode(b"AWS:very-secret").decode()


def resource(urn: str, type_: str, inputs: dict | None = None, **others) -> dict:
    return {"urn": urn, "type": type_, "inputs": inputs or {}, **others}


@pytest.fixture
def plan() -> Plan:
    return Plan(
        "streaming-platform",
        "dev",
        [
            resource("urn:stack", "pulumi:pulumi:Stack"),
            resource("urn:provider", "pulumi:providers:aws"),
            resource("urn:key", "aws:kms/key:Key", provider="urn:provider::id", parent="urn:stack"),
            resource("urn:parent", "streaming-platform:index:ImageRepository", parent="urn:stack"),
            resource(
                "urn:applications",
                ecr.REPOSITORY_TYPE,
                {"name": "streaming-dev/applications"},
                parent="urn:parent",
                dependencies=["urn:key"],
            ),
            resource("urn:connect", ecr.REPOSITORY_TYPE, {"name": "streaming-dev-connect"}, parent="urn:stack"),
            resource(
                "urn:plugin",
                ecr.PLUGIN_TYPE,
                {"location": {"s3": {"bucketArn": "arn:aws:s3:::plugins", "fileKey": "k"}}},
            ),
        ],
    )


def test_an_image_goes_to_the_repository_that_ends_with_its_name(plan):
    assert ecr.repository(plan, "applications", AWS) == (f"{HOST}/streaming-dev/applications", "urn:applications")
    assert ecr.repository(plan, "connect", AWS)[0] == f"{HOST}/streaming-dev-connect"


def test_a_stack_without_repository_is_told(plan):
    plan.resources = [one for one in plan.resources if one["type"] != ecr.REPOSITORY_TYPE]
    with pytest.raises(PlatformError, match="--repository registry/path"):
        ecr.repository(plan, "connect", AWS)


def test_the_command_that_creates_a_repository_first(plan):
    """Before there are images nothing that needs them can start; what the repository itself needs comes along."""
    assert ecr.creation(plan, ["urn:applications"]) == (
        "pulumi up --stack dev --target 'urn:stack' --target 'urn:provider' --target 'urn:key' --target 'urn:parent' "
        "--target 'urn:applications'"
    )


def test_the_plugin_goes_where_msk_connect_looks_for_it(plan):
    assert ecr.plugin_bucket(plan) == "plugins"
    plan.resources = plan.resources[:-1]
    assert ecr.plugin_bucket(plan) is None


class Client:
    def get_authorization_token(self, registryIds: list[str]) -> dict:
        assert registryIds == ["123456789012"]
        return {"authorizationData": [{"authorizationToken": TOKEN}]}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The user's own logins: a helper of the desktop for all registries."""
    folder = tmp_path / "docker"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"credsStore": "desktop", "auths": {"ghcr.io": {"auth": "x"}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    monkeypatch.setattr(boto3, "client", lambda service, region_name: Client())


def test_the_login_is_in_a_private_file_beside_the_users_own(tmp_path, own):
    with ecr.login([f"{HOST}/a:1", "docker.io/x/y:1"], tmp_path / "logins") as folder:
        assert folder
        file = folder / "config.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        found = json.loads(file.read_text())
        assert found["auths"] == {"ghcr.io": {"auth": "x"}, HOST: {"auth": TOKEN}}
        # Else the desktop's helper is asked, and the login here is not seen.
        assert found["credHelpers"] == {HOST: ""}
        assert found["credsStore"] == "desktop"
    assert not file.exists()


def test_nobody_logs_in_to_other_registries(tmp_path, own):
    with ecr.login(
        ["docker.io/x/y:1", "evil-123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.com/a:1"], tmp_path
    ) as one:
        assert one is None


def test_a_login_that_fails_is_told_without_traceback(tmp_path, own, monkeypatch):
    def fail(service: str, region_name: str) -> None:
        raise NoCredentialsError()

    monkeypatch.setattr(boto3, "client", fail)
    with pytest.raises(PlatformError, match="Unable to locate credentials"), ecr.login([f"{HOST}/a:1"], tmp_path):
        pass
