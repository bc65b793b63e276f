"""The security group that every node of the platform carries."""

import pulumi
import pulumi_aws as aws

ANYWHERE = "0.0.0.0/0"

# Nodes and load balancers leave network interfaces behind for some minutes; AWS refuses to delete what they are in.
LINGERING = pulumi.CustomTimeouts(delete="30m")


def workload_group(
    name: str, name_prefix: str, vpc_id: pulumi.Input[str], tags: dict[str, str], parent: pulumi.Resource
) -> tuple[pulumi.Output[str], list[pulumi.Resource]]:
    """The group of all nodes, and its rules: its members talk to each other and to everybody outside."""
    group = aws.ec2.SecurityGroup(
        f"{name}-workloads",
        description="Nodes of the streaming platform",
        vpc_id=vpc_id,
        # EKS' load balancer controller may have written rules into it; they would keep other groups from going.
        revoke_rules_on_delete=True,
        tags={**tags, "Name": f"{name_prefix}-workloads"},
        opts=pulumi.ResourceOptions(parent=parent, custom_timeouts=LINGERING),
    )
    child = pulumi.ResourceOptions(parent=parent)
    among_themselves = aws.vpc.SecurityGroupIngressRule(
        f"{name}-workloads-among-themselves",
        security_group_id=group.id,
        referenced_security_group_id=group.id,
        ip_protocol="-1",
        description="Pods of one node reach those of another",
        tags=tags,
        opts=child,
    )
    # Images and licences come from the internet, brokers and databases are in other groups: what may be reached is
    # decided there, and by network policies.
    outwards = aws.vpc.SecurityGroupEgressRule(
        f"{name}-workloads-outwards",
        security_group_id=group.id,
        cidr_ipv4=ANYWHERE,
        ip_protocol="-1",
        description="To brokers, databases, AWS and the internet",
        tags=tags,
        opts=child,
    )
    return group.id, [among_themselves, outwards]
