"""The program: state, the providers of identities, and the roles of each environment."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from bootstrap import trust
from bootstrap.roles import CiRoles, CiRolesArgs
from bootstrap.services import Scope
from bootstrap.settings import OWN, BootstrapSettings, EnvironmentSettings, load
from bootstrap.state import StateStore, StateStoreArgs
from components.aws_provider import aws_provider
from components.naming import Naming


def declare() -> dict[str, Any]:
    """Declare everything; what to export. Raises PlatformError."""
    settings = load()
    provider = aws_provider(settings.aws, None, pulumi.ResourceOptions())
    here = pulumi.ResourceOptions(providers={"aws": provider})
    naming = Naming("streaming-platform", OWN, settings.aws.account_id, "prod", settings.aws.tags)
    store = StateStore(
        "state",
        StateStoreArgs(
            naming,
            settings.aws.account_id,
            settings.aws.region,
            list(settings.environments),
            settings.state_versions_days,
        ),
        here,
    )
    identities = _identity_providers(settings, naming, pulumi.ResourceOptions(provider=provider))
    # Their ARNs are known beforehand, so that a plan shows who may take a role; still they have to be there first.
    after = pulumi.ResourceOptions(providers={"aws": provider}, depends_on=identities)
    roles = {
        name: CiRoles(
            name,
            CiRolesArgs(
                naming,
                name,
                Scope(settings.aws.account_id, settings.aws.region, tuple(environment.stacks)),
                store,
                trust_policies(settings, name, environment),
                environment.role_boundary,
            ),
            after,
        )
        for name, environment in settings.environments.items()
    }
    backend = store.bucket.apply(lambda bucket: f"s3://{bucket}?region={settings.aws.region}")
    return {
        "backend": backend,
        "secrets_providers": store.secrets_providers,
        "workload_boundaries": {name: one.workload_boundary_arn for name, one in roles.items()},
        "deployments": pulumi.Output.all(backend, {name: one.arns for name, one in roles.items()}).apply(
            lambda known: json.dumps(_deployments(settings, *known))
        ),
    }


def _identity_providers(
    settings: BootstrapSettings, naming: Naming, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """The OIDC providers that the account does not have yet.

    AWS trusts both servers by their public certificate authorities, so that no thumbprint is given:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
    """
    missing: list[str] = []
    if settings.github is not None and not settings.github.existing_provider:
        missing.append(trust.GITHUB)
    if settings.gitlab is not None and not settings.gitlab.existing_provider:
        missing.append(trust.gitlab_host(settings.gitlab))
    return [
        aws.iam.OpenIdConnectProvider(
            host.replace(".", "-").replace(":", "-"),
            url=f"https://{host}",
            client_id_lists=[trust.AUDIENCE],
            tags=naming.tags("identity"),
            opts=opts,
        )
        for host in missing
    ]


def trust_policies(
    settings: BootstrapSettings, name: str, environment: EnvironmentSettings
) -> dict[str, dict[str, object]]:
    """Role (preview, drift, deploy) -> who may take it in the environment `name`."""
    found: dict[str, dict[str, object]] = {}
    for role in ("preview", "drift", "deploy"):
        if role == "preview" and not environment.pull_requests:
            continue
        subjects: dict[str, list[str]] = {}
        if settings.github is not None:
            subjects[trust.GITHUB] = trust.github_subjects(
                settings.github,
                [name, *environment.github_environments] if role == "deploy" else [],
                branch=role == "drift",
                pulls=role == "preview",
            )
        if settings.gitlab is not None:
            host = trust.gitlab_host(settings.gitlab)
            subjects[host] = trust.gitlab_subjects(settings.gitlab, pulls=role == "preview")
        found[role] = trust.trust_policy(
            [
                trust.web_identity(f"arn:aws:iam::{settings.aws.account_id}:oidc-provider/{host}", host, allowed)
                for host, allowed in subjects.items()
            ]
        )
    return found


def _deployments(settings: BootstrapSettings, backend: str, arns: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """What the workflows read from the variable DEPLOYMENTS: one entry for each stack. Nothing in it is secret."""
    return [
        {
            "stack": stack,
            "environment": name,
            "region": settings.aws.region,
            "backend": backend,
            "runner": environment.runner,
            **{f"{role}_role": arns[name].get(role, "") for role in ("preview", "drift", "deploy")},
        }
        for name, environment in settings.environments.items()
        for stack in environment.stacks
    ]
