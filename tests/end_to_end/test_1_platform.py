"""The platform on one machine, as a user meets it: up, up again, look around, change something."""

import json
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
import requests

from operations.local import flink_rest
from tests.applications.claims_check import claims_differences
from tests.end_to_end.checkout import Checkout, wait_until
from tests.end_to_end.conftest import STACK, Platform

pytestmark = pytest.mark.end_to_end

SERVICES = {
    "aws",
    "claims-workload",
    "connect",
    "jobmanager",
    "kafka",
    "keeper",
    "postgres",
    "sql-gateway",
    "taskmanager",
    "telemetry",
    "zookeeper",
}


def client(checkout: Checkout, service: str) -> Any:
    return boto3.client(
        service,  # pyright: ignore[reportArgumentType]
        endpoint_url=checkout.ports.url("aws"),
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


def test_up_starts_everything_and_moves_rows(platform: Platform):
    first = platform.first
    assert {service["name"] for service in first["services"]} == SERVICES
    assert {job["name"]: job["state"] for job in first["jobs"]} == {"claims": "RUNNING", "telematics": "RUNNING"}
    assert set(first["changes"]["resources"]) == {"create"}
    assert any(table["rows"] for table in first["tables"])
    for table in ("claim_current", "claim_waiting", "claim_summary", "vehicle_events", "late_events", "vehicle_minute"):
        wait_until(f"rows in {table}", lambda table=table: platform.checkout.lake.count(table) > 0, 180)


def test_a_second_up_changes_nothing_and_says_so(platform: Platform):
    before = {service["name"]: service["pid"] for service in platform.checkout.status()["services"]}
    done = platform.checkout.ok("up", "--json").json
    assert done["changes"]["nothing"] is True
    assert done["changes"]["resources"] == {"same": platform.first["changes"]["resources"]["create"]}
    assert {service["name"]: service["pid"] for service in platform.checkout.status()["services"]} == before
    assert "Nothing to change" in platform.checkout.ok("up").out


def test_the_declared_aws_resources_exist(platform: Platform):
    checkout = platform.checkout
    bucket = "streaming-platform-local-lake-123456789012"
    s3 = client(checkout, "s3")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    tables = client(checkout, "glue").get_tables(DatabaseName="lake")["TableList"]
    assert {table["Name"] for table in tables} >= {"claim_current", "vehicle_events"}
    secrets = client(checkout, "secretsmanager")
    kafka = json.loads(
        secrets.get_secret_value(SecretId="/confluent_cloud_resource/kafka_cluster/java_client")["SecretString"]
    )
    assert kafka == {"bootstrap.servers": checkout.ports.bootstrap_servers, "sasl.jaas.config": ""}
    registry = secrets.get_secret_value(SecretId="/confluent_cloud_resource/schema_registry_cluster/java_client")
    assert json.loads(registry["SecretString"])["schema.registry.url"] == "mock://local"
    pages = client(checkout, "ssm").get_paginator("get_parameters_by_path")
    parameters = [
        parameter["Name"]
        for page in pages.paginate(Path="/confluent_cloud_resource", Recursive=True)
        for parameter in page["Parameters"]
    ]
    assert len(parameters) == 14
    assert "/confluent_cloud_resource/consumer_kafka_client/auto.offset.reset" in parameters


def test_status_query_and_logs(platform: Platform):
    checkout = platform.checkout
    done = checkout.run("status", "--json")
    status = done.json
    assert done.code == 0, status
    assert (status["healthy"], status["problems"]) == (True, [])
    jobs = {job["name"]: job for job in status["jobs"]}
    assert jobs["claims"]["checkpoints"] > 0
    assert jobs["telematics"]["lag"] is not None
    assert status["connectors"]["streaming-platform-local-cdc"]["tasks"] == ["RUNNING"]
    rows = checkout.ok("query", "--json", "SELECT region, SUM(claims) AS claims FROM claim_summary GROUP BY 1").json
    assert rows
    assert all(int(row["claims"]) > 0 for row in rows)
    assert "region" in checkout.ok("query", "SELECT * FROM claim_summary ORDER BY 1, 2").out
    assert "kafka" in checkout.ok("logs", "-n", "1").out
    assert checkout.ok("logs", "kafka", "-n", "3").out.count("\n") == 3
    metrics = requests.get(f"{checkout.ports.url('metrics')}/metrics", timeout=10).text
    assert "flink_jobmanager_numRunningJobs" in metrics


def test_everything_fits_into_four_gib(platform: Platform):
    total = sum(service["memory"] for service in platform.checkout.status()["services"])
    assert total < 4 * 2**30, f"{total / 2**20:.0f} MiB"


@pytest.mark.skipif(not psutil.LINUX, reason="only Linux tells which memory of a file is a process's own")
def test_class_archives_are_shared_and_not_copied(platform: Platform):
    """A process that moves an archive to another address writes to all of it."""
    for name in ("zookeeper", "taskmanager", "kafka"):
        regions = psutil.Process(platform.checkout.service(name)["pid"]).memory_maps()
        own, size = 0, 0
        for region in regions:
            if region.path.endswith(".jsa"):
                own, size = own + region.private_dirty, size + Path(region.path).stat().st_size
        assert size, f"{name} uses no archive"
        assert own < size / 2, f"{name}: {own / 2**20:.0f} of {size / 2**20:.0f} MiB"


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT * FROM nothing", "nothing"),
        ("SELECT FROM WHERE", "syntax error"),
        ("DROP TABLE claim_current", "SELECT"),
    ],
)
def test_a_wrong_query_is_one_clear_error(platform: Platform, sql: str, found: str):
    done = platform.checkout.run("query", sql)
    assert done.code == 1
    assert done.err.startswith("error query: sql")
    assert found in done.err
    assert "remedy:" in done.err
    assert "Traceback" not in done.err


