"""Cases of the policies for Flink jobs on Confluent Manager."""

from typing import Any

from tests.policies.cases import UNKNOWN, Case, Given, Plant

APPLICATION = "kubernetes:platform.confluent.io/v1beta1:FlinkApplication"
ENVIRONMENT = "kubernetes:platform.confluent.io/v1beta1:FlinkEnvironment"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
STATE = "s3://bucket/streaming"


def environment(**configuration: Any) -> Given:
    spec = {"flinkApplicationDefaults": {"spec": {"flinkConfiguration": configuration}}}
    return Given(ENVIRONMENT, "environment", {"metadata": {"name": "streaming"}, "spec": spec})


def application(name: str = "claims", configuration: Any = None, **spec: Any) -> Given:
    spec = {"flinkEnvironment": "streaming", "flinkConfiguration": configuration or {}, **spec}
    return Given(APPLICATION, name, {"metadata": {"name": name, "namespace": "streaming"}, "spec": spec})


def with_keys(**configuration: Any) -> list[Given]:
    """An application and its environment, which has these settings; `__` stands for a dot, `_` for a hyphen."""
    settings = {key.replace("__", ".").replace("_", "-"): value for key, value in configuration.items()}
    return [environment(**settings), application()]


def settings_case(policy: str, good: list[dict[str, Any]], bad: list[dict[str, Any]], key: str, **more: Any) -> Case:
    """A case in which an application has these settings by itself, or by its environment."""
    return Case(
        policy,
        good=[
            *([environment(**one), application()] for one in good),
            *([environment(**(bad[0] if bad else {})), application(configuration=one)] for one in good),
        ],
        bad=[[environment(**one), application()] for one in bad],
        unknown=[environment(), application(configuration={key: UNKNOWN})],
        **more,
    )


HA = {"high-availability.type": "kubernetes", "high-availability.storageDir": f"{STATE}/ha"}
DIRECTORIES = {"state.checkpoints.dir": f"{STATE}/checkpoints", "state.savepoints.dir": f"{STATE}/savepoints"}
BACKEND = {"state.backend.type": "rocksdb", "state.backend.incremental": "true"}
RETAINED = "execution.checkpointing.externalized-checkpoint-retention"
INTERVAL = "execution.checkpointing.interval"


def pool(capacity: list[str] | None, role: str = "jobmanager", operator: str = "In", taint: str = "") -> Given:
    requirements = [{"key": "karpenter.sh/capacity-type", "operator": operator, "values": capacity}] if capacity else []
    spec: dict[str, Any] = {"requirements": requirements}
    if taint:
        spec["taints"] = [{"key": "role", "value": taint, "effect": "NoSchedule"}]
    template = {"metadata": {"labels": {"role": role}}, "spec": spec}
    return Given(NODE_POOL, f"pool-{role}", {"metadata": {"name": role}, "spec": {"template": template}})


def placed(role: str = "jobmanager", **pod: Any) -> Given:
    spec = {"nodeSelector": {"role": role}, **pod}
    return application(jobManager={"podTemplate": {"spec": spec}})


SIZED = {"resource": {"cpu": "1", "memory": "2048m"}}
SLOTS = {"taskmanager.numberOfTaskSlots": "2"}


def versioned(version: Any = "v2_1", image: str = "registry/app:abc", plugin: str = "") -> Given:
    env = [{"name": "ENABLE_BUILT_IN_PLUGINS", "value": plugin}] if plugin else []
    pod = {"spec": {"containers": [{"name": "flink-main-container", "env": env}]}}
    return application(flinkVersion=version, image=image, podTemplate=pod)


