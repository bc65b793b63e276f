"""The policy pack, run on a Plan: the SDK's own analyzer is called as the engine calls it, without a socket."""

import datetime
import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from components.errors import problem
from operations.plan.plan import Plan
from operations.policy.requests import Record, analyze_request, stack_request
from operations.policy.sharing import over, resources_of, shared_reading
from policies import exclusions
from policies.environment import TAG
from policies.framework import Policy
from policies.pack import NAME, policies, sdk_policies
from policies.sdk import BrokenPolicy, as_sdk, found_in

MANDATORY, ADVISORY, REMEDIATE, DISABLED = "mandatory", "advisory", "remediate", "disabled"
LEVELS = (MANDATORY, ADVISORY, REMEDIATE, DISABLED)

_LEVELS = {
    MANDATORY: analyzer_pb2.MANDATORY,
    ADVISORY: analyzer_pb2.ADVISORY,
    REMEDIATE: analyzer_pb2.REMEDIATE,
    DISABLED: analyzer_pb2.DISABLED,
}

# The SDK's own words before what a policy could not judge, and ours in it (policies/sdk.py).
_NOT_RUN = "can't run policy"
_NOT_KNOWN = re.compile(r"(\S+) of (.+?) is not known before `up`(?:; |$)")


@dataclass(frozen=True)
class Finding:
    """One thing that a policy says about one resource.

    level:      mandatory, advisory, or remediate where the engine would change the resource so that it complies
    found:      what was found; for an unknown value: its property
    unknown:    the policy could not judge: a value is not known before `up`. Such a finding is advisory
    remediable: the policy could change the resource at enforcement level `remediate`
    """

    policy: Policy
    urn: str
    type: str
    level: str
    found: str
    unknown: bool = False
    remediable: bool = False

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[-1]


@dataclass(frozen=True)
class PolicyConfig:
    """How one policy is set for a stack. level: None for the pack's (mandatory); properties: its keys and `exclude`."""

    level: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


