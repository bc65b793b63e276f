"""IAM: what identities may do."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.framework import Resource, Stack, policy, stack_policy
from policies.iam_statements import actions, allowed, conditions, holds, label, listed, means, resources

ROLE = "aws:iam/role:Role"
GRANTS = (
    *("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy"),
    *("aws:iam/groupPolicy:GroupPolicy", ROLE, "aws:eks/podIdentityAssociation:PodIdentityAssociation"),
)
"""Where a program writes what an identity may do."""

ATTACHMENTS = (
    *("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/userPolicyAttachment:UserPolicyAttachment"),
    *("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "aws:iam/policyAttachment:PolicyAttachment"),
)

LEAST_PRIVILEGE = ("PCI DSS 7.2.2", "PCI DSS 7.2.5", "SOC 2 CC6.3")

DATA_SERVICES = ("s3", "glue", "kms", "secretsmanager", "kafka-cluster")

# What these services do for an account as a whole: AWS knows no resource to name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
WITHOUT_RESOURCE = frozenset(
    {
        *("s3:listallmybuckets", "s3:getaccountpublicaccessblock", "s3:createjob", "s3:listaccesspoints"),
        *("kms:createkey", "kms:listkeys", "kms:listaliases", "kms:generaterandom", "kms:describecustomkeystores"),
        *("secretsmanager:listsecrets", "secretsmanager:getrandompassword", "secretsmanager:batchgetsecretvalue"),
    }
)

# Whoever may do one of these to any role or policy may do everything.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html
ESCALATING = (
    *("iam:attachrolepolicy", "iam:attachuserpolicy", "iam:attachgrouppolicy", "iam:putrolepolicy"),
    *("iam:putuserpolicy", "iam:putgrouppolicy", "iam:createpolicyversion", "iam:setdefaultpolicyversion"),
    *("iam:updateassumerolepolicy", "iam:createaccesskey", "iam:createloginprofile", "iam:updateloginprofile"),
    *("iam:addusertogroup", "iam:deleterolepermissionsboundary", "sts:assumerole"),
    # Whoever may pass any role to a service can have that service act with the strongest one.
    "iam:passrole",
)

# Full access to a service, or to the account.
BROAD = re.compile(
    r":iam::aws:policy/(.*/)?(AdministratorAccess(-.*)?|PowerUserAccess|SystemAdministrator|.*FullAccess)$"
)


def _documents(resource: Resource) -> Iterator[Any]:
    """The policy documents that a resource gives to an identity."""
    if resource.type != ROLE:
        yield resource.document("policy")
        return
    for index, _ in enumerate(resource.props.get("inlinePolicies") or ()):
        yield resource.document("inlinePolicies", index, "policy")


def _grants(resource: Resource) -> Iterator[Mapping[str, Any]]:
    for document in _documents(resource):
        yield from allowed(document)


def _any(resource: str) -> bool:
    """Whether a resource of a statement means all of its kind: `*`, `arn:...:key/*`, `arn:aws:s3:::*`.

    In S3 what stands before the slash is a bucket's name, elsewhere a kind of resource.
    """
    parts = resource.split(":", 5)
    if len(parts) < 6:
        return set(resource) <= {"*", "?", ":"}
    kind = "" if parts[2] == "s3" else r"([a-z-]+[:/])?"
    return re.fullmatch(rf"{kind}[*?:/]+", parts[5]) is not None


@policy(
    "iam-no-wildcard-actions",
    types=GRANTS,
    severity="critical",
    controls=("CIS AWS v5.0.0 1.15", "AWS FSBP IAM.1", "AWS FSBP IAM.21", *LEAST_PRIVILEGE),
    reason="A right to every action of a service is also one to delete, to share and to change rights.",
    remedy="Name the actions in the policy document: as s3:GetObject, not s3:*.",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-21",
)
def no_wildcard_actions(resource: Resource) -> Iterator[str]:
    for statement in _grants(resource):
        whole = [action for action in listed(statement.get("Action")) if re.fullmatch(r"(.*:)?\*+", str(action))]
        if whole:
            yield f"{label(statement)} allows {', '.join(whole)}"
        if "NotAction" in statement:
            yield f"{label(statement)} allows everything but {', '.join(listed(statement['NotAction']))}"


@policy(
    "iam-no-wildcard-data",
    types=GRANTS,
    severity="high",
    controls=("AWS FSBP KMS.1", "AWS FSBP KMS.2", *LEAST_PRIVILEGE),
    reason="Data, keys and topics of every other system in the account would be open to this identity too.",
    remedy="Name the resource in the policy document: the bucket, key, secret, table or topic by its ARN.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
)
def no_wildcard_data(resource: Resource) -> Iterator[str]:
    """A tag of the resource, as a condition, is a way of naming it."""
    for statement in _grants(resource):
        named = any(
            (key.startswith("aws:resourcetag/") or key == "kms:resourcealiases") and holds(operator, values)
            for operator, key, values in conditions(statement)
        )
        if named or not any(_any(one) for one in resources(statement)):
            continue
        data = [
            action
            for action in actions(statement)
            # `s3:*` and `*` are the policy's before this one.
            if action.partition(":")[0] in DATA_SERVICES and action not in WITHOUT_RESOURCE and action[-2:] != ":*"
        ]
        if data:
            yield f"{label(statement)} allows {', '.join(data)} on {', '.join(resources(statement))}"


@policy(
    "iam-no-escalation",
    types=GRANTS,
    severity="critical",
    controls=LEAST_PRIVILEGE,
    reason="An identity that may change any other's rights, or become any other, has all of them.",
    remedy="Name the roles or policies in the statement; with iam:PassRole the service too (iam:PassedToService).",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
)
def no_escalation(resource: Resource) -> Iterator[str]:
    for statement in _grants(resource):
        if not any(_any(one) for one in resources(statement)):
            continue
        given = [action for action in actions(statement) if action not in ("*", "iam:*", "sts:*")]
        found = [one for one in ESCALATING if any(means(action, one) for action in given)]
        if found:
            yield f"{label(statement)} allows {', '.join(found)} on {', '.join(resources(statement))}"


@policy(
    "iam-no-broad-attachments",
    types=(*ATTACHMENTS, ROLE),
    severity="critical",
    controls=("CIS AWS v5.0.0 1.15", "AWS FSBP IAM.1", *LEAST_PRIVILEGE),
    reason="AWS' policies with full access give a workload every resource of a service, also those of others.",
    remedy="Attach a policy of the stack that names actions and resources.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
)
def no_broad_attachments(resource: Resource) -> Iterator[str]:
    arns = resource.value("managedPolicyArns", default=[]) if resource.type == ROLE else [resource.value("policyArn")]
    for arn in arns:
        if BROAD.search(str(arn or "")):
            yield f"{arn} is attached"


@policy(
    "iam-users-have-no-rights",
    types=(
        "aws:iam/userPolicy:UserPolicy",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        "aws:iam/policyAttachment:PolicyAttachment",
    ),
    severity="medium",
    controls=("CIS AWS v5.0.0 1.14", "AWS FSBP IAM.2", "PCI DSS 7.2.2", "SOC 2 CC6.3"),
    reason="Rights of single users are forgotten when people change; roles are taken for an hour and leave a trace.",
    remedy="Give the rights to a role that people take through single sign-on (as cluster.administrators).",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-2",
)
def users_have_no_rights(resource: Resource) -> Iterator[str]:
    users = resource.value("users") or resource.value("user")
    if users:
        yield f"rights are given to the user {', '.join(listed(users))}"


@policy(
    "iam-no-access-keys",
    types=(
        "aws:iam/accessKey:AccessKey",
        "aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
        "aws:iam/userLoginProfile:UserLoginProfile",
    ),
    severity="high",
    controls=("CIS AWS v5.0.0 1.13", "AWS FSBP IAM.3", "PCI DSS 8.6.3", "SOC 2 CC6.1"),
    reason="Such a credential works until somebody deletes it, from anywhere, and lies in the stack's state.",
    remedy="Use a role: Pod Identity for pods, OIDC for CI, single sign-on for people.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-workloads-use-roles",
)
def no_access_keys(resource: Resource) -> Iterator[str]:
    yield "a credential without an end is made"


@stack_policy(
    "iam-permission-boundary",
    types=(ROLE, "aws:iam/user:User"),
    severity="medium",
    controls=("PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="The boundary is what no right of this account's roles may pass; a role without it stands outside.",
    remedy="Set permissions_boundary to the ARN that the other roles have, or that the configuration names.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    config={
        "boundary": {
            "type": "string",
            "default": "",
            "description": "ARN that every role must carry; empty: the one that some role of the stack carries",
        }
    },
)
def permission_boundary(stack: Stack) -> Iterator[tuple[Resource, str]]:
    identities = stack.of(ROLE, "aws:iam/user:User")
    wanted = stack.config["boundary"]
    for one in identities:
        with stack.judging(one):
            wanted = wanted or one.value("permissionsBoundary")
    for one in identities if wanted else ():
        with stack.judging(one):
            if (found := one.value("permissionsBoundary")) != wanted:
                yield one, f"the boundary is {found or 'not set'}, and not {wanted}"
