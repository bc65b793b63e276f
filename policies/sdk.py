"""Our policies as the SDK's: what the engine calls.

Under the engine and in `streamctl policy` alike these run inside the SDK's analyzer, which hands over the properties,
marks what is unknown and sorts by enforcement level.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pulumi_policy import (
    PolicyComplianceFramework,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policies.environment import PRODUCTION, environment
from policies.exclusions import EXCLUDE_SCHEMA, Exclusions
from policies.framework import Policy
from policies.subject import UNKNOWN, Resource, Stack, Unknown


class NotJudged(UnknownValueError):
    """What a policy could not judge in a preview. The SDK makes an advisory finding of its `message`."""

    def __init__(self, unknown: Iterable[Unknown]):
        super().__init__(UNKNOWN, [])
        self.message = "; ".join(f"{one.property} of {one.urn} is not known before `up`" for one in unknown)


class BrokenPolicy(Exception):
    """A check failed over a resource: a mistake in the pack, never a pass."""


def as_sdk(policy: Policy) -> ResourceValidationPolicy | StackValidationPolicy:
    """`policy` as an object that `PolicyPack` takes."""
    common: dict[str, Any] = {
        "name": policy.name,
        "description": policy.reason,
        "config_schema": PolicyConfigSchema(
            {"exclude": EXCLUDE_SCHEMA, **{k: dict(v) for k, v in policy.config.items()}}
        ),
        "severity": Severity(policy.severity),
        "framework": _framework(policy.controls),
        "tags": [policy.area, *policy.controls],
        "remediation_steps": policy.remedy,
        "url": policy.url,
    }
    if policy.stack_check is not None:
        return StackValidationPolicy(validate=_stack_validation(policy), **common)
    return ResourceValidationPolicy(
        validate=_validation(policy), remediate=_remediation(policy) if policy.remediate else None, **common
    )


def message_of(policy: Policy, found: str) -> str:
    """What the engine prints below the reason."""
    return f"{found}\n  remedy: {policy.remedy}\n  see {policy.url}"


def found_in(policy: Policy, message: str) -> str:
    """The reverse: what was found, from the analyzer's whole message."""
    return message.removeprefix(f"{policy.reason}\n").removesuffix(message_of(policy, ""))


def _framework(controls: tuple[str, ...]) -> PolicyComplianceFramework | None:
    if not controls:
        return None
    names = dict.fromkeys(control.rpartition(" ")[0] for control in controls)
    return PolicyComplianceFramework(name=", ".join(names), specification=", ".join(controls))


def _resource(policy: Policy, args: ResourceValidationArgs) -> Resource:
    own = _own_tags(args.props) if not args.stack_tags else {}
    return Resource(
        args.resource_type,
        args.name,
        args.urn,
        args.props,
        parent=args.opts.parent or "",
        protect=args.opts.protect,
        options=args.opts,
        config=policy.configuration(args.get_config()),
        production=environment(args.stack_tags, args.urn, own) == PRODUCTION,
    )


def _validation(policy: Policy) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    check = policy.check
    assert check is not None  # noqa: S101 made by `policy`

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if not policy.applies_to(args.resource_type):
            return
        exclusions = Exclusions(args.get_config())
        if exclusions.cover(args.urn):
            return
        with _speaking_of(policy, args.urn):
            for found in check(_resource(policy, args)):
                report(message_of(policy, found + exclusions.ended(args.urn)), args.urn)

    return validate


def _stack_validation(policy: Policy) -> Callable[[StackValidationArgs, ReportViolation], None]:
    check = policy.stack_check
    assert check is not None  # noqa: S101 made by `stack_policy`

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        if not any(policy.applies_to(resource.resource_type) for resource in args.resources):
            return
        exclusions = Exclusions(args.get_config())
        stack = _stack(policy, args)
        try:
            with _speaking_of(policy, "the stack"):
                for resource, found in check(stack):
                    if not exclusions.cover(resource.urn):
                        report(message_of(policy, found + exclusions.ended(resource.urn)), resource.urn)
        except NotJudged as rest:
            unknown = [one for one in stack.not_known if not exclusions.cover(one.urn)]
            if unknown:
                rest.message += "; " + NotJudged(unknown).message
            raise
        unknown = [one for one in stack.not_known if not exclusions.cover(one.urn)]
        if unknown:
            raise NotJudged(unknown)

    return validate


# The resources of the last stack, with the list that they were made from. The engine hands every policy a list of its
# own; `streamctl policy` hands all the same, and then they are made once.
_last: tuple[Any, list[Resource], bool] = (None, [], False)


def _stack(policy: Policy, args: StackValidationArgs) -> Stack:
    resources, production = _resources(args)
    config = policy.configuration(args.get_config())
    for resource in resources:
        resource.config = config
    return Stack(resources, config, production)


def _resources(args: StackValidationArgs) -> tuple[list[Resource], bool]:
    """(the resources, whether the stack is one of production)."""
    global _last
    source, resources, production = _last
    if source is args.resources:
        return resources, production
    production = False
    resources = []
    for given in args.resources:
        own = _own_tags(given.props) if not args.stack_tags else {}
        production = production or environment(args.stack_tags, given.urn, own) == PRODUCTION
        resources.append(
            Resource(
                given.resource_type,
                given.name,
                given.urn,
                given.props,
                parent=given.parent.urn if given.parent else "",
                dependencies=given.dependencies,
                property_dependencies=given.property_dependencies,
                protect=given.opts.protect,
                options=given.opts,
            )
        )
    for resource in resources:
        resource.production = production
    _last = (args.resources, resources, production)
    return resources, production


def _remediation(policy: Policy) -> Callable[[ResourceValidationArgs], Any]:
    check, change = policy.check, policy.remediate
    assert check is not None  # noqa: S101 made by `policy`
    assert change is not None  # noqa: S101 made by `policy`

    def remediate(args: ResourceValidationArgs) -> Mapping[str, Any] | None:
        if not policy.applies_to(args.resource_type) or Exclusions(args.get_config()).cover(args.urn):
            return None
        resource = _resource(policy, args)
        with _speaking_of(policy, args.urn):
            if not any(True for _ in check(resource)):
                return None
            # The SDK's proxy gives its own content under this key: with its marks of secrets, which reading takes off.
            return {**args.props["__target"], **change(resource)}

    return remediate


def _own_tags(props: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        tags = props.get("tags")
    except UnknownValueError:
        return {}
    return tags if isinstance(tags, Mapping) else {}


class _speaking_of:
    """Turns `Unknown` into the SDK's exception, and every other failure of a check into one that names the policy."""

    def __init__(self, policy: Policy, subject: str):
        self._policy, self._subject = policy, subject

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        if isinstance(error, Unknown):
            raise NotJudged([Unknown(error.property, error.urn or self._subject)]) from None
        if isinstance(error, Exception):
            raise BrokenPolicy(
                f"policy {self._policy.name} failed over {self._subject}: {type(error).__name__}: {error}"
            ) from error
        return False
