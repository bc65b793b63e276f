"""What CI may do in an account: state that nobody loses, roles that nobody else takes, rights that are enough."""

import fnmatch
import functools
import json
from typing import Any

import botocore.session
import pytest

from bootstrap.permissions import POLICIES_OF_A_ROLE, POLICY_LIMIT, deploy_statements, packed, size, state_statements
from bootstrap.services import ATTACHED, PASSED_TO, SERVICES, Scope
from components.errors import PlatformError
from operations.plan.evaluate import synthesise
from operations.plan.plan import Plan, name_of
from operations.plan.stack_file import ROOT, StackConfig, load_stack, stack_names
from tests.components.plans import of_type, plan_of

PROGRAM = ROOT / "bootstrap" / "__main__.py"
PREFIX = "streaming-platform-bootstrap"
ACCOUNT = {"aws": {"region": "us-east-1", "account_id": "123456789012"}}
GITHUB = {"github": {"repository": "acme/platform"}}
ENVIRONMENTS = {
    "environments": {"dev": {"stacks": ["dev-msk"], "pull_requests": True}, "prod": {"stacks": ["prod-msk"]}}
}
SCOPE = Scope("123456789012", "us-east-1", ("dev-msk",))


def evaluated(**settings: Any) -> Plan:
    values = {f"{PREFIX}:{key}": json.dumps(value) for key, value in {**ACCOUNT, **settings}.items()}
    # What the account's ARNs are made of in an evaluation in process.
    values["streaming-platform:aws"] = json.dumps(ACCOUNT["aws"])
    return synthesise(StackConfig("account", values, ()), PROGRAM)


@functools.cache
def usual() -> Plan:
    return evaluated(**GITHUB, **ENVIRONMENTS)


def role(plan: Plan, name: str) -> dict[str, Any]:
    return next(one for one in of_type(plan, "aws:iam/role:Role") if name_of(one) == name)


def subjects(plan: Plan, name: str) -> list[str]:
    """The subjects that may take a role."""
    found: list[str] = []
    for statement in json.loads(role(plan, name)["inputs"]["assumeRolePolicy"])["Statement"]:
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        for conditions in statement["Condition"].values():
            for key, value in conditions.items():
                found += value if key.endswith(":sub") else []
        audiences = [value for key, value in statement["Condition"]["StringEquals"].items() if key.endswith(":aud")]
        assert audiences == ["sts.amazonaws.com"]
    return found


def actions(statements: list[dict[str, Any]], effect: str = "Allow") -> set[str]:
    return {action for one in statements if one["Effect"] == effect for action in one["Action"]}


def policies(plan: Plan) -> dict[str, dict[str, Any]]:
    """Name -> document, of the policies whose text is known before `up`."""
    found = {}
    for one in of_type(plan, "aws:iam/policy:Policy"):
        text = one["inputs"]["policy"]
        if text.startswith("{"):
            found[name_of(one)] = json.loads(text)
    return found


def test_the_checked_in_file_evaluates():
    plan = synthesise(load_stack("account", ROOT / "bootstrap" / "Pulumi.account.yaml"), PROGRAM)
    assert json.loads(plan.outputs["deployments"])[0]["stack"] == "dev-msk"


