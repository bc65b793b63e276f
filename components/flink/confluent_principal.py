"""A principal of Flink statements on Confluent Cloud, and the statements that it submits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent

from components.errors import problem
from components.flink.confluent_args import ConfluentCloudFlinkArgs
from components.flink.confluent_rights import Scopes, binding, manager_bindings
from components.flink.confluent_sql import ConfluentCatalog, statement_name

# A statement cannot change. Older providers report a change of properties as done without doing it.
REPLACES = ["statement", "statementName", "properties"]
# Longest display name of a service account: docs of confluent_service_account.
_ACCOUNT_NAME = 64


@dataclass(frozen=True)
class Principal:
    """account: id of the service account; provider: submits as it; ready: the key's owner may do so"""

    account: pulumi.Output[str]
    provider: confluent.Provider
    ready: pulumi.Resource


def scopes(flink: ConfluentCloudFlinkArgs) -> pulumi.Output[Scopes]:
    """Where patterns of rights begin."""
    return pulumi.Output.all(flink.cluster_crn, flink.cluster_id, flink.registry_crn).apply(
        lambda known: Scopes(f"{known[0]}/kafka={known[1]}", known[2])
    )


def catalog_of(flink: ConfluentCloudFlinkArgs) -> pulumi.Output[ConfluentCatalog]:
    """Catalog and database, from the environment's and the cluster's display names."""
    return pulumi.Output.all(flink.environment_name, flink.cluster_name).apply(
        lambda names: ConfluentCatalog(names[0], names[1])
    )


def principal(
    name: str,
    flink: ConfluentCloudFlinkArgs,
    pool: pulumi.Input[str],
    bindings: Sequence[pulumi.Resource],
    account: confluent.ServiceAccount,
    parent: pulumi.Resource,
) -> Principal:
    """The provider of `account`, and the right to submit as it.

    The right is the last of `bindings`: it waits the 90 seconds after which all of them count everywhere.
    """
    assign = pulumi.Output.all(flink.organization_crn, account.id).apply(
        lambda known: manager_bindings("", known[0], "", "", known[1])["assign"][1]
    )
    last = pulumi.ResourceOptions(parent=parent, depends_on=[*bindings])
    # With the key in the provider no statement holds it, and a new key touches one place. All seven have to be there;
    # a statement's own principal would be passed over, so each principal has a provider.
    provider = confluent.Provider(
        name,
        flink_api_key=pulumi.Output.secret(flink.key.key),
        flink_api_secret=pulumi.Output.secret(flink.key.secret),
        flink_rest_endpoint=flink.rest_endpoint,
        flink_compute_pool_id=pool,
        flink_principal_id=account.id,
        organization_id=flink.organization_id,
        environment_id=flink.environment_id,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return Principal(account.id, provider, binding(f"{name}-assign", flink.key.owner, "Assigner", assign, last))


def account(name: str, short: str, where: str, prefix: str, parent: pulumi.Resource) -> confluent.ServiceAccount:
    """A service account. short: end of its name; where: file to name in a mistake."""
    display = f"{prefix}-flink-{short}"
    if len(display) > _ACCOUNT_NAME:
        allowed = f"{_ACCOUNT_NAME} characters in a service account's name"
        raise problem(where, "name", display, allowed, "shorten the name")
    return confluent.ServiceAccount(
        name,
        display_name=display,
        description=f"Principal of Flink statements: {short}",
        opts=pulumi.ResourceOptions(parent=parent),
    )


def ddl(
    name: str,
    text: pulumi.Output[str],
    catalog: pulumi.Output[ConfluentCatalog],
    provider: confluent.Provider,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> confluent.FlinkStatement:
    """A statement that ends by itself."""
    known = pulumi.Output.all(text, catalog)
    return confluent.FlinkStatement(
        name,
        statement=text,
        statement_name=known.apply(lambda one: statement_name(name, one[0], _names(one[1]))),
        properties=catalog.apply(_names),
        # Deleting a finished statement deletes no table: topics and rows stay.
        opts=pulumi.ResourceOptions(parent=parent, provider=provider, depends_on=[*after], replace_on_changes=REPLACES),
    )


def _names(catalog: ConfluentCatalog) -> Mapping[str, str]:
    return {"sql.current-catalog": catalog.catalog, "sql.current-database": catalog.database}
