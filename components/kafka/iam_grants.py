"""IAM policies for the workloads of an MSK cluster."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.kafka.contract import GrantedAccess, KafkaAccess, Workload
from components.kafka.iam_policies import admin_policy, workload_policy

POLICY = "kafka"
"""Key of the one policy in `GrantedAccess.policy_arns`."""


class IamGrants:
    """Gives access by IAM. No component: its policies belong to whoever is granted access.

    cluster_name: physical name of the cluster, and the start of the policies' names
    access:       how a client connects by IAM
    cluster:      what has to exist before anybody connects
    """

    def __init__(
        self,
        name: str,
        cluster_name: str,
        cluster_arn: pulumi.Input[str],
        access: KafkaAccess,
        cluster: Sequence[pulumi.Resource],
        tags: dict[str, str],
    ):
        self._name, self._cluster_name, self._tags = name, cluster_name, tags
        self._arn = pulumi.Output.from_input(cluster_arn)
        self._access, self._cluster = access, cluster

    def admin(self, acls: bool, opts: pulumi.ResourceOptions) -> GrantedAccess:
        """Who makes topics and, with `acls`, gives rights to SCRAM and mTLS users."""
        document = self._arn.apply(lambda arn: json.dumps(admin_policy(arn, acls)))
        return self._granted("admin", "Makes topics and gives rights", document, opts)

    def grant(self, workload: Workload, opts: pulumi.ResourceOptions) -> GrantedAccess:
        document = self._arn.apply(lambda arn: json.dumps(workload_policy(arn, workload)))
        return self._granted(workload.name, f"Kafka access of {workload.name}", document, opts)

    def _granted(
        self, who: str, description: str, document: pulumi.Output[str], opts: pulumi.ResourceOptions
    ) -> GrantedAccess:
        policy = aws.iam.Policy(
            f"{self._name}-{who}",
            name=f"{self._cluster_name}-{who}",
            description=description,
            policy=document,
            tags=self._tags,
            opts=opts,
        )
        return GrantedAccess(self._access, policy_arns={POLICY: policy.arn}, ready=self._cluster)
