"""Flink jobs on Confluent Manager: what survives a failure, and what an upgrade takes along.

Settings are read as CMF lays them over each other: an environment's defaults, then the application's own.
"""

import re
from collections.abc import Iterator

from policies.framework import Resource, Stack, policy, stack_policy
from policies.reading import APPLICATION, at

ENVIRONMENT = "kubernetes:platform.confluent.io/v1beta1:FlinkEnvironment"
_CONFIG = "https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/deployment/config/"
_CHECKPOINTS = "https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/ops/state/checkpoints/"
_OPERATOR = (
    "https://nightlies.apache.org/flink/flink-kubernetes-operator-docs-main/docs/custom-resource/job-management/"
)
_REMOTE = ("s3://", "s3a://", "s3p://", "abfs://", "abfss://", "wasbs://", "gs://", "hdfs://", "oss://")

_UNITS = {"ms": 0.001, "s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}


class Effective:
    """The Flink configuration of an application, with its environment's defaults below."""

    def __init__(self, stack: Stack, application: Resource):
        wanted = at(application.props, "spec", "flinkEnvironment")
        self._layers = [at(application.props, "spec", "flinkConfiguration", default={})]
        for one in stack.of(ENVIRONMENT):
            if at(one.props, "metadata", "name") == wanted:
                defaults = at(one.props, "spec", "flinkApplicationDefaults", default={})
                self._layers.append(at(defaults, "spec", "flinkConfiguration", default={}))

    @property
    def names(self) -> set[str]:
        """Names of all settings."""
        return {name for layer in self._layers for name in layer}

    def get(self, *keys: str) -> str:
        """The value of the first of `keys` (a name and its older names) that is set, "" where none is."""
        for layer in self._layers:
            for key in keys:
                # A name has dots: it is one key.
                value = at(layer, key)
                if value is not None:
                    return str(value)
        return ""


def _applications(stack: Stack) -> Iterator[Resource]:
    yield from stack.of(APPLICATION)


def seconds(text: str) -> float | None:
    """A duration as Flink writes it (`60 s`, `10 min`, `60000`: milliseconds) in seconds."""
    found = re.fullmatch(r"\s*(\d+)\s*([a-z]*)\s*", text.lower())
    if not found:
        return None
    unit = found[2] or "ms"
    known = _UNITS.get(unit) or _UNITS.get(unit.rstrip("s")) or _UNITS.get(unit[:3])
    return int(found[1]) * known if known else None


@stack_policy(
    "flink-high-availability",
    types=(APPLICATION,),
    severity="high",
    controls=("SOC 2 A1.2",),
    reason="Without it a JobManager that dies takes the job along, and nobody knows its last checkpoint.",
    remedy="Set high-availability.type: kubernetes and high-availability.storageDir: s3://... in the defaults.",
    url="https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/deployment/ha/kubernetes_ha/",
)
def high_availability(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for resource in _applications(stack):
        with stack.judging(resource):
            settings = Effective(stack, resource)
            kind = settings.get("high-availability.type", "high-availability")
            place = settings.get("high-availability.storageDir")
            if kind.lower() not in ("kubernetes", "zookeeper"):
                yield resource, f"high availability is {kind or 'not set'}"
            elif not place.startswith(_REMOTE):
                yield resource, f"high availability keeps its data in {place or '(nothing)'}, which ends with the pod"


@stack_policy(
    "flink-checkpoints",
    types=(APPLICATION,),
    severity="critical",
    controls=("SOC 2 A1.2", "SOC 2 PI1.3"),
    reason="Without checkpoints a restart loses all state, and Iceberg tables never get a commit.",
    remedy="Set flink.defaults.checkpoint_seconds (execution.checkpointing.interval).",
    url=_CHECKPOINTS,
    config={"longest_seconds": {"type": "integer", "default": 600, "description": "of the interval"}},
)
def checkpoints(stack: Stack) -> Iterator[tuple[Resource, str]]:
    most = int(stack.config["longest_seconds"])
    for resource in _applications(stack):
        with stack.judging(resource):
            text = Effective(stack, resource).get("execution.checkpointing.interval")
            interval = seconds(text)
            if not interval:
                yield resource, f"the interval of checkpoints is {text or 'not set'}"
            elif interval > most:
                yield resource, f"a checkpoint is made every {interval:.0f} s; at most {most} s are allowed"


@stack_policy(
    "flink-exactly-once",
    types=(APPLICATION,),
    severity="high",
    controls=("SOC 2 PI1.3",),
    reason="After a failure events are counted twice in tables that are taken for exact.",
    remedy="Set execution.checkpointing.mode: EXACTLY_ONCE, or leave it out.",
    url=f"{_CONFIG}#execution-checkpointing-mode",
)
def exactly_once(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for resource in _applications(stack):
        with stack.judging(resource):
            # Flink's own default is exactly once.
            mode = Effective(stack, resource).get("execution.checkpointing.mode") or "EXACTLY_ONCE"
            if mode.upper().replace("-", "_") != "EXACTLY_ONCE":
                yield resource, f"the mode of checkpoints is {mode}"


@stack_policy(
    "flink-state-remote",
    types=(APPLICATION,),
    severity="critical",
    controls=("SOC 2 A1.2",),
    reason="State on a pod's own disk goes with the pod; without a folder for savepoints no upgrade keeps state.",
    remedy="Set state.checkpoints.dir and state.savepoints.dir to s3://... in the environment's defaults.",
    url=_CHECKPOINTS,
)
def state_remote(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for resource in _applications(stack):
        with stack.judging(resource):
            settings = Effective(stack, resource)
            for old, new in (
                ("state.checkpoints.dir", "execution.checkpointing.dir"),
                ("state.savepoints.dir", "execution.checkpointing.savepoint-dir"),
            ):
                place = settings.get(old, new)
                if not place.startswith(_REMOTE):
                    yield resource, f"{old} is {place or 'not set'}"


@stack_policy(
    "flink-state-backend",
    types=(APPLICATION,),
    severity="medium",
    controls=("SOC 2 A1.1",),
    reason="State in the heap is limited by memory, and every checkpoint writes all of it.",
    remedy="Set state.backend.type: rocksdb and state.backend.incremental: true.",
    url="https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/ops/state/state_backends/",
)
def state_backend(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for resource in _applications(stack):
        with stack.judging(resource):
            settings = Effective(stack, resource)
            kind = settings.get("state.backend.type", "state.backend")
            if kind.lower() not in ("rocksdb", "forst"):
                yield resource, f"the state backend is {kind or 'not set: hashmap'}"
            elif settings.get("state.backend.incremental", "execution.checkpointing.incremental").lower() != "true":
                yield resource, "every checkpoint writes all of the state"


@stack_policy(
    "flink-restart-strategy",
    types=(APPLICATION,),
    severity="medium",
    controls=("SOC 2 A1.2",),
    reason="A job that does not start again waits for a person; one that tries all the time wears out brokers.",
    remedy="Set restart-strategy.type: exponential-delay with its backoffs.",
    url="https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/ops/state/task_failure_recovery/",
)
def restart_strategy(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for resource in _applications(stack):
        with stack.judging(resource):
            kind = Effective(stack, resource).get("restart-strategy.type", "restart-strategy").lower()
            if kind not in ("exponential-delay", "exponentialdelay", "failure-rate", "failurerate"):
                yield resource, f"the restart strategy is {kind or 'not set'}"


@stack_policy(
    "flink-checkpoints-retained",
    types=(APPLICATION,),
    severity="medium",
    controls=("SOC 2 A1.2",),
    reason="Whoever cancels a job by mistake loses its state at that moment.",
    remedy="Set execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION.",
    url=f"{_CHECKPOINTS}#retained-checkpoints",
)
def checkpoints_retained(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for resource in _applications(stack):
        with stack.judging(resource):
            kept = Effective(stack, resource).get("execution.checkpointing.externalized-checkpoint-retention")
            if kept.upper() != "RETAIN_ON_CANCELLATION":
                yield resource, f"checkpoints of a cancelled job: {kept or 'NO_EXTERNALIZED_CHECKPOINTS'}"


@stack_policy(
    "flink-metrics",
    types=(APPLICATION,),
    severity="low",
    controls=("SOC 2 CC7.2",),
    reason="Without a reporter nobody sees lag, failed checkpoints or backpressure before customers do.",
    remedy="Set metrics.reporter.<name>.factory.class in the environment's defaults.",
    url="https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/deployment/metric_reporters/",
)
def metrics(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for resource in _applications(stack):
        with stack.judging(resource):
            names = Effective(stack, resource).names
            if not any(re.fullmatch(r"metrics\.reporter\..+\.factory\.class", name) for name in names):
                yield resource, "no reporter of metrics is set"


@policy(
    "flink-upgrade-keeps-state",
    types=(APPLICATION,),
    severity="critical",
    controls=("SOC 2 PI1.3", "SOC 2 CC8.1"),
    reason="The next change of the application starts without its state: windows, joins and counts begin at zero.",
    remedy="Set flink.defaults.upgrade_mode: savepoint (or last-state), and allow_dropped_state: false.",
    url=_OPERATOR,
)
def upgrade_keeps_state(resource: Resource) -> Iterator[str]:
    mode = at(resource.props, "spec", "job", "upgradeMode", default="stateless")
    if mode not in ("savepoint", "last-state"):
        yield f"the upgrade mode is {mode}"
    if at(resource.props, "spec", "job", "allowNonRestoredState"):
        yield "state that no operator takes is dropped without a word (allowNonRestoredState)"


@policy(
    "flink-max-parallelism",
    types=(APPLICATION,),
    severity="low",
    controls=("SOC 2 A1.1",),
    reason="Flink derives the number of key groups from the first parallelism; it never changes while state is kept, "
    "and the job never grows beyond it.",
    remedy="Set flink.defaults.max_parallelism (pipeline.max-parallelism) to a number with many divisors, as 720.",
    url=f"{_CONFIG}#pipeline-max-parallelism",
)
def max_parallelism(resource: Resource) -> Iterator[str]:
    most = at(resource.props, "spec", "flinkConfiguration", "pipeline.max-parallelism")
    parallelism = int(at(resource.props, "spec", "job", "parallelism", default=1))
    if most is None:
        yield "pipeline.max-parallelism is not set"
    elif int(most) < parallelism:
        yield f"pipeline.max-parallelism is {most}, the job's parallelism {parallelism}"
