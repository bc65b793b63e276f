"""What the roles of CI may do. Pure functions that give policy documents.

Three things keep a deployment within its environment: names (`services.py`), the tag `stack`, which every resource of
the platform has, and the boundary, which no policy that is added later can widen.
"""

import json
from collections.abc import Sequence

from bootstrap.services import ATTACHED, PASSED_TO, SERVICE_LINKED, SERVICES, Scope

Statement = dict[str, object]
Document = dict[str, object]

# Characters of a managed policy, without white space, and managed policies of a role:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
POLICY_LIMIT = 6144
POLICIES_OF_A_ROLE = 10


def document(statements: Sequence[Statement]) -> Document:
    """A policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def packed(statements: Sequence[Statement]) -> list[Document]:
    """`statements` in as few documents as hold them, each within POLICY_LIMIT, in their order."""
    documents: list[list[Statement]] = [[]]
    for statement in statements:
        if documents[-1] and size(document([*documents[-1], statement])) > POLICY_LIMIT:
            documents.append([])
        documents[-1].append(statement)
    return [document(one) for one in documents]


def size(one: Document) -> int:
    """Characters as AWS counts them."""
    return len(json.dumps(one, separators=(",", ":")))


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str], condition: Statement | None = None) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**statement, "Condition": condition} if condition else statement


def _sid(prefix: str, word: str) -> str:
    return "".join(part.capitalize() for part in prefix.split("-")) + word


def read_statements() -> list[Statement]:
    """Settings of resources, in every service of the platform; no object, no secret, no row of data."""
    actions = sorted(f"{service.prefix}:{action}" for service in SERVICES for action in service.read)
    # Parameters are no secrets, but they are read by name: see `secret_statements`.
    return [_allow("Read", [one for one in actions if not one.startswith("ssm:GetParameter")], ["*"])]


def secret_statements(scope: Scope) -> list[Statement]:
    """What a refresh reads to compare: values of secrets and parameters of these stacks."""
    services = {service.prefix: service for service in SERVICES}
    through = [f"{name}.{scope.region}.amazonaws.com" for name in ("secretsmanager", "ssm", "s3")]
    return [
        _allow("SecretValues", ["secretsmanager:GetSecretValue"], services["secretsmanager"].arns(scope)),
        _allow("Parameters", ["ssm:GetParameter", "ssm:GetParameters"], services["ssm"].arns(scope)),
        _allow("Objects", ["s3:GetObject"], [f"{arn}/*" for arn in _buckets(scope, "artifacts")]),
        _allow("DecryptThrough", ["kms:Decrypt"], ["*"], {"StringEquals": {"kms:ViaService": through}}),
    ]


def _buckets(scope: Scope, purpose: str) -> list[str]:
    return [f"arn:aws:s3:::{prefix}{purpose}-{scope.account_id}" for prefix in scope.prefixes]


def deploy_statements(scope: Scope, boundary_arn: str | None) -> list[Statement]:
    """What `pulumi up` and `pulumi destroy` do.

    boundary_arn: the boundary that every role must carry that is made; None: none is asked for
    """
    region: Statement = {"StringEquals": {"aws:RequestedRegion": scope.region}}
    statements = read_statements() + secret_statements(scope)
    for service in SERVICES:
        prefix = service.prefix
        if prefix in ("kms", "iam"):
            continue
        # Route 53 is one service for the whole world.
        where = None if prefix in ("route53", "s3") else region
        for word, actions, arns in (
            ("Write", service.write, service.arns(scope)),
            ("Anywhere", service.anywhere, ["*"]),
        ):
            if actions:
                full = [f"{prefix}:{action}" for action in actions]
                statements.append(_allow(_sid(prefix, word), full, arns, where))
    return statements + _keys(scope) + _roles(scope, boundary_arn)


def _keys(scope: Scope) -> list[Statement]:
    """Keys have no names; they are told apart by the tag `stack`."""
    stacks = list(scope.stacks)
    aliases = [scope.arn("kms", f"alias/{prefix}*") for prefix in scope.prefixes]
    ours: Statement = {"StringEquals": {"aws:ResourceTag/stack": stacks}}
    change = ("ScheduleKeyDeletion", "PutKeyPolicy", "EnableKeyRotation", "UpdateKeyDescription", "UntagResource")
    alias = ("CreateAlias", "UpdateAlias", "DeleteAlias")
    use = ("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*")
    services: Statement = {"StringLike": {"kms:ViaService": f"*.{scope.region}.amazonaws.com"}}
    grants: Statement = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        _allow(
            "KeysNew", ["kms:CreateKey", "kms:TagResource"], ["*"], {"StringEquals": {"aws:RequestTag/stack": stacks}}
        ),
        _allow("KeysChange", [f"kms:{one}" for one in (*change, *alias)], ["*"], ours),
        _allow("Aliases", [f"kms:{one}" for one in alias], aliases),
        _allow("KeysUse", [f"kms:{one}" for one in use], ["*"], services),
        _allow("KeysGrant", ["kms:CreateGrant"], ["*"], grants),
    ]


def _roles(scope: Scope, boundary_arn: str | None) -> list[Statement]:
    """Roles and policies with the names of these stacks, and nothing of AWS' attached but what the program attaches."""
    iam = next(service for service in SERVICES if service.prefix == "iam")
    policies = [scope.arn("iam", f"policy/{prefix}*", regional=False) for prefix in scope.prefixes]
    roles = [scope.arn("iam", f"role/{prefix}*", regional=False) for prefix in scope.prefixes]
    allowed = policies + [f"arn:aws:iam::aws:policy/{name}" for name in ATTACHED]
    bounded: Statement = {"StringEquals": {"iam:PermissionsBoundary": boundary_arn}} if boundary_arn else {}
    widening = ("CreateRole", "PutRolePolicy")
    rest = [f"iam:{action}" for action in iam.write if action not in widening]
    return [
        _allow("RolesWiden", [f"iam:{action}" for action in widening], roles, bounded),
        _allow("RolesAttach", ["iam:AttachRolePolicy"], roles, {"ArnLike": {"iam:PolicyARN": allowed}, **bounded}),
        _allow("RolesWrite", rest, [*roles, *policies]),
        _allow("RolesPass", ["iam:PassRole"], roles, {"StringEquals": {"iam:PassedToService": list(PASSED_TO)}}),
        _allow(
            "RolesOfServices",
            ["iam:CreateServiceLinkedRole"],
            [f"arn:aws:iam::{scope.account_id}:role/aws-service-role/*"],
            {"StringEquals": {"iam:AWSServiceName": list(SERVICE_LINKED)}},
        ),
    ]


