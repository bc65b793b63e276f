"""How an area's cases are written, and what is done with them.

`tests/policies/cases_<area>.py` holds `CASES` and `PLANTS`; `test_areas.py` runs them all.

    CASES = [
        Case("s3-versioned", type="aws:s3/bucketVersioning:BucketVersioning",
             good=[{"versioningConfiguration": {"status": "Enabled"}}],
             bad=[{"versioningConfiguration": {"status": "Suspended"}}, {}],
             unknown={"versioningConfiguration": UNKNOWN}),
        # A policy that looks at several resources: each case is a list of them.
        Case("s3-tls-only",
             good=[[Given("aws:s3/bucket:Bucket", "lake"),
                    Given("aws:s3/bucketPolicy:BucketPolicy", "lake", {"policy": "..."}, refers={"bucket": ["lake"]})]],
             bad=[[Given("aws:s3/bucket:Bucket", "lake")]],
             unknown=[...]),
    ]
    PLANTS = [Plant("s3-versioned", "dev-msk", where="*::lake-versioning", change=lambda props: {**props, "x": 1})]
"""

import copy
import fnmatch
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from operations.plan.plan import Plan
from operations.policy.analyze import Finding, Pack, PolicyConfig
from policies.framework import POLICIES, Policy
from policies.pack import policies
from policies.subject import UNKNOWN, Resource, Stack, Unknown
from tests.components.plans import plan_of

__all__ = ["UNKNOWN", "Case", "Given", "Plant"]

Props = Mapping[str, Any]


@dataclass(frozen=True)
class Given:
    """One resource of a case. refers: property -> names of the resources whose outputs went into it."""

    type: str
    name: str = "it"
    props: Props = field(default_factory=dict)
    refers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    protect: bool = False
    parent: str = ""


Example = Props | Given | Sequence[Given]


@dataclass(frozen=True)
class Case:
    """What one policy says to resources that are made up.

    type:       type of those examples that are properties only
    good, bad:  examples: properties, a Given, or a list of Given
    unknown:    an example that the policy cannot judge
    no_unknown: why there is none (the policy looks at nothing that a provider chooses)
    production: whether the environment is `prod`
    config:     the policy's own configuration
    """

    policy: str
    type: str = ""
    good: Sequence[Example] = ()
    bad: Sequence[Example] = ()
    unknown: Example | None = None
    no_unknown: str = ""
    production: bool = False
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plant:
    """A violation, planted in the Plan of a real stack.

    where:  type token or pattern on the URN; the first such resource is changed
    change: its inputs (a copy) -> the changed ones, or None where the copy itself was changed
    record: the same for the whole entry of the Plan (`protect`...)
    remove: take the resource out
    also:   other policies that rightly speak about the same thing
    """

    policy: str
    stack: str = "dev-msk"
    where: str = ""
    change: Callable[[dict[str, Any]], Any] | None = None
    record: Callable[[dict[str, Any]], Any] | None = None
    remove: bool = False
    also: tuple[str, ...] = ()


# -- cases ---------------------------------------------------------------------------------------------------------


def judged(case: Case, example: Example) -> list[Finding]:
    """What the policy of `case` says to an example, through the SDK's analyzer."""
    records = _records(case, example)
    pack = Pack({case.policy: PolicyConfig(None, case.config)}, "prod" if case.production else "dev")
    plan = Plan("streaming-platform", "case", records)
    return [finding for finding in pack.judge(plan) if finding.policy.name == case.policy]


def _records(case: Case, example: Example) -> list[dict[str, Any]]:
    if isinstance(example, Mapping):
        example = Given(case.type, props=example)
    if isinstance(example, Given):
        example = [example]

    def urns(one: Given, names: Sequence[str]) -> list[str]:
        return [_urn(other.type, other.name) for other in example if other.name in names and other is not one]

    return [
        {
            "urn": _urn(one.type, one.name),
            "type": one.type,
            "custom": True,
            "inputs": dict(one.props),
            "outputs": dict(one.props),
            "protect": one.protect,
            "parent": one.parent,
            "dependencies": sorted({urn for names in one.refers.values() for urn in urns(one, names)}),
            "propertyDependencies": {key: urns(one, names) for key, names in one.refers.items()},
        }
        for one in example
    ]


