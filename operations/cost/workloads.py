"""The pods that a Plan declares: what they request, where they may run.

Pods of Jobs run for minutes and are left out. A custom resource's pods are read from its spec, a chart's from its
values.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from operations.cost.meter import NotKnown, Resource, value
from operations.plan.plan import name_of
from operations.plan.values import UNKNOWN, is_secret

_BINARY = {"Ki": 1 / Decimal(1024), "Mi": Decimal(1), "Gi": Decimal(1024), "Ti": Decimal(1024**2)}
_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "": 1, "m": Decimal("0.001")}
_QUANTITY = re.compile(r"^([0-9.]+(?:e[0-9]+)?)([A-Za-z]*)$")


def cores(quantity: Any) -> Decimal:
    """CPU as Kubernetes writes it: "500m", "1", 2. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"""
    number, unit = _split(quantity)
    return number / 1000 if unit == "m" else number


def mebibytes(quantity: Any) -> Decimal:
    """Memory as Kubernetes writes it: "512Mi", "2Gi", "1G"."""
    number, unit = _split(quantity)
    if unit in _BINARY:
        return number * _BINARY[unit]
    return number * _DECIMAL.get(unit, 1) / 1024**2


def flink_mebibytes(quantity: Any) -> Decimal:
    """Memory as Flink writes it, in which m and g are binary: "2048m", "4g".

    https://nightlies.apache.org/flink/flink-docs-stable/docs/deployment/config/ (MemorySize)
    """
    number, unit = _split(quantity)
    units = {"k": "Ki", "kb": "Ki", "m": "Mi", "mb": "Mi", "g": "Gi", "gb": "Gi", "t": "Ti"}
    unit = units.get(unit.lower(), unit)
    return number * _BINARY[unit] if unit in _BINARY else number / 1024**2


def _split(quantity: Any) -> tuple[Decimal, str]:
    if quantity == UNKNOWN or is_secret(quantity):
        raise NotKnown("what its pods request")
    match = _QUANTITY.match(str(quantity).strip().replace(" ", ""))
    return (Decimal(match[1]), match[2]) if match else (Decimal(0), "")


@dataclass(frozen=True)
class Workload:
    """Pods that are alike.

    pods:     how many
    cpu:      cores that each requests; memory: MiB
    selector: labels that its node has to have
    apart:    no two on one node. Also where spreading is only preferred: Karpenter, which Auto Mode is made of, takes
              preferences for requirements as long as it can (https://karpenter.sh/docs/concepts/scheduling/)
    disk:     GB of persistent volumes of each
    silent:   containers that request nothing
    """

    name: str
    pods: int
    cpu: Decimal
    memory: Decimal
    selector: dict[str, str] = field(default_factory=dict)
    apart: bool = False
    disk: Decimal = Decimal(0)
    silent: int = 0


def workloads(resource: Resource) -> Iterator[Workload]:
    """The workloads that `resource` declares. Raises NotKnown where a preview does not know what they request."""
    type_ = resource["type"]
    if not type_.startswith("kubernetes:"):
        return
    kind, name, spec = type_.rpartition(":")[2], name_of(resource), value(resource, "spec", default={})
    if kind in ("Deployment", "StatefulSet"):
        yield _controller(name, spec)
    elif kind in ("FlinkApplication", "FlinkDeployment"):
        yield from _flink(name, spec)
    elif kind == "Release":
        yield from _chart(name, value(resource, "values", default={}))
    elif type_.startswith("kubernetes:platform.confluent.io/") and "replicas" in spec:
        yield _confluent(name, spec)


def _controller(name: str, spec: dict[str, Any]) -> Workload:
    pod = _mapping(_mapping(spec.get("template")).get("spec"))
    disk = Decimal(0)
    for claim in spec.get("volumeClaimTemplates") or ():
        disk += _gigabytes(
            _mapping(_mapping(_mapping(claim.get("spec")).get("resources")).get("requests")).get("storage")
        )
    return _pods(name, spec.get("replicas", 1), pod, [c.get("resources") for c in pod.get("containers") or ()], disk)


def _pods(name: str, replicas: Any, pod: dict[str, Any], asked: list[Any], disk: Decimal = Decimal(0)) -> Workload:
    requests = [_mapping(_mapping(one).get("requests")) for one in asked]
    limits = [_mapping(_mapping(one).get("limits")) for one in asked]
    # A limit without a request is the request.
    both = [{**limit, **request} for limit, request in zip(limits, requests, strict=True)]
    return Workload(
        name,
        _count(replicas),
        sum((cores(one.get("cpu", 0)) for one in both), Decimal(0)),
        sum((mebibytes(one.get("memory", 0)) for one in both), Decimal(0)),
        _selector(pod),
        _apart(pod),
        disk,
        sum(1 for one in both if not one),
    )


def _selector(pod: dict[str, Any]) -> dict[str, str]:
    """nodeSelector, and of a required affinity what names one value."""
    found = dict(_mapping(pod.get("nodeSelector")))
    affinity = _mapping(_mapping(pod.get("affinity")).get("nodeAffinity"))
    required = _mapping(affinity.get("requiredDuringSchedulingIgnoredDuringExecution"))
    terms = required.get("nodeSelectorTerms") or ()
    for expression in _mapping(terms[0]).get("matchExpressions") or () if terms else ():
        values = expression.get("values") or ()
        if expression.get("operator") == "In" and len(values) == 1:
            found[expression["key"]] = values[0]
    return found


def _apart(pod: dict[str, Any]) -> bool:
    if any(one.get("topologyKey") == "kubernetes.io/hostname" for one in pod.get("topologySpreadConstraints") or ()):
        return True
    against = _mapping(_mapping(pod.get("affinity")).get("podAntiAffinity"))
    return bool(against)


def _flink(name: str, spec: dict[str, Any]) -> Iterator[Workload]:
    """JobManagers, and as many TaskManagers as the parallelism needs slots."""
    job = _mapping(spec.get("job"))
    if job.get("state") == "suspended":
        return
    settings = _mapping(spec.get("flinkConfiguration"))
    slots = max(_count(settings.get("taskmanager.numberOfTaskSlots", 1)), 1)
    needed = -(-_count(job.get("parallelism", 1)) // slots)
    for role, least in (("jobManager", 1), ("taskManager", needed)):
        part = _mapping(spec.get(role))
        asked = _mapping(part.get("resource"))
        pod = _mapping(_mapping(part.get("podTemplate")).get("spec"))
        yield Workload(
            f"{name} {role}",
            _count(part.get("replicas", least)),
            cores(asked.get("cpu", 1)),
            flink_mebibytes(asked.get("memory", 0)),
            _selector(pod),
            _apart(pod),
        )


def _confluent(name: str, spec: dict[str, Any]) -> Workload:
    """A cluster of Confluent for Kubernetes: https://docs.confluent.io/operator/current/co-api.html"""
    template = _mapping(spec.get("podTemplate"))
    disk = _gigabytes(spec.get("dataVolumeCapacity")) + _gigabytes(spec.get("logVolumeCapacity"))
    workload = _pods(name, spec["replicas"], template, [template.get("resources")], disk)
    return Workload(**{**vars(workload), "apart": workload.apart or bool(spec.get("oneReplicaPerNode"))})


def _chart(
    name: str, values: dict[str, Any], replicas: Any = 1, selector: dict[str, str] | None = None
) -> Iterator[Workload]:
    """One workload for each `resources` in the values, with the nearest `replicas` and `nodeSelector` above it."""
    replicas = values.get("replicas", values.get("replicaCount", replicas))
    here = _selector(values) or dict(selector or {})
    if isinstance(values.get("resources"), dict):
        found = _pods(name, replicas, {"nodeSelector": here}, [values["resources"]])
        yield found
    for key, below in values.items():
        if isinstance(below, dict) and key != "resources":
            yield from _chart(f"{name} {key}", below, replicas, here)


def _gigabytes(quantity: Any) -> Decimal:
    """GiB, which is what EBS sells as GB. https://aws.amazon.com/ebs/pricing/"""
    return mebibytes(quantity) / 1024 if quantity else Decimal(0)


def _count(number: Any) -> int:
    if number == UNKNOWN or is_secret(number):
        raise NotKnown("how many pods it has")
    try:
        return int(number)
    except (TypeError, ValueError):
        return 1


def _mapping(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}