def workload_boundary(scope: Scope) -> Document:
    """The most that a role of the platform's workloads can ever do, whatever a deployment writes into it."""
    data = ("athena", "cloudwatch", "ec2", "ecr", "eks", "eks-auth", "elasticfilesystem", "elasticloadbalancing")
    data += ("glue", "kafka", "kafka-cluster", "kafkaconnect", "kms", "lakeformation", "logs", "s3", "secretsmanager")
    data += ("ssm", "tag", "sts")
    return document([_allow("Workloads", [f"{name}:*" for name in data], ["*"]), *_never(scope, ()), _no_hop()])


def deploy_boundary(scope: Scope, own_arns: Sequence[str]) -> Document:
    """The most that the deploying role can ever do.

    own_arns: ARNs of keys that this program makes
    """
    services = sorted({service.prefix for service in SERVICES} | {"sts", "tag"})
    return document(
        [_allow("Services", [f"{name}:*" for name in services], ["*"]), *_never(scope, own_arns), _no_hop()]
    )


def _never(scope: Scope, own_keys: Sequence[str]) -> list[Statement]:
    """What is refused whatever else is allowed."""
    own = "streaming-platform-bootstrap-*"
    guarded = [scope.arn("iam", f"{kind}/{own}", regional=False) for kind in ("role", "policy")]
    guarded.append(scope.arn("iam", "oidc-provider/*", regional=False))
    writes = ("Add*", "Attach*", "Create*", "Delete*", "Detach*", "PassRole", "Put*", "Remove*", "Set*", "Tag*")
    writes += ("Untag*", "Update*")
    people = ("User", "Group", "AccessKey", "LoginProfile", "MFADevice", "AccountAlias", "SAMLProvider")
    people += ("RolePermissionsBoundary",)
    statements: list[Statement] = [
        {"Sid": "NotCi", "Effect": "Deny", "Action": [f"iam:{one}" for one in writes], "Resource": guarded},
        {
            "Sid": "NoPeople",
            "Effect": "Deny",
            "Action": [f"iam:*{one}*" for one in people],
            "Resource": "*",
        },
        {
            "Sid": "NotStateBucket",
            "Effect": "Deny",
            "Action": ["s3:DeleteBucket*", "s3:Put*Configuration", "s3:PutBucket*", "s3:DeleteObjectVersion"],
            "Resource": [f"arn:aws:s3:::{own}"],
        },
        {
            # Everything of the platform carries the tag; what carries another stack's is another environment's. Keys
            # and the bucket of this program carry `bootstrap`: using them is part of every deployment.
            "Sid": "NotOthers",
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "StringNotEquals": {"aws:ResourceTag/stack": [*scope.stacks, "bootstrap"]},
                "Null": {"aws:ResourceTag/stack": "false"},
            },
        },
    ]
    if own_keys:
        changes = ("Cancel*", "Create*", "Delete*", "Disable*", "Enable*", "Put*", "Retire*", "Revoke*", "Schedule*")
        changes += ("Tag*", "Untag*", "Update*")
        statements.append(
            {
                "Sid": "NotKeysOfState",
                "Effect": "Deny",
                "Action": [f"kms:{one}" for one in changes],
                "Resource": list(own_keys),
            }
        )
    return statements


