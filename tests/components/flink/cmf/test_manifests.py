"""Every object is one that Kubernetes takes, and holds no secret where people look."""

import pytest

from components.errors import PlatformError
from components.flink.cmf.application_manifests import configuration_hash
from components.flink.cmf.manager_values import Authentication
from components.flink.cmf.settings import ApplicationSettings, PodSize
from components.flink.cmf.statements import CmfSql, CmfSqlArgs, Statement
from components.kafka.contract import GrantedAccess, KafkaAccess, SchemaRegistryAccess
from tests.components.flink.cmf.fakes import LOGIN, OAUTH, Declared, FakeCluster, platform, text
from tests.components.kubernetes_schemas import check_manifest

TWO_PODS = ApplicationSettings(
    job_manager=PodSize("500m", 1024),
    task_slots=1,
    standby_job_managers=1,
    restore_from="s3://state-bucket/streaming/savepoints/savepoint-1",
)


def sql(kafka_access: GrantedAccess | None = None, **changed):
    cluster, flink = platform()
    statements = {"enrich": Statement("small", "INSERT INTO a SELECT * FROM b")}
    args = {"pools": {"small": PodSize("0.5", 1024)}, "statements": statements, **changed}
    CmfSql(
        "sql",
        CmfSqlArgs(
            cluster,
            "streaming",
            flink.rest_class,
            kafka_access or GrantedAccess(kafka_of_sql()),
            "state-bucket",
            "arn:aws:iam::123456789012:policy/state",
            needs=flink.ready,
            **args,
        ),
    )


def kafka_of_sql() -> KafkaAccess:
    registry = SchemaRegistryAccess("http://sr:8081", "user:geheim")
    return KafkaAccess("msk", "b1:9096", "SASL_SSL", "SCRAM-SHA-512", LOGIN, schema_registry=registry)


@pytest.mark.parametrize(
    "program",
    [
        platform,
        lambda: platform(OAUTH),
        lambda: platform(Authentication("none", authorize=False)),
        lambda: platform(settings=TWO_PODS),
        lambda: platform(cluster=FakeCluster({"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/x"})),
        sql,
    ],
    ids=["mtls", "oauth", "none", "two pods", "annotations", "sql"],
)
def test_kubernetes_takes_every_object(program):
    manifests = Declared(program).manifests()
    assert len(manifests) > 20
    for manifest in manifests.values():
        check_manifest(manifest)


@pytest.mark.parametrize("program", [platform, lambda: platform(OAUTH), sql], ids=["mtls", "oauth", "sql"])
def test_secrets_stand_in_secrets_only(program):
    declared = Declared(program)
    for key, manifest in declared.manifests().items():
        if manifest["kind"] != "Secret":
            assert "geheim" not in text(manifest), key
    for resource in declared.resources.values():
        assert "geheim" not in text(resource), resource["urn"]
    for key in declared.resources:
        if key.startswith("Release "):
            assert "geheim" not in text(declared.values(key)), key


def test_the_sql_of_a_change_can_be_reviewed_and_names_its_secrets_only(with_mtls):
    # Not redacted: what is made of secrets would be.
    statements = with_mtls.resources["ConfigMap claims-statements"]["inputs"]["data"]["statements.json"]
    assert "'properties.sasl.jaas.config' = '${env:KAFKA_SASL_JAAS_CONFIG}'" in statements
    assert "'properties.bootstrap.servers' = 'b1:9096'" in statements
    secret = with_mtls.manifests()["Secret claims-secrets"]
    assert secret["stringData"] == {"KAFKA_SASL_JAAS_CONFIG": LOGIN}
    container = with_mtls.manifests()["FlinkApplication claims-application"]["spec"]["podTemplate"]["spec"]
    assert container["containers"][0]["envFrom"] == [{"secretRef": {"name": secret["metadata"]["name"]}}]


def test_numbers_of_pods_are_text_because_a_fraction_is_refused():
    spec = Declared(lambda: platform(settings=TWO_PODS)).manifests()["FlinkApplication claims-application"]["spec"]
    assert spec["jobManager"]["resource"] == {"cpu": "0.5", "memory": "1024m"}
    broken = {**spec, "jobManager": {"resource": {"cpu": 0.5, "memory": "1024m"}}}
    with pytest.raises(pytest.fail.Exception, match=r"jobManager\.resource\.cpu"):
        check_manifest(
            {
                "apiVersion": "platform.confluent.io/v1beta1",
                "kind": "FlinkApplication",
                "metadata": {"name": "claims"},
                "spec": broken,
            }
        )


