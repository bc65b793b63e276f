"""A network, a cluster, and an evaluation in which every attribute is known: what the Kafka tests share."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster.contract import ClusterAccess, NodeRole, Placement, ServiceAccountIdentity
from components.kafka.contract import Workload
from components.kafka.msk import Msk, MskArgs
from components.kafka.msk_configuration import BrokerKind
from components.network import NetworkAccess
from operations.plan import evaluate as evaluation
from operations.plan.recorder import Recorder
from operations.plan.stack_file import StackConfig
from operations.plan.values import revealed

CLUSTER_ARN = "arn:aws:kafka:us-east-1:123456789012:cluster/test/1234-uuid-5"
PASSWORD = "Correct0Horse1Battery2Staple3xyz"


def network(zones: int = 3) -> NetworkAccess:
    letters = "abc"[:zones]
    return NetworkAccess(
        vpc_id="vpc-1",
        private_subnet_ids=[f"subnet-private-{zone}" for zone in letters],
        isolated_subnet_ids=[f"subnet-isolated-{zone}" for zone in letters],
        public_subnet_ids=[],
        zone_count=zones,
        workload_security_group_id="sg-workloads",
    )


class FakeCluster:
    """A cluster with one node pool. `asked`: who asked for an identity, and with which policies."""

    def __init__(self, wait: bool = True):
        self.asked: dict[str, dict[str, pulumi.Input[str]]] = {}
        pool = pulumi.CustomResource("kubernetes:karpenter.sh/v1:NodePool", "pool", {})
        toleration = {"key": "role", "operator": "Equal", "value": "platform", "effect": "NoSchedule"}
        self.access = ClusterAccess(
            "fake",
            kubernetes.Provider("cluster", kubeconfig="{}"),
            None,
            {NodeRole.PLATFORM: Placement({"role": "platform"}, [toleration])},
            wait=wait,
            ready=[pool],
        )

    def identity(
        self,
        name: str,
        namespace: str,
        service_account: str,
        policy_arns: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> ServiceAccountIdentity:
        self.asked[f"{namespace}/{service_account}"] = dict(policy_arns)
        association = pulumi.CustomResource("aws:eks/podIdentityAssociation:PodIdentityAssociation", name, {}, opts)
        return ServiceAccountIdentity(
            annotations={"from": "identity"}, env=[{"name": "FROM", "value": "identity"}], ready=[association]
        )


def names(urns: list[str]) -> set[str]:
    """`<type without package> <name>` of each URN; of the resource itself, not of its parents."""
    return {f"{urn.split('::')[2].rpartition(':')[2]} {urn.rpartition('::')[2]}" for urn in urns}


def applied(program: Callable[[], None]) -> dict[str, dict[str, Any]]:
    """`<type without package> <name>` -> inputs in clear, as an engine that creates everything would send them."""
    seen: dict[str, dict[str, Any]] = {}

    def supply(urn: str, type_: str, name: str, inputs: dict[str, Any], dependencies: list[str]):
        plain = revealed(inputs)
        kind = type_.rpartition(":")[2]
        seen[f"{kind} {name}"] = plain
        outputs: dict[str, Any] = {"arn": f"arn:{kind}:{name}", "keyId": f"id-of-{name}"}
        if kind in ("Cluster", "ServerlessCluster"):
            outputs = {"arn": CLUSTER_ARN} | {
                f"bootstrapBrokers{suffix}": f"b-1.test:{port},b-2.test:{port}"
                for suffix, port in (("SaslScram", 9096), ("SaslIam", 9098), ("Tls", 9094))
            }
        if kind == "Configuration":
            outputs["latestRevision"] = 1
        if kind == "RandomPassword":
            outputs = {"result": PASSWORD}
        return name, outputs

    evaluation.evaluate(StackConfig("test", {}, ()), Recorder("p", "test", supply), preview=False, program=program)
    return seen


Declare = Callable[[Callable[[], None]], dict[str, dict[str, Any]]]
CHILD = pulumi.ResourceOptions()
FLINK = Workload("claims", reads=["cdc.public.claims"], consumer_group="claims-*")
WRITER = Workload(
    "cdc", writes=["cdc.*"], reads=["connect-*"], consumer_group="connect", transactional_ids=["connect-*"]
)


def standard(**changes: Any) -> MskArgs:
    args = MskArgs(
        cluster_name="test",
        region="us-east-1",
        account_id="123456789012",
        network=network(),
        kafka_version="3.9.x.kraft",
        instance_type="kafka.m7g.large",
        tags={"component": "kafka"},
    )
    return replace(args, **changes)


def express(**changes: Any) -> MskArgs:
    return standard(**{"kind": BrokerKind.EXPRESS, "instance_type": "express.m7g.large", **changes})


def plan(declared: Declare, args: MskArgs, *workloads: Workload) -> dict[str, dict[str, Any]]:
    def program() -> None:
        kafka = Msk("kafka", args)
        for workload in workloads:
            kafka.grant(workload, CHILD)

    return declared(program)


def void(_: object) -> None:
    return None
