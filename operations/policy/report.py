"""What the pack says about one stack, and what there is to say about it as a whole."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from operations.plan.evaluate import synthesise
from operations.plan.load import load_plan
from operations.plan.plan import Plan
from operations.plan.stack_file import STACKS, load_stack
from operations.policy.analyze import ADVISORY, DISABLED, MANDATORY, REMEDIATE, Finding, Pack
from operations.policy.settings import CONFIG, check_exclusions, config_of, load_config
from policies.environment import KEY, TAG, environment
from policies.framework import SEVERITIES, Policy
from policies.pack import policies

SEVERITY_ORDER = {severity: index for index, severity in enumerate(reversed(SEVERITIES))}


@dataclass(frozen=True)
class Report:
    """stack, environment: what was judged; findings: in the order in which they are shown; policies: those that ran;
    resources: how many resources the Plan has; disabled: names of the policies that the stack's file switches off."""

    stack: str
    environment: str
    findings: tuple[Finding, ...]
    policies: tuple[Policy, ...]
    resources: int
    disabled: tuple[str, ...] = ()

    @property
    def violations(self) -> list[Finding]:
        """What stops an `up`: findings of mandatory policies."""
        return [one for one in self.findings if one.level == MANDATORY]

    @property
    def advisory(self) -> list[Finding]:
        """What is said and stops nothing."""
        return [one for one in self.findings if one.level == ADVISORY and not one.unknown]

    @property
    def unknown(self) -> list[Finding]:
        """What could not be judged."""
        return [one for one in self.findings if one.unknown]

    @property
    def remediated(self) -> list[Finding]:
        """What the engine changes by itself, at enforcement level `remediate`."""
        return [one for one in self.findings if one.level == REMEDIATE]

    @property
    def remediable(self) -> list[Finding]:
        """What it would change if the policy's level were `remediate`."""
        return [one for one in self.findings if one.remediable and one.level != REMEDIATE]

    def summary(self) -> str:
        """The closing line."""
        counts = [
            _count(len(self.violations), "violation"),
            f"{len(self.advisory)} advisory",
            f"{len(self.unknown)} unknown before `up`",
            f"{len(self.remediable)} remediable",
        ]
        if self.remediated:
            counts.append(f"{len(self.remediated)} remediated by the engine")
        ran = f"{_count(len(self.policies), 'policy', 'policies')}, {_count(self.resources, 'resource')}"
        return f"{', '.join(counts)}; {ran} of stack {self.stack}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def judge(plan: Plan, environment: str, today: datetime.date, folder: Path = CONFIG) -> Report:
    """The pack's judgement of a Plan, with the stack's configuration in `folder`. Raises PlatformError."""
    path = config_of(plan.stack, folder)
    config = load_config(path, today) if path else {}
    if path:
        check_exclusions(path, config, plan)
    findings = Pack(config, environment, today).judge(plan)
    ran = tuple(one for one in policies() if one.name not in config or config[one.name].level != DISABLED)
    disabled = tuple(one.name for one in policies() if one not in ran)
    return Report(plan.stack, environment, tuple(sorted(findings, key=_order)), ran, len(plan.resources), disabled)


def _order(finding: Finding) -> tuple[bool, int, str, str, str]:
    severity = SEVERITY_ORDER[finding.policy.severity]
    return (finding.unknown, severity, finding.policy.name, finding.urn, finding.found)


def of_stack(stack: str) -> tuple[Plan, str]:
    """(Plan, environment) of a stack file, evaluated in process."""
    config = load_stack(stack)
    plan = synthesise(config)
    return plan, config.values.get(KEY) or _seen(plan)


def of_file(path: Path) -> tuple[Plan, str]:
    """(Plan, environment) of a file. The tags of its resources say which environment it is, then the stack file."""
    plan = load_plan(path)
    seen = _seen(plan)
    if not seen and (STACKS / f"Pulumi.{plan.stack}.yaml").is_file():
        seen = load_stack(plan.stack).values.get(KEY, "")
    return plan, seen or environment({}, f"urn:pulumi:{plan.stack}::", {}) or "unknown"


def _seen(plan: Plan) -> str:
    """The environment in the tags of the resources; of several the strictest."""
    tags = (record.get("inputs", {}).get("tags") for record in plan.resources)
    found = {tag[TAG] for tag in tags if isinstance(tag, dict) and isinstance(tag.get(TAG), str)}
    return "prod" if "prod" in found else min(found, default="")
