"""The lakehouse: private, encrypted, versioned, and no more rights than a reader or a writer needs."""

import json

import pytest

from components.lakehouse import Lakehouse, LakehouseArgs, access_policy


def lakehouse(**changes) -> None:
    values = {
        "bucket": "the-lake",
        "database": "lake",
        "name_prefix": "p-test",
        "region": "eu-central-1",
        "account_id": "123456789012",
        "tags": {"team": "data"},
    }
    Lakehouse("lakehouse", LakehouseArgs(**{**values, **changes}))


def test_the_bucket_is_private_encrypted_versioned_and_tidy(declared):
    found = declared(lakehouse)
    name = "lakehouse-bucket"
    assert found[f"BucketVersioning {name}"]["inputs"]["versioningConfiguration"] == {"status": "Enabled"}
    block = found[f"BucketPublicAccessBlock {name}"]["inputs"]
    assert {key: value for key, value in block.items() if key != "bucket"} == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    (rule,) = found[f"BucketServerSideEncryptionConfiguration {name}"]["inputs"]["rules"]
    key_arn = found["Key lakehouse"]["outputs"]["arn"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key_arn}
    assert rule["bucketKeyEnabled"] is True
    rules = {rule["id"]: rule for rule in found[f"BucketLifecycleConfiguration {name}"]["inputs"]["rules"]}
    assert rules["abort-unfinished-uploads"]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 3}
    assert rules["expire-noncurrent-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 7}
    policy = json.loads(found[f"BucketPolicy {name}"]["inputs"]["policy"])
    assert policy["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert policy["Statement"][0]["Resource"] == ["arn:aws:s3:::the-lake", "arn:aws:s3:::the-lake/*"]


def test_rules_about_versions_come_after_versioning(declared):
    found = declared(lakehouse)
    rules = found["BucketLifecycleConfiguration lakehouse-bucket"]
    assert found["BucketVersioning lakehouse-bucket"]["urn"] in rules["dependencies"]


def test_the_key_rotates_and_the_database_points_at_the_warehouse(declared):
    found = declared(lakehouse)
    assert found["Key lakehouse"]["inputs"]["enableKeyRotation"] is True
    assert found["Key lakehouse"]["inputs"]["deletionWindowInDays"] == 30
    assert found["CatalogDatabase lakehouse"]["inputs"]["locationUri"] == "s3://the-lake/warehouse"
    assert found["Alias lakehouse"]["inputs"]["name"] == "alias/p-test-lake"


@pytest.mark.parametrize("protect", [True, False])
def test_what_holds_data_is_protected_where_asked(declared, protect: bool):
    found = declared(lambda: lakehouse(protect=protect))
    for stateful in ("Bucket lakehouse-bucket", "Key lakehouse", "CatalogDatabase lakehouse"):
        assert found[stateful].get("protect", False) is protect
    assert "protect" not in found["BucketVersioning lakehouse-bucket"]


def test_a_reader_writes_nothing_and_nobody_may_do_everything(declared):
    found = declared(lakehouse)
    for role in ("reader", "writer"):
        document = json.loads(found[f"Policy lakehouse-{role}"]["inputs"]["policy"])
        for statement in document["Statement"]:
            assert "*" not in statement["Resource"]
            assert all("*" not in action for action in statement["Action"])
    reader = access_policy("b", "k", "d", "c", "t", write=False)
    actions = {action for statement in reader["Statement"] for action in statement["Action"]}  # pyright: ignore
    assert not {action for action in actions if action.split(":")[1].startswith(("Put", "Delete", "Create", "Update"))}
    writer = json.loads(found["Policy lakehouse-writer"]["inputs"]["policy"])
    actions = {action for statement in writer["Statement"] for action in statement["Action"]}
    assert {"glue:UpdateTable", "s3:PutObject", "s3:DeleteObject", "kms:GenerateDataKey"} <= actions
    resources = [resource for statement in writer["Statement"] for resource in statement["Resource"]]
    assert "arn:aws:glue:eu-central-1:123456789012:table/lake/*" in resources


def test_no_object_under_another_key_and_no_old_tls(declared):
    found = declared(lakehouse)
    policy = json.loads(found["BucketPolicy lakehouse-bucket"]["inputs"]["policy"])
    statements = {one["Sid"]: one for one in policy["Statement"]}
    assert {one["Effect"] for one in statements.values()} == {"Deny"}
    key_arn = found["Key lakehouse"]["outputs"]["arn"]
    # IfExists: a writer that says nothing gets the bucket's own key.
    assert statements["DenyOtherKey"]["Condition"] == {
        "StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key_arn}
    }
    assert statements["DenyOldTls"]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}


def test_the_account_decides_about_the_key(declared):
    policy = json.loads(declared(lakehouse)["Key lakehouse"]["inputs"]["policy"])
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}


def test_who_decides_about_tables_is_said_on_purpose(declared):
    (everybody,) = declared(lakehouse)["CatalogDatabase lakehouse"]["inputs"]["createTableDefaultPermissions"]
    assert everybody == {
        "permissions": ["ALL"],
        "principal": {"dataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
    }
    found = declared(lambda: lakehouse(lake_formation=True))["CatalogDatabase lakehouse"]["inputs"]
    assert found["createTableDefaultPermissions"] == [{"permissions": []}]


def test_the_emulator_gets_no_policies_that_it_would_not_keep(declared):
    found = declared(lambda: lakehouse(tls_only=False))
    assert "policy" not in found["Key lakehouse"]["inputs"]
    assert "createTableDefaultPermissions" in found["CatalogDatabase lakehouse"]["inputs"]
    assert "BucketPolicy lakehouse-bucket" not in found
