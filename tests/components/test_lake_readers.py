"""Who else reads the lake: Athena under enforced settings, Snowflake by a role of its own, Lake Formation's grants."""

import json

import botocore.session

from components.lake_formation import READER_TABLES, WRITER, WRITER_TABLES, LakeFormation, LakeFormationArgs
from components.lake_readers import (
    AthenaReader,
    AthenaReaderArgs,
    SnowflakeReader,
    SnowflakeReaderArgs,
    athena_policy,
    snowflake_sql,
    snowflake_trust_policy,
)
from tests.components.graph import before

KEY = "arn:aws:kms:eu-central-1:123456789012:key/k"
USER = "arn:aws:iam::999999999999:user/abc"


def athena() -> None:
    AthenaReader("athena", AthenaReaderArgs("results", "p-test", KEY, "eu-central-1", "123456789012", {}))


def snowflake(**changes) -> None:
    values = {
        "bucket": "lake",
        "warehouse": "s3://lake/warehouse",
        "database": "lake",
        "reader_policy_arn": "arn:aws:iam::123456789012:policy/reader",
        "role_name": "p-test-snowflake",
        "external_id": "p-test-snowflake",
        "region": "eu-central-1",
        "account_id": "123456789012",
        "tags": {},
    }
    SnowflakeReader("snowflake", SnowflakeReaderArgs(**{**values, **changes}))


def test_nobody_overrides_where_results_go_and_that_they_are_encrypted(declared):
    found = declared(athena)
    configuration = found["Workgroup athena"]["inputs"]["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["bytesScannedCutoffPerQuery"] == 100 * 1024**3
    result = configuration["resultConfiguration"]
    assert result["outputLocation"] == "s3://results/"
    assert result["encryptionConfiguration"] == {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY}
    options = botocore.session.get_session().get_service_model("athena").shape_for("EncryptionOption").enum  # pyright: ignore
    assert "SSE_KMS" in options
    rules = found["BucketLifecycleConfiguration athena-results"]["inputs"]["rules"]
    assert {"days": 7} in [rule.get("expiration") for rule in rules]
    for statement in athena_policy("workgroup", "bucket", "key")["Statement"]:  # pyright: ignore
        assert "*" not in statement["Resource"]


def test_before_snowflake_is_known_nobody_else_may_be_the_role(declared):
    (first,) = json.loads(declared(snowflake)["Role snowflake"]["inputs"]["assumeRolePolicy"])["Statement"]
    assert first["Principal"] == {"AWS": ["arn:aws:iam::123456789012:root"]}
    second = json.loads(
        declared(lambda: snowflake(iam_user_arns=[USER]))["Role snowflake"]["inputs"]["assumeRolePolicy"]
    )["Statement"][0]
    assert second["Principal"] == {"AWS": [USER]}
    # Without it any customer of Snowflake could come as that user.
    assert first["Condition"] == second["Condition"] == {"StringEquals": {"sts:ExternalId": "p-test-snowflake"}}
    assert snowflake_trust_policy("1", [], "x")["Version"] == "2012-10-17"


def test_the_sql_is_ready_to_run():
    sql = snowflake_sql("role", "ext", "lake", "s3://lake/warehouse", "lake", "eu-central-1", "123456789012", "n")
    for line in (
        "STORAGE_BASE_URL = 's3://lake/warehouse/'",
        "STORAGE_AWS_ROLE_ARN = 'role'",
        "STORAGE_AWS_EXTERNAL_ID = 'ext'",
        "ALLOW_WRITES = FALSE",
        "CATALOG_URI = 'https://glue.eu-central-1.amazonaws.com/iceberg'",
        "CATALOG_NAME = '123456789012'",
        "SIGV4_IAM_ROLE = 'role'",
        "SIGV4_EXTERNAL_ID = 'ext'",
    ):
        assert line in sql


def test_lake_formation_grants_this_database_to_named_roles(declared):
    def program() -> None:
        LakeFormation(
            "formation",
            LakeFormationArgs(
                "arn:aws:s3:::lake",
                KEY,
                "lake",
                "p-test",
                "123456789012",
                {},
                writers={"claims": "arn:aws:iam::123456789012:role/claims"},
                readers={"people": "arn:aws:iam::123456789012:role/people"},
            ),
        )

    found = declared(program)
    known = botocore.session.get_session().get_service_model("lakeformation").shape_for("Permission").enum  # pyright: ignore
    grants = {key.split()[1]: one["inputs"] for key, one in found.items() if key.startswith("Permissions ")}
    assert {permission for one in grants.values() for permission in one["permissions"]} <= set(known)
    assert grants["formation-claims-database"]["permissions"] == list(WRITER)
    assert grants["formation-claims-tables"]["permissions"] == list(WRITER_TABLES)
    assert grants["formation-claims-location"]["permissions"] == ["DATA_LOCATION_ACCESS"]
    assert grants["formation-people-tables"]["permissions"] == list(READER_TABLES)
    assert "formation-people-location" not in grants
    # In hybrid mode IAM alone would still do.
    assert found["Resource formation"]["inputs"]["hybridAccessEnabled"] is False
    assert "Resource formation" in before(found, "Permissions formation-claims-tables")
    # The account's own settings are not this program's business.
    assert not [key for key in found if key.startswith("DataLakeSettings ")]
