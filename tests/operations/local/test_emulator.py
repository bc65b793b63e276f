import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.backends import get_backend

from operations.local import emulator
from operations.local.layout import REPOSITORY
from operations.local.provision.clients import SERVICES

# Real processes: seconds of waiting, and not part of the unit tests' minute.
pytestmark = pytest.mark.end_to_end

ACCOUNT = "210987654321"


@contextmanager
def running() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The emulator as a process of its own, and its URL."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    call = [sys.executable, "-m", "operations.local.emulator", "127.0.0.1", str(port)]
    with subprocess.Popen(call, cwd=REPOSITORY, env=os.environ | {"MOTO_ACCOUNT_ID": ACCOUNT}) as process:
        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert process.poll() is None, "the emulator ended"
                    assert time.monotonic() < deadline, "the emulator does not listen"
                    time.sleep(0.05)
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as (_, address):
        yield address


def client(url: str, service: str):
    return boto3.client(
        service,  # pyright: ignore[reportCallIssue, reportArgumentType]
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 1}),
    )


def test_the_account_is_the_one_of_the_settings(url):
    assert client(url, "sts").get_caller_identity()["Account"] == ACCOUNT


def test_every_service_of_the_platform_is_there_before_it_is_asked_for():
    code = (
        "import sys; from operations.local import emulator; emulator.load_services(); "
        "print(*sorted(name.split('.')[1] for name in sys.modules if name.endswith('.responses')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert set(SERVICES) <= set(done.stdout.split())


def test_a_commit_based_on_an_old_version_is_refused(url):
    glue = client(url, "glue")
    glue.create_database(DatabaseInput={"Name": "one"})
    glue.create_table(DatabaseName="one", TableInput={"Name": "t"})
    version = glue.get_table(DatabaseName="one", Name="t")["Table"]["VersionId"]
    glue.update_table(DatabaseName="one", TableInput={"Name": "t"}, VersionId=version)
    with pytest.raises(ClientError) as caught:
        glue.update_table(DatabaseName="one", TableInput={"Name": "t"}, VersionId=version)
    assert caught.value.response["Error"]["Code"] == "ConcurrentModificationException"
    # Without a version: whoever comes last wins, as in Glue.
    glue.update_table(DatabaseName="one", TableInput={"Name": "t"})


def test_of_concurrent_commits_none_is_lost(url):
    """Four writers add one each to a counter, as Iceberg commits: read, write with the version that was read, retry."""
    glue = client(url, "glue")
    glue.create_database(DatabaseInput={"Name": "two"})
    glue.create_table(DatabaseName="two", TableInput={"Name": "t", "Parameters": {"count": "0"}})

    def add_five(writer: int) -> int:
        own, refused = client(url, "glue"), 0
        for _ in range(5):
            while True:
                table = own.get_table(DatabaseName="two", Name="t")["Table"]
                count = {"count": str(int(table["Parameters"]["count"]) + 1)}
                try:
                    own.update_table(
                        DatabaseName="two", TableInput={"Name": "t", "Parameters": count}, VersionId=table["VersionId"]
                    )
                    break
                except ClientError:
                    refused += 1
        return refused

    with ThreadPoolExecutor() as pool:
        list(pool.map(add_five, range(4)))
    assert glue.get_table(DatabaseName="two", Name="t")["Table"]["Parameters"]["count"] == "20"


def connection(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None) -> int:
    """The status of the answer, which is read to its end."""
    connection.request(method, path, body)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_a_connection_serves_one_request_after_the_other(url):
    with closing(connection(url)) as one:
        assert ask(one, "PUT", "/kept") == 200
        used = one.sock
        assert ask(one, "PUT", "/kept/key", b"x" * 100_000) == 200
        # Refused, and nobody has read what came with it: it is not taken for the next request.
        assert ask(one, "PUT", "/missing/key", b"GET / HTTP/1.1\r\n" * 10_000) == 404
        assert ask(one, "HEAD", "/kept") == 200
        assert ask(one, "HEAD", "/missing") == 404
        assert ask(one, "PUT", "/kept/other", b"y") == 200
        assert one.sock is used is not None


@pytest.mark.parametrize("key", ["a/b c+d", "a%2Fb", "dt=2026-11-29 10%3A00/x", "ü/ß", "a//b", "a=b&c?d#e"])
def test_an_object_has_the_key_with_which_it_was_sent(url, key: str):
    s3 = client(url, "s3")
    s3.create_bucket(Bucket="keys")
    s3.put_object(Bucket="keys", Key=key, Body=b"one")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="keys")["Contents"]] == [key]
    assert s3.get_object(Bucket="keys", Key=key)["Body"].read() == b"one"
    s3.delete_object(Bucket="keys", Key=key)
    assert s3.list_objects_v2(Bucket="keys")["KeyCount"] == 0


