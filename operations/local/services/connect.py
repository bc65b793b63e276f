"""Kafka Connect with Debezium."""

from operations.local import credentials
from operations.local.ports import HOST
from operations.local.services import jvm
from operations.local.services.checks import Http
from operations.local.services.inputs import Inputs
from operations.local.services.model import Service


def properties(inputs: Inputs) -> dict[str, str | int]:
    """The worker's configuration."""
    return {
        "bootstrap.servers": inputs.ports.bootstrap_servers,
        "listeners": f"http://{HOST}:{inputs.ports.connect}",
        "rest.advertised.host.name": HOST,
        "group.id": "connect",
        # Source records and their offsets are written in one transaction. Readers need isolation.level=read_committed.
        "exactly.once.source.support": "enabled",
        "plugin.path": str(inputs.distribution.connect_plugins),
        # The plugins name themselves in META-INF/services; looking into every class would take seconds.
        "plugin.discovery": "service_load",
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "key.converter.schemas.enable": "false",
        "value.converter.schemas.enable": "false",
        # A connector's configuration is stored in a topic; with this it says ${env:CDC_PASSWORD} there.
        "config.providers": "env",
        "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
        "config.providers.env.param.allowlist.pattern": "CDC_.*",
        "config.storage.topic": "connect-configs",
        "offset.storage.topic": "connect-offsets",
        "status.storage.topic": "connect-status",
        "config.storage.replication.factor": 1,
        "offset.storage.replication.factor": 1,
        "status.storage.replication.factor": 1,
        # The defaults are 25 and 5 partitions, created at the first start.
        "offset.storage.partitions": 1,
        "status.storage.partitions": 1,
        "offset.flush.interval.ms": 1000,
        # A worker that was killed must be missed before its successor gets the connectors: default 10 s. The broker
        # takes no less than 6 s. There is only one worker, so nobody is waited for after that.
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 2000,
        "scheduled.rebalance.max.delay.ms": 0,
        "task.shutdown.graceful.timeout.ms": 2000,
    }


def service(inputs: Inputs) -> Service:
    """One distributed worker. The broker must still be there when it ends, or it waits for it."""
    conf = inputs.layout.conf / "connect"
    heap = inputs.local.memory.connect_heap
    dist = inputs.distribution
    command, files = jvm.command(
        inputs,
        "connect",
        (
            "-Xms64m",
            f"-Xmx{heap}m",
            f"-Dlog4j2.configurationFile={conf / 'log4j2.properties'}",
            *dist.archive_option("connect"),
        ),
        dist.kafka_jars,
        "org.apache.kafka.connect.cli.ConnectDistributed",
        str(conf / "connect.properties"),
    )
    files[conf / "connect.properties"] = "".join(f"{key}={value}\n" for key, value in properties(inputs).items())
    files[conf / "log4j2.properties"] = jvm.log4j(
        "INFO",
        quiet=("org.apache.kafka.common.config", "org.apache.kafka.clients", "org.reflections", "org.eclipse.jetty"),
    )
    login = credentials.of(inputs.layout)
    return Service(
        name="connect",
        command=command,
        environment={**jvm.ENVIRONMENT, "CDC_USERNAME": credentials.CDC, "CDC_PASSWORD": login.cdc},
        files=files,
        directory=inputs.layout.run,
        ready=Http(f"{inputs.ports.url('connect')}/health"),
        waits_for=f"GET {inputs.ports.url('connect')}/health",
        starts_after=("kafka",),
    )
