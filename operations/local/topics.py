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
from operations.local.graph import Cancel
from operations.local.outages import explained

TIMEOUT = 30.0
"""Seconds for each answer of the broker."""
# Seconds of one attempt to get the list of topics.
_ATTEMPT = 2.0

Topics = Mapping[str, Mapping[str, Any]]


def ensure_topics(bootstrap_servers: str, topics: Topics, cancel: Cancel | None = None) -> list[str]:
    """Create what is missing, add partitions, set changed configuration. Returns what was done, in words.

    topics: name -> {"partitions", "replication_factor", "config": {key: text}}; the stack's export `topics`
    cancel: looked at while the broker is waited for
    A topic that is not declared is left alone: its records may be somebody's only copy.
    Raises PlatformError where a topic has more partitions than declared (Kafka cannot take them away), and where the
    broker does not answer.
    """
    with explained("kafka", "topics"):
        return _Broker(bootstrap_servers, cancel or Cancel()).ensure(topics)


class _Broker:
    """The steps of `ensure_topics`. What they ask for is looked at again and again, to be able to give up."""

    def __init__(self, bootstrap_servers: str, cancel: Cancel):
        self._admin = AdminClient({"bootstrap.servers": bootstrap_servers, "socket.timeout.ms": int(TIMEOUT * 1000)})
        self._cancel = cancel

    def ensure(self, topics: Topics) -> list[str]:
        existing = self._list()
        done: list[str] = []
        missing = {name: topic for name, topic in topics.items() if name not in existing}
        new = [
            NewTopic(name, topic["partitions"], topic["replication_factor"], config=dict(topic["config"]))
            for name, topic in missing.items()
        ]
        for name, future in (self._admin.create_topics(new) if new else {}).items():
            self._result(future, name)
            done.append(f"created topic {name}")
        for name in sorted(topics.keys() - missing.keys()):
            done += self._ensure_partitions(name, topics[name]["partitions"], len(existing[name].partitions))
        done += self._ensure_config({name: topics[name]["config"] for name in topics.keys() - missing.keys()})
        self._wait_until_visible(topics)
        return done

    def _ensure_partitions(self, name: str, wanted: int, found: int) -> list[str]:
        if found > wanted:
            raise problem(
                f"topic {name}",
                "partitions",
                f"{wanted} declared, {found} there",
                f"{found} or more",
                "declare as many as there are; fewer need a new topic (or `./streamctl down`, which drops the old one)",
            )
        if found == wanted:
            return []
        for future in self._admin.create_partitions([NewPartitions(name, wanted)]).values():
            self._result(future, name)
        return [f"added {wanted - found} partitions to topic {name}"]

    def _ensure_config(self, wanted: Mapping[str, Mapping[str, str]]) -> list[str]:
        if not wanted:
            return []
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in sorted(wanted)]
        done: list[str] = []
        for resource, future in self._admin.describe_configs(resources).items():
            current = {key: entry.value for key, entry in self._result(future, resource.name).items()}
            changes = {key: value for key, value in wanted[resource.name].items() if current.get(key) != value}
            if changes:
                entries = [
                    ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
                    for key, value in changes.items()
                ]
                change = ConfigResource(ResourceType.TOPIC, resource.name, incremental_configs=entries)
                for altered in self._admin.incremental_alter_configs([change]).values():
                    self._result(altered, resource.name)
                done.append(f"set {', '.join(sorted(changes))} of topic {resource.name}")
        return done

    def _wait_until_visible(self, topics: Topics) -> None:
        """A Flink source that starts before the broker tells of its topic fails and starts again."""
        deadline = time.monotonic() + TIMEOUT
        while missing := sorted(topics.keys() - self._list().keys()):
            if time.monotonic() > deadline:
                raise problem("kafka", missing[0], "a topic that does not appear", "", "see `./streamctl logs kafka`")
            self._cancel.sleep(0.1)

    def _list(self) -> Mapping[str, Any]:
        deadline = time.monotonic() + TIMEOUT
        while True:
            self._cancel.check()
            try:
                return self._admin.list_topics(timeout=min(_ATTEMPT, TIMEOUT)).topics
            except KafkaException:
                if time.monotonic() > deadline:
                    raise

    def _result(self, future: Any, topic: str) -> Any:
        deadline = time.monotonic() + TIMEOUT
        while not future.done() and time.monotonic() < deadline:
            self._cancel.sleep(0.02)
        try:
            return future.result(timeout=0)
        except KafkaException as error:
            cause = error.args[0]
            if cause.code() == KafkaError.TOPIC_ALREADY_EXISTS:
                return None
            # Negative ones are the client's own: no connection, no answer in time.
            if cause.code() < 0 or cause.retriable():
                raise
            raise problem(f"topic {topic}", "", cause.str(), "", "correct the topic in its application.yaml") from None