def _urn(type_: str, name: str) -> str:
    return f"urn:pulumi:case::streaming-platform::{type_}::{name}"


# -- plants --------------------------------------------------------------------------------------------------------

# (policy, urn, found, unknown). Taken from the checks directly: one changed resource costs little then.
Words = set[tuple[str, str, str, bool]]


def newly_said(plant: Plant) -> Words:
    """What the pack says about the stack with the plant and does not say without it."""
    before_resources, before_stack = _base(plant.stack)
    record, changed = planted(plant)
    plan = plan_of(plant.stack)
    records = [one for one in plan.resources if one is not record]
    if changed is not None:
        records.insert(plan.resources.index(record), changed)
    said = _stack_words([_resource(one, "outputs", plant.stack) for one in records], plant.stack) - before_stack
    if changed is not None:
        said |= _words(changed, plant.stack) - before_resources[record["urn"]]
    return said


def planted(plant: Plant) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """(the resource as it is, as it is with the plant; None where it was removed)."""
    matching = [
        one
        for one in plan_of(plant.stack).resources
        if one["type"] == plant.where or fnmatch.fnmatchcase(one["urn"], plant.where)
    ]
    assert matching, f"{plant.policy}: no resource of {plant.stack} matches {plant.where!r}"
    record = matching[0]
    if plant.remove:
        return record, None
    changed = copy.deepcopy(record)
    if plant.change:
        inputs = changed["inputs"]
        new = plant.change(inputs)
        new = inputs if new is None else new
        # What a provider returns begins with what it was given.
        gone = record["inputs"].keys() - new.keys()
        outputs = {key: value for key, value in changed.get("outputs", {}).items() if key not in gone}
        changed["inputs"], changed["outputs"] = new, {**outputs, **new} if changed.get("custom") else outputs
    if plant.record:
        changed = plant.record(changed) or changed
    assert changed != record, f"{plant.policy}: the plant changes nothing"
    return record, changed


@functools.cache
def _base(stack: str) -> tuple[dict[str, Words], Words]:
    records = plan_of(stack).resources
    return (
        {one["urn"]: _words(one, stack) for one in records},
        _stack_words([_resource(one, "outputs", stack) for one in records], stack),
    )


def _words(record: dict[str, Any], stack: str) -> Words:
    said: Words = set()
    for policy in _single():
        if not policy.applies_to(record["type"]) or policy.check is None:
            continue
        resource = _resource(record, "inputs", stack)
        resource.config = policy.configuration({})
        try:
            for found in policy.check(resource):
                said.add((policy.name, resource.urn, found, False))
        except Unknown as unknown:
            said.add((policy.name, resource.urn, unknown.property, True))
    return said


def _stack_words(resources: list[Resource], stack: str) -> Words:
    said: Words = set()
    for policy in policies():
        if policy.stack_check is None:
            continue
        whole = Stack(resources, policy.configuration({}), _production(stack))
        try:
            for resource, found in policy.stack_check(whole):
                said.add((policy.name, resource.urn, found, False))
        except Unknown as unknown:
            said.add((policy.name, unknown.urn, unknown.property, True))
        said |= {(policy.name, one.urn, one.property, True) for one in whole.not_known}
    return said


def _resource(record: dict[str, Any], properties: str, stack: str) -> Resource:
    return Resource(
        record["type"],
        record["urn"].rpartition("::")[2],
        record["urn"],
        record.get(properties, {}),
        parent=record.get("parent", ""),
        dependencies=record.get("dependencies", ()),
        property_dependencies={key: frozenset(urns) for key, urns in record.get("propertyDependencies", {}).items()},
        protect=bool(record.get("protect")),
        production=_production(stack),
    )


def _production(stack: str) -> bool:
    return stack.startswith("prod")


@functools.cache
def _single() -> list[Policy]:
    policies()
    return [policy for policy in POLICIES.values() if policy.check]
