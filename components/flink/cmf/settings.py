"""How one application runs on Kubernetes, as plain data."""

from dataclasses import dataclass, field, replace
from typing import Literal

from components.application import Application, Checkpointing


@dataclass(frozen=True)
class PodSize:
    """Of one pod. cpu: as Kubernetes writes it, in text ("1", "0.5", "500m"); memory_mib: MiB of the whole process."""

    cpu: str = "1"
    memory_mib: int = 2048

    def flink_resource(self) -> dict[str, str]:
        """As custom resources of Flink take it: text, for a number with a fraction is refused.

        `m` behind memory is mebibytes: Flink reads it, not Kubernetes. CPU is a number of cores for Flink, so "500m"
        becomes "0.5".
        """
        cores = self.cpu
        if cores.endswith("m"):
            cores = f"{int(cores[:-1]) / 1000:g}"
        return {"cpu": cores, "memory": f"{self.memory_mib}m"}


@dataclass(frozen=True)
class ApplicationSettings:
    """How an application runs. The same fields as `ApplicationDefaults` of components/settings/flink.py.

    checkpoint_seconds: None: as the application's spec says
    """

    job_manager: PodSize = field(default_factory=PodSize)
    task_manager: PodSize = field(default_factory=lambda: PodSize(memory_mib=4096))
    task_slots: int = 2
    checkpoint_seconds: int | None = 60
    upgrade_mode: Literal["savepoint", "last-state", "stateless"] = "savepoint"
    standby_job_managers: int = 0
    autoscaler: bool = False
    max_parallelism: int = 720
    restore_from: str | None = None
    allow_dropped_state: bool = False

    def applied_to(self, application: Application) -> Application:
        """`application` with the checkpoint interval of its stack."""
        if self.checkpoint_seconds is None:
            return application
        checkpointing = Checkpointing(interval_seconds=self.checkpoint_seconds)
        return replace(application, spec=application.spec.model_copy(update={"checkpointing": checkpointing}))

    def task_managers(self, parallelism: int) -> int:
        """How many TaskManagers Flink starts for `parallelism`."""
        return -(-parallelism // self.task_slots)
