"""A changed program changes just that: in place or by replacement, as the AWS provider does it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.errors import PlatformError
from operations.local.provision.clients import Clients
from tests.operations.local.provision import program
from tests.operations.local.provision.program import Stack

BUCKET = {"bucket": "in-place"}
PLAIN = program.allow("s3:GetObject", "*")
OTHER = program.allow("s3:PutObject", "*")

# type, inputs before, inputs after, what AWS must show afterwards
IN_PLACE: dict[str, tuple[str, dict, dict, Callable[[Clients, str], Any], Any]] = {
    "bucket tags": (
        program.BUCKET,
        {"bucket": "b-1", "tags": {"a": "1", "b": "2"}},
        {"bucket": "b-1", "tags": {"a": "3"}},
        lambda aws, id: aws.get("s3").get_bucket_tagging(Bucket=id)["TagSet"],
        [{"Key": "a", "Value": "3"}],
    ),
    "versioning": (
        program.VERSIONING,
        {**BUCKET, "versioningConfiguration": {"status": "Enabled"}},
        {**BUCKET, "versioningConfiguration": {"status": "Suspended"}},
        lambda aws, id: aws.get("s3").get_bucket_versioning(Bucket=id)["Status"],
        "Suspended",
    ),
    "encryption": (
        program.ENCRYPTION,
        {**BUCKET, "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}]},
        {**BUCKET, "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        lambda aws, id: (
            aws.get("s3")
            .get_bucket_encryption(Bucket=id)["ServerSideEncryptionConfiguration"]["Rules"][0]
            .get("ApplyServerSideEncryptionByDefault")
        ),
        {"SSEAlgorithm": "AES256"},
    ),
    "access block": (
        program.ACCESS_BLOCK,
        {**BUCKET, "blockPublicAcls": True, "blockPublicPolicy": True},
        {**BUCKET, "blockPublicAcls": True},
        lambda aws, id: aws.get("s3").get_public_access_block(Bucket=id)["PublicAccessBlockConfiguration"][
            "BlockPublicPolicy"
        ],
        False,
    ),
    "ownership": (
        program.OWNERSHIP,
        {**BUCKET, "rule": {"objectOwnership": "ObjectWriter"}},
        {**BUCKET, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        lambda aws, id: aws.get("s3").get_bucket_ownership_controls(Bucket=id)["OwnershipControls"]["Rules"],
        [{"ObjectOwnership": "BucketOwnerEnforced"}],
    ),
    "lifecycle": (
        program.LIFECYCLE,
        {**BUCKET, "rules": program.LIFECYCLE_RULES},
        {**BUCKET, "rules": program.LIFECYCLE_RULES[:1]},
        lambda aws, id: [rule["ID"] for rule in aws.get("s3").get_bucket_lifecycle_configuration(Bucket=id)["Rules"]],
        ["uploads"],
    ),
    "bucket policy": (
        program.BUCKET_POLICY,
        {**BUCKET, "policy": PLAIN},
        {**BUCKET, "policy": OTHER},
        lambda aws, id: json.loads(aws.get("s3").get_bucket_policy(Bucket=id)["Policy"]),
        json.loads(OTHER),
    ),
    "key": (
        program.KEY,
        {"description": "old", "tags": {"a": "1"}, "enableKeyRotation": True},
        {"description": "new", "tags": {"b": "2"}, "isEnabled": False, "policy": PLAIN},
        lambda aws, id: (
            aws.get("kms").describe_key(KeyId=id)["KeyMetadata"]["Description"],
            aws.get("kms").describe_key(KeyId=id)["KeyMetadata"]["KeyState"],
            aws.get("kms").get_key_rotation_status(KeyId=id)["KeyRotationEnabled"],
            aws.get("kms").list_resource_tags(KeyId=id)["Tags"],
            json.loads(aws.get("kms").get_key_policy(KeyId=id, PolicyName="default")["Policy"]),
        ),
        ("new", "Disabled", False, [{"TagKey": "b", "TagValue": "2"}], json.loads(PLAIN)),
    ),
    "database": (
        program.DATABASE,
        {"name": "lake", "description": "old", "tags": {"a": "1"}},
        {"name": "lake", "description": "new", "parameters": {"p": "q"}, "tags": {"b": "2"}},
        lambda aws, id: (
            aws.get("glue").get_database(Name="lake")["Database"]["Description"],
            aws.get("glue").get_database(Name="lake")["Database"]["Parameters"],
            aws.get("glue").get_tags(ResourceArn="arn:aws:glue:eu-west-1:123456789012:database/lake")["Tags"],
        ),
        ("new", {"p": "q"}, {"b": "2"}),
    ),
    "policy": (
        program.POLICY,
        {"name": "p", "policy": PLAIN, "tags": {"a": "1"}},
        {"name": "p", "policy": OTHER},
        lambda aws, id: (
            aws.get("iam").get_policy(PolicyArn=id)["Policy"]["DefaultVersionId"],
            aws.get("iam").get_policy_version(PolicyArn=id, VersionId="v2")["PolicyVersion"]["Document"],
            aws.get("iam").list_policy_tags(PolicyArn=id)["Tags"],
        ),
        ("v2", json.loads(OTHER), []),
    ),
    "secret": (
        program.SECRET,
        {"name": "s", "description": "old", "policy": PLAIN, "tags": {"a": "1", "b": "1"}},
        {"name": "s", "description": "new", "tags": {"b": "2"}},
        lambda aws, id: (
            aws.get("secretsmanager").describe_secret(SecretId=id)["Description"],
            aws.get("secretsmanager").describe_secret(SecretId=id)["Tags"],
            aws.get("secretsmanager").get_resource_policy(SecretId=id).get("ResourcePolicy"),
        ),
        ("new", [{"Key": "b", "Value": "2"}], None),
    ),
    "parameter": (
        program.PARAMETER,
        {"name": "/p", "type": "String", "value": "old", "description": "d", "tags": {"a": "1", "b": "1"}},
        {"name": "/p", "type": "SecureString", "value": "new", "tags": {"b": "2"}},
        lambda aws, id: (
            aws.get("ssm").get_parameter(Name=id, WithDecryption=True)["Parameter"]["Value"],
            aws.get("ssm").get_parameter(Name=id)["Parameter"]["Type"],
            aws.get("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=id)["TagList"],
        ),
        ("new", "SecureString", [{"Key": "b", "Value": "2"}]),
    ),
}


@pytest.mark.parametrize("case", IN_PLACE)
def test_updates_in_place(case: str, stack: Stack, clients: Clients):
    token, before, after, view, expected = IN_PLACE[case]
    if before.get("bucket") == BUCKET["bucket"]:
        clients.get("s3").create_bucket(**bucket_parameters("in-place"))
    first = stack.one(token, "x", before)
    second = stack.one(token, "x", after)

    assert (first.operation, second.operation) == ("create", "update")
    assert second.id == first.id
    assert view(clients, first.id) == expected
    assert stack.one(token, "x", after).operation == "same"


def bucket_parameters(name: str) -> dict[str, Any]:
    return {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}


def test_alias_moves_to_another_key(stack: Stack, clients: Clients):
    for which in ("one", "two", "two"):
        stack.start()
        keys = {name: stack.register(program.KEY, name, {}) for name in ("one", "two")}
        inputs = {"name": "alias/x", "targetKeyId": keys[which].id}
        alias = stack.register(program.ALIAS, "alias", inputs, keys[which])
    assert alias.operation == "same"
    assert alias.outputs["targetKeyArn"] == keys["two"].outputs["arn"]
    assert clients.get("kms").describe_key(KeyId="alias/x")["KeyMetadata"]["KeyId"] == keys["two"].id


def test_policy_keeps_within_the_five_versions_of_iam(stack: Stack, clients: Clients):
    documents = [program.allow("s3:GetObject", f"arn:aws:s3:::b/{number}") for number in range(8)]
    ids = {stack.one(program.POLICY, "p", {"name": "p", "policy": document}).id for document in documents}
    versions = clients.get("iam").list_policy_versions(PolicyArn=ids.pop())["Versions"]
    assert sorted(version["VersionId"] for version in versions) == ["v4", "v5", "v6", "v7", "v8"]
    assert [version["VersionId"] for version in versions if version["IsDefaultVersion"]] == ["v8"]


def test_json_documents_are_compared_by_meaning(stack: Stack):
    stack.one(program.POLICY, "p", {"name": "p", "policy": PLAIN})
    respelled = json.dumps(json.loads(PLAIN), indent=4, sort_keys=True)
    assert stack.one(program.POLICY, "p", {"name": "p", "policy": respelled}).operation == "same"
    assert stack.one(program.POLICY, "p", {"name": "p", "policy": json.loads(PLAIN)}).operation == "same"


# type, inputs before, inputs after, the inputs that force it
REPLACED: dict[str, tuple[str, dict, dict, tuple[str, ...]]] = {
    "bucket name": (program.BUCKET, {"bucket": "old-1"}, {"bucket": "new-1"}, ("bucket",)),
    "object lock, same name": (
        program.BUCKET,
        {"bucket": "lock-1"},
        {"bucket": "lock-1", "objectLockEnabled": True},
        ("objectLockEnabled",),
    ),
    "setting of another bucket": (
        program.OWNERSHIP,
        {"bucket": "in-place", "rule": {"objectOwnership": "ObjectWriter"}},
        {"bucket": "elsewhere", "rule": {"objectOwnership": "ObjectWriter"}},
        ("bucket",),
    ),
    "key usage": (
        program.KEY,
        {"description": "k"},
        {"description": "k", "keyUsage": "SIGN_VERIFY", "customerMasterKeySpec": "RSA_2048"},
        ("customerMasterKeySpec", "keyUsage"),
    ),
    "database name": (program.DATABASE, {"name": "old"}, {"name": "new"}, ("name",)),
    "policy path, same name": (
        program.POLICY,
        {"name": "p", "policy": PLAIN},
        {"name": "p", "policy": PLAIN, "path": "/lake/"},
        ("path",),
    ),
    "policy description, same name": (
        program.POLICY,
        {"name": "p", "policy": PLAIN, "description": "old"},
        {"name": "p", "policy": PLAIN, "description": "new"},
        ("description",),
    ),
    "secret name": (program.SECRET, {"name": "old"}, {"name": "new"}, ("name",)),
    "parameter name": (
        program.PARAMETER,
        {"name": "/old", "type": "String", "value": "v"},
        {"name": "/new", "type": "String", "value": "v"},
        ("name",),
    ),
    "parameter downgrade, same name": (
        program.PARAMETER,
        {"name": "/p", "type": "String", "value": "v", "tier": "Advanced"},
        {"name": "/p", "type": "String", "value": "v", "tier": "Standard"},
        ("tier",),
    ),
    "made-up name instead of one": (program.BUCKET, {"bucket": "given-1"}, {}, ("bucket",)),
}


@pytest.mark.parametrize("case", REPLACED)
def test_replaces(case: str, stack: Stack, clients: Clients):
    token, before, after, changed = REPLACED[case]
    for name in ("in-place", "elsewhere"):
        clients.get("s3").create_bucket(**bucket_parameters(name))
    same_name = case.endswith("same name")
    stack.start()
    first = stack.register(token, "x", before)
    stack.start()
    second = stack.register(token, "x", after)
    finished = stack.provisioner.finish([second.urn])

    assert (second.operation, second.changed) == ("replace", changed)
    assert [(each.operation, each.id) for each in finished] == ([] if same_name else [("delete-replaced", first.id)])
    assert stack.state().replaced() == []
    assert stack.one(token, "x", after).operation == "same"
    if token == program.BUCKET:
        names = {bucket["Name"] for bucket in clients.get("s3").list_buckets()["Buckets"]}
        assert names == {"in-place", "elsewhere", second.id}


def test_new_secret_value_is_a_new_version_and_the_old_one_stays_previous(stack: Stack, clients: Clients):
    first = program.whole_platform(stack)
    second = program.whole_platform(stack, password="another-horse")
    different = {name for name, outcome in second.items() if outcome.operation != "same"}
    assert different == {"version-0"}
    assert (second["version-0"].operation, second["version-0"].changed) == ("replace", ("secretString",))
    manager = clients.get("secretsmanager")
    assert "another-horse" in manager.get_secret_value(SecretId="/clients/0")["SecretString"]
    stages = manager.describe_secret(SecretId="/clients/0")["VersionIdsToStages"]
    assert stages[first["version-0"].outputs["versionId"]] == ["AWSPREVIOUS"]


def test_secret_version_stages_move_in_place(stack: Stack, clients: Clients):
    clients.get("secretsmanager").create_secret(Name="s")
    inputs = {"secretId": "s", "secretString": "value"}
    stack.one(program.SECRET_VERSION, "v", {**inputs, "versionStages": ["AWSCURRENT", "blue"]})
    moved = stack.one(program.SECRET_VERSION, "v", {**inputs, "versionStages": ["AWSCURRENT", "green"]})
    assert (moved.operation, moved.outputs["versionStages"]) == ("update", ["AWSCURRENT", "green"])
    stages = clients.get("secretsmanager").describe_secret(SecretId="s")["VersionIdsToStages"]
    assert sorted(stages[moved.outputs["versionId"]]) == ["AWSCURRENT", "green"]


def test_replaced_key_is_scheduled_for_deletion_only_after_its_users_moved(stack: Stack, clients: Clients):
    def run(usage: dict[str, Any]) -> tuple:
        stack.start()
        key = stack.register(program.KEY, "key", {"deletionWindowInDays": 7, **usage})
        alias = stack.register(program.ALIAS, "alias", {"name": "alias/x", "targetKeyId": key.id}, key)
        state = clients.get("kms").describe_key(KeyId=first)["KeyMetadata"]["KeyState"] if first else ""
        return key, alias, state, stack.provisioner.finish([key.urn, alias.urn])

    first = ""
    first = run({})[0].id
    key, alias, state_meanwhile, finished = run({"multiRegion": True})
    assert (key.operation, alias.operation, state_meanwhile) == ("replace", "update", "Enabled")
    assert [(each.operation, each.id) for each in finished] == [("delete-replaced", first)]
    metadata = clients.get("kms").describe_key(KeyId=first)["KeyMetadata"]
    assert metadata["KeyState"] == "PendingDeletion"
    assert 6 <= (metadata["DeletionDate"] - metadata["CreationDate"]).days <= 7


def test_versioning_cannot_become_disabled(stack: Stack, clients: Clients):
    clients.get("s3").create_bucket(**bucket_parameters("in-place"))
    stack.one(program.VERSIONING, "v", {**BUCKET, "versioningConfiguration": {"status": "Enabled"}})
    with pytest.raises(PlatformError, match="Suspended"):
        stack.one(program.VERSIONING, "v", {**BUCKET, "versioningConfiguration": {"status": "Disabled"}})
