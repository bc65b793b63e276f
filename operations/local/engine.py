"""The program's AWS resources, really created: the monitor of `streamctl up`."""

from collections.abc import Mapping
from typing import Any

from components.settings import PROJECT
from operations.local.provision.provisioner import Outcome, Provisioner
from operations.plan.recorder import Recorder
from operations.plan.values import revealed, secret_paths

PROVIDER_PREFIX = "pulumi:providers:"


class LocalMonitor(Recorder):
    """A Recorder whose resources exist: each registration is applied on the emulator before it is answered.

    The program waits for the answer, so real attributes flow on to what depends on them.
    """

    def __init__(self, stack: str, provisioner: Provisioner):
        super().__init__(PROJECT, stack, self._create)
        self._provisioner = provisioner
        self._outcomes: dict[str, Outcome] = {}

    def _create(
        self, urn: str, type_: str, name: str, inputs: dict[str, Any], dependencies: list[str]
    ) -> tuple[str, dict[str, Any]]:
        if type_.startswith(PROVIDER_PREFIX):
            return "emulator", {}
        outcome = self._provisioner.register(
            urn, type_, name, revealed(inputs), dependencies, secret_paths=secret_paths(inputs)
        )
        self._outcomes[urn] = outcome
        hidden = secret_paths(inputs)
        return outcome.id, {key: value for key, value in outcome.outputs.items() if key not in hidden}

    def finish(self) -> Mapping[str, int]:
        """Delete what is no longer declared. Returns how many resources met which fate, by operation."""
        counts: dict[str, int] = {}
        removed = self._provisioner.finish(set(self._outcomes))
        for outcome in [*self._outcomes.values(), *removed]:
            counts[outcome.operation] = counts.get(outcome.operation, 0) + 1
        return counts
