"""IAM: grants, trust policies, keys and resource policies."""

import json
from typing import Any

from tests.policies.cases import UNKNOWN, Case, Given, Plant

OWN, OTHER = "123456789012", "999988887777"
LAKE = "arn:aws:s3:::platform-dev-lake-123456789012/*"


def document(*statements: dict[str, Any]) -> str:
    """A policy document; each statement allows, unless it says otherwise."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]})


def grant(action: str | list[str], resource: str | list[str] = LAKE, **more: Any) -> dict[str, str]:
    """Properties of a policy with one statement."""
    return {"policy": document({"Action": action, "Resource": resource, **more})}


def trust(principal: Any, condition: Any = None, action: str = "sts:AssumeRole") -> dict[str, str]:
    """Properties of a role with one statement in its trust policy."""
    statement = {"Principal": principal, "Action": action}
    return {"assumeRolePolicy": document({**statement, **({"Condition": condition} if condition else {})})}


def with_statement(key: str, statement: dict[str, Any]) -> Any:
    """For a plant: one statement more in the document under `key`."""

    def change(props: dict[str, Any]) -> dict[str, Any]:
        known = json.loads(props[key])
        known["Statement"].append({"Effect": "Allow", **statement})
        return {**props, key: json.dumps(known)}

    return change


def became(type_: str, inputs: dict[str, Any]) -> Any:
    """For a plant of a type that no stack has: a resource that has become one of this type."""
    return lambda record: {**record, "type": type_, "inputs": inputs, "outputs": inputs}


POLICY, ROLE, KEY = "aws:iam/policy:Policy", "aws:iam/role:Role", "aws:kms/key:Key"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
USER_POLICY, ACCESS_KEY = "aws:iam/userPolicy:UserPolicy", "aws:iam/accessKey:AccessKey"
SOURCE = {"StringEquals": {"aws:SourceAccount": OWN}}
GITHUB = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"}
WEB = "sts:AssumeRoleWithWebIdentity"
BOUNDARY = f"arn:aws:iam::{OWN}:policy/boundary"
SUBJECT = "token.actions.githubusercontent.com:sub"
HELD = Given("pulumi:providers:aws", "aws", {"region": "eu-central-1", "allowedAccountIds": f'["{OWN}"]'})


def _role(props: dict[str, str]) -> list[Given]:
    return [HELD, Given(ROLE, "vendor", props)]


CASES = [
    Case(
        "iam-no-wildcard-actions",
        type=POLICY,
        good=[
            grant(["s3:GetObject", "s3:Get*"]),
            {"policy": document({"Effect": "Deny", "Action": "*", "Resource": "*"})},
            Given("aws:eks/podIdentityAssociation:PodIdentityAssociation", "pods", {"roleArn": "x"}),
        ],
        bad=[
            grant("*", "*"),
            grant("s3:*"),
            grant(["s3:GetObject", "glue:*"]),
            {"policy": document({"NotAction": "iam:*", "Resource": LAKE})},
            Given(ROLE, "inline", {"inlinePolicies": [{"name": "x", **grant("kms:*")}]}),
            Given("aws:iam/rolePolicy:RolePolicy", "inline", grant("s3:**")),
        ],
        unknown={"policy": UNKNOWN},
    ),
    Case(
        "iam-no-wildcard-data",
        type=POLICY,
        good=[
            grant("s3:GetObject"),
            grant("s3:ListAllMyBuckets", "*"),
            grant("ec2:DescribeSubnets", "*"),
            grant("kms:Decrypt", "*", Condition={"StringEquals": {"aws:ResourceTag/stack": "dev"}}),
            grant("glue:GetTable", [f"arn:aws:glue:eu-central-1:{OWN}:table/lake/*"]),
            grant("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:*:{OWN}:secret:platform-dev/*"),
        ],
        bad=[
            grant("s3:GetObject", "*"),
            grant("S3:getobject", "arn:aws:s3:::*"),
            grant(["ec2:DescribeSubnets", "kms:Decrypt"], "*"),
            grant("secretsmanager:GetSecretValue", [LAKE, "*"]),
            grant("kms:Decrypt", f"arn:aws:kms:eu-central-1:{OWN}:key/*"),
            grant("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:*:{OWN}:secret:*"),
            grant("kafka-cluster:ReadData", "*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
            {"policy": document({"Action": "s3:GetObject", "NotResource": LAKE})},
        ],
        unknown={"policy": UNKNOWN},
    ),
    Case(
        "iam-no-escalation",
        type=POLICY,
        good=[
            grant("iam:PassRole", f"arn:aws:iam::{OWN}:role/platform-dev-cdc"),
            grant("iam:PassRole", f"arn:aws:iam::{OWN}:role/platform/*"),
            grant("iam:GetRole", "*"),
            grant("sts:AssumeRole", f"arn:aws:iam::{OTHER}:role/reader"),
        ],
        bad=[
            grant("iam:PassRole", "*"),
            grant("iam:Pass*", f"arn:aws:iam::{OWN}:role/*"),
            grant("iam:AttachRolePolicy", "*"),
            grant("sts:AssumeRole", f"arn:aws:iam::{OWN}:role/*"),
        ],
        unknown={"policy": UNKNOWN},
    ),
    Case(
        "iam-no-broad-attachments",
        type=ATTACHMENT,
        good=[
            {"policyArn": f"arn:aws:iam::{OWN}:policy/platform-dev-lake-writer", "role": "claims"},
            {"policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy", "role": "cluster"},
            Given(ROLE, "role", {}),
        ],
        bad=[
            {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess", "role": "claims"},
            {"policyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess", "role": "claims"},
            {"policyArn": "arn:aws:iam::aws:policy/job-function/SystemAdministrator", "role": "claims"},
            Given(ROLE, "role", {"managedPolicyArns": ["arn:aws:iam::aws:policy/PowerUserAccess"]}),
        ],
        unknown={"policyArn": UNKNOWN, "role": "claims"},
    ),
    Case(
        "iam-users-have-no-rights",
        type="aws:iam/policyAttachment:PolicyAttachment",
        good=[{"roles": ["claims"], "policyArn": "x"}],
        bad=[{"users": ["ada"], "policyArn": "x"}, Given(USER_POLICY, "ada", {"user": "ada", **grant("s3:GetObject")})],
        unknown={"users": UNKNOWN, "policyArn": "x"},
    ),
    Case(
        "iam-no-access-keys",
        type=ACCESS_KEY,
        good=[Given("aws:iam/user:User", "ada", {"name": "ada"})],
        bad=[{"user": "ada"}],
        no_unknown="that there is such a resource is enough",
    ),
    Case(
        "iam-permission-boundary",
        good=[
            [Given(ROLE, "one", {}), Given(ROLE, "two", {})],
            [
                Given(ROLE, "one", {"permissionsBoundary": BOUNDARY}),
                Given(ROLE, "two", {"permissionsBoundary": BOUNDARY}),
            ],
        ],
        bad=[
            [Given(ROLE, "one", {"permissionsBoundary": BOUNDARY}), Given(ROLE, "two", {})],
            [Given(ROLE, "one", {"permissionsBoundary": BOUNDARY}), Given("aws:iam/user:User", "ada", {})],
        ],
        unknown=[Given(ROLE, "one", {"permissionsBoundary": UNKNOWN}), Given(ROLE, "two", {})],
    ),
    Case(
        "iam-permission-boundary",
        config={"boundary": BOUNDARY},
        good=[[Given(ROLE, "one", {"permissionsBoundary": BOUNDARY})]],
        bad=[[Given(ROLE, "one", {})], [Given(ROLE, "one", {"permissionsBoundary": f"{BOUNDARY}-old"})]],
    ),
    Case(
        "iam-trust-not-everybody",
        type=ROLE,
        good=[
            trust({"Service": "ec2.amazonaws.com"}),
            trust("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c"}}),
            trust("*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/reader-*"}}),
        ],
        bad=[
            trust("*"),
            trust({"AWS": "*"}),
            trust({"AWS": ["*", OWN]}, {"Bool": {"aws:SecureTransport": "true"}}),
            trust("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/reader"}}),
            trust("*", {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1a2b3c"}}),
            trust("*", {"StringNotEquals": {"aws:PrincipalAccount": OTHER}}),
        ],
        unknown={"assumeRolePolicy": UNKNOWN},
    ),
    Case(
        "iam-trust-names-source",
        type=ROLE,
        good=[
            trust({"Service": "kafkaconnect.amazonaws.com"}, SOURCE),
            trust({"Service": "ec2.amazonaws.com"}),
            trust(
                {"Service": "pods.eks.amazonaws.com"},
                {"StringEquals": {"aws:RequestTag/eks-cluster-arn": "arn:aws:eks:eu-central-1:1:cluster/dev"}},
            ),
        ],
        bad=[
            trust({"Service": "kafkaconnect.amazonaws.com"}),
            trust({"Service": ["ec2.amazonaws.com", "glue.amazonaws.com"]}),
            trust({"Service": "glue.amazonaws.com"}, {"StringLike": {"aws:SourceAccount": "*"}}),
            trust({"Service": "pods.eks.amazonaws.com"}),
        ],
        unknown={"assumeRolePolicy": UNKNOWN},
    ),
    Case(
        "iam-trust-names-subject",
        type=ROLE,
        good=[
            trust(GITHUB, {"StringLike": {SUBJECT: "repo:acme/platform:ref:refs/heads/main"}}, WEB),
            trust({"Service": "ec2.amazonaws.com"}),
        ],
        bad=[
            trust(GITHUB, {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, WEB),
            trust(GITHUB, {"StringLike": {SUBJECT: "repo:*"}}, WEB),
            trust(GITHUB, {"StringLike": {SUBJECT: "*"}}, WEB),
        ],
        unknown={"assumeRolePolicy": UNKNOWN},
    ),
    Case(
        "iam-trust-external-id",
        good=[
            _role(trust({"AWS": f"arn:aws:iam::{OWN}:role/ci"})),
            _role(trust({"AWS": OTHER}, {"StringEquals": {"sts:ExternalId": "platform-1"}})),
        ],
        bad=[
            _role(trust({"AWS": f"arn:aws:iam::{OTHER}:root"})),
            _role(trust({"AWS": [f"arn:aws:iam::{OWN}:role/ci", OTHER]})),
            [Given(ROLE, "vendor", trust({"AWS": OWN}))],
        ],
        unknown=_role({"assumeRolePolicy": UNKNOWN}),
    ),
    Case(
        "iam-key-policy-closed",
        type=KEY,
        good=[
            {},
            {
                "policy": document(
                    {"Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}, "Action": "kms:*", "Resource": "*"}
                )
            },
            {
                "policy": document(
                    {
                        "Principal": "*",
                        "Action": "kms:Decrypt",
                        "Resource": "*",
                        "Condition": {"StringEquals": {"kms:CallerAccount": OWN}},
                    }
                )
            },
        ],
        bad=[
            {"policy": document({"Principal": "*", "Action": "kms:Decrypt", "Resource": "*"})},
            Given(
                "aws:kms/keyPolicy:KeyPolicy",
                "key",
                {"policy": document({"Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"})},
            ),
            {"policy": document({"NotPrincipal": {"AWS": OTHER}, "Action": "kms:*", "Resource": "*"})},
        ],
        unknown={"policy": UNKNOWN},
    ),
    Case(
        "iam-resource-policy-closed",
        type="aws:secretsmanager/secretPolicy:SecretPolicy",
        good=[
            {"policy": document({"Principal": {"Service": "kafka.amazonaws.com"}, "Action": "x:Y", "Resource": "*"})},
            Given("aws:sns/topic:Topic", "alarms", {}),
        ],
        bad=[
            {"policy": document({"Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"})},
            Given(
                "aws:ecr/repositoryPolicy:RepositoryPolicy",
                "images",
                {"policy": document({"Principal": "*", "Action": "ecr:BatchGetImage"})},
            ),
        ],
        unknown={"policy": UNKNOWN},
    ),
]

WRITER = "*::lakehouse-writer"
CDC_ROLE = "*aws:iam/role:Role::cdc"

PLANTS = [
    Plant(
        "iam-no-wildcard-actions", where=WRITER, change=with_statement("policy", {"Action": "s3:*", "Resource": LAKE})
    ),
    Plant(
        "iam-no-wildcard-data",
        where=WRITER,
        change=with_statement("policy", {"Action": "s3:GetObject", "Resource": "*"}),
    ),
    Plant(
        "iam-no-escalation",
        where="*aws:iam/rolePolicy:RolePolicy::network-flow-logs",
        change=with_statement("policy", {"Action": "iam:PassRole", "Resource": "*"}),
    ),
    Plant(
        "iam-no-broad-attachments",
        where="*::claims-lake",
        change=lambda props: {**props, "policyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"},
    ),
    Plant(
        "iam-users-have-no-rights",
        where="*::claims-lake",
        record=became("aws:iam/userPolicyAttachment:UserPolicyAttachment", {"user": "ada", "policyArn": "arn:x"}),
    ),
    Plant("iam-no-access-keys", where="*::claims-lake", record=became(ACCESS_KEY, {"user": "ada"})),
    Plant("iam-permission-boundary", where=CDC_ROLE, change=lambda props: {**props, "permissionsBoundary": BOUNDARY}),
    Plant("iam-trust-not-everybody", where=CDC_ROLE, change=lambda props: {**props, **trust("*")}),
    Plant(
        "iam-trust-names-source",
        where=CDC_ROLE,
        change=lambda props: {**props, **trust({"Service": "kafkaconnect.amazonaws.com"})},
    ),
    Plant(
        "iam-trust-names-subject",
        where=CDC_ROLE,
        change=lambda props: {**props, **trust(GITHUB, {"StringLike": {SUBJECT: "repo:*"}}, WEB)},
    ),
    Plant("iam-trust-external-id", where=CDC_ROLE, change=lambda props: {**props, **trust({"AWS": OTHER})}),
    Plant(
        "iam-key-policy-closed",
        where="*aws:kms/key:Key::lakehouse",
        change=with_statement("policy", {"Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}),
    ),
    Plant(
        "iam-resource-policy-closed",
        where="aws:secretsmanager/secretPolicy:SecretPolicy",
        change=lambda props: {
            **props,
            "policy": document({"Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}),
        },
    ),
]
