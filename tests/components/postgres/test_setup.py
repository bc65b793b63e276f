"""The Job that prepares a database for capture, and its SQL on a real server where there is one."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pulumi
import pytest

from components.postgres.contract import DatabaseLogin
from components.postgres.setup_job import PostgresSetup, PostgresSetupArgs, container_env, job_manifest
from components.postgres.setup_sql import PASSWORD_SETTING, setup_sql
from tests.components.graph import before
from tests.components.kafka.access import PASSWORD, FakeCluster, applied
from tests.components.kubernetes_schemas import check_manifest

TABLES = ["public.claims", "public.policies", "app.parts"]


def setup(**changes) -> None:
    database = pulumi.CustomResource("aws:rds/instance:Instance", "database", {})
    login = DatabaseLogin(
        "db.internal",
        5432,
        "insurance",
        "platform",
        pulumi.Output.secret("owner-secret"),
        ca_certificates="-----BEGIN CERTIFICATE-----\n",
        ready=[database],
    )
    values = {"cluster": FakeCluster(), "namespace": "platform", "login": login, "tables": TABLES}
    PostgresSetup("postgres-setup", PostgresSetupArgs(**{**values, **changes}))


def only_job(found: dict) -> dict:
    (job,) = [one for key, one in found.items() if key == "Job postgres-setup-job"]
    return job


def test_the_job_is_what_kubernetes_takes():
    login = {"host": "h", "port": 5432, "database": "d", "user": "u", "ssl_mode": "verify-full", "ca": True}
    pod = {"nodeSelector": {"role": "platform"}}
    check_manifest(job_manifest("setup-1", "platform", "setup", container_env(login, "setup"), "image:1", pod))


def test_tls_is_verified_with_the_given_authorities_or_those_of_the_system():
    login = {"host": "h", "port": 5432, "database": "d", "user": "u", "ssl_mode": "verify-full", "ca": True}
    env = {one["name"]: one.get("value") for one in container_env(login, "s")}
    assert (env["PGSSLMODE"], env["PGSSLROOTCERT"]) == ("verify-full", "/etc/setup/ca.pem")
    env = {one["name"]: one.get("value") for one in container_env({**login, "ca": False}, "s")}
    assert env["PGSSLROOTCERT"] == "system"
    env = {one["name"]: one.get("value") for one in container_env({**login, "ca": False, "ssl_mode": "require"}, "s")}
    assert "PGSSLROOTCERT" not in env


def test_the_job_comes_after_the_database_and_its_files(declared):
    found = declared(setup)
    assert before(found, "Job postgres-setup-job") >= {
        "Instance database",
        "ConfigMap postgres-setup-script",
        "Secret postgres-setup-passwords",
        "NodePool pool",
    }


def test_every_object_waits_for_its_namespace(declared):
    def program() -> None:
        setup(after=[pulumi.CustomResource("kubernetes:core/v1:Namespace", "platform", {})])

    found = declared(program)
    for key in ("ConfigMap postgres-setup-script", "Secret postgres-setup-passwords", "Job postgres-setup-job"):
        assert "Namespace platform" in before(found, key)


def test_passwords_are_in_the_secret_and_nowhere_else(declared):
    found = declared(setup)
    assert "owner-secret" not in json.dumps(found)
    sent = applied(setup)
    assert sent["Secret postgres-setup-passwords"]["stringData"] == {
        "owner_password": "owner-secret",
        "cdc_password": PASSWORD,
    }
    rest = json.dumps({key: value for key, value in sent.items() if not key.startswith("Secret ")})
    assert PASSWORD not in rest
    assert "owner-secret" not in rest


def test_other_tables_are_another_job(declared):
    name = only_job(declared(setup))["inputs"]["metadata"]["name"]
    assert only_job(declared(setup))["inputs"]["metadata"]["name"] == name
    other = only_job(declared(lambda: setup(tables=["public.claims"])))["inputs"]["metadata"]["name"]
    assert other != name
    assert only_job(declared(setup))["inputs"]["metadata"]["annotations"]["pulumi.com/replaceUnready"] == "true"


def test_names_are_quoted():
    sql = setup_sql("c'd\"c", "pub", ["public.it's"])
    assert "rolname = 'c''d\"c'" in sql
    assert '"c\'d""c"' in sql
    assert "'public.it''s'" in sql


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """Connection parameters of a PostgreSQL of our own, with logical replication."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not folders:
        pytest.skip("no PostgreSQL server here: install the package postgresql")
    binaries = folders[-1].parent
    home = Path(tempfile.mkdtemp(prefix="pg"))
    data, log = home / "data", home / "log"
    data.mkdir()
    as_postgres: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
        shutil.chown(data, "postgres")
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    subprocess.run(
        [*as_postgres, binaries / "initdb", "-D", data, "-U", "owner", "-A", "trust", "--no-sync"],
        check=True,
        capture_output=True,
    )
    options = "-c listen_addresses= -c wal_level=logical -c fsync=off -c log_statement=all"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*as_postgres, binaries / "postgres", "-D", data, "-k", home, *options.split()],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    connection = {"host": str(home), "user": "owner", "dbname": "postgres"}
    try:
        for _ in range(100):
            try:
                psycopg.connect(**connection).close()  # pyright: ignore
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        yield {**connection, "log": str(log)}
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(home)


