"""Who may take a role of CI: trust policies for the tokens of GitHub and GitLab. Pure functions."""

from collections.abc import Sequence

from bootstrap.settings import GithubSettings, GitlabSettings

GITHUB = "token.actions.githubusercontent.com"
# What aws-actions/configure-aws-credentials asks for, and what id_tokens in .gitlab-ci.yml ask for.
AUDIENCE = "sts.amazonaws.com"


def github_repository(settings: GithubSettings) -> str:
    """How tokens begin: `repo:OWNER/NAME`, or with numbers `repo:OWNER@1/NAME@2`."""
    owner, name = settings.repository.split("/")
    if settings.owner_id is None or settings.repository_id is None:
        return f"repo:{owner}/{name}"
    return f"repo:{owner}@{settings.owner_id}/{name}@{settings.repository_id}"


def github_subjects(settings: GithubSettings, environments: Sequence[str], branch: bool, pulls: bool) -> list[str]:
    """The exact subjects of a role, without wildcards.

    environments: jobs that name one of these GitHub environments
    branch:       jobs on the default branch that name no environment (schedules, and what comes before an approval)
    pulls:        jobs of pull requests. Those of forks get no token: they cannot have `id-token: write`
    https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
    """
    start = github_repository(settings)
    subjects = [f"{start}:environment:{name}" for name in environments]
    if branch:
        subjects.append(f"{start}:ref:refs/heads/{settings.default_branch}")
    if pulls:
        subjects.append(f"{start}:pull_request")
    return subjects


def gitlab_subjects(settings: GitlabSettings, pulls: bool) -> list[str]:
    """The subjects of a role: the default branch, or every branch where merge requests may take it.

    A token of GitLab does not name the environment in its subject: what deploys is told apart by the protected branch.
    https://docs.gitlab.com/ci/secrets/id_token_authentication/
    """
    branch = "*" if pulls else settings.default_branch
    return [f"project_path:{settings.project}:ref_type:branch:ref:{branch}"]


def gitlab_host(settings: GitlabSettings) -> str:
    """The name by which IAM knows the server: conditions begin with it."""
    return settings.url.removeprefix("https://")


def web_identity(provider_arn: str, host: str, subjects: Sequence[str]) -> dict[str, object]:
    """One statement that lets tokens of `host` with one of `subjects` take the role.

    Only GitLab's `*` for branches is matched as a pattern; all else literally.
    """
    patterns = any("*" in subject for subject in subjects)
    condition: dict[str, dict[str, object]] = {"StringEquals": {f"{host}:aud": AUDIENCE}}
    condition.setdefault("StringLike" if patterns else "StringEquals", {})[f"{host}:sub"] = list(subjects)
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }


def trust_policy(statements: Sequence[dict[str, object]]) -> dict[str, object]:
    """The trust policy of a role that whoever fits one of these statements may take."""
    return {"Version": "2012-10-17", "Statement": list(statements)}
