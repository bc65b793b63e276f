"""What AWS adds to a resource, as far as it can be told beforehand.

In a preview the engine knows no attribute of a resource that does not exist yet. Most ARNs follow from the name,
and with them whole policy documents can be read in a Plan. Everything else stays unknown, as in a preview.
"""

from collections.abc import Callable
from typing import Any

from components.settings import PROJECT
from components.stack_config import parsed
from operations.plan.recorder import Supply, no_functions
from operations.plan.remote import REMOTE
from operations.plan.stack_file import StackConfig
from operations.plan.values import UNKNOWN

Attributes = dict[str, Any]


def _arns(region: str, account: str) -> dict[str, Callable[[str, Attributes], Attributes]]:
    """Type token -> function of the physical id and the inputs that gives the attributes."""

    def arn(service: str, resource: str, regional: bool = True) -> str:
        return f"arn:aws:{service}:{region if regional else ''}:{account}:{resource}"

    return {
        "aws:s3/bucket:Bucket": lambda id, i: {
            "arn": f"arn:aws:s3:::{i['bucket']}",
            "bucketRegionalDomainName": f"{i['bucket']}.s3.{region}.amazonaws.com",
        },
        "aws:kms/key:Key": lambda id, i: {"arn": arn("kms", f"key/{id}"), "keyId": id},
        "aws:kms/alias:Alias": lambda id, i: {"arn": arn("kms", i["name"])},
        "aws:glue/catalogDatabase:CatalogDatabase": lambda id, i: {
            "arn": arn("glue", f"database/{i['name']}"),
            "catalogId": account,
        },
        "aws:iam/policy:Policy": lambda id, i: {"arn": arn("iam", f"policy/{i['name']}", regional=False)},
        "aws:iam/role:Role": lambda id, i: {
            "arn": arn("iam", f"role{i.get('path', '/')}{i['name']}", regional=False),
            "name": i["name"],
        },
        "aws:cloudwatch/logGroup:LogGroup": lambda id, i: {"arn": arn("logs", f"log-group:{i['name']}")},
        "aws:ecr/repository:Repository": lambda id, i: {
            "arn": arn("ecr", f"repository/{i['name']}"),
            "registryId": account,
            "repositoryUrl": f"{account}.dkr.ecr.{region}.amazonaws.com/{i['name']}",
        },
        "aws:rds/instance:Instance": lambda id, i: {"arn": arn("rds", f"db:{i['identifier']}")},
        "aws:rds/cluster:Cluster": lambda id, i: {"arn": arn("rds", f"cluster:{i['clusterIdentifier']}")},
        "aws:secretsmanager/secret:Secret": lambda id, i: {"arn": arn("secretsmanager", f"secret:{i['name']}")},
        "aws:ssm/parameter:Parameter": lambda id, i: {"arn": arn("ssm", f"parameter{i['name']}")},
    }


# What a provider generates: not known before, and marked as secret by the SDK (additionalSecretOutputs).
_GENERATED: dict[str, Attributes] = {
    "random:index/randomPassword:RandomPassword": dict.fromkeys(("result", "bcryptHash"), UNKNOWN),
    "random:index/randomBytes:RandomBytes": dict.fromkeys(("base64", "hex"), UNKNOWN),
    "tls:index/privateKey:PrivateKey": dict.fromkeys(
        ("privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8", "publicKeyPem"), UNKNOWN
    ),
}

_READ_LATER = frozenset(
    {
        "aws:secretsmanager/getSecretVersion:getSecretVersion",
        # Confluent makes the registry with the first cluster, and the connection with the peering.
        "confluentcloud:index/getSchemaRegistryCluster:getSchemaRegistryCluster",
        "confluentcloud:index/getOrganization:getOrganization",
        "confluentcloud:index/getFlinkRegion:getFlinkRegion",
        "confluentcloud:index/getEndpoint:getEndpoint",
        "aws:ec2/getVpcPeeringConnection:getVpcPeeringConnection",
    }
)


def preview_answer(token: str, arguments: Attributes) -> Attributes | None:
    """The results of the provider functions that a program may call in a preview; None: unknown.

    What exists is read by the real engine; without credentials it is unknown. The SDK forgets that an unknown
    result is secret: the program marks it (`pulumi.Output.secret`). Every other function raises PlatformError.
    """
    if token in _READ_LATER:
        return None
    return no_functions(token, arguments)


# Services whose resources have their own name, or their bucket's, as id; and Pulumi's providers.
_NAMED = ("aws:s3/", "aws:iam/", "aws:ssm/", "aws:glue/", "pulumi:providers:")


def preview_attributes(config: StackConfig) -> Supply:
    """The `supply` function of a preview for the account and region in the stack's settings."""
    settings = parsed(config.values.get(f"{PROJECT}:aws", "{}"))
    settings = settings if isinstance(settings, dict) else {}
    known = _arns(str(settings.get("region", "us-east-1")), str(settings.get("account_id", "000000000000")))

    def supply(urn: str, type_: str, name: str, inputs: Attributes, dependencies: list[str]) -> tuple[str, Attributes]:
        if type_ in REMOTE:
            return "", dict.fromkeys(REMOTE[type_].outputs, UNKNOWN)
        if type_ in _GENERATED:
            return name, _GENERATED[type_]
        attributes = known.get(type_)
        if attributes is None and not type_.startswith(_NAMED):
            # What AWS chooses itself (vpc-..., subnet-..., sg-...): unknown, as for the engine.
            return "", {}
        identifier = str(inputs.get("bucket") or inputs.get("name") or name)
        try:
            return identifier, attributes(identifier, inputs) if attributes else {}
        except KeyError:
            # A name that the provider would choose itself: what is derived from it stays unknown.
            return identifier, {}

    return supply