def run(server: dict[str, str], sql: str, password: str | None = None) -> list[tuple]:
    options = f"-c {PASSWORD_SETTING}={password}" if password else ""
    connection = {key: value for key, value in server.items() if key != "log"}
    with psycopg.connect(**connection, options=options, autocommit=True) as session:  # pyright: ignore
        cursor = session.execute(sql)  # pyright: ignore
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description else []


def test_the_sql_captures_tables_that_exist_and_those_made_later(server: dict[str, str]):
    run(server, "CREATE TABLE claims (id int PRIMARY KEY)")
    sql = setup_sql("cdc", "streaming", TABLES)
    run(server, sql, "Correct0Horse1Battery")
    rows = run(server, sql, "Correct0Horse1Battery")
    assert ("public.claims", "captured") in rows
    assert ("app.parts", "added when it is made") in rows
    run(
        server,
        "CREATE TABLE policies (id int PRIMARY KEY); CREATE TABLE other (id int); CREATE SCHEMA app;"
        "CREATE TABLE app.parts (id int, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);"
        "CREATE TABLE app.parts_a PARTITION OF app.parts FOR VALUES IN ('a')",
    )
    published = run(server, "SELECT schemaname || '.' || tablename FROM pg_publication_tables ORDER BY 1")
    assert published == [("app.parts",), ("public.claims",), ("public.policies",)]
    # The whole row before a change, of partitions too; of nobody else's table.
    identity = dict(run(server, "SELECT relname, relreplident::text FROM pg_class WHERE relkind IN ('r', 'p')"))
    assert {identity[table] for table in ("claims", "policies", "parts", "parts_a")} == {"f"}
    assert identity["other"] == "d"


def test_the_capturing_role_may_do_what_debezium_does(server: dict[str, str]):
    capturing = {**server, "user": "cdc"}
    assert run(capturing, "SELECT count(*) FROM claims") == [(0,)]
    assert run(capturing, "SELECT count(*) FROM app.parts") == [(0,)]
    run(capturing, "SELECT pg_logical_emit_message(true, 'heartbeat', now()::text)")
    run(capturing, "SELECT pg_create_logical_replication_slot('one', 'pgoutput')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(capturing, "INSERT INTO claims VALUES (1)")


def test_the_server_logs_no_password(server: dict[str, str]):
    text = Path(server["log"]).read_text()
    assert "ALTER ROLE %I LOGIN PASSWORD" in text
    assert "Correct0Horse1Battery" not in text
