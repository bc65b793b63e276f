"""How long `pulumi up` takes, from the graph of a Plan and the creation times that others have seen.

The engine creates everything at once that waits for nothing; so a stack takes as long as its slowest chain.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from operations.plan.plan import Plan, references

SECONDS: Mapping[str, int] = {
    # Control planes took 8 min 23 s to 11 min 23 s in ten public Terraform logs; AWS's guide to Auto Mode says 15 min.
    "eks:index:Cluster": 15 * 60,
    # 23, 36 and 40 min in public logs of Terraform and CloudFormation.
    "aws:msk/cluster:Cluster": 40 * 60,
    # No public log was found; AWS's own words are "minutes".
    "aws:msk/serverlessCluster:ServerlessCluster": 10 * 60,
    # 5 min 57 s and 6 min 8 s for one zone; two zones take 10 to 20 min.
    "aws:rds/instance:Instance": 15 * 60,
    "aws:rds/cluster:Cluster": 5 * 60,
    "aws:rds/clusterInstance:ClusterInstance": 10 * 60,
    # 1 min 25 s to 2 min 5 s in 18 public logs.
    "aws:ec2/natGateway:NatGateway": 2 * 60,
    # AWS's documentation and public logs: 1 to 3 min.
    "aws:ec2/vpcEndpoint:VpcEndpoint": 3 * 60,
    # 2 min 19 s to 2 min 52 s.
    "aws:lb/loadBalancer:LoadBalancer": 3 * 60,
    # 1 min 29 s to 8 min 52 s; an hour was reported too.
    "aws:acm/certificateValidation:CertificateValidation": 9 * 60,
    "aws:mskconnect/connector:Connector": 15 * 60,
    "aws:mskconnect/customPlugin:CustomPlugin": 60,
    "aws:eks/addon:Addon": 2 * 60,
    "aws:efs/mountTarget:MountTarget": 2 * 60,
    # A chart waits until its pods are ready: a node of Auto Mode takes 1 to 2 min, an image about one.
    "kubernetes:helm.sh/v3:Release": 3 * 60,
    "kubernetes:apps/v1:Deployment": 3 * 60,
    "kubernetes:batch/v1:Job": 3 * 60,
    # The provider asks after three minutes for the first time.
    "confluentcloud:index/connector:Connector": 3 * 60,
}
"""Seconds until a resource of a type exists, at the slow end of what was seen. All others: `OTHERS`."""

OTHERS = 2
"""Seconds of a call of an API that answers when it is done."""

_NO_WORK = ("pulumi:pulumi:Stack", "pulumi:providers:", "streaming-platform:", "random:", "tls:")


@dataclass(frozen=True)
class Step:
    """One resource on the slowest chain. begins, ends: seconds after the start of `up`."""

    urn: str
    begins: int
    ends: int

    @property
    def type(self) -> str:
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]


def seconds_of(resource: dict[str, Any]) -> int:
    """How long the creation of one resource takes; nothing for what exists in the program only."""
    if resource["type"].startswith(_NO_WORK):
        return 0
    if resource["type"] in _BY_INPUTS:
        return _BY_INPUTS[resource["type"]](resource["inputs"])
    return SECONDS.get(resource["type"], OTHERS)


# What Confluent's provider waits for by itself, after the call has been answered: confluentinc/terraform-provider-
# confluent, internal/provider/resource_role_binding.go, resource_api_key.go, resource_connector.go.
def _role_binding(inputs: dict[str, Any]) -> int:
    return OTHERS if inputs.get("disableWaitForReady") else 90


def _api_key(inputs: dict[str, Any]) -> int:
    """Of a cluster: a minute, and two answers of its brokers a minute apart."""
    # What the key is for is not known before the cluster exists; its name ends with purpose and rotation.
    of_cluster = re.search(r"-kafka-\d+$", str(inputs.get("displayName", "")))
    return 3 * 60 if of_cluster and not inputs.get("disableWaitForReady") else 60


def _confluent_cluster(inputs: dict[str, Any]) -> int:
    """Dedicated: 25 min on average, says Confluent's documentation of cluster types. No figure was found for others."""
    return 25 * 60 if inputs.get("dedicated") else OTHERS


_BY_INPUTS: Mapping[str, Callable[[dict[str, Any]], int]] = {
    "confluentcloud:index/roleBinding:RoleBinding": _role_binding,
    "confluentcloud:index/apiKey:ApiKey": _api_key,
    "confluentcloud:index/kafkaCluster:KafkaCluster": _confluent_cluster,
}


def slowest_chain(plan: Plan) -> list[Step]:
    """The chain of resources that decides how long `up` takes, in order."""
    ends: dict[str, int] = {}
    before: dict[str, str | None] = {}
    durations: dict[str, int] = {}
    # The resources of a Plan stand in an order in which each comes after everything it refers to.
    for resource in plan.resources:
        urn = resource["urn"]
        # A child waits for its component's registration, which takes no time, not for its siblings.
        waits = [one for one in references(resource) if one in ends]
        last = max(waits, key=lambda one: (ends[one], one), default=None)
        durations[urn] = seconds_of(resource)
        ends[urn] = (ends[last] if last else 0) + durations[urn]
        before[urn] = last
    chain: list[Step] = []
    current: str | None = max(ends, key=lambda one: (ends[one], one), default=None)
    while current:
        if durations[current]:
            chain.append(Step(current, ends[current] - durations[current], ends[current]))
        current = before[current]
    return chain[::-1]


def minutes(seconds: int) -> str:
    """`125` -> `2 min 5 s`."""
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"
