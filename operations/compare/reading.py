"""A Plan, read for comparing: what a stack has of each kind, and which of the known ways each part is run."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from operations.plan.plan import Plan, name_of
from operations.plan.values import UNKNOWN

Resource = dict[str, Any]
NONE = "-"

MSK = ("aws:msk/cluster:Cluster", "aws:msk/serverlessCluster:ServerlessCluster")
RELEASE = "kubernetes:helm.sh/v3:Release"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


@dataclass(frozen=True)
class Reading:
    """One stack's Plan."""

    plan: Plan

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.plan.resources:
            found.setdefault(resource["type"], []).append(resource)
        return found

    def of(self, *types: str) -> list[Resource]:
        """The resources of these types; `cc:KafkaTopic` is short for Confluent's token."""
        return [one for type_ in types for one in self._by_type.get(_token(type_), [])]

    def has(self, *types: str) -> bool:
        return bool(self.of(*types))

    def first(self, *types: str) -> dict[str, Any]:
        """The inputs of the first resource of these types; {} where there is none."""
        return next((one["inputs"] for one in self.of(*types)), {})

    def component(self, name: str) -> bool:
        """Whether the stack has this component of the platform."""
        return self.has(f"streaming-platform:index:{name}")

    def release(self, chart: str) -> str:
        """Version of an installed chart; "" where there is none."""
        return next(
            (one["inputs"].get("version", "") for one in self.of(RELEASE) if one["inputs"]["chart"] == chart), ""
        )

    def deployment(self, word: str) -> Resource | None:
        """The Deployment whose name has `word` in it."""
        return next((one for one in self.of(DEPLOYMENT) if word in name_of(one)), None)

    @property
    def on_confluent(self) -> bool:
        """Kafka and Flink are run by Confluent."""
        return self.has("cc:KafkaCluster")

    def kinds(self) -> dict[tuple[str, str], int]:
        """(group and version, kind) of Kubernetes objects -> how many."""
        found: dict[tuple[str, str], int] = {}
        for type_, resources in self._by_type.items():
            package, _, rest = type_.partition(":")
            if package == "kubernetes":
                group, _, kind = rest.partition(":")
                found[(group, kind)] = len(resources)
        return found


def known(value: Any, otherwise: str = "decided by the provider") -> str:
    """`value` as text; `otherwise` where it is missing or not known before `up`."""
    return otherwise if value in (None, "", UNKNOWN) else str(value)


def _token(type_: str) -> str:
    if type_.startswith("cc:"):
        kind = type_.removeprefix("cc:")
        return f"confluentcloud:index/{kind[0].lower()}{kind[1:]}:{kind}"
    return type_
