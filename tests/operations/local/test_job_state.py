"""Which of the files that Flink left in the bucket a job goes on from."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from components.errors import PlatformError
from operations.local.job_state import newest_state
from operations.local.provision.clients import Clients

JOB = "0123456789abcdef0123456789abcdef"
CHECKPOINTS, SAVEPOINTS = f"flink/checkpoints/{JOB}", f"flink/savepoints/savepoint-{JOB[:6]}"


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    yield Clients(endpoint, "us-east-1").get("s3")
    # Its memory belongs to the process: the next module would find what is left.
    requests.post(f"{endpoint}/moto-api/reset", timeout=30).raise_for_status()
    server.stop()


@pytest.mark.parametrize(
    ("files", "newest"),
    [
        ({}, None),
        # Not complete, of another job, and shared between checkpoints.
        ({f"{CHECKPOINTS}/chk-3/x": 0, "flink/checkpoints/f/chk-1/_metadata": 0, f"{CHECKPOINTS}/shared/x": 0}, None),
        ({f"{CHECKPOINTS}/chk-{n}/_metadata": 0 for n in (9, 10, 8)}, f"{CHECKPOINTS}/chk-10"),
        ({f"{CHECKPOINTS}/chk-9/_metadata": 0, f"{SAVEPOINTS}-1/_metadata": 0}, f"{SAVEPOINTS}-1"),
        ({f"{CHECKPOINTS}/chk-9/_metadata": 2, f"{SAVEPOINTS}-1/_metadata": 1}, f"{CHECKPOINTS}/chk-9"),
    ],
)
def test_the_newest_complete_state(s3: Any, files: dict[str, int], newest: str | None, request: pytest.FixtureRequest):
    """files: key -> second in which it was written"""
    bucket = f"state-{abs(hash(request.node.name))}"
    s3.create_bucket(Bucket=bucket)
    for key, second in files.items():
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
        (backend,) = [account["aws"] for account in s3_backends.values() if bucket in account["aws"].buckets]
        backend.buckets[bucket].keys[key].last_modified = datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
    assert newest_state(s3, bucket, JOB) == (newest and f"s3://{bucket}/{newest}")


def test_a_bucket_that_is_not_there_is_told(s3: Any):
    with pytest.raises(PlatformError, match="state-of-nobody"):
        newest_state(s3, "state-of-nobody", JOB)
