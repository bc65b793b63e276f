"""The Iceberg lakehouse: S3 bucket, KMS key, Glue database, and what a writer and a reader may do.

The program owns the envelope (bucket, key, database, permissions); the engines that write own the tables. A Glue
table made here would be overwritten by the first commit of Iceberg, which keeps its metadata pointer in it.
"""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bucket import PrivateBucket, PrivateBucketArgs
from components.key_policy import key_policy

# What Iceberg's GlueCatalog and S3FileIO call: https://iceberg.apache.org/docs/latest/aws/
_GLUE_READ = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables", "glue:GetPartitions"]
_GLUE_WRITE = ["glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable"]
_S3_LIST = ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"]
_S3_READ = ["s3:GetObject"]
_S3_WRITE = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
_KMS_READ = ["kms:Decrypt", "kms:DescribeKey"]
_KMS_WRITE = ["kms:GenerateDataKey", "kms:Encrypt"]


def access_policy(
    bucket_arn: str, key_arn: str, database_arn: str, catalog_arn: str, table_arn: str, write: bool
) -> dict[str, object]:
    """IAM policy document of a reader (`write=False`) or a writer of the lakehouse.

    It names this bucket, key and database and nothing else; no statement has `*` as its resource.
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Catalog",
                "Effect": "Allow",
                "Action": _GLUE_READ + (_GLUE_WRITE if write else []),
                "Resource": [catalog_arn, database_arn, table_arn],
            },
            {"Sid": "Bucket", "Effect": "Allow", "Action": _S3_LIST, "Resource": [bucket_arn]},
            {
                "Sid": "Objects",
                "Effect": "Allow",
                "Action": _S3_READ + (_S3_WRITE if write else []),
                "Resource": [f"{bucket_arn}/*"],
            },
            {
                "Sid": "Key",
                "Effect": "Allow",
                "Action": _KMS_READ + (_KMS_WRITE if write else []),
                "Resource": [key_arn],
            },
        ],
    }


def table_permissions(lake_formation: bool) -> list[aws.glue.CatalogDatabaseCreateTableDefaultPermissionArgs]:
    """What Lake Formation grants on a new table by itself. Left out, it would be what the account happens to say.

    IAM alone: everything to the group of all that IAM allows, which takes Lake Formation out of the way. With Lake
    Formation: one entry that says nothing; an empty list would count as left out.
    """
    if lake_formation:
        return [aws.glue.CatalogDatabaseCreateTableDefaultPermissionArgs(permissions=[])]
    return [
        aws.glue.CatalogDatabaseCreateTableDefaultPermissionArgs(
            permissions=["ALL"],
            principal=aws.glue.CatalogDatabaseCreateTableDefaultPermissionPrincipalArgs(
                data_lake_principal_identifier="IAM_ALLOWED_PRINCIPALS"
            ),
        )
    ]


@dataclass
class LakehouseArgs:
    """Inputs of `Lakehouse`.

    bucket:             S3 bucket name
    database:           Glue database name
    name_prefix:        prefix of the key's alias and the policies' names
    region, account_id: where the Glue catalog is
    noncurrent_days:    days that overwritten and deleted object versions are kept (default 7)
    abort_upload_days:  days after which an unfinished multipart upload is removed (default 3)
    key_deletion_days:  days between deletion and end of the key, 7 to 30 (default 30, as AWS)
    disposable:         True: a destroy takes data and all with it (default False)
    protect:            True: Pulumi refuses to delete bucket, key and database (default False)
    tls_only:           False only where the S3 endpoint is the emulator, which knows no policies either (default True)
    lake_formation:     True: Lake Formation decides who may use a table, see `components.lake_formation`; False: IAM
                        alone (default)
    """

    bucket: str
    database: str
    name_prefix: str
    region: str
    account_id: str
    tags: dict[str, str]
    noncurrent_days: int = 7
    abort_upload_days: int = 3
    key_deletion_days: int = 30
    disposable: bool = False
    protect: bool = False
    tls_only: bool = True
    lake_formation: bool = False


class Lakehouse(pulumi.ComponentResource):
    """S3 bucket, KMS key and Glue database for Iceberg tables.

    Outputs: bucket (name), bucket_arn, key_arn, database (name), warehouse (s3:// URL without a trailing slash),
    writer_policy_arn, reader_policy_arn.
    """

    bucket: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    database: pulumi.Output[str]
    warehouse: pulumi.Output[str]
    writer_policy_arn: pulumi.Output[str]
    reader_policy_arn: pulumi.Output[str]

    def __init__(self, name: str, args: LakehouseArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:Lakehouse", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        stateful = pulumi.ResourceOptions(parent=self, protect=args.protect)
        key = aws.kms.Key(
            name,
            description="Iceberg lakehouse: objects and stream processing state",
            enable_key_rotation=True,
            deletion_window_in_days=args.key_deletion_days,
            policy=json.dumps(key_policy(args.account_id, args.region)) if args.tls_only else None,
            tags=args.tags,
            opts=stateful,
        )
        aws.kms.Alias(name, name=f"alias/{args.name_prefix}-lake", target_key_id=key.key_id, opts=child)
        bucket = PrivateBucket(
            f"{name}-bucket",
            PrivateBucketArgs(
                bucket=args.bucket,
                kms_key_arn=key.arn,
                tags=args.tags,
                versioned=True,
                noncurrent_days=args.noncurrent_days,
                abort_upload_days=args.abort_upload_days,
                force_destroy=args.disposable,
                protect=args.protect,
                tls_only=args.tls_only,
            ),
            opts=child,
        )
        warehouse = bucket.bucket.apply(lambda physical: f"s3://{physical}/warehouse")
        database = aws.glue.CatalogDatabase(
            name,
            name=args.database,
            description="Iceberg tables of the streaming platform",
            location_uri=warehouse,
            create_table_default_permissions=table_permissions(args.lake_formation),
            tags=args.tags,
            opts=stateful,
        )
        glue = f"arn:aws:glue:{args.region}:{args.account_id}"

        def policy(role: str, write: bool) -> aws.iam.Policy:
            document = pulumi.Output.all(bucket.arn, key.arn).apply(
                lambda arns: json.dumps(
                    access_policy(
                        bucket_arn=arns[0],
                        key_arn=arns[1],
                        catalog_arn=f"{glue}:catalog",
                        database_arn=f"{glue}:database/{args.database}",
                        table_arn=f"{glue}:table/{args.database}/*",
                        write=write,
                    )
                )
            )
            return aws.iam.Policy(
                f"{name}-{role}",
                name=f"{args.name_prefix}-lake-{role}",
                description=f"What a {role} of the Iceberg lakehouse may do",
                policy=document,
                tags=args.tags,
                opts=child,
            )

        self.bucket = bucket.bucket
        self.bucket_arn = bucket.arn
        self.key_arn = key.arn
        self.database = database.name
        self.warehouse = warehouse
        self.writer_policy_arn = policy("writer", write=True).arn
        self.reader_policy_arn = policy("reader", write=False).arn
        self.register_outputs(
            {
                "bucket": self.bucket,
                "bucket_arn": self.bucket_arn,
                "key_arn": self.key_arn,
                "database": self.database,
                "warehouse": self.warehouse,
                "writer_policy_arn": self.writer_policy_arn,
                "reader_policy_arn": self.reader_policy_arn,
            }
        )
