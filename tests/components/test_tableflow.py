"""Topics as Iceberg tables in our own bucket: no circle between role and integration, no more rights than needed."""

import json
from dataclasses import replace

import pytest

from components.errors import PlatformError
from components.lake_readers import SnowflakeReader, SnowflakeReaderArgs
from components.tableflow import Tableflow, TableflowArgs, TableflowKey, suspended, tableflow_mistakes
from components.tableflow_policies import snowflake_tables_sql, trust_policy, writer_policy
from tests.components.graph import before, of_type, referred

ARGS = TableflowArgs(
    name_prefix="p-dev-cc",
    bucket="p-dev-cc-tableflow",
    kms_key_arn="arn:aws:kms:eu-central-1:123456789012:key/k",
    region="eu-central-1",
    account_id="123456789012",
    environment_id="env-1",
    environment_crn="crn://confluent.cloud/organization=o/environment=env-1",
    cluster_id="lkc-1",
    key=TableflowKey("KEY", "very-secret", "sa-tableflow"),
    topics=["claim_current", "claim_summary"],
    tags={},
)


@pytest.fixture
def made(declared):
    return lambda **changes: declared(lambda: Tableflow("tableflow", replace(ARGS, **changes)) and None)


def test_the_integration_names_the_role_that_is_made_after_it(made):
    found = made()
    arn = "arn:aws:iam::123456789012:role/p-dev-cc-tableflow"
    assert found["ProviderIntegration tableflow"]["inputs"]["aws"] == {"customerRoleArn": arn}
    assert not before(found, "ProviderIntegration tableflow") & {"Role tableflow", "RolePolicy tableflow"}
    role = found["Role tableflow"]
    assert role["inputs"]["name"] == "p-dev-cc-tableflow"
    assert "ProviderIntegration tableflow" in referred(found, "Role tableflow", "assumeRolePolicy")


def test_the_trust_is_for_confluent_with_its_external_id_and_tags():
    assume, tag = trust_policy("arn:aws:iam::197857026523:role/confluent", "id")["Statement"]  # pyright: ignore
    assert assume["Action"] == "sts:AssumeRole"
    # Without it every customer of Confluent could come as that role.
    assert assume["Condition"] == {"StringEquals": {"sts:ExternalId": "id"}}
    # Without it tables stay PENDING. Sessions are tagged without the id: a condition would refuse all of them.
    assert tag["Action"] == "sts:TagSession"
    assert "Condition" not in tag
    assert assume["Principal"] == tag["Principal"] == {"AWS": "arn:aws:iam::197857026523:role/confluent"}


def test_the_role_has_bucket_key_and_catalog_and_nothing_of_others(made):
    document = writer_policy("arn:aws:s3:::b", ARGS.kms_key_arn, "eu-central-1", "123456789012", "lkc-1")  # pyright: ignore
    statements = {one["Sid"]: one for one in document["Statement"]}  # pyright: ignore
    # With S3 alone the catalog integration stays PENDING.
    assert {"Bucket", "Objects", "Key", "Catalog"} == set(statements)
    assert {"glue:CreateDatabase", "glue:CreateTable", "glue:UpdateTable", "glue:GetTable"} <= set(
        statements["Catalog"]["Action"]
    )
    assert "kms:GenerateDataKey" in statements["Key"]["Action"]
    for statement in statements.values():
        assert not {"*", "s3:*", "glue:*", "kms:*"} & {*statement["Action"], *statement["Resource"]}
    assert "arn:aws:glue:eu-central-1:123456789012:table/lkc-1/*" in statements["Catalog"]["Resource"]
    found = made(database="claims")
    given = found["RolePolicy tableflow"]["inputs"]["policy"]
    assert "database/claims" in given
    assert found["CatalogIntegration tableflow"]["inputs"]["awsGlue"]["customDatabase"] == "claims"


def test_tables_begin_when_rights_and_catalog_are_there(made):
    found = made()
    needed = {
        "RolePolicy tableflow",
        "Role tableflow",
        "RoleBinding tableflow-integration",
        "CatalogIntegration tableflow",
        "Bucket tableflow-bucket",
        "BucketPolicy tableflow-bucket",
    }
    for topic in ARGS.topics:
        assert needed <= before(found, f"TableflowTopic tableflow-{topic}")
        inputs = found[f"TableflowTopic tableflow-{topic}"]["inputs"]
        assert inputs["displayName"] == topic
        assert inputs["tableFormats"] == ["ICEBERG"]
        assert inputs["byobAws"]["bucketName"] == "p-dev-cc-tableflow"
        assert inputs["retentionMs"] == "604800000"
        assert inputs["errorHandling"] == {"mode": "LOG", "logTarget": "error_log"}
        assert "dataRetentionMs" not in inputs
    assert needed - {"CatalogIntegration tableflow"} <= before(found, "CatalogIntegration tableflow")
    owner = found["RoleBinding tableflow-integration"]["inputs"]
    assert (owner["principal"], owner["roleName"]) == ("User:sa-tableflow", "ResourceOwner")


