"""The statements that the platform renders, run as a Flink job by runner.jar on Flink's own libraries."""

import json
import os
import subprocess
from pathlib import Path

import boto3
import pytest
from confluent_kafka import Producer

from components.application import load_application
from components.flink.sql import IcebergCatalog, job_statements
from operations.local.distribution import Distribution
from operations.local.layout import REPOSITORY
from tests.applications.runner.conftest import Broker, java_client

pytestmark = pytest.mark.end_to_end

APPLICATION = REPOSITORY / "operations" / "bench" / "applications" / "bench-raw"
AWS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1"}
# With a quote, which SQL has to double.
PASSWORD = "it's-a-secret"
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
EACH = 100


class Sql:
    def __init__(self, folder: Path, dist: Distribution, runner: Path):
        self.file = folder / "statements.json"
        options = [*dist.flink_jvm_options, "-Xmx700m", "-XX:+UseSerialGC", f"-Djava.io.tmpdir={folder}"]
        class_path = ":".join(map(str, [*dist.flink_jars, runner]))
        self.command = [str(dist.java), *options, "-cp", class_path, "streaming.SqlRunner", str(self.file)]

    def run(self, statements: list[str], **environment: str) -> tuple[int, str]:
        self.file.write_text(json.dumps(statements))
        done = subprocess.run(
            self.command, capture_output=True, text=True, timeout=300, env=os.environ | AWS | environment
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def sql(tmp_path, dist, runner) -> Sql:
    return Sql(tmp_path, dist, runner)


def fill(broker: Broker, topic: str, user: str) -> int:
    """Records of every compression, and the login of a user who may read them."""
    from confluent_kafka.admin import (
        AclBinding,
        AclOperation,
        AclPermissionType,
        NewTopic,
        ResourcePatternType,
        ResourceType,
    )

    broker.add_user(user, PASSWORD)
    for future in broker.admin.create_topics([NewTopic(topic, 1)]).values():
        future.result(30)
    rights = [
        AclBinding(kind, name, ResourcePatternType.LITERAL, f"User:{user}", "*", operation, AclPermissionType.ALLOW)
        for kind, name, operation in (
            (ResourceType.TOPIC, topic, AclOperation.READ),
            (ResourceType.GROUP, "bench-raw-events", AclOperation.READ),
        )
    ]
    for future in broker.admin.create_acls(rights).values():
        future.result(30)
    for codec in CODECS:
        producer = Producer(broker.client("PLAIN", "admin", "admin-secret") | {"compression.type": codec})
        for number in range(EACH):
            # Alike, so that compressing them pays and is done.
            producer.produce(topic, json.dumps({"event_id": number, "kind": codec * 10}).encode())
        assert producer.flush(30) == 0
    return EACH * len(CODECS)


def test_an_application_reads_kafka_with_its_login_and_writes_iceberg(broker, emulator, sql, monkeypatch):
    for key, value in AWS.items():
        monkeypatch.setenv(key, value)
    records = fill(broker, "bench.events", "flink-sql")
    clients = {"endpoint_url": emulator, "region_name": "us-east-1"}
    s3, glue = boto3.client("s3", **clients), boto3.client("glue", **clients)
    s3.create_bucket(Bucket="lake")
    glue.create_database(DatabaseInput={"Name": "raw"})
    login = java_client(broker, "scram.ScramLoginModule", "SCRAM-SHA-512", "flink-sql", "${env:KAFKA_PASSWORD}")
    catalog = IcebergCatalog("raw", "s3://lake/warehouse", "us-east-1", endpoint=emulator)
    statements = [
        # A job that ends: the rendered one runs for good.
        text.replace("'scan.startup.mode'", "'scan.bounded.mode' = 'latest-offset',\n  'scan.startup.mode'")
        for text in job_statements(load_application(APPLICATION), login, catalog)
        if not text.startswith("SET 'flink-maintenance.")
    ]

    code, out = sql.run(statements, KAFKA_PASSWORD=PASSWORD)

    assert code == 0, out[-3000:]
    assert f"{len(statements)}/{len(statements)} EXECUTE STATEMENT SET BEGIN" in out
    assert PASSWORD not in out
    table = glue.get_table(DatabaseName="raw", Name="raw_events")["Table"]
    bucket, _, key = table["Parameters"]["metadata_location"].removeprefix("s3://").partition("/")
    metadata = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    newest = max(metadata["snapshots"], key=lambda snapshot: snapshot["sequence-number"])
    assert newest["summary"]["total-records"] == str(records)


def test_a_variable_that_is_missing_is_told_before_anything_runs(sql):
    code, out = sql.run(["CREATE CATALOG made WITH ('type' = 'generic_in_memory')", "SELECT '${env:NOT_THERE}'"])
    assert code == 1
    assert "the environment variable NOT_THERE is not set" in out
    assert "CREATE CATALOG" not in out


def test_a_failing_statement_is_named_without_what_was_put_in(sql):
    secret = "hunter2-hunter2"
    statements = [
        "SET 'parallelism.default' = '1'",
        "CREATE TEMPORARY TABLE t (a INT) WITH ('connector' = '${env:NAME}', 'password' = '${env:NAME}')",
        "EXECUTE STATEMENT SET BEGIN\nINSERT INTO t VALUES (1);\nEND",
    ]
    code, out = sql.run(statements, NAME=secret)
    assert code == 1
    assert "statement 3/3 EXECUTE STATEMENT SET BEGIN failed" in out
    assert "${env:NAME}" in out
    assert secret not in out


def test_what_the_file_holds_must_be_statements(sql):
    code, out = sql.run([])
    assert code == 1
    assert "holds no statement" in out
