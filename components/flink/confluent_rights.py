"""What the principal of a statement may do on Confluent Cloud, as role bindings.

A statement reaches data with the rights of its principal alone. Who submits it needs FlinkDeveloper and Assigner.
https://docs.confluent.io/cloud/current/flink/operate-and-deploy/flink-rbac.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent

from components.application import Application

# The prefix under which Flink writes; without it: "Transactional Id authorization failed".
TRANSACTIONAL_IDS = "_confluent-flink_*"


@dataclass(frozen=True)
class Scopes:
    """Confluent resource names that patterns begin with.

    cluster:  the cluster's rbac_crn and its id, `<rbac_crn>/kafka=<lkc>`
    registry: of the Schema Registry cluster (`resource_name`)
    """

    cluster: str
    registry: str


def runner_bindings(application: Application, scopes: Scopes, error_topic: str | None) -> dict[str, tuple[str, str]]:
    """Short name -> (role, CRN pattern). Each ends with a name, or with one `*` after a beginning of names."""
    reads = [source.topic.name for source in application.spec.sources]
    writes = [sink.name for sink in application.spec.sinks]
    topic, subject = f"{scopes.cluster}/topic=", f"{scopes.registry}/subject="
    found: dict[str, tuple[str, str]] = {}
    for name in reads:
        found[f"read-{name}"] = ("DeveloperRead", topic + name)
        for part in ("key", "value"):
            found[f"read-{name}-{part}"] = ("DeveloperRead", f"{subject}{name}-{part}")
    for name in [*writes, *([error_topic] if error_topic else [])]:
        found[f"write-{name}"] = ("DeveloperWrite", topic + name)
        # CREATE TABLE makes the topic.
        found[f"create-{name}"] = ("DeveloperManage", topic + name)
        for part in ("key", "value"):
            found[f"read-{name}-{part}"] = ("DeveloperRead", f"{subject}{name}-{part}")
            found[f"write-{name}-{part}"] = ("DeveloperWrite", f"{subject}{name}-{part}")
    for role in ("DeveloperRead", "DeveloperWrite"):
        found[f"transactions-{role.removeprefix('Developer').lower()}"] = (
            role,
            f"{scopes.cluster}/transactional-id={TRANSACTIONAL_IDS}",
        )
    return found


def table_bindings(name: str, scopes: Scopes) -> dict[str, tuple[str, str]]:
    """What the principal needs that prepares the table of the topic `name`: watermark, columns and error handling are
    settings of it, and CREATE TABLE makes topic and schema."""
    topic, subject = f"{scopes.cluster}/topic={name}", f"{scopes.registry}/subject={name}"
    return {
        "read": ("DeveloperRead", topic),
        "manage": ("DeveloperManage", topic),
        "read-key": ("DeveloperRead", f"{subject}-key"),
        "read-value": ("DeveloperRead", f"{subject}-value"),
        "write-value": ("DeveloperWrite", f"{subject}-value"),
    }


def manager_bindings(
    environment: str, organization: str, region: str, pool: str, runner: str
) -> Mapping[str, tuple[str, str]]:
    """What the owner of the Flink key needs to run statements of `runner` in `pool`; the first once for each pool."""
    return {
        "develop": ("FlinkDeveloper", f"{environment}/flink-region=aws.{region}/compute-pool={pool}"),
        "assign": ("Assigner", f"{organization}/service-account={runner}"),
    }


def binding(
    name: str,
    account: pulumi.Input[str],
    role: str,
    pattern: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    wait: bool = True,
) -> confluent.RoleBinding:
    """A role binding of a service account. wait: 90 seconds after it was made, until it counts everywhere."""
    return confluent.RoleBinding(
        name,
        principal=pulumi.Output.concat("User:", account),
        role_name=role,
        crn_pattern=pattern,
        disable_wait_for_ready=None if wait else True,
        opts=opts,
    )
