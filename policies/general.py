"""Every resource: tags, names, protection, and which providers make it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.environment import environment, stack_of
from policies.framework import EVERY, UNKNOWN, NotKnown, Resource, Stack, policy, stack_policy
from policies.iam_statements import listed
from policies.taggable import TAGGABLE

AWS_PROVIDER = "pulumi:providers:aws"

# What holds data, or without which data cannot be read: `pulumi up` cannot bring it back.
STATEFUL = (
    *("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:kms/key:Key", "aws:dynamodb/table:Table"),
    *("aws:rds/instance:Instance", "aws:rds/cluster:Cluster", "aws:efs/fileSystem:FileSystem"),
    *("aws:msk/cluster:Cluster", "aws:msk/serverlessCluster:ServerlessCluster", "eks:index:Cluster"),
    *("aws:eks/cluster:Cluster", "aws:glue/catalogDatabase:CatalogDatabase"),
    *("confluentcloud:index/environment:Environment", "confluentcloud:index/kafkaCluster:KafkaCluster"),
    "confluentcloud:index/kafkaTopic:KafkaTopic",
)

# Type -> the property with its physical name. Those that an account, or the world, has once.
NAMED = {
    "aws:s3/bucket:Bucket": "bucket",
    "aws:iam/role:Role": "name",
    "aws:iam/policy:Policy": "name",
    "aws:kms/alias:Alias": "name",
    "aws:rds/instance:Instance": "identifier",
    "aws:rds/cluster:Cluster": "clusterIdentifier",
    "aws:msk/cluster:Cluster": "clusterName",
    "aws:msk/serverlessCluster:ServerlessCluster": "clusterName",
    "aws:msk/configuration:Configuration": "name",
    "aws:eks/cluster:Cluster": "name",
    "eks:index:Cluster": "name",
    "aws:ecr/repository:Repository": "name",
    "aws:lb/loadBalancer:LoadBalancer": "name",
    "aws:lb/targetGroup:TargetGroup": "name",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:mskconnect/connector:Connector": "name",
    "confluentcloud:index/environment:Environment": "displayName",
}

# Providers with credentials: which account they act on has to stand in the program.
WITH_CREDENTIALS = ["aws", "kubernetes", "confluentcloud"]

_PROVIDER = "pulumi:providers:"
_DEFAULT = re.compile(r"default(_\d+_\d+_\d+.*)?")
_EXACT = re.compile(r"v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?")


def _fixed_tags(resource: Resource) -> dict[str, str]:
    """The tags that the platform gives, as far as a URN tells (components/naming.py makes them).

    The component is the one around the resource: `...:index:Network$aws:ec2/vpc:Vpc` -> network.
    """
    project, kinds = resource.urn.split("::")[1:3]
    around = [kind.rpartition(":")[2] for kind in kinds.split("$")[:-1]]
    component = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", around[-1]).lower() if around else resource.name
    tags = {"project": project, "stack": stack_of(resource.urn), "component": component, "managed-by": "pulumi"}
    known = environment({}, resource.urn, {})
    return {**tags, "environment": "prod" if resource.production else known} if known or resource.production else tags


def _with_tags(resource: Resource) -> Mapping[str, Any]:
    """Missing tags are added; none that is there is changed."""
    given = resource.props.get("tags") or {}
    kept = {key: UNKNOWN if isinstance(value, NotKnown) else value for key, value in given.items()}
    return {"tags": {**_fixed_tags(resource), **kept}}


@policy(
    "general-tags",
    types=tuple(sorted(TAGGABLE)),
    severity="low",
    controls=("PCI DSS 12.5.1", "SOC 2 CC6.1"),
    reason="Nobody can say whose a resource is, what it costs and whether it may go.",
    remedy="Pass the component's tags on (components/naming.py makes them); your own are added under aws.tags.",
    url="https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html",
    config={
        "required": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["project", "stack", "environment", "component", "managed-by"],
            "description": "keys that each resource must have",
        }
    },
    remediate=_with_tags,
)
def tags(resource: Resource) -> Iterator[str]:
    """Which keys there are; a tag whose value is not known yet is there."""
    given = resource.props.get("tags") or {}
    missing = [key for key in resource.config["required"] if key not in given]
    if missing:
        yield f"without {', '.join(missing)}"
    # A copied tag of another stack sends its bill, and its clean-up, to the wrong one.
    for key, right in (("stack", stack_of(resource.urn)), ("project", resource.urn.split("::")[1])):
        value = given.get(key)
        if value is not None and not isinstance(value, NotKnown) and value != right:
            yield f"{key} is {value}, and not {right}"


@policy(
    "general-stateful-protected",
    types=STATEFUL,
    severity="high",
    controls=("SOC 2 A1.2",),
    reason="A mistaken destroy, or a change that replaces it, would take the data with it.",
    remedy="Set ResourceOptions(protect=True), as the platform's components do in environment prod.",
    url="https://www.pulumi.com/docs/iac/concepts/options/protect/",
)
def stateful_protected(resource: Resource) -> Iterator[str]:
    """Deleting before the new one exists loses the data in every environment."""
    if resource.production and not resource.protect:
        yield "Pulumi may delete it"
    if getattr(resource.options, "delete_before_replace", False):
        yield "a change that replaces it deletes it first (delete_before_replace)"


@policy(
    "general-names",
    types=tuple(sorted(NAMED)),
    severity="low",
    controls=("PCI DSS 12.5.1",),
    reason="Two stacks of one account would fight for the name, and rights by name pattern would not fit.",
    remedy="Take the name from components/naming.py: <project>-<stack>-<purpose>, or <stack>-<purpose>.",
    url="https://www.pulumi.com/docs/iac/concepts/resources/names/",
    config={
        "shared": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "physical names that this stack shares with others on purpose",
        }
    },
)
def names(resource: Resource) -> Iterator[str]:
    """A name that Pulumi or AWS makes up is no other stack's: Pulumi's end in seven random digits."""
    name = resource.value(NAMED[resource.type])
    if name and re.fullmatch(rf"{re.escape(resource.name)}-[0-9a-f]{{7}}", str(name)):
        return
    whose = rf"(^|[^A-Za-z0-9]){re.escape(stack_of(resource.urn))}($|[^A-Za-z0-9])"
    if name and name not in resource.config["shared"] and not re.search(whose, str(name)):
        yield f"the name {name} does not say which stack's it is"


@stack_policy(
    "general-providers-explicit",
    types=(EVERY, *(f"{_PROVIDER}{package}" for package in WITH_CREDENTIALS)),
    severity="high",
    controls=("SOC 2 CC8.1",),
    reason="A default provider takes whatever credentials and region it finds, and changes another account.",
    remedy="Make the provider in the program and pass it on: opts=ResourceOptions(provider=...) or through the parent.",
    url="https://www.pulumi.com/docs/iac/concepts/resources/providers/#default-and-explicit-providers",
    config={
        "packages": {
            "type": "array",
            "items": {"type": "string"},
            "default": WITH_CREDENTIALS,
            "description": "packages whose providers must be made in the program",
        }
    },
)
def providers_explicit(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """The engine makes a default provider a resource named `default...`; evaluation in process makes none."""
    for package in stack.config["packages"]:
        providers = stack.of(f"{_PROVIDER}{package}")
        for provider in providers:
            if _DEFAULT.fullmatch(provider.name):
                yield provider, f"the default provider of {package} is in use"
        if not providers:
            users = (one for one in stack.resources if one.type.startswith(f"{package}:"))
            for user in users:
                yield user, f"the stack has no provider of {package}, so the default one makes this"
                break


@stack_policy(
    "general-provider-versions",
    types=tuple(f"{_PROVIDER}{package}" for package in (*WITH_CREDENTIALS, "random", "tls", "eks", "command")),
    severity="medium",
    controls=("PCI DSS 6.3.2", "SOC 2 CC8.1"),
    reason="Another version of a provider can replace resources that nobody has touched.",
    remedy="Pin the package in requirements.txt, or set ResourceOptions(version=...) to one exact version.",
    url="https://www.pulumi.com/docs/iac/concepts/options/version/",
)
def provider_versions(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """The engine keeps the version with the provider. A Plan in which no provider has one was made without an engine:
    there the installed packages decide, which requirements.txt pins."""
    providers = [one for one in stack.resources if one.type.startswith(_PROVIDER)]
    recorded = any("version" in one.props for one in providers)
    for provider in providers:
        with stack.judging(provider):
            version = provider.value("version")
            if recorded and not version:
                yield provider, "no version: the newest that is installed is taken"
            elif version and not _EXACT.fullmatch(str(version)):
                yield provider, f"its version is the range {version}"


@policy(
    "general-account-held",
    types=(AWS_PROVIDER,),
    severity="high",
    controls=("SOC 2 CC8.1",),
    reason="With the credentials of another account at hand, `pulumi up` would build there, or destroy.",
    remedy="Set aws.account_id in the stack's settings: the provider gets allowed_account_ids from it.",
    url="https://www.pulumi.com/registry/packages/aws/api-docs/provider/",
)
def account_held(resource: Resource) -> Iterator[str]:
    """An emulator has no account of anybody's."""
    emulated = resource.document("endpoints", default=[])
    if not emulated and not listed(resource.document("allowedAccountIds")):
        yield "it takes any account"


@policy(
    "general-regions",
    types=(AWS_PROVIDER,),
    severity="medium",
    controls=("SOC 2 CC6.1",),
    reason="Data would leave the regions in which this organization may keep it.",
    remedy="Set aws.region to one of the regions in this policy's configuration.",
    url="https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
    config={
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "regions, as eu-central-1; none: every region",
        }
    },
)
def regions(resource: Resource) -> Iterator[str]:
    allowed, region = resource.config["allowed"], resource.value("region")
    if not region:
        yield "no region: whatever the environment says is taken"
    elif allowed and region not in allowed:
        yield f"the region is {region}"