class Pack:
    """The pack for one stack.

    config:      policy -> its configuration
    environment: the stack's environment, `prod` or another word
    day:         the day on which exclusions are looked at; default: today
    chosen:      the policies; default: all of the pack
    """

    def __init__(
        self,
        config: Mapping[str, PolicyConfig],
        environment: str,
        day: datetime.date | None = None,
        chosen: Sequence[Policy] | None = None,
    ):
        self.config, self.environment = config, environment
        self.day = day or exclusions.today()
        self._by_name = {policy.name: policy for policy in chosen or policies()}
        given = sdk_policies() if chosen is None else [as_sdk(policy) for policy in chosen]
        self._as_sdk: dict[str, Any] = {policy.name: policy for policy in given}
        self._for_type: dict[str, tuple[_PolicyAnalyzerServicer | None, bool]] = {}

    def judge(self, plan: Plan) -> list[Finding]:
        """Everything that the pack says about a Plan. Raises PlatformError where a policy itself fails."""
        # A Plan is large and all of it lives on: looking through it for garbage takes longer than the policies.
        collecting = gc.isenabled()
        gc.disable()
        try:
            findings = [finding for record in plan.resources for finding in self.judge_resource(record)]
            return findings + self.judge_stack(plan)
        finally:
            if collecting:
                gc.enable()

    def judge_resource(self, record: Record) -> list[Finding]:
        """What the policies that look at single resources say about one."""
        servicer, remediates = self._servicer(record["type"])
        if servicer is None:
            return []
        request = analyze_request(record)
        mended: set[str] = set()
        with self._judging():
            with shared_reading():
                found = servicer.Analyze(request, None).diagnostics
            if remediates and found:
                request, mended = _remediated(servicer, request)
                left = servicer.Analyze(request, None).diagnostics if mended else found
                mended -= {one.policyName for one in left}
        return [self._finding(one, record["urn"], record["type"], mended) for one in _spread(found)]

    def judge_stack(self, plan: Plan) -> list[Finding]:
        """What the policies that look at the whole stack say."""
        types = {record["urn"]: record["type"] for record in plan.resources}
        present = set(types.values())
        chosen = [
            name
            for name, policy in self._by_name.items()
            if policy.stack_check and any(policy.applies_to(type_) for type_ in present)
        ]
        if not chosen:
            return []
        # The analyzer would build the resources of the whole stack for each policy: it builds them once, and then runs
        # every policy over those.
        resources = resources_of(stack_request(plan))
        servicer = self._configured([over(resources, self._as_sdk[name]) for name in chosen])
        with self._judging():
            found = servicer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(), None).diagnostics
        root = next((record["urn"] for record in plan.resources if not record.get("parent")), "")
        return [
            self._finding(one, one.urn or root, types.get(one.urn or root, ""), frozenset()) for one in _spread(found)
        ]

    def _judging(self) -> "_Judging":
        return _Judging(self.day)

    def _servicer(self, type_: str) -> tuple[_PolicyAnalyzerServicer | None, bool]:
        """The analyzer with the policies for a type; and whether one of them changes resources. Most types have few."""
        if type_ not in self._for_type:
            chosen = [name for name, one in self._by_name.items() if one.check and one.applies_to(type_)]
            remediates = any(self.config.get(name, PolicyConfig()).level == REMEDIATE for name in chosen)
            servicer = self._configured([self._as_sdk[name] for name in chosen]) if chosen else None
            self._for_type[type_] = (servicer, remediates)
        return self._for_type[type_]

    def _configured(self, chosen: list[Any]) -> _PolicyAnalyzerServicer:
        servicer = _PolicyAnalyzerServicer(NAME, "0.0.1", chosen, EnforcementLevel.MANDATORY)
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for policy in chosen:
            given = self.config.get(policy.name)
            if given is not None:
                properties = struct_pb2.Struct()
                properties.update(dict(given.properties))
                request.policyConfig[policy.name].CopyFrom(
                    analyzer_pb2.PolicyConfig(enforcementLevel=_LEVELS[given.level or MANDATORY], properties=properties)
                )
        servicer.Configure(request, None)
        servicer.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(tags={TAG: self.environment}), None)
        return servicer

    def _finding(self, said: "_Said", urn: str, type_: str, mended: set[str] | frozenset[str]) -> Finding:
        policy = self._by_name[said.policyName]
        if said.property:
            return Finding(policy, said.urn or urn, type_, ADVISORY, said.property, unknown=True)
        level = ADVISORY if said.level == analyzer_pb2.ADVISORY else MANDATORY
        if policy.name in mended:
            level = REMEDIATE
        return Finding(
            policy, urn, type_, level, found_in(policy, said.message), remediable=policy.remediate is not None
        )


@dataclass(frozen=True)
class _Said:
    """One thing said: a diagnostic, or one of several values that a diagnostic names as not known."""

    policyName: str
    level: int
    message: str
    urn: str
    property: str = ""


def _spread(diagnostics: Iterable[Any]) -> Iterator[_Said]:
    for one in diagnostics:
        if not one.message.startswith(_NOT_RUN):
            yield _Said(one.policyName, one.enforcementLevel, one.message, one.urn)
            continue
        for property_, urn in _NOT_KNOWN.findall(one.message.split("during preview: ", 1)[-1]):
            yield _Said(one.policyName, one.enforcementLevel, one.message, urn, property_)


def _remediated(servicer: _PolicyAnalyzerServicer, request: Any) -> tuple[Any, set[str]]:
    """The request with what the policies at level `remediate` change, and the names of those that changed it."""
    changed = analyzer_pb2.AnalyzeRequest()
    changed.CopyFrom(request)
    names: set[str] = set()
    for remediation in servicer.Remediate(request, None).remediations:
        if not remediation.diagnostic:
            changed.properties.CopyFrom(remediation.properties)
            names.add(remediation.policyName)
    return changed, names


class _Judging:
    """While the analyzer runs: the day that counts; and a policy that fails is an error that names it."""

    def __init__(self, day: datetime.date):
        self._day = exclusions.on(day)

    def __enter__(self) -> None:
        self._day.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        self._day.__exit__(kind, error, trace)
        if isinstance(error, BrokenPolicy):
            raise problem(
                "policies", "", str(error), "", "correct the policy; until then set it to `disabled` for this stack"
            ) from error
