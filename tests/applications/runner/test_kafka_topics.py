"""Topics and ACLs brought to what a file says, on a real broker that asks for logins and rights."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from operations.local.distribution import Distribution
from tests.applications.runner.conftest import Broker, admin_client, java_client, properties

pytestmark = pytest.mark.end_to_end

EVENTS: dict[str, Any] = {
    "name": "events",
    "partitions": 3,
    "replication_factor": 1,
    "config": {"retention.ms": "3600000", "cleanup.policy": "delete"},
}
READS = {"principal": "User:flink", "operation": "Read", "resource": "topic", "name": "events", "pattern": "literal"}
TRANSACTS = {
    "principal": "User:flink",
    "operation": "Write",
    "resource": "transactional_id",
    "name": "claims-",
    "pattern": "prefixed",
}


class Job:
    def __init__(self, folder: Path, dist: Distribution, runner: Path, client: dict[str, str]):
        self.folder = folder
        # The class path of the image: Kafka's jars and this one.
        class_path = ":".join(map(str, [*dist.kafka_jars, runner]))
        self.command = [str(dist.java), "-Xmx100m", "-cp", class_path, "streaming.KafkaTopics"]
        (folder / "client.properties").write_text(properties(client))

    def start(self, topics: list[dict[str, Any]], acls: list[dict[str, Any]], timeout: int = 60):
        file = self.folder / "topics.json"
        file.write_text(json.dumps({"topics": topics, "acls": acls}))
        return subprocess.Popen(
            [*self.command, str(file), str(self.folder / "client.properties")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"KAFKA_TOPICS_TIMEOUT": str(timeout)},
        )

    def run(self, topics: list[dict[str, Any]], acls: list[dict[str, Any]], timeout: int = 60) -> tuple[int, str, str]:
        process = self.start(topics, acls, timeout)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err


@pytest.fixture
def job(tmp_path, dist, runner, broker) -> Job:
    return Job(tmp_path, dist, runner, admin_client(broker))


def partitions(broker: Broker, topic: str) -> int:
    return len(broker.admin.list_topics(topic, timeout=10).topics[topic].partitions)


def setting(broker: Broker, topic: str, key: str) -> str | None:
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    (future,) = broker.admin.describe_configs([resource]).values()
    return future.result(10)[key].value


def test_topics_and_rights_become_what_is_wanted_and_nothing_is_removed(broker, job):
    code, out, err = job.run([EVENTS], [READS, TRANSACTS])
    assert (code, err) == (0, ""), out
    assert out.splitlines() == [
        "granted User:flink READ on literal topic events",
        "granted User:flink WRITE on prefixed transactional_id claims-",
        "created topic events with 3 partitions",
        "1 topics and 2 ACLs are as wanted; 3 changes",
    ]
    assert (partitions(broker, "events"), setting(broker, "events", "retention.ms")) == (3, "3600000")

    assert job.run([EVENTS], [READS, TRANSACTS])[:2] == (0, "1 topics and 2 ACLs are as wanted; 0 changes\n")

    more = {**EVENTS, "partitions": 5, "config": {"retention.ms": "7200000"}}
    code, out, _ = job.run([more, {"name": "other", "partitions": 1}], [])
    assert code == 0
    assert "grew topic events to 5 partitions" in out
    assert "configured topic events: {retention.ms=7200000}" in out
    assert partitions(broker, "events") == 5
    assert setting(broker, "events", "retention.ms") == "7200000"
    # None stands for any, whatever the type says.
    rights = AclBindingFilter(
        ResourceType.ANY,
        None,  # pyright: ignore[reportArgumentType]
        ResourcePatternType.ANY,
        "User:flink",
        None,  # pyright: ignore[reportArgumentType]
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    assert len(broker.admin.describe_acls(rights).result(10)) == 2


def test_partitions_are_not_taken_away_and_then_nothing_is_done(broker, job):
    job.run([{"name": "shrinking", "partitions": 2}], [])
    code, out, err = job.run([{"name": "shrinking", "partitions": 1}, {"name": "never", "partitions": 1}], [])
    assert code == 1
    assert "topic shrinking has 2 partitions, 1 are wanted" in err
    assert "created" not in out
    assert "never" not in broker.admin.list_topics(timeout=10).topics


def test_another_replication_factor_is_a_warning(job):
    job.run([{"name": "replicated", "partitions": 1}], [])
    code, out, _ = job.run([{"name": "replicated", "partitions": 1, "replication_factor": 3}], [])
    assert code == 0
    assert "warning: topic replicated has replication factor 1, 3 is wanted" in out


def test_a_login_that_is_not_known_yet_is_tried_again(tmp_path, dist, runner, broker):
    client = java_client(broker, "scram.ScramLoginModule", "SCRAM-SHA-512", "fresh", "fresh-secret")
    process = Job(tmp_path, dist, runner, client).start([{"name": "events-of-fresh", "partitions": 1}], [])
    skip_to(process, "waiting: SaslAuthenticationException")
    broker.add_user("fresh", "fresh-secret")
    # It is somebody now, and may nothing: that is tried again as well, until the right is there.
    skip_to(process, "waiting: TopicAuthorizationException")
    right = {
        "principal": "User:fresh",
        "operation": "All",
        "resource": "topic",
        "name": "events-",
        "pattern": "prefixed",
    }
    (tmp_path / "admin").mkdir()
    code, _, err = Job(tmp_path / "admin", dist, runner, admin_client(broker)).run([], [right])
    assert code == 0, err
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "created topic events-of-fresh with 1 partitions" in out


def skip_to(process: subprocess.Popen[str], beginning: str) -> None:
    """Read what a job prints up to a line. Kafka's client logs among it."""
    assert process.stdout
    seen = []
    while line := process.stdout.readline():
        seen.append(line)
        if line.startswith(beginning):
            return
    raise AssertionError(f"ended without {beginning!r}: {''.join(seen)}")


def test_it_gives_up_in_time_and_says_why(tmp_path, dist, runner, broker):
    wrong = java_client(broker, "plain.PlainLoginModule", "PLAIN", "admin", "wrong")
    code, out, err = Job(tmp_path, dist, runner, wrong).run([EVENTS], [], timeout=3)
    assert code == 1
    assert "error: gave up after 3 s: SaslAuthenticationException" in err
    assert "wrong" not in out + err


def test_what_no_retry_mends_fails_at_once(job):
    code, out, err = job.run([{"name": "odd", "partitions": 1, "config": {"retention": "x"}}], [])
    assert code == 1
    assert "waiting" not in out
    assert "retention" in err
    code, _, err = job.run([{"name": "a b", "partitions": 1}], [])
    assert code == 1
    assert "a name has 1 to 249" in err
