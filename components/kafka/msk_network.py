"""Who reaches the brokers: a security group that knows other groups and no addresses."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

# https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html
LISTENERS: Mapping[str, int] = {"iam": 9098, "scram": 9096, "mtls": 9094}
"""Way to log in -> port of the brokers."""

METRICS: Mapping[str, int] = {"jmx-exporter": 11001, "node-exporter": 11002}
"""Open monitoring: what Prometheus reads from each broker."""


def broker_security_group(
    name: str,
    vpc_id: pulumi.Input[str],
    workload_group_id: pulumi.Input[str],
    ports: Mapping[str, int],
    tags: dict[str, str],
    protect: bool,
    parent: pulumi.Resource,
) -> aws.ec2.SecurityGroup:
    """The group of the brokers' network interfaces. The workloads' group gets in on `ports` (purpose -> port).

    Brokers talk among themselves, and to nobody else.
    """
    group = aws.ec2.SecurityGroup(
        name,
        description="Kafka brokers",
        vpc_id=vpc_id,
        # Rules are resources of their own, so that one can change without the others.
        tags={**tags, "Name": name},
        # A cluster with another security group is another cluster: whatever would replace this is refused.
        opts=pulumi.ResourceOptions(parent=parent, protect=protect),
    )
    # Not deleted with the group: the workloads' group can only go when no rule names it any more, and the brokers' own
    # group waits for the cluster.
    rule = pulumi.ResourceOptions(parent=parent)
    for purpose, port in ports.items():
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-{purpose}",
            security_group_id=group.id,
            referenced_security_group_id=workload_group_id,
            description=f"{purpose} from workloads",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            tags=tags,
            opts=rule,
        )
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-brokers",
        security_group_id=group.id,
        referenced_security_group_id=group.id,
        description="brokers among themselves",
        ip_protocol="-1",
        tags=tags,
        opts=rule,
    )
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-brokers",
        security_group_id=group.id,
        referenced_security_group_id=group.id,
        description="brokers among themselves",
        ip_protocol="-1",
        tags=tags,
        opts=rule,
    )
    return group
