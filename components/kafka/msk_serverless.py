"""Amazon MSK Serverless: no brokers to choose. Everybody logs in by IAM; there are no ACLs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.errors import PlatformError, problem
from components.kafka.contract import (
    Grant,
    GrantedAccess,
    SchemaRegistryAccess,
    TopicDescription,
    Workload,
)
from components.kafka.iam_grants import IamGrants
from components.kafka.iam_policies import iam_access
from components.kafka.msk_checks import name_findings
from components.kafka.msk_network import LISTENERS, broker_security_group
from components.kafka.msk_topics import serverless_mistakes
from components.network import NetworkAccess

# MSK Serverless keeps three copies of everything, and takes no other number.
_REPLICAS = 3


@dataclass
class MskServerlessArgs:
    """Inputs of `MskServerless`.

    cluster_name:    physical name, at most 64 letters, digits and hyphens; names of policies begin with it
    network:         the cluster's subnets, in two zones or more, and the group that gets in
    schema_registry: what clients are told; None where there is none. Confluent's cannot use this cluster: its image has
                     no login module for IAM
    clients:         what clients outside of the platform may do: the policy of their role is called as this workload
    protect:         True: Pulumi refuses to delete or replace cluster and security group (default False)
    """

    cluster_name: str
    network: NetworkAccess
    tags: dict[str, str]
    schema_registry: SchemaRegistryAccess | None = None
    clients: Workload = field(default_factory=lambda: Workload("clients"))
    protect: bool = False


class MskServerless(pulumi.ComponentResource):
    """A serverless MSK cluster and the IAM policies of its clients.

    What cannot be chosen here: the longest transaction is Kafka's default of 15 minutes, so that a Flink sink with
    exactly-once delivery has to ask for less; data is encrypted under a key of AWS.

    Outputs: cluster_arn, cluster_name, security_group_id, bootstrap_brokers_iam, clients_policy_arn.
    For the program: `access` (clients outside), `clients` (the same as granted access), `admin`, `grant`.
    Raises PlatformError where the name is none.
    """

    cluster_arn: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    bootstrap_brokers_iam: pulumi.Output[str]
    clients_policy_arn: pulumi.Output[str]

    def __init__(self, name: str, args: MskServerlessArgs, opts: pulumi.ResourceOptions | None = None):
        for key, found, remedy in name_findings(args.cluster_name):
            raise problem(f"MskServerless {name}", key, found, remedy=remedy)
        super().__init__("streaming-platform:index:MskServerless", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name = name
        self._granted: set[str] = {"admin"}
        network = args.network
        group = broker_security_group(
            f"{name}-brokers",
            network.vpc_id,
            network.workload_security_group_id,
            {"iam": LISTENERS["iam"]},
            args.tags,
            args.protect,
            self,
        )
        cluster = aws.msk.ServerlessCluster(
            name,
            cluster_name=args.cluster_name,
            vpc_configs=[
                aws.msk.ServerlessClusterVpcConfigArgs(
                    subnet_ids=list(network.isolated_subnet_ids), security_group_ids=[group.id]
                )
            ],
            client_authentication=aws.msk.ServerlessClusterClientAuthenticationArgs(
                sasl=aws.msk.ServerlessClusterClientAuthenticationSaslArgs(
                    iam=aws.msk.ServerlessClusterClientAuthenticationSaslIamArgs(enabled=True)
                )
            ),
            tags=args.tags,
            # Every property but the tags makes another, empty cluster.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                custom_timeouts=pulumi.CustomTimeouts(create="120m", update="120m", delete="120m"),
            ),
        )
        self._iam = IamGrants(
            name,
            args.cluster_name,
            cluster.arn,
            iam_access("msk_serverless", cluster.bootstrap_brokers_sasl_iam, _REPLICAS, args.schema_registry),
            [cluster],
            args.tags,
        )
        self.admin = self._iam.admin(acls=False, opts=child)
        self.clients = self.grant(args.clients, child)
        self.access = self.clients.access
        self.cluster_arn = cluster.arn
        self.cluster_name = cluster.cluster_name
        self.security_group_id = group.id
        self.bootstrap_brokers_iam = cluster.bootstrap_brokers_sasl_iam
        self.clients_policy_arn = pulumi.Output.from_input(next(iter(self.clients.policy_arns.values())))
        self.register_outputs(
            {
                "cluster_arn": self.cluster_arn,
                "cluster_name": self.cluster_name,
                "security_group_id": self.security_group_id,
                "bootstrap_brokers_iam": self.bootstrap_brokers_iam,
                "clients_policy_arn": self.clients_policy_arn,
            }
        )

    @property
    def acls(self) -> Sequence[Grant]:
        """None: IAM policies say it all."""
        return []

    def grant(self, workload: Workload, opts: pulumi.ResourceOptions) -> GrantedAccess:
        """An IAM policy of its own. Raises PlatformError where the name is taken."""
        if workload.name in self._granted:
            raise problem(
                f"MskServerless {self._name}",
                workload.name,
                "a second workload of this name",
                "one policy for each workload",
                "give it another name, or grant both together",
            )
        self._granted.add(workload.name)
        return self._iam.grant(workload, opts)

    def prepared_topics(self, topics: Mapping[str, TopicDescription]) -> dict[str, TopicDescription]:
        """`topics` as they are. Raises PlatformError where they are more than MSK Serverless holds."""
        mistakes = list(serverless_mistakes(f"MskServerless {self._name}", topics))
        if mistakes:
            raise PlatformError(mistakes)
        return dict(topics)