CASES = [
    settings_case(
        "flink-high-availability",
        [HA, {"high-availability": "kubernetes", "high-availability.storageDir": f"{STATE}/ha"}],
        [{}, {**HA, "high-availability.type": "NONE"}, {**HA, "high-availability.storageDir": "file:///tmp"}],
        "high-availability.type",
    ),
    settings_case(
        "flink-checkpoints",
        [{INTERVAL: "60 s"}, {INTERVAL: "10 min"}, {INTERVAL: "60000"}],
        [{}, {INTERVAL: "0"}, {INTERVAL: "1 h"}, {INTERVAL: "often"}],
        INTERVAL,
    ),
    settings_case(
        "flink-checkpoints",
        [{INTERVAL: "30 s"}],
        [{INTERVAL: "60 s"}],
        INTERVAL,
        config={"longest_seconds": 30},
    ),
    settings_case(
        "flink-exactly-once",
        [{}, {"execution.checkpointing.mode": "EXACTLY_ONCE"}],
        [],
        "execution.checkpointing.mode",
    ),
    Case("flink-exactly-once", bad=[with_keys(execution__checkpointing__mode="AT_LEAST_ONCE")]),
    settings_case(
        "flink-state-remote",
        [
            DIRECTORIES,
            {
                "execution.checkpointing.dir": f"{STATE}/c",
                "execution.checkpointing.savepoint-dir": "abfss://x@y.dfs.core.windows.net/s",
            },
        ],
        [{}, {**DIRECTORIES, "state.checkpoints.dir": "file:///tmp"}, {"state.checkpoints.dir": f"{STATE}/c"}],
        "state.checkpoints.dir",
    ),
    settings_case(
        "flink-state-backend",
        [BACKEND, {"state.backend": "rocksdb", "execution.checkpointing.incremental": True}],
        [{}, {"state.backend.type": "hashmap"}, {"state.backend.type": "rocksdb"}],
        "state.backend.type",
    ),
    settings_case(
        "flink-restart-strategy",
        [{"restart-strategy.type": "exponential-delay"}, {"restart-strategy": "failure-rate"}],
        [{}, {"restart-strategy.type": "none"}, {"restart-strategy.type": "fixed-delay"}],
        "restart-strategy.type",
    ),
    settings_case(
        "flink-checkpoints-retained",
        [{RETAINED: "RETAIN_ON_CANCELLATION"}],
        [{}, {RETAINED: "DELETE_ON_CANCELLATION"}],
        RETAINED,
    ),
    Case(
        "flink-metrics",
        good=[
            with_keys(metrics__reporter__prom__factory__class="x"),
            with_keys(metrics__reporter__dd__factory__class="x"),
        ],
        bad=[with_keys(metrics__scope__jm="x"), with_keys()],
        unknown=[environment(), Given(APPLICATION, props={"spec": {"flinkConfiguration": UNKNOWN}})],
    ),
    Case(
        "flink-upgrade-keeps-state",
        good=[
            application(job={"upgradeMode": mode, "allowNonRestoredState": False})
            for mode in ("savepoint", "last-state")
        ],
        bad=[
            application(job={"upgradeMode": "stateless"}),
            application(job={}),
            application(job={"upgradeMode": "savepoint", "allowNonRestoredState": True}),
        ],
        unknown=application(job={"upgradeMode": UNKNOWN}),
    ),
    Case(
        "flink-max-parallelism",
        good=[application(configuration={"pipeline.max-parallelism": "720"}, job={"parallelism": 4})],
        bad=[application(job={}), application(configuration={"pipeline.max-parallelism": "2"}, job={"parallelism": 4})],
        unknown=application(configuration={"pipeline.max-parallelism": UNKNOWN}),
    ),
    Case(
        "flink-jobmanager-on-demand",
        good=[
            [placed(), pool(["on-demand"])],
            [placed(), pool(None)],
            # TaskManagers may be on spot, where the JobManager does not go.
            [placed(), pool(["on-demand"]), pool(["spot"], "taskmanager")],
            [application(), pool(["spot"], taint="taskmanager")],
            [placed(), pool(["spot"], operator="NotIn")],
            [application()],
        ],
        bad=[
            [placed(), pool(["spot", "on-demand"])],
            [application(), pool(["spot"], "general")],
            [placed(), pool(["on-demand"], operator="NotIn")],
            [
                placed(
                    tolerations=[{"key": "role", "operator": "Equal", "value": "jobmanager", "effect": "NoSchedule"}]
                ),
                pool(["spot"], taint="jobmanager"),
            ],
            [application(podTemplate={"spec": {"nodeSelector": {"eks.amazonaws.com/capacityType": "SPOT"}}})],
        ],
        unknown=[application(podTemplate={"spec": {"nodeSelector": {"cloud.google.com/gke-spot": UNKNOWN}}})],
    ),
    Case(
        "flink-jobmanager-standby",
        production=True,
        good=[application(jobManager={"replicas": 2})],
        bad=[application(jobManager={"replicas": 1}), application()],
        unknown=application(jobManager={"replicas": UNKNOWN}),
    ),
    Case("flink-jobmanager-standby", good=[application()]),
    Case(
        "flink-resources",
        good=[application(configuration=SLOTS, jobManager=SIZED, taskManager=SIZED)],
        bad=[
            application(configuration=SLOTS, jobManager=SIZED),
            application(configuration=SLOTS, jobManager={"resource": {"memory": "2g"}}, taskManager=SIZED),
            application(jobManager=SIZED, taskManager=SIZED),
            application(
                configuration={**SLOTS, "kubernetes.taskmanager.memory.limit-factor": "1.5"},
                jobManager=SIZED,
                taskManager=SIZED,
            ),
        ],
        unknown=application(
            configuration=SLOTS, jobManager=SIZED, taskManager={"resource": {"cpu": "1", "memory": UNKNOWN}}
        ),
    ),
    Case(
        "flink-version-matches",
        good=[
            versioned(),
            versioned(image="confluentinc/cp-flink:2.1.1-cp1-java21"),
            versioned(plugin="flink-s3-fs-hadoop-2.1.1-cp1.jar"),
        ],
        bad=[
            versioned(""),
            versioned("v1_18"),
            versioned(image="confluentinc/cp-flink:1.20.3-cp1"),
            versioned("v2_0", plugin="flink-s3-fs-hadoop-2.1.1-cp1.jar"),
        ],
        unknown=versioned(UNKNOWN),
    ),
    Case(
        "flink-own-service-account",
        good=[[application(serviceAccount="claims"), application("telematics", serviceAccount="telematics")]],
        bad=[
            [application()],
            [application(serviceAccount="flink")],
            [application(serviceAccount="shared"), application("telematics", serviceAccount="shared")],
        ],
        unknown=[application(serviceAccount=UNKNOWN)],
    ),
]