def test_catalog_database_mapping_and_secret_have_one_name():
    manifests = Declared(sql).manifests()
    secret = manifests["FlinkSecret sql-FlinkSecret-kafka-connection"]
    mapping = manifests["FlinkEnvironmentSecretMapping sql-FlinkEnvironmentSecretMapping-kafka-connection"]
    catalog = manifests["FlinkKafkaCatalog sql-FlinkKafkaCatalog-kafka"]["spec"]
    database = manifests["FlinkKafkaDatabase sql-FlinkKafkaDatabase-topics"]["spec"]
    assert (
        secret["metadata"]["name"]
        == mapping["metadata"]["name"]
        == mapping["spec"]["secretRef"]["name"]
        == catalog["srInstance"]["connectionSecretId"]
        == database["kafkaCluster"]["connectionSecretId"]
        == "kafka-connection"
    )
    assert database["ddlEnvironments"] == ["streaming"]
    assert catalog["srInstance"]["connectionConfig"]["schema.registry.url"] == "http://sr:8081"


def test_pools_have_both_directories_and_statements_have_checkpoints():
    manifests = Declared(sql).manifests()
    pool = manifests["FlinkComputePool sql-FlinkComputePool-small"]["spec"]
    # CEL: only a SHARED pool has a state.
    assert pool["type"] == "DEDICATED"
    assert "state" not in pool
    configuration = pool["clusterSpec"]["flinkConfiguration"]
    assert configuration["state.checkpoints.dir"] == "s3://state-bucket/streaming/checkpoints"
    assert configuration["state.savepoints.dir"] == "s3://state-bucket/streaming/savepoints"
    statement = manifests["FlinkStatement sql-FlinkStatement-enrich"]["spec"]
    assert statement["flinkConfiguration"] == {"execution.checkpointing.interval": "10 s"}


def test_sql_statements_go_before_their_pool_and_run_under_cmfs_own_account():
    declared = Declared(sql)
    statement = declared.needs("FlinkStatement sql-FlinkStatement-enrich")
    assert "FlinkComputePool sql-FlinkComputePool-small" in statement
    assert "FlinkKafkaDatabase sql-FlinkKafkaDatabase-topics" in statement
    assert "PodIdentityAssociation sql-sql" in statement


def test_sql_without_scram_or_registry_is_refused():
    iam = KafkaAccess("msk", "b1:9098", "SASL_SSL", "AWS_MSK_IAM", "x")
    with pytest.raises(PlatformError, match="has no IAM"):
        Declared(lambda: sql(GrantedAccess(iam)))
    with pytest.raises(PlatformError, match="Schema Registry"):
        Declared(lambda: sql(GrantedAccess(KafkaAccess("external", "b1:9092", "PLAINTEXT"))))
    with pytest.raises(PlatformError, match="name a pool"):
        Declared(lambda: sql(statements={"enrich": Statement("large", "INSERT INTO a SELECT 1")}))


def test_a_job_may_do_what_its_policies_say():
    clusters: list[FakeCluster] = []
    Declared(lambda: clusters.append(platform()[0]))
    assert clusters[0].asked["claims"] == (
        "claims",
        "streaming",
        {name: f"arn:aws:iam::123456789012:policy/{name}" for name in ("state", "kafka", "lake")},
    )
    # CMF compiles SQL against Iceberg itself.
    assert clusters[0].asked["cmf"][1:] == ("platform", {"lake": "arn:aws:iam::123456789012:policy/lake"})


def test_pods_are_made_anew_when_the_login_or_the_sql_changes():
    one = configuration_hash("salt", ["SELECT 1"], {"A": "x"})
    assert one != configuration_hash("salt", ["SELECT 2"], {"A": "x"})
    assert one != configuration_hash("salt", ["SELECT 1"], {"A": "y"})
    assert one != configuration_hash("other", ["SELECT 1"], {"A": "x"})
