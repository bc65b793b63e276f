"""Configuration of Flink on Kubernetes: for all applications of an environment, and for one.

What the environment sets, no application can override: there stands only what holds for all of them
(https://docs.confluent.io/platform/current/flink/operations/access-control.html). The directories have the old names of
their keys: CMF and the operator look for those, Flink 1.19 (CMF's own SQL) knows no others, and Flink 2.x reads them.
"""

from components.application import Application
from components.flink.cmf.settings import ApplicationSettings

METRICS_PORT = 9249


def environment_configuration(state_bucket: str, environment: str) -> dict[str, str]:
    """For every application of the environment: where state is, how it is kept, how jobs restart, metrics."""
    root = f"s3://{state_bucket}/{environment}"
    return {
        "state.checkpoints.dir": f"{root}/checkpoints",
        # Savepoint upgrades need both directories.
        "state.savepoints.dir": f"{root}/savepoints",
        "high-availability.type": "kubernetes",
        "high-availability.storageDir": f"{root}/ha",
        "state.backend.type": "rocksdb",
        "state.backend.incremental": "true",
        # Whoever recognises copies asks for keys that are not there. Without these filters each such question reads a
        # block of every file.
        "state.backend.rocksdb.use-bloom-filter": "true",
        # In parts, as they are needed: a whole filter may be larger than what the cache keeps of one file.
        "state.backend.rocksdb.memory.partitioned-index-filters": "true",
        "state.checkpoints.num-retained": "3",
        # Deleting an application removes what high availability knows of it. Its last checkpoint stays, to start from.
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        "execution.checkpointing.timeout": "10 min",
        # S3 may refuse now and then; the default of 0 restarts the job at once.
        "execution.checkpointing.tolerable-failed-checkpoints": "3",
        # From one second to five minutes, and never giving up: what is broken may be mended.
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "5 min",
        "restart-strategy.exponential-delay.backoff-multiplier": "2.0",
        "restart-strategy.exponential-delay.reset-backoff-threshold": "1 h",
        "restart-strategy.exponential-delay.jitter-factor": "0.1",
        "metrics.reporter.prom.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
        # A range: pods that share a network (hostNetwork, one machine) take the next one.
        "metrics.reporter.prom.port": f"{METRICS_PORT}-{METRICS_PORT + 1}",
        # With high availability on, an unhealthy job would be started from its last checkpoint, whatever its upgrade
        # mode is (FLINK-38049). With this, a savepoint upgrade that cannot take its savepoint stops and says so.
        "kubernetes.operator.job.upgrade.last-state-fallback.enabled": "false",
        # Faster for large RocksDB state. It ties a savepoint to RocksDB, not to a parallelism or a Flink version.
        "kubernetes.operator.savepoint.format.type": "NATIVE",
    }


def application_configuration(application: Application, settings: ApplicationSettings) -> dict[str, str]:
    """For one application: parallelism, slots, checkpoints, autoscaler."""
    configuration = {
        "taskmanager.numberOfTaskSlots": str(settings.task_slots),
        # For the operator, which reads no SQL. The statements set the same.
        "execution.checkpointing.interval": f"{application.spec.checkpointing.interval_seconds} s",
        # Key groups. Fixed from the first start on, so a number with many divisors.
        "pipeline.max-parallelism": str(settings.max_parallelism),
    }
    if settings.autoscaler:
        configuration |= {
            "job.autoscaler.enabled": "true",
            # Scaling in place, without new pods for the JobManager.
            "jobmanager.scheduler": "adaptive",
            "job.autoscaler.stabilization.interval": "5 min",
            "job.autoscaler.metrics.window": "15 min",
            "job.autoscaler.utilization.target": "0.7",
            "job.autoscaler.vertex.min-parallelism": "1",
        }
    return configuration
