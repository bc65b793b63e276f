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

Statements = pulumi.Output[list[dict[str, object]]]


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
    hosts = _identity_providers(settings, naming, pulumi.ResourceOptions(provider=provider))
    roles = {
        name: CiRoles(
            name,
            CiRolesArgs(
                naming,
                name,
                Scope(settings.aws.account_id, settings.aws.region, tuple(environment.stacks)),
                store,
                _trust(settings, name, environment, hosts),
                environment.role_boundary,
            ),
            here,
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
) -> dict[str, pulumi.Output[str]]:
    """Host -> ARN of the account's OIDC provider. AWS trusts both servers by their public certificate authorities, so
    that no thumbprint is given: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
    """
    wanted: dict[str, bool] = {}
    if settings.github is not None:
        wanted[trust.GITHUB] = settings.github.existing_provider
    if settings.gitlab is not None:
        wanted[trust.gitlab_host(settings.gitlab)] = settings.gitlab.existing_provider
    arns: dict[str, pulumi.Output[str]] = {}
    for host, exists in wanted.items():
        if exists:
            arns[host] = pulumi.Output.from_input(f"arn:aws:iam::{settings.aws.account_id}:oidc-provider/{host}")
            continue
        arns[host] = aws.iam.OpenIdConnectProvider(
            host.replace(".", "-"),
            url=f"https://{host}",
            client_id_lists=[trust.AUDIENCE],
            tags=naming.tags("identity"),
            opts=opts,
        ).arn
    return arns


def _trust(
    settings: BootstrapSettings, name: str, environment: EnvironmentSettings, hosts: dict[str, pulumi.Output[str]]
) -> dict[str, pulumi.Input[list[dict[str, object]]]]:
    """Role -> who may take it."""
    found: dict[str, pulumi.Input[list[dict[str, object]]]] = {}
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
            subjects[trust.gitlab_host(settings.gitlab)] = trust.gitlab_subjects(
                settings.gitlab, pulls=role == "preview"
            )
        found[role] = pulumi.Output.all(**{host: hosts[host] for host in subjects}).apply(
            lambda arns, subjects=subjects: [trust.web_identity(arns[host], host, subjects[host]) for host in subjects]
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