def test_a_changed_stack_file_changes_just_that(platform: Platform):
    checkout = platform.checkout
    before = {service["name"]: service["pid"] for service in checkout.status()["services"]}
    with checkout.changed(STACK) as stack:
        stack["config"]["streaming-platform:lakehouse"] = {"noncurrent_days": 9}
        stack["config"]["streaming-platform:local"]["claims"]["changes_per_second"] = 15
    done = checkout.ok("up", "--json").json["changes"]
    assert done["resources"].pop("update") == 1
    assert set(done["resources"]) == {"same"}
    assert done["services"] == ["claims-workload"]
    assert done["others"] == []
    after = {service["name"]: service["pid"] for service in checkout.status()["services"]}
    assert {name for name in SERVICES if before[name] != after[name]} == {"claims-workload"}
    rules = client(checkout, "s3").get_bucket_lifecycle_configuration(
        Bucket="streaming-platform-local-lake-123456789012"
    )["Rules"]
    assert {"NoncurrentDays": 9} in [rule.get("NoncurrentVersionExpiration") for rule in rules]


def test_what_would_leave_data_behind_is_refused_before_anything_is_stopped(platform: Platform):
    checkout = platform.checkout
    before = {service["name"]: service["pid"] for service in checkout.status()["services"]}
    file = checkout.root / STACK
    right = file.read_text()
    with checkout.changed(STACK) as stack:
        stack["config"]["streaming-platform:aws"]["region"] = "eu-west-1"
        stack["config"]["streaming-platform:postgres"]["database"] = "other"
        stack["config"]["streaming-platform:local"]["ports"] = {"aws": checkout.ports.aws + 400}
    try:
        done = checkout.run("up")
    finally:
        file.write_text(right)
    assert done.code == 1
    for key in ("aws.region", "postgres.database", "local.ports.aws"):
        assert f"error {STACK}: streaming-platform:{key}\n" in done.err
    assert done.err.count("`./streamctl down` first") == 3
    assert {service["name"]: service["pid"] for service in checkout.status()["services"]} == before
    assert checkout.ok("up", "--json").json["changes"]["nothing"] is True


def test_a_changed_application_is_started_anew_from_a_savepoint(platform: Platform):
    checkout = platform.checkout
    with checkout.changed("applications/claims/application.yaml") as spec:
        spec["checkpointing"] = {"interval_seconds": 4}
    before = {job["name"]: job["id"] for job in checkout.status()["jobs"]}
    done = checkout.ok("up", "--json").json["changes"]
    assert set(done["resources"]) == {"same"}
    assert done["services"] == []
    (said,) = done["others"]
    assert said.startswith("changed job claims from savepoint s3://")
    after = {job["name"]: job["id"] for job in checkout.status()["jobs"]}
    assert after["telematics"] == before["telematics"]
    assert after["claims"] != before["claims"]


