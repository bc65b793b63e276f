"""The roles that CI takes in one environment."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from bootstrap.permissions import (
    Statement,
    deploy_boundary,
    deploy_statements,
    document,
    packed,
    read_statements,
    secret_statements,
    state_statements,
    workload_boundary,
)
from bootstrap.services import Scope
from bootstrap.state import StateStore
from components.naming import Naming


@dataclass
class CiRolesArgs:
    """Inputs of `CiRoles`.

    trust:         name of a role (preview, drift, deploy) -> its trust policy; without one the role is not made
    role_boundary: True: roles that a deployment makes must carry the boundary
    hours:         how long a role can be held: a first `pulumi up` takes most of an hour
    """

    naming: Naming
    environment: str
    scope: Scope
    store: StateStore
    trust: dict[str, dict[str, object]]
    role_boundary: bool = False
    hours: dict[str, int] = field(default_factory=lambda: {"deploy": 4})


class CiRoles(pulumi.ComponentResource):
    """`preview` reads settings and state; `drift` reads the values of secrets too; `deploy` changes.

    Output: workload_boundary_arn. Attribute: arns (by role).
    """

    workload_boundary_arn: pulumi.Output[str]

    def __init__(self, name: str, args: CiRolesArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:CiRoles", name, None, opts)
        self._args, self._mine = args, pulumi.ResourceOptions(parent=self)
        self.arns: dict[str, pulumi.Output[str]] = {}
        scope = args.scope
        workloads = self._policy("workloads", json.dumps(workload_boundary(scope)))
        self.workload_boundary_arn = workloads.arn
        if "preview" in args.trust:
            self._role("preview", read_statements(), write=False)
        if "drift" in args.trust:
            self._role("drift", read_statements() + secret_statements(scope), write=False)
        if "deploy" in args.trust:
            keys = pulumi.Output.all(args.store.bucket_key_arn, args.store.secrets_key_arns[args.environment])
            boundary = self._policy("boundary", keys.apply(lambda arns: json.dumps(deploy_boundary(scope, arns))))
            # The ARN is written out: a policy that waits for it would not be seen in a plan.
            asked = scope.arn("iam", f"policy/{self._physical('workloads')}", regional=False)
            statements = deploy_statements(scope, asked if args.role_boundary else None)
            self._role("deploy", statements, write=True, boundary=boundary.arn)
        self.register_outputs({"workload_boundary_arn": self.workload_boundary_arn})

    def _physical(self, purpose: str) -> str:
        return self._args.naming.name(f"{purpose}-{self._args.environment}")

    def _policy(self, purpose: str, text: pulumi.Input[str]) -> aws.iam.Policy:
        return aws.iam.Policy(
            f"{self._args.environment}-{purpose}",
            name=self._physical(purpose),
            policy=text,
            tags=self._args.naming.tags(purpose),
            opts=self._mine,
        )

    def _role(
        self,
        purpose: str,
        statements: Sequence[Statement],
        write: bool,
        boundary: pulumi.Input[str] | None = None,
    ) -> None:
        args, store = self._args, self._args.store
        role = aws.iam.Role(
            f"{args.environment}-{purpose}",
            name=self._physical(purpose),
            description=f"CI: {purpose} of {args.environment}",
            assume_role_policy=json.dumps(args.trust[purpose]),
            max_session_duration=args.hours.get(purpose, 1) * 3600,
            permissions_boundary=boundary,
            tags=args.naming.tags(purpose),
            opts=self._mine,
        )
        secrets_key = store.secrets_key_arns[args.environment]
        state = pulumi.Output.all(store.bucket_arn, store.bucket_key_arn, secrets_key).apply(
            lambda arns: json.dumps(document(state_statements(arns[0], arns[1], arns[2], args.scope, write)))
        )
        policies = [(f"{purpose}-state", self._policy(f"{purpose}-state", state))]
        for number, one in enumerate(packed(statements), start=1):
            policies.append((f"{purpose}-{number}", self._policy(f"{purpose}-{number}", json.dumps(one))))
        for word, policy in policies:
            aws.iam.RolePolicyAttachment(
                f"{args.environment}-{word}", role=role.name, policy_arn=policy.arn, opts=self._mine
            )
        self.arns[purpose] = role.arn
