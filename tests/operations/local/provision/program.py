"""Stand-ins for a program that registers resources: one at a time, and every supported type at once."""

import json
import urllib.request
from pathlib import Path
from typing import Any

from operations.local.provision.clients import Clients
from operations.local.provision.provisioner import Outcome, Provisioner
from operations.local.provision.state import State

REGION = "eu-west-1"

BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
POLICY = "aws:iam/policy:Policy"
SECRET = "aws:secretsmanager/secret:Secret"
SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
PARAMETER = "aws:ssm/parameter:Parameter"

PASSWORD = "correct-horse-battery-staple"
TAGS = {"project": "streaming-platform", "stack": "local"}


def allow(action: str, resource: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def forget(clients: Clients) -> None:
    """Make the emulator forget everything, as a restart does."""
    request = urllib.request.Request(f"{clients.endpoint}/moto-api/reset", method="POST")
    urllib.request.urlopen(request, timeout=10).close()


class Stack:
    """Registers resources run by run, as a Pulumi program would, and keeps the state between the runs."""

    def __init__(self, path: Path, clients: Clients, emulator: str = "started-1"):
        self.path, self.clients, self.emulator = path, clients, emulator
        self.default_tags: dict[str, str] = {}
        self.deleted: list[Outcome] = []

    @staticmethod
    def urn(type_token: str, name: str) -> str:
        return f"urn:pulumi:local::streaming-platform::{type_token}::{name}"

    def start(self) -> None:
        """Begin a run: everything of the last one but its state file is forgotten."""
        self.provisioner = Provisioner(State.load(self.path), self.clients, self.emulator, self.default_tags)

    def register(self, type_token: str, name: str, inputs: dict[str, Any], *needs: Outcome, **options: Any) -> Outcome:
        dependencies = [need.urn for need in needs]
        return self.provisioner.register(self.urn(type_token, name), type_token, name, inputs, dependencies, **options)

    def one(self, type_token: str, name: str, inputs: dict[str, Any], **options: Any) -> Outcome:
        """A whole run of a program with a single resource."""
        self.start()
        outcome = self.register(type_token, name, inputs, **options)
        self.provisioner.finish([outcome.urn])
        return outcome

    def state(self) -> State:
        return State.load(self.path)


def whole_platform(stack: Stack, secrets: int = 1, parameters: int = 1, password: str = PASSWORD) -> dict[str, Outcome]:
    """One run. `secrets` and `parameters`: how many of each are registered."""
    stack.start()
    done: dict[str, Outcome] = {}

    def resource(type_token: str, name: str, inputs: dict[str, Any], *needs: str, **options: Any) -> Outcome:
        outcome = stack.register(type_token, name, inputs, *(done[need] for need in needs), **options)
        done[name] = outcome
        return outcome

    key = resource(
        KEY, "key", {"description": "lake", "enableKeyRotation": True, "deletionWindowInDays": 7.0, "tags": TAGS}
    )
    resource(ALIAS, "alias", {"name": "alias/lake", "targetKeyId": key.outputs["keyId"]}, "key")
    bucket = resource(BUCKET, "lake", {"bucket": "lake-123456789012", "forceDestroy": True, "tags": TAGS})
    where = {"bucket": bucket.outputs["bucket"]}
    resource(VERSIONING, "versioning", {**where, "versioningConfiguration": {"status": "Enabled"}}, "lake")
    by_key = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key.outputs["arn"]}
    rule = {"applyServerSideEncryptionByDefault": by_key, "bucketKeyEnabled": True}
    resource(ENCRYPTION, "encryption", {**where, "rules": [rule]}, "lake", "key")
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    resource(ACCESS_BLOCK, "access", {**where, **dict.fromkeys(switches, True)}, "lake")
    resource(OWNERSHIP, "ownership", {**where, "rule": {"objectOwnership": "BucketOwnerEnforced"}}, "lake")
    resource(LIFECYCLE, "lifecycle", {**where, "rules": LIFECYCLE_RULES}, "lake", "versioning")
    refuse = allow("s3:PutObjectAcl", f"{bucket.outputs['arn']}/*", Effect="Deny", Principal="*")
    resource(BUCKET_POLICY, "no-acls", {**where, "policy": refuse}, "lake", "access")
    location = f"s3://{bucket.outputs['bucket']}/warehouse"
    resource(DATABASE, "database", {"name": "lake", "locationUri": location, "tags": TAGS}, "lake")
    document = allow("s3:GetObject", f"{bucket.outputs['arn']}/*")
    resource(POLICY, "reader", {"name": "lake-reader", "policy": document, "tags": TAGS}, "lake")
    for index in range(secrets):
        inputs = {"name": f"/clients/{index}", "recoveryWindowInDays": 0, "kmsKeyId": key.outputs["arn"], "tags": TAGS}
        secret = resource(SECRET, f"secret-{index}", inputs, "key")
        value = json.dumps({"username": "writer", "password": password})
        inputs = {"secretId": secret.outputs["arn"], "secretString": value}
        paths = frozenset({"secretString"})
        resource(SECRET_VERSION, f"version-{index}", inputs, f"secret-{index}", secret_paths=paths)
    for index in range(parameters):
        inputs = {"name": f"/clients/bootstrap-{index}", "type": "String", "value": "127.0.0.1:9092", "tags": TAGS}
        resource(PARAMETER, f"parameter-{index}", inputs)
    stack.deleted = stack.provisioner.finish([outcome.urn for outcome in done.values()])
    return done


LIFECYCLE_RULES = [
    {
        "id": "uploads",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3.0},
    },
    {
        "id": "old-versions",
        "status": "Enabled",
        "filter": {"and": {"prefix": "warehouse/", "tags": {"tier": "cold"}}},
        "noncurrentVersionExpiration": {"noncurrentDays": 7.0},
    },
]
