"""Topics of Confluent Cloud as Iceberg tables in a bucket of ours, known to Glue and readable by Snowflake.

https://docs.confluent.io/cloud/current/topics/tableflow/how-to-guides/configure-storage.html
https://docs.confluent.io/cloud/current/topics/tableflow/how-to-guides/catalog-integration/integrate-with-aws-glue-catalog.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_confluentcloud as confluent

from components.bucket import PrivateBucket, PrivateBucketArgs
from components.errors import Mistake, PlatformError
from components.flink.confluent_rights import binding
from components.lake_readers import snowflake_sql
from components.lakehouse import access_policy
from components.tableflow_policies import snowflake_tables_sql, trust_policy, writer_policy

# Bounds of the API: tableflow.v1.TableflowTopicSpec.
MIN_SNAPSHOT_HOURS = 24
MIN_DATA_DAYS = 30
_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000


@dataclass(frozen=True)
class TableflowKey:
    """A Tableflow key (not a Kafka or Cloud key) and whose it is.

    owner: service account id, which gets ResourceOwner on the provider integration; ready: what the key waits for
    """

    key: pulumi.Input[str]
    secret: pulumi.Input[str]
    owner: pulumi.Input[str]
    ready: Sequence[pulumi.Resource] = ()


@dataclass
class TableflowArgs:
    """Inputs of `Tableflow`.

    name_prefix:   start of names in Confluent Cloud and IAM
    bucket:        name of the bucket to make. Not the lakehouse's: Tableflow wants an empty one and owns what is in it
    kms_key_arn:   key of its objects
    region, account_id: of bucket and Glue; the region must be the cluster's
    environment_id, environment_crn, cluster_id: where the topics are
    key:           the Tableflow key
    topics:        topic names. Each needs a key and a value schema; no topic with Debezium's envelope or retractions
    needs:         what makes the topics (statements that create and fill them)
    database:      Glue database (default: the cluster id, as Confluent names it)
    error_topic:   records that cannot be turned into a row go there; None: the table is suspended (default error_log)
    snapshot_hours: how long snapshots are kept, at least 24 (default 168, as Confluent)
    data_days:     how long rows are kept: 0 for ever (default), else at least 30, if Confluent has turned it on for the
                   account. A limit that was set stays when 0 is written: the provider has no word for none
    snowflake_role_arn, snowflake_external_id: of a `SnowflakeReader`; None: no SQL for Snowflake
    protect:       True: Pulumi refuses to delete bucket and tables (default False)
    disposable:    True: a destroy takes the data with it (default False)
    """

    name_prefix: str
    bucket: str
    kms_key_arn: pulumi.Input[str]
    region: str
    account_id: str
    environment_id: pulumi.Input[str]
    environment_crn: pulumi.Input[str]
    cluster_id: pulumi.Input[str]
    key: TableflowKey
    topics: Sequence[str]
    tags: dict[str, str]
    needs: Sequence[pulumi.Resource] = ()
    database: str | None = None
    error_topic: str | None = "error_log"
    snapshot_hours: int = 168
    data_days: int = 0
    snowflake_role_arn: pulumi.Input[str] | None = None
    snowflake_external_id: str | None = None
    protect: bool = False
    disposable: bool = False


def tableflow_mistakes(args: TableflowArgs, where: str = "tableflow") -> list[Mistake]:
    """What Confluent would refuse, or leave PENDING without a word."""
    found: list[Mistake] = []
    if args.snapshot_hours < MIN_SNAPSHOT_HOURS:
        allowed = f"{MIN_SNAPSHOT_HOURS} or more"
        found.append(Mistake(where, "snapshot_hours", str(args.snapshot_hours), allowed, "raise it"))
    if args.data_days != 0 and args.data_days < MIN_DATA_DAYS:
        allowed = f"0 (for ever), or {MIN_DATA_DAYS} or more"
        found.append(Mistake(where, "data_days", str(args.data_days), allowed, "raise it, or write 0"))
    if repeated := sorted({topic for topic in args.topics if list(args.topics).count(topic) > 1}):
        found.append(Mistake(where, "topics", ", ".join(repeated), "each topic once", "remove the repetition"))
    if captured := [topic for topic in args.topics if topic.startswith("cdc.")]:
        remedy = "take the upsert table that an application writes from it"
        said = f"{', '.join(captured)} with Debezium's envelope"
        found.append(Mistake(where, "topics", said, "topics of rows", remedy))
    return found


def suspended(stopped: Mapping[str, bool | None]) -> list[str]:
    """Names of what is suspended: nobody is told of it otherwise, `pulumi up` succeeds."""
    return sorted(name for name, is_so in stopped.items() if is_so)


class Tableflow(pulumi.ComponentResource):
    """Bucket, provider integration and its role, Glue catalog integration, and a table for each topic.

    The first rows take some ten minutes, later ones five. Tables are read only for everybody else: no optimizer of
    Glue, no compaction.

    Outputs: bucket (name), warehouse (s3:// URL), database (of Glue), role_arn, reader_policy_arn (for Athena and a
    `SnowflakeReader`), provider_integration (id), tables (topic -> where its files are), suspended (what
    Confluent has stopped writing, as of the last refresh: topics, and `glue`), snowflake_sql ("" without a
    reader), iceberg_catalog (URL of Confluent's own REST catalog, for clients with a Tableflow key; it lacks the
    organisation's id, which the caller puts for {organization}).
    """

    bucket: pulumi.Output[str]
    warehouse: pulumi.Output[str]
    database: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    reader_policy_arn: pulumi.Output[str]
    provider_integration: pulumi.Output[str]
    tables: pulumi.Output[dict[str, str]]
    suspended: pulumi.Output[list[str]]
    snowflake_sql: pulumi.Output[str]
    iceberg_catalog: pulumi.Output[str]

    def __init__(self, name: str, args: TableflowArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:Tableflow", name, None, opts)
        if mistakes := tableflow_mistakes(args):
            raise PlatformError(mistakes)
        child = pulumi.ResourceOptions(parent=self)
        role_name = f"{args.name_prefix}-tableflow"
        # As text: the role trusts what the integration says, and the integration wants the role's ARN first.
        role_arn = f"arn:aws:iam::{args.account_id}:role/{role_name}"
        bucket = PrivateBucket(
            f"{name}-bucket",
            PrivateBucketArgs(
                bucket=args.bucket,
                kms_key_arn=args.kms_key_arn,
                tags=args.tags,
                protect=args.protect,
                force_destroy=args.disposable,
            ),
            opts=child,
        )
        integration = confluent.ProviderIntegration(
            name,
            display_name=role_name,
            environment=confluent.ProviderIntegrationEnvironmentArgs(id=args.environment_id),
            aws=confluent.ProviderIntegrationAwsArgs(customer_role_arn=role_arn),
            opts=child,
        )
        role = aws.iam.Role(
            name,
            name=role_name,
            description="Confluent Tableflow writes Iceberg tables and their Glue entries",
            assume_role_policy=pulumi.Output.all(integration.aws.iam_role_arn, integration.aws.external_id).apply(
                lambda said: json.dumps(trust_policy(said[0], said[1]))
            ),
            tags=args.tags,
            opts=child,
        )
        database = pulumi.Output.from_input(args.database or args.cluster_id)
        documents = pulumi.Output.all(bucket.arn, args.kms_key_arn, database)
        policy = aws.iam.RolePolicy(
            name,
            name="tableflow",
            role=role.name,
            policy=documents.apply(
                lambda known: json.dumps(writer_policy(known[0], known[1], args.region, args.account_id, known[2]))
            ),
            opts=child,
        )
        owner = binding(
            f"{name}-integration",
            args.key.owner,
            "ResourceOwner",
            pulumi.Output.concat(args.environment_crn, "/provider-integration=", integration.id),
            child,
        )
        # With the key in the provider no topic holds it, and a new key touches one place.
        provider = confluent.Provider(
            name,
            tableflow_api_key=pulumi.Output.secret(args.key.key),
            tableflow_api_secret=pulumi.Output.secret(args.key.secret),
            opts=child,
        )
        before = [policy, owner, bucket, *args.key.ready]
        catalog = confluent.CatalogIntegration(
            name,
            display_name=f"{args.name_prefix}-glue",
            environment=confluent.CatalogIntegrationEnvironmentArgs(id=args.environment_id),
            kafka_cluster=confluent.CatalogIntegrationKafkaClusterArgs(id=args.cluster_id),
            aws_glue=confluent.CatalogIntegrationAwsGlueArgs(
                provider_integration_id=integration.id, custom_database=args.database
            ),
            opts=pulumi.ResourceOptions(parent=self, provider=provider, depends_on=before),
        )
        errors = confluent.TableflowTopicErrorHandlingArgs(
            mode="LOG" if args.error_topic else "SUSPEND", log_target=args.error_topic
        )
        paths: dict[str, pulumi.Output[str]] = {}
        stopped: dict[str, pulumi.Output[bool]] = {"glue": catalog.suspended}
        for topic in args.topics:
            table = confluent.TableflowTopic(
                f"{name}-{topic}",
                display_name=topic,
                environment=confluent.TableflowTopicEnvironmentArgs(id=args.environment_id),
                kafka_cluster=confluent.TableflowTopicKafkaClusterArgs(id=args.cluster_id),
                table_formats=["ICEBERG"],
                byob_aws=confluent.TableflowTopicByobAwsArgs(
                    bucket_name=bucket.bucket, provider_integration_id=integration.id
                ),
                retention_ms=str(args.snapshot_hours * _HOUR_MS),
                data_retention_ms=str(args.data_days * _DAY_MS) if args.data_days else None,
                error_handling=errors,
                opts=pulumi.ResourceOptions(
                    parent=self,
                    provider=provider,
                    depends_on=[*before, catalog, *args.needs],
                    # Switched off and on again it is a new table, without the rows that the topic has dropped.
                    protect=args.protect,
                ),
            )
            paths[topic] = table.table_path
            stopped[topic] = table.suspended
        glue_arn = f"arn:aws:glue:{args.region}:{args.account_id}"
        reader = aws.iam.Policy(
            f"{name}-reader",
            name=f"{args.name_prefix}-tableflow-reader",
            description="What a reader of Tableflow's tables may do",
            policy=documents.apply(
                lambda known: json.dumps(
                    access_policy(
                        bucket_arn=known[0],
                        key_arn=known[1],
                        catalog_arn=f"{glue_arn}:catalog",
                        database_arn=f"{glue_arn}:database/{known[2]}",
                        table_arn=f"{glue_arn}:table/{known[2]}/*",
                        write=False,
                    )
                )
            ),
            tags=args.tags,
            opts=child,
        )
        self.bucket = bucket.bucket
        self.warehouse = bucket.bucket.apply(lambda physical: f"s3://{physical}")
        self.database = database
        self.role_arn = role.arn
        self.reader_policy_arn = reader.arn
        self.provider_integration = integration.id
        self.tables = pulumi.Output.all(**paths)
        self.suspended = pulumi.Output.all(**stopped).apply(suspended)
        self.snowflake_sql = self._snowflake(args)
        self.iceberg_catalog = pulumi.Output.concat(
            f"https://tableflow.{args.region}.aws.confluent.cloud/iceberg/catalog/organizations/{{organization}}",
            "/environments/",
            args.environment_id,
        )
        self.register_outputs(
            {
                "bucket": self.bucket,
                "warehouse": self.warehouse,
                "database": self.database,
                "role_arn": self.role_arn,
                "reader_policy_arn": self.reader_policy_arn,
                "provider_integration": self.provider_integration,
                "tables": self.tables,
                "suspended": self.suspended,
                "snowflake_sql": self.snowflake_sql,
                "iceberg_catalog": self.iceberg_catalog,
            }
        )

    def _snowflake(self, args: TableflowArgs) -> pulumi.Output[str]:
        external_id = args.snowflake_external_id
        if args.snowflake_role_arn is None or external_id is None:
            return pulumi.Output.from_input("")
        name = "streaming_tableflow"
        known = pulumi.Output.all(args.snowflake_role_arn, self.bucket, self.warehouse, self.database)
        return known.apply(
            lambda one: snowflake_tables_sql(
                snowflake_sql(one[0], external_id, one[1], one[2], one[3], args.region, args.account_id, name),
                name,
                args.topics,
            )
        )
