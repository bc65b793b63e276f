"""The broker settings of a provisioned MSK cluster, and which of them its kind of broker lets anybody choose."""

from collections.abc import Mapping
from enum import StrEnum


class BrokerKind(StrEnum):
    """standard: EBS volumes and most settings are ours. express: storage without limits, fewer settings."""

    STANDARD = "standard"
    EXPRESS = "express"


_BOTH = frozenset(
    {
        "allow.everyone.if.no.acl.found",
        "auto.create.topics.enable",
        "compression.type",
        "connections.max.idle.ms",
        "custom.advertised.listeners",
        "delete.topic.enable",
        "group.initial.rebalance.delay.ms",
        "group.max.session.timeout.ms",
        "leader.imbalance.per.broker.percentage",
        "log.cleanup.policy",
        "log.message.timestamp.type",
        "log.retention.bytes",
        "log.retention.ms",
        "max.incremental.fetch.session.cache.slots",
        "message.max.bytes",
        "num.partitions",
        "offsets.retention.minutes",
        "replica.fetch.max.bytes",
        "replica.selector.class",
        "socket.receive.buffer.bytes",
        "socket.request.max.bytes",
        "socket.send.buffer.bytes",
        "transaction.max.timeout.ms",
        "transactional.id.expiration.ms",
    }
)

SETTABLE: Mapping[BrokerKind, frozenset[str]] = {
    BrokerKind.STANDARD: _BOTH
    | {
        "default.replication.factor",
        "group.min.session.timeout.ms",
        "log.cleaner.delete.retention.ms",
        "log.cleaner.min.cleanable.ratio",
        "log.flush.interval.messages",
        "log.flush.interval.ms",
        "log.retention.hours",
        "log.retention.minutes",
        "log.roll.ms",
        "log.segment.bytes",
        "min.insync.replicas",
        "num.io.threads",
        "num.network.threads",
        "num.recovery.threads.per.data.dir",
        "num.replica.fetchers",
        "offsets.topic.replication.factor",
        "replica.fetch.response.max.bytes",
        "replica.lag.time.max.ms",
        "replica.socket.receive.buffer.bytes",
        "transaction.state.log.min.isr",
        "transaction.state.log.replication.factor",
        "unclean.leader.election.enable",
    },
    BrokerKind.EXPRESS: _BOTH
    | {
        "log.message.timestamp.after.max.ms",
        "log.message.timestamp.before.max.ms",
        "max.connections.per.ip",
    },
}
"""https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-properties.html (standard) and
.../msk-configuration-express-read-write.html (express); own listener names are of both. The settings of ZooKeeper are
left out, for every standard version on offer runs without it, and so is `log.message.timestamp.difference.max.ms`:
Kafka 4.0 removed it."""

# Flink's exactly-once Kafka sink asks for transactions of one hour; Kafka's default of 15 minutes refuses them.
# https://nightlies.apache.org/flink/flink-docs-stable/docs/connectors/datastream/kafka/#fault-tolerance
_TRANSACTION_TIMEOUT_MS = 3_600_000

# The longest that Kafka can express, and its own default; express brokers take one day.
_ANY_AGE_MS = 2**63 - 1

# Settings that keep a promise of this platform: nobody may choose another value.
_FIXED = ("allow.everyone.if.no.acl.found", "unclean.leader.election.enable")


def replication(broker_count: int) -> tuple[int, int]:
    """Replicas of a topic, and how many of them have to have a record before it counts as written.

    3 and 2 let one broker fail or restart without a pause. Two brokers hold 2 replicas, and 1 has to suffice: with 2
    every restart of a broker, and MSK restarts them for patches, would stop all writers.
    """
    return (3, 2) if broker_count >= 3 else (2, 1)


def refused_settings(kind: BrokerKind, configuration: Mapping[str, str]) -> dict[str, str]:
    """The settings of `configuration` that cannot be: name -> why and what to do, as `<what is wrong>; <remedy>`."""
    refused: dict[str, str] = {}
    for key, value in configuration.items():
        if key in _FIXED and value != "false":
            refused[key] = f"{key} is {value}, while the platform keeps it false; remove it"
        elif key not in SETTABLE[kind]:
            other = BrokerKind.EXPRESS if kind is BrokerKind.STANDARD else BrokerKind.STANDARD
            where = f"only {other} brokers let you choose it" if key in SETTABLE[other] else "MSK lets nobody choose it"
            refused[key] = f"{key} is not for {kind} brokers, {where}; remove it"
    return refused


def server_properties(kind: BrokerKind, broker_count: int, further: Mapping[str, str]) -> str:
    """The text of the MSK configuration: what exactly-once delivery and CDC need, then `further`, which wins.

    Nobody may do anything that no ACL allows from the first moment on. That locks nobody out, because the administrator
    logs in by IAM, which ACLs do not bind, and gives the other users their ACLs.
    """
    replicas, in_sync = replication(broker_count)
    settings = {
        "allow.everyone.if.no.acl.found": "false",
        # Topics come from the applications' specs; a misspelt name has to be an error.
        "auto.create.topics.enable": "false",
        # Clients that say which zone they are in (`client.rack`) read from there: no traffic between zones.
        "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
        "transaction.max.timeout.ms": str(_TRANSACTION_TIMEOUT_MS),
    }
    if kind is BrokerKind.STANDARD:
        settings |= {
            "default.replication.factor": str(replicas),
            "min.insync.replicas": str(in_sync),
            "offsets.topic.replication.factor": str(replicas),
            "transaction.state.log.replication.factor": str(replicas),
            "transaction.state.log.min.isr": str(in_sync),
            "unclean.leader.election.enable": "false",
        }
    else:
        # Replication is AWS's business here. Records may be old: the changes of a database, a replay, a late vehicle.
        settings["log.message.timestamp.before.max.ms"] = str(_ANY_AGE_MS)
    return "".join(f"{key}={value}\n" for key, value in sorted({**settings, **further}.items()))