def test_sql_that_flink_refuses_leaves_the_old_job_running(platform: Platform):
    checkout = platform.checkout
    file = checkout.root / "applications" / "claims" / "transform.sql"
    right = file.read_text()
    before = {job["name"]: job["id"] for job in checkout.status()["jobs"]}
    file.write_text(right.replace("c.amount,", "c.amonut,"))
    try:
        done = checkout.run("up")
    finally:
        file.write_text(right)
    assert done.code == 1
    assert "application claims" in done.err
    assert "amonut" in done.err
    assert "Traceback" not in done.err
    assert checkout.status()["problems"] == ["the last `up` did not finish: run `./streamctl up` again"]
    assert {job["name"]: job["id"] for job in checkout.status()["jobs"]} == before
    assert checkout.ok("up", "--json").json["changes"]["nothing"] is True


def test_statements_that_do_not_fit_the_state_bring_the_old_job_back(platform: Platform):
    checkout = platform.checkout
    file = checkout.root / "applications" / "claims" / "transform.sql"
    right = file.read_text()
    before = {job["name"]: job["id"] for job in checkout.status()["jobs"]}
    # Another operator, behind which none of the old ones is found again.
    file.write_text(right.replace("SELECT\n    c.claim_id,", "SELECT DISTINCT\n    c.claim_id,"))
    try:
        done = checkout.run("up")
    finally:
        file.write_text(right)
    assert done.code == 1
    assert "error application claims" in done.err
    assert "it does not start from s3://" in done.err
    assert "it runs as it was before" in done.err
    after = {job["name"]: job["id"] for job in checkout.status()["jobs"]}
    assert after["telematics"] == before["telematics"]
    assert after["claims"] not in ("", before["claims"])
    assert checkout.ok("up", "--json").json["changes"]["nothing"] is True


def test_an_application_goes_on_after_it_was_removed_or_cancelled(platform: Platform):
    checkout = platform.checkout
    with checkout.changed(STACK) as stack:
        stack["config"]["streaming-platform:applications"].remove("telematics")
    assert "ended job telematics" in checkout.ok("up", "--json").json["changes"]["others"]
    with checkout.changed(STACK) as stack:
        stack["config"]["streaming-platform:applications"].append("telematics")
    said = " ".join(checkout.ok("up", "--json").json["changes"]["others"])
    assert "continued job telematics from savepoint s3://" in said
    rest = checkout.ports.url("jobmanager_rest")
    (job,) = [job for job in flink_rest.jobs(rest) if job.name == "telematics"]
    wait_until("it runs and has a checkpoint", lambda: bool(checkpointed(rest, job.id)), 60)
    flink_rest.cancel(rest, job)
    (said,) = checkout.ok("up", "--json").json["changes"]["others"]
    assert said.startswith("continued job telematics from checkpoint s3://")
    rows = checkout.lake.count("vehicle_events")
    wait_until("new rows of telematics", lambda: checkout.lake.count("vehicle_events") > rows, 60)
    # That none is missing either is compared at the end, see test_2_exactly_once.py.
    for table in ("vehicle_events", "late_events"):
        _, counted = checkout.lake.query(f"SELECT COUNT(*), COUNT(DISTINCT event_id) FROM {table}")
        assert counted[0][0] == counted[0][1] > 0


def checkpointed(rest: str, job: str) -> int:
    """How many checkpoints a job has completed."""
    found = flink_rest.checkpoints(rest, job)
    return found.completed if found else 0


def test_claims_equal_postgresql_once_the_changes_stop(platform: Platform):
    checkout = platform.checkout
    # Counted over all starts of the workload: it has made more than one, and makes no other.
    local = {"claims": {"changes_per_second": 20, "changes": 1}}
    with checkout.changed(STACK) as stack:
        running = stack["config"]["streaming-platform:local"]
        stack["config"]["streaming-platform:local"] = {**running, **local}
    checkout.ok("up", "--json")
    differences: list[str] = ["not compared yet"]

    def equal() -> bool:
        differences[:] = claims_differences(dsn(checkout), read_table(checkout))
        return not differences

    try:
        wait_until("claims equal PostgreSQL", equal, 90)
    finally:
        with checkout.changed(STACK) as stack:
            stack["config"]["streaming-platform:local"] = running
    assert differences == []
    workload = checkout.service("claims-workload")
    assert (workload["state"], workload["restarts"]) == ("running", 0)
    checkout.ok("up", "--json")


def dsn(checkout: Checkout) -> str:
    """How the tests log in to the database of a platform."""
    password = json.loads(checkout.layout.secrets.read_text())["owner"]
    return f"host=127.0.0.1 port={checkout.ports.postgres} dbname=insurance user=insurance_owner password={password}"


def read_table(checkout: Checkout):
    """What the checks of the applications read tables with."""
    return lambda name: checkout.lake.query(f'SELECT * FROM "{name}"')
