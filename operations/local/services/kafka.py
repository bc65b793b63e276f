"""The Kafka broker, which is its own controller."""

import shutil

from operations.local.layout import copy_folder
from operations.local.ports import HOST
from operations.local.services import jvm
from operations.local.services.checks import KafkaAnswers
from operations.local.services.inputs import Inputs
from operations.local.services.model import Service


def properties(inputs: Inputs) -> dict[str, str | int]:
    """The broker's configuration."""
    ports = inputs.ports
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{HOST}:{ports.kafka_controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{HOST}:{ports.kafka},CONTROLLER://{HOST}:{ports.kafka_controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{ports.kafka}",
        "log.dirs": str(inputs.layout.data / "kafka"),
        # One broker: nothing can be replicated.
        "default.replication.factor": 1,
        "min.insync.replicas": 1,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # The defaults are 50 partitions each, created at first use: seconds of start-up for nothing.
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.num.partitions": 1,
        # Topics are declared by the program; a misspelt one must fail.
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        # A broker that was killed is let in again only when its last session has run out: default 9 s.
        "broker.session.timeout.ms": 4000,
        "broker.heartbeat.interval.ms": 500,
        # Flink's exactly-once sinks keep transactions open between checkpoints, over restarts too.
        "transaction.max.timeout.ms": 900000,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "num.recovery.threads.per.data.dir": 2,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
        "log.retention.check.interval.ms": 60000,
    }


def service(inputs: Inputs) -> Service:
    """One KRaft node that is broker and controller."""
    conf, data = inputs.layout.conf / "kafka", inputs.layout.data / "kafka"
    heap = inputs.local.memory.kafka_heap
    dist = inputs.distribution
    command, files = jvm.command(
        inputs,
        "kafka",
        (
            f"-Xms{heap // 2}m",
            f"-Xmx{heap}m",
            f"-Dlog4j2.configurationFile={conf / 'log4j2.properties'}",
            *dist.archive_option("kafka"),
        ),
        dist.kafka_jars,
        "kafka.Kafka",
        str(conf / "server.properties"),
    )
    files[conf / "server.properties"] = "".join(f"{key}={value}\n" for key, value in properties(inputs).items())
    files[conf / "log4j2.properties"] = jvm.log4j(
        "INFO", quiet=("kafka.server.KafkaConfig", "org.apache.kafka.common.config")
    )

    def prepare() -> None:
        if not (data / "meta.properties").exists():
            shutil.rmtree(data, ignore_errors=True)
            copy_folder(dist.kafka_storage, data)

    return Service(
        name="kafka",
        command=command,
        environment=jvm.ENVIRONMENT,
        files=files,
        prepare=prepare,
        directory=inputs.layout.run,
        ready=KafkaAnswers(inputs.ports.kafka),
        waits_for=f"metadata from {inputs.ports.bootstrap_servers}",
    )
