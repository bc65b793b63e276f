"""Who reads the lakehouse besides Flink: Athena and Snowflake."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bucket import PrivateBucket, PrivateBucketArgs

# A name of the SDK that no line can hold.
_Encryption = aws.athena.WorkgroupConfigurationResultConfigurationEncryptionConfigurationArgs


@dataclass
class AthenaReaderArgs:
    """Inputs of `AthenaReader`.

    bucket:        name of the bucket of query results
    workgroup:     name of the workgroup; also the start of the policy's name
    kms_key_arn:   key of the results
    region, account_id: where the workgroup is
    scan_limit_gib: a query that reads more is cancelled (default 100; Athena charges by what is read)
    result_days:   days that results are kept (default 7)
    protect:       True: saved queries are not deleted with the workgroup (default False)
    """

    bucket: str
    workgroup: str
    kms_key_arn: pulumi.Input[str]
    region: str
    account_id: str
    tags: dict[str, str]
    scan_limit_gib: int = 100
    result_days: int = 7
    protect: bool = False


def athena_policy(workgroup_arn: str, bucket_arn: str, key_arn: str) -> dict[str, object]:
    """IAM policy document of a person who asks: this workgroup and its results. What may be read is the lakehouse's
    reader policy."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Queries",
                "Effect": "Allow",
                "Action": [
                    "athena:GetWorkGroup",
                    "athena:StartQueryExecution",
                    "athena:StopQueryExecution",
                    "athena:GetQueryExecution",
                    "athena:BatchGetQueryExecution",
                    "athena:ListQueryExecutions",
                    "athena:GetQueryResults",
                    "athena:GetQueryResultsStream",
                ],
                "Resource": [workgroup_arn],
            },
            {
                "Sid": "ResultBucket",
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                "Resource": [bucket_arn],
            },
            {
                "Sid": "Results",
                "Effect": "Allow",
                "Action": [
                    "s3:GetObject",
                    "s3:PutObject",
                    "s3:AbortMultipartUpload",
                    "s3:ListMultipartUploadParts",
                ],
                "Resource": [f"{bucket_arn}/*"],
            },
            {"Sid": "Key", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": [key_arn]},
        ],
    }


class AthenaReader(pulumi.ComponentResource):
    """An Athena workgroup whose settings nobody can override, with encrypted results that go by themselves.

    Outputs: workgroup (name), results_bucket (name), policy_arn.
    """

    workgroup: pulumi.Output[str]
    results_bucket: pulumi.Output[str]
    policy_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AthenaReaderArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:AthenaReader", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = PrivateBucket(
            f"{name}-results",
            PrivateBucketArgs(
                bucket=args.bucket,
                kms_key_arn=args.kms_key_arn,
                tags=args.tags,
                versioned=False,
                # Results can be had again: a destroy need not stop at them.
                force_destroy=True,
                expire_days=args.result_days,
            ),
            opts=child,
        )
        workgroup = aws.athena.Workgroup(
            name,
            name=args.workgroup,
            description="Queries of the Iceberg lakehouse",
            # Deletes saved queries with the workgroup; without it a destroy fails once there is one.
            force_destroy=not args.protect,
            configuration=aws.athena.WorkgroupConfigurationArgs(
                # Else a client could send its results to another bucket, without a key.
                enforce_workgroup_configuration=True,
                publish_cloudwatch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=args.scan_limit_gib * 1024**3,
                result_configuration=aws.athena.WorkgroupConfigurationResultConfigurationArgs(
                    output_location=bucket.bucket.apply(lambda physical: f"s3://{physical}/"),
                    expected_bucket_owner=args.account_id,
                    encryption_configuration=_Encryption(encryption_option="SSE_KMS", kms_key_arn=args.kms_key_arn),
                ),
            ),
            tags=args.tags,
            opts=child,
        )
        arn = f"arn:aws:athena:{args.region}:{args.account_id}:workgroup/{args.workgroup}"
        policy = aws.iam.Policy(
            name,
            name=f"{args.workgroup}-athena",
            description="Asks the Iceberg lakehouse by Athena; goes with the lakehouse's reader policy",
            policy=pulumi.Output.all(bucket.arn, args.kms_key_arn).apply(
                lambda arns: json.dumps(athena_policy(arn, arns[0], arns[1]))
            ),
            tags=args.tags,
            opts=child,
        )
        self.workgroup = workgroup.name
        self.results_bucket = bucket.bucket
        self.policy_arn = policy.arn
        self.register_outputs(
            {"workgroup": self.workgroup, "results_bucket": self.results_bucket, "policy_arn": self.policy_arn}
        )


def snowflake_trust_policy(account_id: str, iam_user_arns: Sequence[str], external_id: str) -> dict[str, object]:
    """Who may be Snowflake's role. Before Snowflake has said who it is (`iam_user_arns` empty): nobody but this
    account, which does not use the external id."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": sorted(iam_user_arns) or [f"arn:aws:iam::{account_id}:root"]},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
            }
        ],
    }


def snowflake_policy(bucket_arn: str, catalog_arn: str) -> dict[str, object]:
    """What Snowflake asks for besides the reader policy: the catalog by REST, and objects by version."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Catalog", "Effect": "Allow", "Action": ["glue:GetCatalog"], "Resource": [catalog_arn]},
            {
                "Sid": "Versions",
                "Effect": "Allow",
                "Action": ["s3:GetObjectVersion"],
                "Resource": [f"{bucket_arn}/*"],
            },
        ],
    }