def test_the_key_is_in_the_provider_and_nowhere_else(made):
    found = made()
    assert {"tableflowApiKey", "tableflowApiSecret"} <= set(found["confluentcloud tableflow"]["inputs"])
    for kind in ("TableflowTopic", "CatalogIntegration"):
        for resource in of_type(found, kind).values():
            assert "credentials" not in resource["inputs"]
            assert "::tableflow::" in resource["provider"]
    rest = [one["inputs"] for name, one in found.items() if name != "confluentcloud tableflow"]
    assert "very-secret" not in json.dumps(rest)


def test_a_bucket_of_its_own_is_encrypted_and_protected(made):
    found = made(protect=True)
    assert found["Bucket tableflow-bucket"]["protect"] is True
    # Off and on again, a table begins anew, without the rows that the topic has dropped.
    assert all(one["protect"] is True for one in of_type(found, "TableflowTopic").values())
    rules = found["BucketServerSideEncryptionConfiguration tableflow-bucket"]["inputs"]["rules"]
    assert rules[0]["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == ARGS.kms_key_arn
    assert "Bucket tableflow-bucket" in found
    assert not of_type(made(), "TableflowTopic")["tableflow-claim_current"].get("protect")


def test_without_a_topic_for_errors_the_table_stops(made):
    inputs = made(error_topic=None)["TableflowTopic tableflow-claim_current"]["inputs"]
    assert inputs["errorHandling"] == {"mode": "SUSPEND"}


def test_what_confluent_has_stopped_is_named(made):
    assert suspended({"glue": None, "b": True, "a": True, "c": False}) == ["a", "b"]
    assert "suspended" in made()["Tableflow tableflow"]["outputs"]


def test_snowflake_reads_with_a_role_and_finds_a_table_for_each_topic(declared):
    sql: list[str] = []

    def program() -> None:
        flow = Tableflow("tableflow", ARGS)
        SnowflakeReader(
            "snowflake",
            SnowflakeReaderArgs(
                flow.bucket, flow.warehouse, flow.database, flow.reader_policy_arn,
                "p-snowflake", "ext", "eu-central-1", "123456789012", {},
            ),
        )  # fmt: skip
        given = replace(
            ARGS, bucket="other", name_prefix="other", snowflake_role_arn="arn:role", snowflake_external_id="ext"
        )
        Tableflow("other", given).snowflake_sql.apply(sql.append)

    found = declared(program)
    policy = json.loads(found["Policy tableflow-reader"]["inputs"]["policy"])
    assert "arn:aws:glue:eu-central-1:123456789012:table/lkc-1/*" in policy["Statement"][0]["Resource"]
    assert not [
        action for one in policy["Statement"] for action in one["Action"] if "Put" in action or "Create" in action
    ]
    assert "Role snowflake" in found
    (text,) = sql
    for line in (
        "STORAGE_BASE_URL = 's3://other/'",
        "CATALOG_NAMESPACE = 'lkc-1'",
        "ALLOW_WRITES = FALSE",
        'CREATE ICEBERG TABLE IF NOT EXISTS "claim_current"',
        "CATALOG_TABLE_NAME = 'claim_summary'",
    ):
        assert line in text
    assert "very-secret" not in text
    assert snowflake_tables_sql("x", "n", []).startswith("x\n")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"snapshot_hours": 23}, "snapshot_hours"),
        ({"data_days": 29}, "data_days"),
        ({"topics": ["a", "a"]}, "topics"),
        # Debezium's envelope is no row: it stays SUSPENDED.
        ({"topics": ["cdc.public.claims"]}, "topics"),
    ],
)
def test_what_confluent_would_refuse_is_refused_first(made, changes, key):
    (mistake,) = tableflow_mistakes(replace(ARGS, **changes))
    assert mistake.key == key
    assert mistake.remedy
    with pytest.raises(PlatformError):
        made(**changes)
    assert tableflow_mistakes(replace(ARGS, data_days=30, snapshot_hours=24)) == []
