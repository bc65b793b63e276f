"""Where images go: the ECR repositories that the stack declares, and the login to them."""

import base64
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from components.errors import PlatformError, problem
from components.settings.aws import AwsSettings
from operations.local.layout import write_private
from operations.plan.plan import Plan, references

REPOSITORY_TYPE = "aws:ecr/repository:Repository"
PLUGIN_TYPE = "aws:mskconnect/customPlugin:CustomPlugin"

_HOST = re.compile(r"^(?P<account>[0-9]{12})\.dkr\.ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?$")


def repository(plan: Plan, name: str, aws: AwsSettings) -> tuple[str, str]:
    """The repository of the image `name` in a stack's plan: (registry/path, URN).

    It is the one whose name ends with `/<name>` or `-<name>`.
    Raises PlatformError where the stack declares none.
    """
    declared = {r["inputs"].get("name", ""): r["urn"] for r in plan.resources if r["type"] == REPOSITORY_TYPE}
    for path, urn in sorted(declared.items()):
        if isinstance(path, str) and re.search(rf"(^|[/-]){re.escape(name)}$", path):
            return f"{aws.account_id}.dkr.ecr.{aws.region}.amazonaws.com/{path}", urn
    raise problem(
        f"stack {plan.stack}",
        "",
        f"no ECR repository for the image {name}",
        ", ".join(sorted(map(str, declared))) or "a stack that declares one",
        "name the place yourself: --repository registry/path",
    )


def plugin_bucket(plan: Plan) -> str | None:
    """The bucket from which MSK Connect takes its plugin; None where the stack has no such plugin."""
    for resource in plan.resources:
        if resource["type"] == PLUGIN_TYPE:
            arn = resource["inputs"].get("location", {}).get("s3", {}).get("bucketArn")
            if isinstance(arn, str) and arn.startswith("arn:"):
                return arn.rpartition(":")[2]
    return None


def bucket_urns(plan: Plan, bucket: str) -> list[str]:
    """A bucket of the plan and what belongs to it: its encryption has to be there before the first object."""
    return [
        r["urn"]
        for r in plan.resources
        if r["type"].startswith("aws:s3/bucket")
        and not r["type"].startswith("aws:s3/bucketObject")
        and r["inputs"].get("bucket") == bucket
    ]


def creation(plan: Plan, urns: list[str]) -> str:
    """The command that creates some resources of a stack with all that they need, and nothing else."""
    by_urn = {resource["urn"]: resource for resource in plan.resources}
    wanted, waiting = set[str](), list(urns)
    while waiting:
        current = waiting.pop()
        if current not in wanted:
            wanted.add(current)
            waiting += references(by_urn[current])
    targets = [f"--target '{r['urn']}'" for r in plan.resources if r["urn"] in wanted]
    return f"pulumi up --stack {plan.stack} {' '.join(targets)}"


@contextmanager
def login(references: list[str], folder: Path) -> Iterator[Path | None]:
    """Logins to those registries in `references` that are ECR's, for as long as the body runs.

    Yields a Docker configuration folder, in which the user's other logins are, too; None where no reference is ECR's.
    The token (12 hours) is written to a file that only this user may read, and removed at the end.
    Raises PlatformError where AWS gives none.
    """
    hosts = {host: match for host in (r.partition("/")[0] for r in references) if (match := _HOST.match(host))}
    if not hosts:
        yield None
        return
    config = _own_configuration()
    for host, match in hosts.items():
        config.setdefault("auths", {})[host] = {"auth": _token(match["region"], match["account"])}
        # Else a helper that is configured for all registries is asked in place of this file.
        config.setdefault("credHelpers", {})[host] = ""
    file = folder / "config.json"
    write_private(file, json.dumps(config))
    try:
        yield folder
    finally:
        file.unlink(missing_ok=True)


def _own_configuration() -> dict[str, Any]:
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        content = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _token(region: str, account: str) -> str:
    """`user:password` in base64, as a Docker configuration has it."""
    try:
        answer = boto3.client("ecr", region_name=region).get_authorization_token(registryIds=[account])
        token = answer["authorizationData"][0]["authorizationToken"]
    except (BotoCoreError, ClientError) as error:
        raise aws_failure("the login to ECR", error, "ecr:GetAuthorizationToken") from None
    base64.b64decode(token, validate=True)
    return token


def aws_failure(what: str, error: Exception, action: str) -> PlatformError:
    """What AWS said, without the request."""
    if isinstance(error, ClientError):
        found = f"{error.response['Error'].get('Code', '')}: {error.response['Error'].get('Message', '')}"
    else:
        found = str(error)
    return problem(
        what,
        "",
        found[:400],
        f"a login that may {action}",
        "check `aws sts get-caller-identity`, AWS_PROFILE and its rights",
    )
