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
from policies.framework import Policy
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
    base = _base(plant.stack)
    record, changed = planted(plant)
    resources = [one for one in base.resources if one.urn != record["urn"]]
    said: Words = set()
    if changed is not None:
        resources.insert([one.urn for one in base.resources].index(record["urn"]), _resource(changed, plant.stack))
        said = _words(changed, plant.stack) - base.of_resource[record["urn"]]
    for policy in _stack_policies():
        # A policy that has not looked at such resources says the same again.
        looked = base.looked[policy.name]
        if looked is None or looked & {record["type"], (changed or record)["type"]}:
            said |= _stack_words(policy, _stack(policy, resources, plant.stack)) - base.of_stack[policy.name]
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


@dataclass(frozen=True)
class _Base:
    """What the pack says about a stack as it is. looked: policy -> types that it has looked at, None: all."""

    resources: list[Resource]
    of_resource: dict[str, Words]
    of_stack: dict[str, Words]
    looked: dict[str, set[str] | None]


@functools.cache
def _base(stack: str) -> _Base:
    records = plan_of(stack).resources
    base = _Base(
        [_resource(one, stack) for one in records], {one["urn"]: _words(one, stack) for one in records}, {}, {}
    )
    for policy in _stack_policies():
        watched = _stack(policy, base.resources, stack)
        base.of_stack[policy.name] = _stack_words(policy, watched)
        base.looked[policy.name] = watched.looked
    return base


class _Watched(Stack):
    """A stack that notes which types a policy asks for."""

    looked: set[str] | None

    def __init__(self, resources: Sequence[Resource], config: Mapping[str, Any], production: bool):
        self.looked = set()
        super().__init__(resources, config, production)
        self.looked = set()

    @property
    def resources(self) -> tuple[Resource, ...]:
        self.looked = None
        return self._all

    @resources.setter
    def resources(self, all_of_them: tuple[Resource, ...]) -> None:
        self._all = all_of_them

    def of(self, *types: str) -> list[Resource]:
        self._note(*types)
        return [one for one in self._all if one.type in types]

    def get(self, urn: str) -> Resource | None:
        self._note(urn.split("::")[2].rpartition("$")[2])
        return super().get(urn)

    def names(self, resource: Resource, property: str) -> set[Resource]:
        found = super().names(resource, property)
        self._note(*(one.type for one in found))
        return found

    def _note(self, *types: str) -> None:
        if self.looked is not None:
            self.looked.update(types)


def _stack(policy: Policy, resources: list[Resource], stack: str) -> _Watched:
    config = policy.configuration({})
    for one in resources if policy.config else ():
        one.config = config
    return _Watched(resources, config, _production(stack))


def _words(record: dict[str, Any], stack: str) -> Words:
    said: Words = set()
    resource = _resource(record, stack, "inputs")
    for policy in policies():
        if policy.check is None or not policy.applies_to(record["type"]):
            continue
        resource.config = policy.configuration({})
        try:
            for found in policy.check(resource):
                said.add((policy.name, resource.urn, found, False))
        except Unknown as unknown:
            said.add((policy.name, resource.urn, unknown.property, True))
    return said


def _stack_words(policy: Policy, stack: _Watched) -> Words:
    said: Words = set()
    assert policy.stack_check is not None
    try:
        for resource, found in policy.stack_check(stack):
            said.add((policy.name, resource.urn, found, False))
    except Unknown as unknown:
        said.add((policy.name, unknown.urn, unknown.property, True))
    return said | {(policy.name, one.urn, one.property, True) for one in stack.not_known}


def _resource(record: dict[str, Any], stack: str, properties: str = "outputs") -> Resource:
    return Resource(
        record["type"],
        record["urn"].rpartition("::")[2],
        record["urn"],
        record.get(properties, {}),
        parent=record.get("parent", ""),
        dependencies=record.get("dependencies", ()),
        property_dependencies=record.get("propertyDependencies", {}),
        protect=bool(record.get("protect")),
        production=_production(stack),
    )


def _production(stack: str) -> bool:
    return stack.startswith("prod")


@functools.cache
def _stack_policies() -> list[Policy]:
    return [policy for policy in policies() if policy.stack_check]
