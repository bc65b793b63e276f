"""`streamctl image`."""

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, get_args

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from components.errors import problem
from components.flink.image import connect_plugin_key, image_tag, images
from components.settings.aws import AwsSettings
from components.settings.base import PROJECT, Model
from components.settings.images import ImageName, ImageSettings
from components.stack_config import parsed
from components.validation import validate
from operations.console import console, errors
from operations.image import archive, crane, ecr, jars
from operations.image.build import build
from operations.local.layout import Layout
from operations.plan.evaluate import synthesise
from operations.plan.stack_file import StackConfig, load_stack

M = TypeVar("M", bound=Model)


def image(
    stack: str,
    names: tuple[ImageName, ...],
    push: bool,
    repository: str | None,
    output: Path | None,
    plugin: bool,
    bucket: str | None,
    as_json: bool,
) -> None:
    """Build the images of `stack`, or its plugin for MSK Connect; with `push` send them where the stack wants them."""
    config = load_stack(stack)
    report = (lambda text: None) if as_json else lambda text: errors.print(Text(text, style="dim"), soft_wrap=True)
    home = Layout.of_environment().home
    home.mkdir(parents=True, exist_ok=True)
    # Not in the system's folder for such: that is memory on many machines, and a base with its layers takes gigabytes.
    with tempfile.TemporaryDirectory(prefix="image-", dir=home) as name:
        work = Path(name)
        if plugin:
            made = [_plugin(config, push or bool(bucket), bucket, output, work, report)]
        else:
            chosen = names or get_args(ImageName)
            if repository and len(chosen) > 1:
                raise problem("--repository", "", "one place for two images", "one image", "add --name")
            made = _images(config, chosen, push or bool(repository), repository, output, work, report)
    if as_json:
        click.echo(json.dumps(made, indent=2))
        return
    for one in made:
        for key, value in one.items():
            console.print(Text(f"{key + ':':<11}{value}"), soft_wrap=True)


def _images(
    config: StackConfig,
    names: tuple[ImageName, ...],
    push: bool,
    repository: str | None,
    output: Path | None,
    work: Path,
    report: Callable[[str], None],
) -> list[dict[str, str]]:
    own = settings(config, "images", ImageSettings)
    targets = _targets(config, names, repository, own) if push else {}
    program = crane.ensure(Layout.of_environment())
    made: list[dict[str, str]] = []
    bases = [images().image(name, own.base(name)).base for name in names]
    with (
        ecr.login([*targets.values(), *bases], work / "logins") as logins,
        program.staging(work / "staging") as staging,
    ):
        registry = program.with_logins(logins) if logins else program
        for name in names:
            tag = image_tag(name, own.base(name))
            target = targets.get(name)
            if target and (digest := registry.digest(target)):
                made.append({"image": target, "digest": digest, "done": "nothing: it is there already"})
                continue
            built = build(name, images().image(name, own.base(name)), registry, staging, work, report)
            one = {"image": target or f"{name}:{tag}", "digest": built.digest}
            if target:
                report(f"{name}: pushing to {target}")
                registry.call("copy", built.reference, target)
                one["done"] = "pushed"
            if output:
                file = _folder(output) / f"{name}-{tag}.tar"
                registry.call("pull", "--format", "tarball", built.reference, str(file))
                one["file"] = str(file)
            made.append(one)
    return made


def _targets(
    config: StackConfig, names: tuple[ImageName, ...], repository: str | None, own: ImageSettings
) -> dict[str, str]:
    """Where each image goes, with its tag. Raises PlatformError where the repository is not there yet."""
    tags = {name: image_tag(name, own.base(name)) for name in names}
    if repository:
        return {name: f"{repository}:{tag}" for name, tag in tags.items()}
    plan, aws = synthesise(config), settings(config, "aws", AwsSettings)
    found = {name: ecr.repository(plan, name, aws) for name in names}
    missing = {place: urn for place, urn in found.values() if not _exists(place, aws)}
    if missing:
        raise problem(
            f"stack {plan.stack}",
            "",
            f"not there yet: {', '.join(missing)}",
            "",
            f"create it first, then run this again: {ecr.creation(plan, list(missing.values()))}",
        )
    return {name: f"{place}:{tags[name]}" for name, (place, _) in found.items()}


def _exists(place: str, aws: AwsSettings) -> bool:
    """Whether an ECR repository is there. Raises PlatformError where AWS does not say."""
    path = place.partition("/")[2]
    try:
        boto3.client("ecr", region_name=aws.region).describe_repositories(
            registryId=aws.account_id, repositoryNames=[path]
        )
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and error.response["Error"].get("Code") == "RepositoryNotFoundException":
            return False
        raise ecr.aws_failure(f"ECR repository {path}", error, "ecr:DescribeRepositories") from None
    return True


def _plugin(
    config: StackConfig,
    push: bool,
    bucket: str | None,
    output: Path | None,
    work: Path,
    report: Callable[[str], None],
) -> dict[str, str]:
    declared, key = images().plugin, connect_plugin_key()
    target = bucket
    if target is None and push:
        plan = synthesise(config)
        target = ecr.plugin_bucket(plan)
        if target:
            _check_bucket(
                target, ecr.creation(plan, ecr.bucket_urns(plan, target)), settings(config, "aws", AwsSettings)
            )
    if push and target is None:
        raise problem(
            f"stack {config.stack}", "", "no plugin of MSK Connect", "", "name the bucket yourself: --bucket NAME"
        )
    if not push and output is None:
        raise problem("image --plugin", "", "no place for the file", "", "add --output DIR, --push or both")
    report(f"plugin: {declared.maven}")
    files = jars.resolved(jars.REPOSITORY / declared.maven, work)
    for download in declared.downloads:
        report(f"plugin: {download.url}")
        path = jars.downloaded(download, work)
        files[path.name] = path
    archive.plugin(work / "plugin.zip", declared.name, files)
    made = {"plugin": key}
    if target:
        report(f"plugin: uploading to s3://{target}/{key}")
        _upload(work / "plugin.zip", target, key, settings(config, "aws", AwsSettings))
        made["object"] = f"s3://{target}/{key}"
    if output:
        file = _folder(output) / Path(key).name
        shutil.copyfile(work / "plugin.zip", file)
        made["file"] = str(file)
    return made


def _check_bucket(bucket: str, creation: str, aws: AwsSettings) -> None:
    """The bucket is part of the stack, and a new stack has none before the plugin is wanted."""
    try:
        boto3.client("s3", region_name=aws.region).head_bucket(Bucket=bucket)
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and error.response["Error"].get("Code") in ("404", "NoSuchBucket"):
            raise problem(
                f"s3://{bucket}", "", "not there yet", "", f"create it first, then run this again: {creation}"
            ) from None
        raise ecr.aws_failure(f"s3://{bucket}", error, "s3:ListBucket") from None


def _upload(file: Path, bucket: str, key: str, aws: AwsSettings) -> None:
    from boto3.exceptions import S3UploadFailedError

    try:
        boto3.client("s3", region_name=aws.region).upload_file(str(file), bucket, key)
    except (BotoCoreError, ClientError, S3UploadFailedError) as error:
        raise ecr.aws_failure(f"s3://{bucket}/{key}", error, "s3:PutObject") from None


def _folder(output: Path) -> Path:
    output.mkdir(parents=True, exist_ok=True)
    return output


def settings(config: StackConfig, key: str, model: type[M]) -> M:
    """One part of a stack's settings."""
    value = parsed(config.values.get(f"{PROJECT}:{key}", {}))
    return validate(model, value, f"stacks/Pulumi.{config.stack}.yaml", f"{PROJECT}:{key}.")