def test_large_objects_come_back_as_they_were_sent(url):
    s3 = client(url, "s3")
    s3.create_bucket(Bucket="large")
    content = os.urandom(20 << 20)
    s3.put_object(Bucket="large", Key="one", Body=content)
    assert s3.get_object(Bucket="large", Key="one")["Body"].read() == content
    assert s3.get_object(Bucket="large", Key="one", Range="bytes=5-8")["Body"].read() == content[5:9]


def test_many_open_connections_keep_nobody_waiting(url):
    client(url, "s3").create_bucket(Bucket="waiting")
    many = [connection(url) for _ in range(200)]
    try:
        # Each has had its answer and stays open.
        assert [ask(one, "HEAD", "/waiting") for one in many] == [200] * len(many)
        began = time.monotonic()
        assert [ask(one, "HEAD", "/waiting") for one in many] == [200] * len(many)
        assert time.monotonic() - began < 10
    finally:
        for one in many:
            one.close()


def test_a_port_that_is_taken_is_one_clear_error():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        call = [sys.executable, "-m", "operations.local.emulator", "127.0.0.1", port]
        done = subprocess.run(call, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("the AWS emulator: address\n")
    assert f"found:   127.0.0.1:{port}: " in done.stderr
    assert "Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_told_to_whatever_is_open(told: signal.Signals):
    with running() as (process, url), closing(connection(url)) as one:
        assert ask(one, "PUT", "/kept") == 200
        # And one that has not said what it wants.
        with closing(socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))):
            process.send_signal(told)
            process.wait(10)


# ---- in this process, on moto's own memory


@pytest.fixture
def s3():
    backend = get_backend("s3")["123456789012"]["aws"]
    bucket = backend.create_bucket("versions", "us-east-1")
    backend.put_bucket_versioning("versions", "Enabled")
    yield backend, bucket
    backend.reset()


def after(minutes: float) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


def test_overwritten_versions_are_forgotten_after_a_while_and_the_newest_stays(s3):
    backend, bucket = s3
    for value in (b"one", b"two", b"three"):
        backend.put_object("versions", "key", value)
    emulator.forget_old_versions(after(1))
    assert len(bucket.keys.getlist("key")) == 3
    emulator.forget_old_versions(after(3))
    (left,) = bucket.keys.getlist("key")
    assert left.value == b"three"


def test_deleted_objects_are_forgotten_after_a_while(s3):
    backend, bucket = s3
    backend.put_object("versions", "key", b"one")
    backend.delete_object("versions", "key")
    backend.put_object("versions", "other", b"stays")
    emulator.forget_old_versions(after(1))
    assert set(bucket.keys) == {"key", "other"}
    emulator.forget_old_versions(after(3))
    assert set(bucket.keys) == {"other"}
    backend.put_object("versions", "key", b"again")
    assert backend.get_object("versions", "key").value == b"again"


def test_objects_of_a_bucket_without_versions_stay(s3):
    backend, _ = s3
    plain = backend.create_bucket("plain", "us-east-1")
    backend.put_object("plain", "key", b"one")
    emulator.forget_old_versions(after(1000))
    assert plain.keys["key"].value == b"one"


def test_old_versions_of_tables_are_forgotten_and_the_newest_stays():
    backend = get_backend("glue")["123456789012"]["us-east-1"]
    try:
        backend.create_database("d", {})
        backend.create_table("d", "t", {"Name": "t"})
        for number in range(100):
            backend.update_table("d", "t", {"Name": "t", "Parameters": {"number": str(number)}})
        emulator.forget_old_versions(after(0))
        table = backend.get_table("d", "t")
        assert len(table.versions) == emulator.TABLE_VERSIONS
        assert table.as_dict()["Parameters"] == {"number": "99"}
        assert table.as_dict()["VersionId"] == "101"
    finally:
        backend.reset()
