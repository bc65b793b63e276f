"""Who may do what on Confluent Cloud: role bindings, and ACLs where the cluster kind has no roles on topics."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent

from components.kafka.contract import Grant, Workload, grants_for


@dataclass(frozen=True)
class Role:
    """One role on one resource.

    role:  as Confluent Cloud names it
    place: `cluster`, `kafka` (what is in it) or `schema-registry`
    path:  the rest of the CRN: kind of resource and name, which may end with `*`; "" for the cluster itself
    """

    role: str
    place: str
    path: str


def roles_for(workload: Workload) -> list[Role]:
    """The role bindings that a workload needs on a cluster of kind standard or better, each once.

    Topics and schemas are made by the platform, so that whoever writes neither creates a topic nor registers a schema:
    it needs no more than to read subjects. A transactional id wants both roles
    (https://docs.confluent.io/cloud/current/security/access-control/rbac/predefined-rbac-roles.html).
    """
    found = [Role("DeveloperRead", "kafka", f"topic={topic}") for topic in workload.reads]
    found += [Role("DeveloperWrite", "kafka", f"topic={topic}") for topic in workload.writes]
    # The smallest role that sees a topic's settings.
    found += [Role("DeveloperManage", "kafka", f"topic={topic}") for topic in workload.inspects]
    if workload.consumer_group:
        found.append(Role("DeveloperRead", "kafka", f"group={workload.consumer_group}"))
    for one in workload.transactional_ids:
        found += [Role(role, "kafka", f"transactional-id={one}") for role in ("DeveloperRead", "DeveloperWrite")]
    return [*dict.fromkeys(found), *subject_roles(workload, registers=False)]


def subject_roles(workload: Workload, registers: bool) -> list[Role]:
    """Roles on the subjects of the topics that a workload reads and writes.

    registers: True for who brings schemas of its own (the managed connector)
    """
    found: list[Role] = []
    for topic in dict.fromkeys([*workload.reads, *workload.writes]):
        # `orders*` covers its subjects already; a topic's own subjects are two.
        names = [topic] if topic.endswith("*") else [f"{topic}-key", f"{topic}-value"]
        wanted = ["DeveloperRead"]
        if registers and topic in workload.writes:
            wanted.append("DeveloperWrite")
        found += [Role(role, "schema-registry", f"subject={name}") for name in names for role in wanted]
    return list(dict.fromkeys(found))


def acls_for(workload: Workload) -> list[Grant]:
    """The ACLs that a workload needs on a Basic cluster, without the right to create topics: the platform makes them.

    Role bindings on its topics are taken there and do nothing.
    """
    return [grant for grant in grants_for(workload) if grant.operation != "Create"]


@dataclass(frozen=True)
class Places:
    """Where rights are given.

    cluster_crn:  `rbac_crn` of the cluster
    cluster_id:   lkc-...
    registry_crn: `resource_name` of the Schema Registry
    """

    cluster_crn: pulumi.Input[str]
    cluster_id: pulumi.Input[str]
    registry_crn: pulumi.Input[str]

    def crn(self, role: Role) -> pulumi.Output[str]:
        if role.place == "cluster":
            return pulumi.Output.from_input(self.cluster_crn)
        if role.place == "kafka":
            return pulumi.Output.format("{0}/kafka={1}/{2}", self.cluster_crn, self.cluster_id, role.path)
        return pulumi.Output.format("{0}/{1}", self.registry_crn, role.path)


def bind(
    name: str,
    account_id: pulumi.Input[str],
    roles: Sequence[Role],
    places: Places,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Role bindings of a service account. Returns what to wait for.

    The provider sleeps 90 seconds after each one, because a binding takes that long to be felt. Here it sleeps once:
    after the last, which waits for all others.
    """
    principal = pulumi.Output.format("User:{0}", account_id)
    made: list[pulumi.Resource] = []
    for position, role in enumerate(roles):
        last = position == len(roles) - 1
        made.append(
            confluent.RoleBinding(
                f"{name}-{role.role}-{role.path.replace('=', '-')}".rstrip("-"),
                principal=principal,
                role_name=role.role,
                crn_pattern=places.crn(role),
                disable_wait_for_ready=None if last else True,
                opts=_child(opts, made if last else []),
            )
        )
    return made[-1:]


def allow(
    name: str, account_id: pulumi.Input[str], grants: Sequence[Grant], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """ACLs of a service account, made through the provider in `opts`, which has the cluster and its key."""
    principal = pulumi.Output.format("User:{0}", account_id)
    return [
        confluent.KafkaAcl(
            f"{name}-{grant.operation}-{grant.resource}-{grant.name}",
            resource_type=grant.resource.upper().replace("-", "_"),
            resource_name_=grant.name,
            pattern_type=grant.pattern.upper(),
            principal=principal,
            host="*",
            operation=_operation(grant.operation),
            permission="ALLOW",
            opts=_child(opts, []),
        )
        for grant in grants
    ]


def _operation(name: str) -> str:
    """`DescribeConfigs` -> `DESCRIBE_CONFIGS`."""
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in name).lstrip("_").upper()


def _child(opts: pulumi.ResourceOptions, after: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(parent=opts.parent, provider=opts.provider, depends_on=[*after])
