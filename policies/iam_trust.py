"""IAM: who may become a role, and whom keys, secrets and queues let in."""

import re
from collections.abc import Iterator

from policies.framework import Resource, Stack, policy, stack_policy
from policies.iam_statements import (
    actions,
    allowed,
    anyone,
    closed,
    conditions,
    holds,
    label,
    listed,
    means,
    principals,
)

ROLE = "aws:iam/role:Role"

# These do not say in whose name they take a role, or need iam:PassRole in the role's own account and say it in no
# documented way that AWS' own examples use: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
SAY_NOT = ["ec2.amazonaws.com", "eks.amazonaws.com", "lambda.amazonaws.com"]

# EKS Pod Identity's own way: the session tags name cluster, namespace and service account.
# https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
SOURCES = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})
POD_SOURCES = frozenset({"aws:requesttag/eks-cluster-arn"})

_ACCOUNT = re.compile(r"^(?:arn:aws[a-z-]*:(?:iam|sts)::)?(\d{12})(?::|$)")


@policy(
    "iam-trust-not-everybody",
    types=(ROLE,),
    severity="critical",
    controls=("PCI DSS 7.3.3", "SOC 2 CC6.1"),
    reason="Anybody with an AWS account could become this role.",
    remedy="Name the principal in assumeRolePolicy, or the organization in a condition on aws:PrincipalOrgID.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous",
)
def trust_not_everybody(resource: Resource) -> Iterator[str]:
    for statement in allowed(resource.document("assumeRolePolicy")):
        if anyone(statement) and not closed(statement):
            yield f"{label(statement)} of the trust policy lets everybody in"


@policy(
    "iam-trust-names-source",
    types=(ROLE,),
    severity="medium",
    controls=("PCI DSS 7.2.5", "SOC 2 CC6.1"),
    reason="A service would take the role also when somebody else's resource in that service names it.",
    remedy="Add a condition on aws:SourceAccount or aws:SourceArn (components/service_trust.py writes it).",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    config={
        "exempt": {
            "type": "array",
            "items": {"type": "string"},
            "default": SAY_NOT,
            "description": "services that do not say in whose name they take a role",
        }
    },
)
def trust_names_source(resource: Resource) -> Iterator[str]:
    for statement in allowed(resource.document("assumeRolePolicy")):
        for service in principals(statement, "Service"):
            keys = SOURCES | (POD_SOURCES if service == "pods.eks.amazonaws.com" else frozenset())
            said = any(key in keys and holds(operator, values) for operator, key, values in conditions(statement))
            if service not in resource.config["exempt"] and not said:
                yield f"{service} may take the role in anybody's name"


@policy(
    "iam-trust-names-subject",
    types=(ROLE,),
    severity="critical",
    controls=("PCI DSS 7.2.5", "SOC 2 CC6.1"),
    reason="Every repository or workload that the identity provider knows could become this role.",
    remedy="Add conditions on the provider's :sub (repository, branch or environment; service account) and :aud.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_secure-by-default.html",
)
def trust_names_subject(resource: Resource) -> Iterator[str]:
    for statement in allowed(resource.document("assumeRolePolicy")):
        if not any(means(action, "sts:assumerolewithwebidentity") for action in actions(statement)):
            continue
        if not principals(statement, "Federated"):
            continue
        subjects = [
            values
            for operator, key, values in conditions(statement)
            if key.endswith(":sub") and holds(operator, values)
        ]
        if not subjects:
            yield f"{label(statement)} has no condition on the subject of the token"
        elif any(re.fullmatch(r"repo:\*.*|system:serviceaccount:\*.*", one) for values in subjects for one in values):
            yield f"{label(statement)} takes any subject that matches {', '.join(one for v in subjects for one in v)}"


@stack_policy(
    "iam-trust-external-id",
    types=(ROLE,),
    severity="high",
    controls=("PCI DSS 7.2.5", "SOC 2 CC6.1"),
    reason="A vendor's account serves others too: without an external id these could have it use our role.",
    remedy="Add a condition on sts:ExternalId with the value that the vendor gives for this account alone.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",
)
def trust_external_id(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Foreign is every account that no AWS provider of the stack is held to (`allowedAccountIds`)."""
    own: set[str] = set()
    for provider in stack.of("pulumi:providers:aws"):
        own.update(map(str, listed(provider.document("allowedAccountIds", default=[]))))
    for role in stack.of(ROLE):
        with stack.judging(role):
            for statement in allowed(role.document("assumeRolePolicy")):
                known = any(
                    key in ("sts:externalid", "aws:principalorgid") and holds(operator, values)
                    for operator, key, values in conditions(statement)
                )
                for principal in principals(statement, "AWS"):
                    account = _ACCOUNT.match(principal)
                    if account and account[1] not in own and not known:
                        yield role, f"account {account[1]} may take the role without an external id"


@policy(
    "iam-key-policy-closed",
    types=("aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy"),
    severity="critical",
    controls=("AWS FSBP KMS.5", "PCI DSS 3.6.1.3", "SOC 2 CC6.1"),
    reason="Whoever may use the key can read what it encrypts, in every account.",
    remedy="Name the account's root as principal (components/key_policy.py), or add a condition on kms:CallerAccount.",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",
)
def key_policy_closed(resource: Resource) -> Iterator[str]:
    for statement in allowed(resource.document("policy")):
        if anyone(statement) and not closed(statement):
            yield f"{label(statement)} of the key policy lets everybody use the key"


@policy(
    "iam-resource-policy-closed",
    types=(
        *("aws:secretsmanager/secretPolicy:SecretPolicy", "aws:secretsmanager/secret:Secret"),
        *("aws:ecr/repositoryPolicy:RepositoryPolicy", "aws:sns/topicPolicy:TopicPolicy", "aws:sns/topic:Topic"),
        *("aws:sqs/queuePolicy:QueuePolicy", "aws:sqs/queue:Queue", "aws:glue/resourcePolicy:ResourcePolicy"),
        *("aws:msk/clusterPolicy:ClusterPolicy", "aws:efs/fileSystemPolicy:FileSystemPolicy"),
    ),
    severity="critical",
    controls=("CIS AWS v7.0.0 2.21", "PCI DSS 7.3.3", "SOC 2 CC6.1"),
    reason="Everybody with an AWS account could use the resource.",
    remedy="Name the principals, or add a condition on aws:PrincipalAccount or aws:PrincipalOrgID.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html",
)
def resource_policy_closed(resource: Resource) -> Iterator[str]:
    for statement in allowed(resource.document("policy")):
        if anyone(statement) and not closed(statement):
            yield f"{label(statement)} lets everybody do {', '.join(listed(statement.get('Action')))}"