def test_state_and_keys_are_kept():
    plan = usual()
    kept = of_type(plan, "aws:s3/bucket:Bucket", "aws:kms/key:Key")
    assert len(kept) == 4
    assert all(one["protect"] for one in kept)
    assert all(one["inputs"]["enableKeyRotation"] for one in of_type(plan, "aws:kms/key:Key"))
    (versioning,) = of_type(plan, "aws:s3/bucketVersioning:BucketVersioning")
    assert versioning["inputs"]["versioningConfiguration"]["status"] == "Enabled"
    (block,) = of_type(plan, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    assert block["inputs"]["restrictPublicBuckets"]


def test_each_role_is_taken_by_exactly_those_jobs():
    assert subjects(usual(), "dev-preview") == ["repo:acme/platform:pull_request"]
    assert subjects(usual(), "dev-drift") == ["repo:acme/platform:ref:refs/heads/main"]
    assert subjects(usual(), "dev-deploy") == ["repo:acme/platform:environment:dev"]
    assert subjects(usual(), "prod-deploy") == ["repo:acme/platform:environment:prod"]
    names = {name_of(one) for one in of_type(usual(), "aws:iam/role:Role")}
    assert "prod-preview" not in names, "no pull request reads production unless it is asked for"


def test_tokens_that_name_numbers_are_known():
    github = {"github": {"repository": "acme/platform", "owner_id": 12, "repository_id": 345}}
    plan = evaluated(**github, environments={"dev": {"stacks": ["dev-msk"], "github_environments": ["rotate-dev-cc"]}})
    start = "repo:acme@12/platform@345"
    assert subjects(plan, "dev-deploy") == [f"{start}:environment:dev", f"{start}:environment:rotate-dev-cc"]


def test_gitlab_deploys_from_its_default_branch_only():
    plan = evaluated(gitlab={"project": "group/sub/platform"}, **ENVIRONMENTS)
    start = "project_path:group/sub/platform:ref_type:branch:ref:"
    assert subjects(plan, "dev-preview") == [f"{start}*"]
    assert subjects(plan, "dev-deploy") == subjects(plan, "prod-deploy") == [f"{start}main"]
    (provider,) = of_type(plan, "aws:iam/openIdConnectProvider:OpenIdConnectProvider")
    assert provider["inputs"]["url"] == "https://gitlab.com"


def test_a_provider_that_is_there_is_not_made_again():
    plan = evaluated(github={"repository": "acme/platform", "existing_provider": True}, **ENVIRONMENTS)
    assert not of_type(plan, "aws:iam/openIdConnectProvider:OpenIdConnectProvider")
    assert ":oidc-provider/token.actions" in role(plan, "dev-deploy")["inputs"]["assumeRolePolicy"]


def test_only_the_role_that_deploys_writes_and_it_has_a_boundary():
    writing = ("Create", "Delete", "Put", "Update", "Attach", "Modify", "Tag", "Run", "Pass")
    for name, document in policies(usual()).items():
        if "preview" in name or "drift" in name:
            for action in actions(document["Statement"]):
                assert not action.partition(":")[2].startswith(writing), f"{name}: {action}"
    # Its ARN comes with the policy: the engine knows it before `up` where the name does.
    assert role(usual(), "dev-deploy")["inputs"]["permissionsBoundary"]
    assert "permissionsBoundary" not in role(usual(), "dev-drift")["inputs"]


def test_a_pull_request_reads_no_secret_and_no_object():
    read = actions(policies(usual())["dev-preview-1"]["Statement"])
    assert not read & {"secretsmanager:GetSecretValue", "s3:GetObject", "ssm:GetParameter", "kms:Decrypt"}
    assert "secretsmanager:GetSecretValue" in actions(policies(usual())["dev-drift-1"]["Statement"])


# The two that have most of all; the others are evaluated where there is more time.
BROADEST = ("prod-cc", "prod-msk")
MARKS = {stack: () if stack in BROADEST else (pytest.mark.end_to_end,) for stack in stack_names()}
every_stack = pytest.mark.parametrize("stack", [pytest.param(one, marks=marks) for one, marks in MARKS.items()])


@every_stack
def test_every_service_of_a_stack_is_covered(stack: str):
    for resource in plan_of(stack).resources:
        for type_ in (resource["type"], *resource.get("unseenChildren", ())):
            if type_.startswith(("aws:", "eks:")):
                assert [one.prefix for one in SERVICES if type_.startswith(one.types)], f"nothing is said about {type_}"


@every_stack
def test_what_a_stack_attaches_and_passes_is_allowed(stack: str):
    start = "arn:aws:iam::aws:policy/"
    for one in of_type(plan_of(stack), "aws:iam/rolePolicyAttachment:RolePolicyAttachment"):
        arn = str(one["inputs"].get("policyArn"))
        assert not arn.startswith(start) or arn.removeprefix(start) in ATTACHED, arn
    for one in of_type(plan_of(stack), "aws:iam/role:Role"):
        for statement in json.loads(one["inputs"]["assumeRolePolicy"])["Statement"]:
            service = statement["Principal"].get("Service", [])
            assert {service} <= set(PASSED_TO) if isinstance(service, str) else not service


def test_no_right_is_for_everything():
    statements = deploy_statements(SCOPE, None)
    for action in actions(statements):
        assert not action.endswith(":*"), action
        assert action != "*"
    for one in statements:
        if one["Resource"] == ["*"] and one["Sid"] != "Read":
            narrow = one.get("Condition") or one["Sid"] == "Route53Write"
            assert narrow, f"{one['Sid']} is held to nothing"


def test_names_hold_a_deployment_to_its_environment():
    statements: dict[Any, Any] = {one["Sid"]: one for one in deploy_statements(SCOPE, None)}
    for sid in ("S3Write", "RolesWrite", "RolesWiden", "RolesPass", "RdsWrite", "EcrWrite"):
        for arn in statements[sid]["Resource"]:
            assert "streaming-platform-dev-msk-" in arn or ":default" in arn, arn
    other = "arn:aws:iam::123456789012:role/streaming-platform-bootstrap-deploy-prod"
    assert not any(fnmatch.fnmatch(other, arn) for arn in statements["RolesPass"]["Resource"])


def test_the_boundary_refuses_what_would_widen_a_role():
    from bootstrap.permissions import deploy_boundary

    statements: Any = deploy_boundary(SCOPE, ["arn:aws:kms:us-east-1:123456789012:key/state"])["Statement"]
    denied = {one["Sid"]: one for one in statements if one["Effect"] == "Deny"}
    own = "arn:aws:iam::123456789012:role/streaming-platform-bootstrap-deploy-dev"
    assert any(fnmatch.fnmatch(own, arn) for arn in denied["NotCi"]["Resource"])
    for action in ("iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PassRole"):
        assert any(fnmatch.fnmatch(action, pattern) for pattern in denied["NotCi"]["Action"]), action
    for action in ("iam:CreateAccessKey", "iam:CreateUser", "iam:DeleteRolePermissionsBoundary"):
        assert any(fnmatch.fnmatch(action, pattern) for pattern in denied["NoPeople"]["Action"]), action
    assert denied["NoHop"]["Action"] == "sts:AssumeRole"
    assert denied["NotOthers"]["Condition"]["StringNotEquals"]["aws:ResourceTag/stack"] == ["dev-msk", "bootstrap"]
    assert denied["NotKeysOfState"]["Resource"] == ["arn:aws:kms:us-east-1:123456789012:key/state"]


@pytest.mark.parametrize("write", [False, True])
def test_a_role_reaches_the_state_of_its_own_stacks_only(write: bool):
    statements = state_statements("arn:aws:s3:::state", "arn:key/1", "arn:key/2", SCOPE, write)
    objects: dict[Any, Any] = {one["Sid"]: one["Resource"] for one in statements}

    def reached(sid: str, key: str) -> bool:
        return any(fnmatch.fnmatch(f"arn:aws:s3:::state/.pulumi/{key}", arn) for arn in objects.get(sid, ()))

    ours = ("stacks/streaming-platform/dev-msk.json", "stacks/streaming-platform/dev-msk.json.bak")
    ours += ("history/streaming-platform/dev-msk/dev-msk-1.history.json",)
    ours += ("locks/organization/streaming-platform/dev-msk/1.json",)
    others = ("stacks/streaming-platform/dev-msk-2.json", "stacks/streaming-platform/prod-msk.json")
    others += (
        "stacks/streaming-platform-bootstrap/account.json",
        "locks/organization/streaming-platform/dev-msk-2/1.json",
    )
    for key in ours:
        assert reached("StateRead", key)
        assert reached("StateWrite", key) is write
    assert not any(reached(sid, key) for sid in ("StateRead", "StateWrite") for key in others)
    assert reached("StateRead", "meta.yaml")


def test_new_roles_must_carry_the_boundary_where_it_is_asked_for():
    statements = {one["Sid"]: one for one in deploy_statements(SCOPE, "arn:boundary")}
    for sid in ("RolesWiden", "RolesAttach"):
        condition: Any = statements[sid]["Condition"]
        assert condition["StringEquals"]["iam:PermissionsBoundary"] == "arn:boundary"


@pytest.mark.parametrize("stacks", [1, 4])
def test_policies_fit_into_what_iam_takes(stacks: int):
    names = tuple(f"a-rather-long-name-of-a-stack-{number}" for number in range(stacks))
    documents = packed(deploy_statements(Scope("123456789012", "ap-southeast-2", names), "arn:boundary"))
    assert all(size(one) <= POLICY_LIMIT for one in documents)
    assert len(documents) + 1 <= POLICIES_OF_A_ROLE


@pytest.mark.parametrize(
    ("settings", "key", "found"),
    [
        pytest.param({**ENVIRONMENTS}, "github", "neither", id="no CI"),
        pytest.param({**GITHUB, "environments": {}}, "environments", "", id="no environment"),
        pytest.param(
            {"github": {"repository": "acme/*"}, **ENVIRONMENTS}, "github.repository", "acme/*", id="wildcard"
        ),
        pytest.param(
            {"github": {"repository": "acme/a", "owner_id": 1}, **ENVIRONMENTS}, "owner_id", "only one", id="one number"
        ),
        pytest.param(
            {**GITHUB, "environments": {"dev": {"stacks": ["bootstrap-x"]}}}, "stacks", "bootstrap-x", id="our own name"
        ),
        pytest.param(
            {**GITHUB, "environments": {"dev": {"stacks": ["eu"]}, "prod": {"stacks": ["eu-prod"]}}},
            "environments.prod.stacks",
            "eu-prod",
            id="a name that begins as another's",
        ),
        pytest.param({**GITHUB, **ENVIRONMENTS, "enviroments": {}}, "enviroments", "unknown key", id="misspelt"),
    ],
)
def test_a_mistake_is_named(settings: dict[str, Any], key: str, found: str):
    with pytest.raises(PlatformError) as raised:
        evaluated(**settings)
    mistake = raised.value.mistakes[0]
    assert mistake.where == "bootstrap/Pulumi.account.yaml"
    assert key in mistake.key
    assert found in mistake.found


def test_the_guide_names_every_service():
    text = (ROOT / "docs" / "bootstrap.md").read_text()
    for service in SERVICES:
        assert f"| `{service.prefix}` | {service.why} |" in text


def test_every_action_exists():
    """botocore's operations have the names of the rights, but for S3 and for the rights to deliver logs."""
    session: Any = botocore.session.get_session()
    called = {"elasticfilesystem": "efs", "elasticloadbalancing": "elbv2"}
    for service in SERVICES:
        if service.prefix == "s3":
            continue
        operations = session.get_service_model(called.get(service.prefix, service.prefix)).operation_names
        for action in (*service.read, *service.write, *service.anywhere):
            assert fnmatch.filter(operations, action) or "LogDeliver" in action, f"{service.prefix}:{action}"
