"""Kafka topics, brought to what the program declares."""

import time
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from components.errors import problem

TIMEOUT = 30


def ensure_topics(bootstrap_servers: str, topics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Create what is missing, add partitions, set changed configuration. Returns what was done, in words.

    topics: name -> {"partitions", "replication_factor", "config": {key: text}}; the stack's export `topics`
    A topic that is not declared is left alone: its records may be somebody's only copy.
    Raises PlatformError where a topic has more partitions than declared: Kafka cannot take them away.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "socket.timeout.ms": TIMEOUT * 1000})
    existing = admin.list_topics(timeout=TIMEOUT).topics
    done: list[str] = []
    missing = {name: topic for name, topic in topics.items() if name not in existing}
    new = [
        NewTopic(name, topic["partitions"], topic["replication_factor"], config=dict(topic["config"]))
        for name, topic in missing.items()
    ]
    for name, future in (admin.create_topics(new) if new else {}).items():
        _result(future, name)
        done.append(f"created topic {name}")
    for name in sorted(topics.keys() - missing.keys()):
        wanted, found = topics[name]["partitions"], len(existing[name].partitions)
        if found > wanted:
            raise problem(
                f"topic {name}",
                "partitions",
                f"{wanted} declared, {found} there",
                f"{found} or more",
                "declare as many as there are; fewer need a new topic (or `./streamctl down`, which drops the old one)",
            )
        if found < wanted:
            for future in admin.create_partitions([NewPartitions(name, wanted)]).values():
                _result(future, name)
            done.append(f"added {wanted - found} partitions to topic {name}")
    done += _ensure_config(admin, {name: topics[name]["config"] for name in topics.keys() - missing.keys()})
    _wait_until_visible(admin, topics)
    return done


def _ensure_config(admin: AdminClient, wanted: Mapping[str, Mapping[str, str]]) -> list[str]:
    if not wanted:
        return []
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in sorted(wanted)]
    done: list[str] = []
    for resource, future in admin.describe_configs(resources).items():
        current = {key: entry.value for key, entry in _result(future, resource.name).items()}
        changes = {key: value for key, value in wanted[resource.name].items() if current.get(key) != value}
        if changes:
            entries = [
                ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in changes.items()
            ]
            change = ConfigResource(ResourceType.TOPIC, resource.name, incremental_configs=entries)
            for altered in admin.incremental_alter_configs([change]).values():
                _result(altered, resource.name)
            done.append(f"set {', '.join(sorted(changes))} of topic {resource.name}")
    return done


def _wait_until_visible(admin: AdminClient, topics: Mapping[str, Any]) -> None:
    """A Flink source that starts before the broker tells of its topic fails and starts again."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        there = admin.list_topics(timeout=TIMEOUT).topics
        missing = sorted(topics.keys() - there.keys())
        if not missing:
            return
        if time.monotonic() > deadline:
            raise problem("kafka", missing[0], "a topic that does not appear", "", "see `./streamctl logs kafka`")
        time.sleep(0.1)


def _result(future: Any, topic: str) -> Any:
    try:
        return future.result(timeout=TIMEOUT)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return None
        raise problem(
            f"topic {topic}", "", error.args[0].str(), "", "correct the topic in its application.yaml"
        ) from None