def _no_hop() -> Statement:
    # A role that a deployment made cannot be taken by it in the next step.
    return {"Sid": "NoHop", "Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}


def state_statements(
    bucket_arn: str, bucket_key_arn: str, secrets_key_arn: str, scope: Scope, write: bool
) -> list[Statement]:
    """Pulumi's state of these stacks in the bucket, and the key of their secrets.

    Layout: https://github.com/pulumi/pulumi/blob/master/pkg/backend/diy/store.go and lock.go
    write: False: read it; a preview takes no lock
    """
    project = "streaming-platform"
    folders = [f"stacks/{project}", f"history/{project}", f"backups/{project}", f"locks/organization/{project}"]
    stacks = [f"{bucket_arn}/.pulumi/{folder}/{stack}" for folder in folders for stack in scope.stacks]
    # A file (`dev-msk.json`, `.json.bak`, `.json.gz`) or a folder; never another stack's whose name goes on.
    objects = [f"{one}{end}" for one in stacks for end in (("." if "/.pulumi/stacks/" in one else "/") + "*",)]
    key = ("Decrypt", "GenerateDataKey*") if write else ("Decrypt",)
    secrets = ("Decrypt", "Encrypt", "GenerateDataKey*") if write else ("Decrypt",)
    return [
        _allow("StateList", ["s3:ListBucket", "s3:GetBucketLocation"], [bucket_arn]),
        _allow("StateRead", ["s3:GetObject"], [*objects, f"{bucket_arn}/.pulumi/meta.yaml"]),
        *([_allow("StateWrite", ["s3:PutObject", "s3:DeleteObject"], objects)] if write else []),
        _allow("StateKey", [f"kms:{one}" for one in key], [bucket_key_arn]),
        _allow("SecretsKey", [f"kms:{one}" for one in secrets], [secrets_key_arn]),
    ]
