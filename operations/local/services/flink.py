"""The Flink session cluster: JobManager, TaskManager, SQL gateway."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import yaml

from components.settings.flink import LocalFlink
from operations.local.ports import HOST
from operations.local.services import jvm
from operations.local.services.checks import Http
from operations.local.services.inputs import ACCESS_KEY, SECRET_KEY, Inputs
from operations.local.services.model import Service

Configuration = dict[str, str | int | float | bool]

# MiB. Flink's own share of the TaskManager's heap (default 128) and of its direct memory (default 128), and the
# upper limit for classes. RocksDB and the network stack live in off-heap memory of their own.
_FRAMEWORK_HEAP, _FRAMEWORK_OFF_HEAP, _TASK_OFF_HEAP, _METASPACE, _OVERHEAD = 64, 128, 64, 256, 192


def common(inputs: Inputs, bucket: str, service: str) -> Configuration:
    """Configuration that JobManager, TaskManager and SQL gateway share.

    bucket: S3 bucket of checkpoints, savepoints and recovery data
    """
    return {
        "parallelism.default": 1,
        "jobmanager.rpc.address": HOST,
        "jobmanager.rpc.port": inputs.ports.jobmanager_rpc,
        "rest.address": HOST,
        "rest.port": inputs.ports.jobmanager_rest,
        "io.tmp.dirs": str(inputs.layout.data / "flink" / service),
        "s3.endpoint": inputs.ports.url("aws"),
        "s3.path.style.access": True,
        "s3.access-key": ACCESS_KEY,
        "s3.secret-key": SECRET_KEY,
        "execution.checkpointing.dir": f"s3://{bucket}/flink/checkpoints",
        "execution.checkpointing.savepoint-dir": f"s3://{bucket}/flink/savepoints",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.num-retained": 3,
        "execution.checkpointing.incremental": True,
        # Deduplication keeps a key per event: on the heap that would be the whole heap; RocksDB spills to disk.
        "state.backend.type": "rocksdb",
        # Whoever recognises copies asks for keys that are not there. Without these filters each such question reads a
        # block of every file.
        "state.backend.rocksdb.use-bloom-filter": True,
        # In parts, as they are needed: a whole filter is larger than what a small cache keeps of one file, and would be
        # read anew for each question.
        "state.backend.rocksdb.memory.partitioned-index-filters": True,
        # Not out of the slots' shares: the TaskManager has one memory for all of them, see there.
        "state.backend.rocksdb.memory.managed": False,
        # Memory for new entries is taken in blocks of an eighth of this. At the default of 64 MB the blocks of a few
        # dozen states are more than all have together, and RocksDB writes files without end.
        "state.backend.rocksdb.writebuffer.size": "8mb",
        # Else each of its instances writes a log of its own beside the service's.
        "state.backend.rocksdb.log.level": "HEADER_LEVEL",
        "state.backend.rocksdb.log.dir": str(inputs.layout.data / "flink" / service),
        # Without limit: a broker or a database that is away for an hour is no reason to end a job.
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "10 s",
        "restart-strategy.exponential-delay.reset-backoff-threshold": "1 min",
        # A process that was killed is noticed after two failed calls (2 s apart); one that hangs, after 12 s.
        "heartbeat.interval": 2000,
        "heartbeat.timeout": 12000,
        "table.exec.iceberg.use-v2-sink": True,
        # The connectors lie in lib/: their classes stay when a job ends, which is no leak.
        "classloader.check-leaked-classloader": False,
    }


def recovery(inputs: Inputs, bucket: str) -> Configuration:
    """What lets a JobManager that was killed find its jobs again, and the TaskManager find the JobManager."""
    return {
        "high-availability.type": "zookeeper",
        "high-availability.zookeeper.quorum": f"{HOST}:{inputs.ports.zookeeper}",
        "high-availability.zookeeper.path.root": "/flink",
        "high-availability.cluster-id": "/local",
        "high-availability.storageDir": f"s3://{bucket}/flink/recovery",
        "high-availability.jobmanager.port": str(inputs.ports.jobmanager_rpc),
        # The leadership of a killed JobManager ends with its session, and its successor waits for that.
        "high-availability.zookeeper.client.session-timeout": 6000,
        "high-availability.zookeeper.client.connection-timeout": 3000,
        "high-availability.zookeeper.client.retry-wait": 1000,
    }


def metrics(port: int) -> Configuration:
    """The Prometheus reporter on `port`."""
    return {
        "metrics.reporters": "prom",
        "metrics.reporter.prom.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
        "metrics.reporter.prom.port": str(port),
        "metrics.reporter.prom.host": HOST,
    }


def jobmanager(inputs: Inputs, bucket: str) -> Service:
    """The JobManager: REST interface and web page, recovery by ZooKeeper."""
    heap = inputs.local.memory.jobmanager_heap
    configuration = common(inputs, bucket, "jobmanager") | recovery(inputs, bucket) | metrics(inputs.ports.metrics)
    configuration |= {
        "jobmanager.bind-host": HOST,
        # Not in the common part: the SQL gateway would take the same address for itself.
        "rest.bind-address": HOST,
        "rest.bind-port": str(inputs.ports.jobmanager_rest),
        "jobmanager.memory.heap.size": f"{heap}m",
        "jobmanager.execution.failover-strategy": "region",
        # A session cluster on one machine: jobs are submitted through the gateway, not uploaded in the browser.
        "web.submit.enable": False,
        # For who looks at a job: figures of the TaskManager are asked for when somebody does, by default every 10 s.
        "metrics.fetcher.update-interval": "1 s",
    }
    rest = inputs.ports.url("jobmanager_rest")
    return _service(
        inputs,
        "jobmanager",
        configuration,
        "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
        (f"-Xms{heap // 2}m", f"-Xmx{heap}m", f"-XX:MaxMetaspaceSize={_METASPACE}m"),
        Http(f"{rest}/overview"),
        f"GET {rest}/overview",
        # The recovery data lies in the bucket, so the bucket must be there before.
        ("zookeeper", "aws", "aws resources"),
    )


def taskmanager(inputs: Inputs, bucket: str) -> Service:
    """The TaskManager: all slots of the cluster.

    Every part of its memory is given, so that no part has to be derived from the others before the start.
    """
    memory, slots = inputs.local.memory, cast(LocalFlink, inputs.settings.flink).task_slots
    task_heap = max(memory.taskmanager_heap - _FRAMEWORK_HEAP, _FRAMEWORK_HEAP)
    direct = _FRAMEWORK_OFF_HEAP + _TASK_OFF_HEAP + memory.taskmanager_network
    configuration = common(inputs, bucket, "taskmanager") | recovery(inputs, bucket)
    configuration |= metrics(inputs.ports.taskmanager_metrics)
    configuration |= {
        "taskmanager.host": HOST,
        "taskmanager.bind-host": HOST,
        # The same name after a restart: its successor takes the place of a killed one at once, and nobody waits for
        # the heartbeat of the dead.
        "taskmanager.resource-id": "taskmanager",
        "taskmanager.numberOfTaskSlots": slots,
        "taskmanager.cpu.cores": float(slots),
        "taskmanager.memory.framework.heap.size": f"{_FRAMEWORK_HEAP}m",
        "taskmanager.memory.task.heap.size": f"{task_heap}m",
        "taskmanager.memory.framework.off-heap.size": f"{_FRAMEWORK_OFF_HEAP}m",
        "taskmanager.memory.task.off-heap.size": f"{_TASK_OFF_HEAP}m",
        "taskmanager.memory.network.min": f"{memory.taskmanager_network}m",
        "taskmanager.memory.network.max": f"{memory.taskmanager_network}m",
        # Half for windows and joins, of which each slot has its share, and half for RocksDB, which all slots share: one
        # that is free, or whose job keeps little, leaves its part to the others.
        "taskmanager.memory.managed.size": f"{memory.taskmanager_managed // 2}m",
        "state.backend.rocksdb.memory.fixed-per-tm": f"{memory.taskmanager_managed - memory.taskmanager_managed // 2}m",
        "taskmanager.memory.jvm-metaspace.size": f"{_METASPACE}m",
        "taskmanager.memory.jvm-overhead.min": f"{_OVERHEAD}m",
        "taskmanager.memory.jvm-overhead.max": f"{_OVERHEAD}m",
    }
    overview = f"{inputs.ports.url('jobmanager_rest')}/overview"
    return _service(
        inputs,
        "taskmanager",
        configuration,
        "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
        (
            f"-Xms{memory.taskmanager_heap // 2}m",
            f"-Xmx{_FRAMEWORK_HEAP + task_heap}m",
            f"-XX:MaxDirectMemorySize={direct}m",
            f"-XX:MaxMetaspaceSize={_METASPACE}m",
        ),
        Http(overview, lambda answer: answer["slots-total"] >= slots),
        f"{slots} slots in {overview}",
        ("zookeeper", "aws", "aws resources"),
    )


def sql_gateway(inputs: Inputs, bucket: str) -> Service:
    """The SQL gateway: takes statements over REST and submits jobs. It holds nothing that a restart would lose."""
    heap = inputs.local.memory.sql_gateway_heap
    configuration = common(inputs, bucket, "sql-gateway")
    configuration |= {
        "sql-gateway.endpoint.type": "rest",
        "sql-gateway.endpoint.rest.address": HOST,
        "sql-gateway.endpoint.rest.bind-address": HOST,
        "sql-gateway.endpoint.rest.port": inputs.ports.sql_gateway,
        "execution.target": "remote",
    }
    info = f"{inputs.ports.url('sql_gateway')}/info"
    return _service(
        inputs,
        "sql-gateway",
        configuration,
        "org.apache.flink.table.gateway.SqlGateway",
        ("-Xms64m", f"-Xmx{heap}m", f"-XX:MaxMetaspaceSize={_METASPACE}m"),
        Http(info),
        f"GET {info}",
        (),
    )


_ARGUMENTS = {"jobmanager": ("--executionMode", "cluster")}


def _service(
    inputs: Inputs,
    name: str,
    configuration: Mapping[str, str | int | float | bool],
    main: str,
    options: tuple[str, ...],
    ready: Http,
    waits_for: str,
    starts_after: tuple[str, ...],
) -> Service:
    conf, dist = inputs.layout.conf / name, inputs.distribution
    command, files = jvm.command(
        inputs,
        name,
        (
            *options,
            *dist.flink_jvm_options,
            f"-Dlog4j.configurationFile={conf / 'log4j2.properties'}",
            f"-Dlog.file={inputs.layout.log(name)}",
            *dist.archive_option(name),
        ),
        dist.flink_jars,
        main,
        *(("--configDir", str(conf)) if name != "sql-gateway" else ()),
        *_ARGUMENTS.get(name, ()),
    )
    # Flink reads nested and flat keys alike; flat ones are what its documentation lists.
    files[conf / "config.yaml"] = yaml.safe_dump(dict(configuration), width=1000)
    files[conf / "log4j2.properties"] = jvm.log4j("INFO", quiet=("org.apache.kafka.common.config", "org.apache.hadoop"))
    temporary = inputs.layout.data / "flink" / name

    def prepare() -> None:
        Path(temporary).mkdir(parents=True, exist_ok=True)

    return Service(
        name=name,
        command=command,
        environment={
            **inputs.aws_environment,
            **jvm.ENVIRONMENT,
            "FLINK_CONF_DIR": str(conf),
            "FLINK_LIB_DIR": str(dist.flink / "lib"),
            "FLINK_OPT_DIR": str(dist.flink / "opt"),
            "FLINK_PLUGINS_DIR": str(dist.flink / "plugins"),
        },
        files=files,
        prepare=prepare,
        directory=inputs.layout.run,
        ready=ready,
        waits_for=waits_for,
        starts_after=starts_after,
    )
