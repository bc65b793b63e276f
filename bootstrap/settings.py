"""The settings of one account: `bootstrap/Pulumi.<account>.yaml`, typed and checked."""

import itertools
from typing import Annotated

import pulumi
from pydantic import Field, StringConstraints

from components.errors import Mistake, PlatformError
from components.settings import AwsSettings, Model
from components.stack_config import project_config
from components.validation import validate

PROJECT = "streaming-platform-bootstrap"
# Names of what this program makes begin with `streaming-platform-bootstrap-`; no deploying role may reach them.
OWN = "bootstrap"

StackName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=20)]
# A wildcard in any of these would let other repositories or branches in.
Branch = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]+$", max_length=100)]
Number = Annotated[int, Field(ge=1)]


class GithubSettings(Model):
    """The repository whose workflows may take the roles.

    Tokens of repositories that were made or renamed after the middle of 2026 also name the numbers of owner and
    repository: https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
    """

    repository: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$")] = Field(
        description="owner/name, with its capitals"
    )
    default_branch: Branch = "main"
    owner_id: Number | None = Field(default=None, description="`gh api repos/OWNER/NAME --jq .owner.id`")
    repository_id: Number | None = Field(default=None, description="`gh api repos/OWNER/NAME --jq .id`")
    existing_provider: bool = Field(
        default=False, description="True: the account has an OIDC provider for GitHub; it can have only one"
    )


class GitlabSettings(Model):
    """The project whose pipelines may take the roles."""

    project: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$")] = Field(
        description="group/project, with all groups in between"
    )
    default_branch: Branch = "main"
    url: Annotated[str, StringConstraints(pattern=r"^https://[a-z0-9.-]+(:[0-9]+)?$")] = Field(
        default="https://gitlab.com", description="of the server, which AWS must be able to reach"
    )
    existing_provider: bool = Field(default=False, description="True: the account has an OIDC provider for that URL")


class EnvironmentSettings(Model):
    """One environment: the stacks that one deploying role is for."""

    stacks: Annotated[list[StackName], Field(min_length=1)] = Field(description="stacks/Pulumi.<stack>.yaml")
    pull_requests: bool = Field(
        default=False,
        description="True: a pull request of this repository may read the stacks' state, and decrypt their secrets",
    )
    runner: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+$")] = Field(
        default="ubuntu-24.04", description="label of the runner; one in the VPC where clusters are private"
    )
    github_environments: list[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]] = Field(
        default_factory=list, description="further GitHub environments that deploy here, as rotate-prod-cc"
    )
    role_boundary: bool = Field(
        default=False,
        description="True: every role that a deployment makes must carry the boundary that is made here",
    )


class BootstrapSettings(Model):
    """All settings. Each attribute is one key `streaming-platform-bootstrap:<attribute>`."""

    aws: AwsSettings
    github: GithubSettings | None = None
    gitlab: GitlabSettings | None = None
    environments: Annotated[dict[EnvironmentName, EnvironmentSettings], Field(min_length=1)]
    state_versions_days: Annotated[int, Field(ge=30, le=3650)] = Field(
        default=365, description="days for which overwritten state is kept"
    )


def load() -> BootstrapSettings:
    """The settings of the account that is evaluated. Raises PlatformError with every mistake at once."""
    where = f"bootstrap/Pulumi.{pulumi.get_stack()}.yaml"
    settings = validate(BootstrapSettings, project_config(PROJECT), where, f"{PROJECT}:")
    mistakes = list(_contradictions(settings, where))
    if mistakes:
        raise PlatformError(mistakes)
    return settings


def _contradictions(settings: BootstrapSettings, where: str) -> list[Mistake]:
    found: list[Mistake] = []

    def mistake(key: str, what: str, allowed: str, remedy: str) -> None:
        found.append(Mistake(where, f"{PROJECT}:{key}", what, allowed, remedy))

    github = settings.github
    if github is None and settings.gitlab is None:
        mistake("github", "neither github nor gitlab", "one of them, or both", "add `github: {repository: owner/name}`")
    if github is not None and (github.owner_id is None) != (github.repository_id is None):
        mistake(
            "github.owner_id", "only one of the two numbers", "owner_id and repository_id, or none", "add the other"
        )
    owners = [(stack, name) for name, one in settings.environments.items() for stack in one.stacks]
    for stack, name in owners:
        if f"{stack}-".startswith(f"{OWN}-"):
            mistake(
                f"environments.{name}.stacks",
                stack,
                f"names other than {OWN} and {OWN}-...",
                "rename the stack: roles of CI have these names",
            )
    for (one, its), (other, others) in itertools.permutations(owners, 2):
        # Names begin with `streaming-platform-<stack>-`, and rights are given by such beginnings.
        if its != others and f"{other}-".startswith(f"{one}-"):
            mistake(
                f"environments.{others}.stacks",
                f"{other}, while {its} has {one}",
                "stacks of one environment whose names are not the beginning of another's",
                f"rename one: who deploys {its} could change what {other} has",
            )
    return found