def defaults(policy: str, **settings: Any) -> Plant:
    """Settings of the environment's defaults in dev-msk, changed; None removes one. `__`: a dot, `_`: a hyphen."""

    def change(props: dict[str, Any]) -> None:
        configuration = props["spec"]["flinkApplicationDefaults"]["spec"]["flinkConfiguration"]
        for key, value in settings.items():
            name = key.replace("__", ".").replace("_", "-")
            configuration.pop(name, None)
            if value is not None:
                configuration[name] = value

    return Plant(policy, where=ENVIRONMENT, change=change)


def spec(policy: str, change: Any, stack: str = "dev-msk") -> Plant:
    return Plant(policy, stack, where=APPLICATION, change=lambda props: (change(props["spec"]), None)[1])


PLANTS = [
    defaults("flink-high-availability", high_availability__type=None),
    spec("flink-checkpoints", lambda one: one["flinkConfiguration"].pop(INTERVAL)),
    defaults("flink-exactly-once", execution__checkpointing__mode="AT_LEAST_ONCE"),
    defaults("flink-state-remote", state__checkpoints__dir="file:///tmp/checkpoints"),
    defaults("flink-state-backend", state__backend__type="hashmap"),
    defaults("flink-restart-strategy", restart_strategy__type="none"),
    defaults(
        "flink-checkpoints-retained",
        execution__checkpointing__externalized_checkpoint_retention="DELETE_ON_CANCELLATION",
    ),
    defaults("flink-metrics", metrics__reporter__prom__factory__class=None),
    spec("flink-upgrade-keeps-state", lambda one: one["job"].update(upgradeMode="stateless")),
    spec("flink-max-parallelism", lambda one: one["flinkConfiguration"].pop("pipeline.max-parallelism")),
    Plant(
        "flink-jobmanager-on-demand",
        where="*:NodePool::cluster-jobmanager",
        change=lambda props: props["spec"]["template"]["spec"]["requirements"][0].update(values=["spot", "on-demand"]),
    ),
    spec("flink-jobmanager-standby", lambda one: one["jobManager"].update(replicas=1), "prod-msk"),
    spec("flink-resources", lambda one: one["taskManager"].pop("resource")),
    spec("flink-version-matches", lambda one: one.update(flinkVersion="v1_20")),
    spec("flink-own-service-account", lambda one: one.update(serviceAccount="flink")),
]