def snowflake_sql(
    role_arn: str, external_id: str, bucket: str, warehouse: str, database: str, region: str, account_id: str, name: str
) -> str:
    """What an ACCOUNTADMIN of Snowflake runs: an external volume, and Glue's Iceberg REST catalog as an integration.

    https://docs.snowflake.com/en/sql-reference/sql/create-external-volume
    https://docs.snowflake.com/en/user-guide/tables-iceberg-configure-catalog-integration-rest-glue

    name: of both objects; letters, digits and underscores
    """
    return f"""\
CREATE EXTERNAL VOLUME IF NOT EXISTS {name}
  STORAGE_LOCATIONS = ((
    NAME = '{bucket}'
    STORAGE_PROVIDER = 'S3'
    STORAGE_BASE_URL = '{warehouse}/'
    STORAGE_AWS_ROLE_ARN = '{role_arn}'
    STORAGE_AWS_EXTERNAL_ID = '{external_id}'
  ))
  ALLOW_WRITES = FALSE;

CREATE CATALOG INTEGRATION IF NOT EXISTS {name}
  CATALOG_SOURCE = ICEBERG_REST
  TABLE_FORMAT = ICEBERG
  CATALOG_NAMESPACE = '{database}'
  REST_CONFIG = (
    CATALOG_URI = 'https://glue.{region}.amazonaws.com/iceberg'
    CATALOG_API_TYPE = AWS_GLUE
    CATALOG_NAME = '{account_id}'
  )
  REST_AUTHENTICATION = (
    TYPE = SIGV4
    SIGV4_IAM_ROLE = '{role_arn}'
    SIGV4_SIGNING_REGION = '{region}'
    SIGV4_EXTERNAL_ID = '{external_id}'
  )
  REFRESH_INTERVAL_SECONDS = 60
  ENABLED = TRUE;

-- Put the two ARNs (STORAGE_AWS_IAM_USER_ARN, API_AWS_IAM_USER_ARN) into lakehouse.snowflake.iam_user_arns, and run
-- `pulumi up` again:
DESC EXTERNAL VOLUME {name};
DESC CATALOG INTEGRATION {name};

-- Then, for each table:
-- CREATE ICEBERG TABLE <table> EXTERNAL_VOLUME = '{name}' CATALOG = '{name}' CATALOG_TABLE_NAME = '<table>';
"""


@dataclass
class SnowflakeReaderArgs:
    """Inputs of `SnowflakeReader`.

    bucket, warehouse, database: Outputs of the `Lakehouse`
    reader_policy_arn: of the `Lakehouse`
    role_name:     of the IAM role
    external_id:   a text that Snowflake says back when it comes; chosen here, so that it need not be copied. No secret
    iam_user_arns: who Snowflake is: known only after the SQL ran once, so empty at first
    object_name:   of the volume and the integration in Snowflake
    """

    bucket: pulumi.Input[str]
    warehouse: pulumi.Input[str]
    database: pulumi.Input[str]
    reader_policy_arn: pulumi.Input[str]
    role_name: str
    external_id: str
    region: str
    account_id: str
    tags: dict[str, str]
    iam_user_arns: Sequence[str] = ()
    object_name: str = "streaming_lake"


class SnowflakeReader(pulumi.ComponentResource):
    """The role with which Snowflake reads the lakehouse, and the SQL that makes Snowflake use it. In two steps: `up`,
    the SQL, the ARNs that it shows into the settings, `up`.

    Outputs: role_arn, sql.
    """

    role_arn: pulumi.Output[str]
    sql: pulumi.Output[str]

    def __init__(self, name: str, args: SnowflakeReaderArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:SnowflakeReader", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            name=args.role_name,
            description="Snowflake reads the Iceberg lakehouse",
            assume_role_policy=json.dumps(
                snowflake_trust_policy(args.account_id, args.iam_user_arns, args.external_id)
            ),
            tags=args.tags,
            opts=child,
        )
        aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=args.reader_policy_arn, opts=child)
        catalog_arn = f"arn:aws:glue:{args.region}:{args.account_id}:catalog"
        aws.iam.RolePolicy(
            name,
            name="snowflake",
            role=role.name,
            policy=pulumi.Output.from_input(args.bucket).apply(
                lambda bucket: json.dumps(snowflake_policy(f"arn:aws:s3:::{bucket}", catalog_arn))
            ),
            opts=child,
        )
        self.role_arn = role.arn
        self.sql = pulumi.Output.all(
            role=role.arn, bucket=args.bucket, warehouse=args.warehouse, database=args.database
        ).apply(
            lambda known: snowflake_sql(
                known["role"],
                args.external_id,
                known["bucket"],
                known["warehouse"],
                known["database"],
                args.region,
                args.account_id,
                args.object_name,
            )
        )
        self.register_outputs({"role_arn": self.role_arn, "sql": self.sql})
