"""What Tableflow may do in our account, and the SQL with which Snowflake reads its tables."""

from collections.abc import Sequence


def trust_policy(confluent_role_arn: str, external_id: str) -> dict[str, object]:
    """Who may be the role: Confluent, which says the external id. Without TagSession everything stays PENDING; a
    session is tagged without an external id, so that one is a statement of its own."""
    who = {"AWS": confluent_role_arn}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Assume",
                "Effect": "Allow",
                "Principal": who,
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
            },
            {"Sid": "Tag", "Effect": "Allow", "Principal": who, "Action": "sts:TagSession"},
        ],
    }


def writer_policy(bucket_arn: str, key_arn: str, region: str, account_id: str, database: str) -> dict[str, object]:
    """What Confluent does: objects in the bucket with its key, and one database of Glue, which it makes itself. With
    the rights on S3 alone the catalog integration stays PENDING."""
    glue = f"arn:aws:glue:{region}:{account_id}"
    tables = [f"{glue}:catalog", f"{glue}:database/{database}", f"{glue}:table/{database}/*"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Bucket",
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                "Resource": [bucket_arn],
            },
            {
                "Sid": "Objects",
                "Effect": "Allow",
                "Action": [
                    "s3:GetObject",
                    "s3:PutObject",
                    "s3:DeleteObject",
                    "s3:PutObjectTagging",
                    "s3:AbortMultipartUpload",
                    "s3:ListMultipartUploadParts",
                ],
                "Resource": [f"{bucket_arn}/*"],
            },
            {
                "Sid": "Key",
                "Effect": "Allow",
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                "Resource": [key_arn],
            },
            {
                "Sid": "Catalog",
                "Effect": "Allow",
                "Action": [
                    *(f"glue:{verb}{what}" for what in ("Database", "Table") for verb in ("Get", "Create", "Update")),
                    "glue:DeleteTable",
                    "glue:DeleteDatabase",
                ],
                "Resource": tables,
            },
        ],
    }


def snowflake_tables_sql(volume_sql: str, name: str, topics: Sequence[str]) -> str:
    """`volume_sql` (see `lake_readers.snowflake_sql`), and a table for each topic. Refreshed by the integration."""
    tables = "".join(
        f'\nCREATE ICEBERG TABLE IF NOT EXISTS "{topic}"\n'
        f"  EXTERNAL_VOLUME = '{name}' CATALOG = '{name}' CATALOG_TABLE_NAME = '{topic}' AUTO_REFRESH = TRUE;\n"
        for topic in topics
    )
    return f"{volume_sql}\n-- Once the volume and the integration answer:\n{tables}"
