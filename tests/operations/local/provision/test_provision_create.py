"""Every supported type is created as AWS sees it, and a second run changes nothing."""

import json
from typing import Any

from operations.local.provision.catalog import HANDLERS
from operations.local.provision.clients import Clients
from operations.local.provision.provisioner import Outcome
from tests.operations.local.provision import program
from tests.operations.local.provision.program import Stack


def tags_of(pairs: list[dict[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    return {pair[key]: pair[value] for pair in pairs}


def test_the_program_has_every_supported_type(stack: Stack):
    assert {outcome.type for outcome in program.whole_platform(stack).values()} == set(HANDLERS)


def test_bucket_and_its_settings_are_what_aws_shows(stack: Stack, clients: Clients):
    done = program.whole_platform(stack)
    s3, name = clients.get("s3"), "lake-123456789012"
    bucket = done["lake"]

    assert bucket.id == bucket.outputs["bucket"] == name
    assert bucket.outputs["arn"] == f"arn:aws:s3:::{name}"
    assert bucket.outputs["bucketRegionalDomainName"] == f"{name}.s3.eu-west-1.amazonaws.com"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == bucket.outputs["region"] == "eu-west-1"
    assert tags_of(s3.get_bucket_tagging(Bucket=name)["TagSet"]) == bucket.outputs["tagsAll"] == program.TAGS
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": done["key"].outputs["arn"],
    }
    assert rule["BucketKeyEnabled"] is True
    assert set(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values()) == {True}
    ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]
    assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    assert policy["Statement"][0]["Effect"] == "Deny"
    uploads, old = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert uploads["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 3}
    assert old["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert old["Filter"]["And"] == {"Prefix": "warehouse/", "Tags": [{"Key": "tier", "Value": "cold"}]}


def test_key_and_alias_are_what_aws_shows(stack: Stack, clients: Clients):
    done = program.whole_platform(stack)
    kms, key, alias = clients.get("kms"), done["key"], done["alias"]

    metadata = kms.describe_key(KeyId="alias/lake")["KeyMetadata"]
    assert (metadata["KeyId"], metadata["Arn"]) == (key.id, key.outputs["arn"])
    assert key.outputs["keyId"] == key.id
    assert metadata["Description"] == "lake"
    assert kms.get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"] is True
    assert tags_of(kms.list_resource_tags(KeyId=key.id)["Tags"], "TagKey", "TagValue") == program.TAGS
    found = next(each for each in kms.list_aliases()["Aliases"] if each["AliasName"] == "alias/lake")
    assert (alias.id, alias.outputs["arn"]) == ("alias/lake", found["AliasArn"])
    assert alias.outputs["targetKeyArn"] == metadata["Arn"]


def test_database_and_policy_are_what_aws_shows(stack: Stack, clients: Clients):
    done = program.whole_platform(stack)
    glue, iam = clients.get("glue"), clients.get("iam")

    database = glue.get_database(Name="lake")["Database"]
    outputs = done["database"].outputs
    assert done["database"].id == f"{database['CatalogId']}:lake"
    assert (outputs["catalogId"], outputs["name"]) == (database["CatalogId"], "lake")
    assert database["LocationUri"] == outputs["locationUri"] == "s3://lake-123456789012/warehouse"
    assert glue.get_tags(ResourceArn=outputs["arn"])["Tags"] == program.TAGS
    outputs = done["reader"].outputs
    policy = iam.get_policy(PolicyArn=done["reader"].id)["Policy"]
    assert (outputs["arn"], outputs["policyId"]) == (policy["Arn"], policy["PolicyId"])
    assert tags_of(iam.list_policy_tags(PolicyArn=outputs["arn"])["Tags"]) == program.TAGS
    document = iam.get_policy_version(PolicyArn=outputs["arn"], VersionId="v1")["PolicyVersion"]["Document"]
    assert document == json.loads(outputs["policy"])


def test_secret_and_parameter_are_what_aws_shows(stack: Stack, clients: Clients):
    done = program.whole_platform(stack)
    manager, ssm = clients.get("secretsmanager"), clients.get("ssm")

    value = manager.get_secret_value(SecretId="/clients/0")
    version = done["version-0"]
    assert value["ARN"] == done["secret-0"].id == done["secret-0"].outputs["arn"] == version.outputs["arn"]
    assert value["VersionId"] == version.outputs["versionId"]
    assert version.id == f"{value['ARN']}|{value['VersionId']}"
    assert value["VersionStages"] == version.outputs["versionStages"] == ["AWSCURRENT"]
    assert json.loads(value["SecretString"])["password"] == program.PASSWORD
    described = manager.describe_secret(SecretId="/clients/0")
    assert described["KmsKeyId"] == done["key"].outputs["arn"]
    assert tags_of(described["Tags"]) == program.TAGS
    parameter = ssm.get_parameter(Name="/clients/bootstrap-0")["Parameter"]
    outputs = done["parameter-0"].outputs
    assert (parameter["ARN"], parameter["Version"]) == (outputs["arn"], outputs["version"])
    assert parameter["Value"] == outputs["value"] == "127.0.0.1:9092"


def test_second_run_changes_nothing_and_gives_the_same_outputs(stack: Stack, clients: Clients):
    first = program.whole_platform(stack)
    written = stack.path.read_bytes()
    second = program.whole_platform(stack)

    assert {outcome.operation for outcome in first.values()} == {"create"}
    assert {outcome.operation for outcome in second.values()} == {"same"}
    assert stack.deleted == []
    assert {name: outcome.outputs for name, outcome in second.items()} == {
        name: outcome.outputs for name, outcome in first.items()
    }
    assert stack.path.read_bytes() == written
    assert len(clients.get("iam").list_policy_versions(PolicyArn=first["reader"].id)["Versions"]) == 1


def test_everything_is_made_anew_on_another_emulator(stack: Stack, clients: Clients):
    first = program.whole_platform(stack)
    program.forget(clients)
    stack.emulator = "started-2"
    second = program.whole_platform(stack)

    assert stack.provisioner.dropped
    assert {outcome.operation for outcome in second.values()} == {"create"}
    assert second["key"].id != first["key"].id
    assert clients.get("kms").describe_key(KeyId="alias/lake")["KeyMetadata"]["KeyId"] == second["key"].id


def test_names_are_made_up_once_where_the_program_gives_none(stack: Stack, clients: Clients):
    def run() -> dict[str, Outcome]:
        stack.start()
        key = stack.register(program.KEY, "k", {})
        cases: dict[str, tuple[str, dict[str, Any]]] = {
            "Lake": (program.BUCKET, {}),
            "prefixed": (program.BUCKET, {"bucketPrefix": "raw-"}),
            "alias": (program.ALIAS, {"targetKeyId": key.outputs["keyId"]}),
            "secret": (program.SECRET, {"namePrefix": "clients/"}),
            "parameter": (program.PARAMETER, {"type": "String", "value": "v"}),
            "database": (program.DATABASE, {}),
            "policy": (program.POLICY, {"policy": program.allow("s3:*", "*")}),
        }
        return {name: stack.register(token, name, inputs) for name, (token, inputs) in cases.items()}

    first, second = run(), run()
    assert first["Lake"].id.startswith("lake-")
    assert first["prefixed"].id.startswith("raw-")
    assert first["alias"].id.startswith("alias/alias-")
    assert first["secret"].outputs["name"].startswith("clients/")
    assert first["parameter"].outputs["name"].startswith("parameter-")
    assert {outcome.operation for outcome in second.values()} == {"same"}
    assert {n: o.outputs for n, o in first.items()} == {n: o.outputs for n, o in second.items()}
    names = {bucket["Name"] for bucket in clients.get("s3").list_buckets()["Buckets"]}
    assert names == {first["Lake"].id, first["prefixed"].id}


def test_default_tags_are_applied_and_overridden(stack: Stack, clients: Clients):
    stack.default_tags = {"owner": "platform", "stack": "default"}
    bucket = stack.one(program.BUCKET, "b", {"bucket": "tagged-bucket", "tags": {"stack": "local"}})
    assert bucket.outputs["tagsAll"] == {"owner": "platform", "stack": "local"}
    assert bucket.outputs["tags"] == {"stack": "local"}
    stack.default_tags = {"owner": "data"}
    changed = stack.one(program.BUCKET, "b", {"bucket": "tagged-bucket", "tags": {"stack": "local"}})
    assert (changed.operation, changed.changed) == ("update", ("tagsAll",))
    tags = clients.get("s3").get_bucket_tagging(Bucket="tagged-bucket")["TagSet"]
    assert tags_of(tags) == {"owner": "data", "stack": "local"}
