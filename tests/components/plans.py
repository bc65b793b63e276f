"""Looking at Plans: what comes after what, and what a Kubernetes API server would be sent."""

import fcntl
import functools
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from operations.plan.evaluate import synthesise
from operations.plan.plan import Plan, name_of, references
from operations.plan.stack_file import load_stack
from operations.plan.values import UNKNOWN, is_secret
from tests.conftest import PLANS

Resource = dict[str, Any]

KUBERNETES_STACKS = ("dev-msk", "prod-msk", "dev-external", "existing-cluster")
CONFLUENT_STACKS = ("dev-cc", "prod-cc", "hybrid")


@functools.cache
def plan_of(stack: str) -> Plan:
    """The Plan of a checked-in stack; evaluated once in a run of the tests, whichever of its workers asks first."""
    kept = Path(os.environ[PLANS])
    with (kept / f"{stack}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = kept / f"{stack}.pickle"
        if not file.exists():
            file.write_bytes(pickle.dumps(synthesise(load_stack(stack))))
        return pickle.loads(file.read_bytes())


def of_type(plan: Plan, *types: str) -> list[Resource]:
    """The resources of a type, or of several. A type that ends with `:` stands for all that begin with it."""
    return [
        r for r in plan.resources if any(r["type"] == t or (t.endswith(":") and r["type"].startswith(t)) for t in types)
    ]


@functools.cache
def _before(stack: str) -> dict[str, frozenset[str]]:
    reached: dict[str, frozenset[str]] = {}
    # The resources of a Plan stand in an order in which each comes after everything it refers to.
    for resource in plan_of(stack).resources:
        direct = references(resource)
        reached[resource["urn"]] = frozenset(direct).union(*(reached[one] for one in direct))
    return reached


def comes_after(stack: str, later: Resource, earlier: Resource) -> bool:
    """Whether `later` is created after `earlier`, and so destroyed before it."""
    return earlier["urn"] in _before(stack)[later["urn"]]


def manifests(plan: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, manifest) of every Kubernetes object, with words in the place of unknown and secret values."""
    for resource in plan.resources:
        if resource["type"].startswith("kubernetes:") and not resource["type"].startswith("kubernetes:helm"):
            yield name_of(resource), concrete(resource["inputs"])


def concrete(value: Any, key: str = "", place: str = "") -> Any:
    """`value` with something of the right shape where a preview does not know it. place: dotted path."""
    if is_secret(value) or value == UNKNOWN:
        # Secret.data is base64, and ports are numbers even where they come out of another resource.
        word = "dW5rbm93bg=="
        if key == "id":
            return f"{'sg' if 'ecurityGroup' in place else 'subnet'}-0123456789abcdef0"
        return {"port": 5432, "data": {"unknown": word}, "stringData": {"unknown": word}}.get(key, word)
    if isinstance(value, dict):
        return {k: concrete(v, k, f"{place}.{k}") for k, v in value.items()}
    if isinstance(value, list):
        return [concrete(item, key, place) for item in value]
    return value
