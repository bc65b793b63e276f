"""How a policy is written: one function and its metadata.

    @policy("s3-versioned", types=("aws:s3/bucket:Bucket",), severity="medium", controls=("SOC 2 A1.2",),
            reason="...", remedy="...", url="https://...")
    def versioned(resource: Resource) -> Iterator[str]:
        if not resource.value("versioning", "enabled"):
            yield "versioning is off"

`policy` looks at one resource, `stack_policy` at all of them. A check yields what it found; the pack adds reason,
remedy and link. A value that is not known yet raises `Unknown` out of the check, and the pack says so.

The engine starts the pack inside this folder: no module here may have the name of one of Python's own (`secrets`,
`resource`, `types`...), or Python itself imports ours.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.subject import MASKED, UNKNOWN, NotKnown, Resource, Stack, Unknown

__all__ = [
    "EVERY",
    "MASKED",
    "POLICIES",
    "UNKNOWN",
    "NotKnown",
    "Policy",
    "Resource",
    "Stack",
    "Unknown",
    "policy",
    "stack_policy",
]

EVERY = "*"
"""In `types`: every custom resource (what a provider makes; no components, no providers, not the stack)."""

SEVERITIES = ("low", "medium", "high", "critical")

Check = Callable[[Resource], Iterator[str]]
StackCheck = Callable[[Stack], Iterator[tuple[Resource, str]]]
Remediation = Callable[[Resource], Mapping[str, Any]]


@dataclass(frozen=True)
class Policy:
    """One policy.

    name:      kebab case, begins with its area
    types:     exact type tokens of what it reports about; ("*",): every custom resource
    severity:  low, medium, high or critical
    controls:  of frameworks, as "CIS EKS 5.4.2"
    reason:    what goes wrong without it
    remedy:    what to set
    url:       where to read more
    check:     of one resource, or `stack_check` of all of them
    config:    its own configuration keys: JSON Schemas with `default`
    remediate: resource -> the properties to change, merged into its inputs at enforcement level `remediate`
    """

    name: str
    types: tuple[str, ...]
    severity: str
    controls: tuple[str, ...]
    reason: str
    remedy: str
    url: str
    check: Check | None = None
    stack_check: StackCheck | None = None
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    remediate: Remediation | None = None

    @property
    def area(self) -> str:
        """The first word of the name: `eks`."""
        return self.name.partition("-")[0]

    def applies_to(self, type_: str) -> bool:
        """Whether a resource of this type is judged."""
        return type_ in self.types or (EVERY in self.types and is_custom(type_))

    def configuration(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The policy's own keys: the defaults with what is given over them."""
        defaults = {key: schema.get("default") for key, schema in self.config.items()}
        return defaults | {key: value for key, value in given.items() if key in self.config}


POLICIES: dict[str, Policy] = {}
"""Every policy that was declared, by name, in the order of declaration."""

# Packages whose types are components: they make nothing themselves, their children do.
_COMPONENTS = ("pulumi:", "streaming-platform:", "eks:", "awsx:")


def is_custom(type_: str) -> bool:
    """Whether a provider makes resources of this type. The engine does not tell a pack, so the token has to."""
    return not type_.startswith(_COMPONENTS)


def policy(
    name: str,
    *,
    types: tuple[str, ...],
    severity: str,
    reason: str,
    remedy: str,
    url: str,
    controls: tuple[str, ...] = (),
    config: Mapping[str, Mapping[str, Any]] | None = None,
    remediate: Remediation | None = None,
) -> Callable[[Check], Check]:
    """Declare the decorated function as the check of a policy that looks at one resource."""

    def declare(check: Check) -> Check:
        _add(Policy(name, types, severity, controls, reason, remedy, url, check, None, config or {}, remediate))
        return check

    return declare


def stack_policy(
    name: str,
    *,
    types: tuple[str, ...],
    severity: str,
    reason: str,
    remedy: str,
    url: str,
    controls: tuple[str, ...] = (),
    config: Mapping[str, Mapping[str, Any]] | None = None,
) -> Callable[[StackCheck], StackCheck]:
    """Declare the decorated function as the check of a policy that needs several resources."""

    def declare(check: StackCheck) -> StackCheck:
        _add(Policy(name, types, severity, controls, reason, remedy, url, None, check, config or {}))
        return check

    return declare


def _add(new: Policy) -> None:
    """Raises ValueError where the metadata is incomplete: a mistake of the author's, found when the pack is loaded."""
    for right, wrong in (
        (re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", new.name), "a name in kebab case that begins with its area"),
        (new.name not in POLICIES, "a name of its own"),
        (isinstance(new.types, tuple) and new.types, "types: a tuple of type tokens"),
        (isinstance(new.controls, tuple), "controls: a tuple"),
        (new.severity in SEVERITIES, f"severity: one of {', '.join(SEVERITIES)}"),
        (new.reason.strip() and new.remedy.strip(), "a reason and a remedy"),
        (new.url.startswith("https://"), "url: a link"),
        (all("type" in schema and "default" in schema for schema in new.config.values()), "type and default of config"),
        (not {"exclude", "enforcementLevel"} & set(new.config), "config keys other than exclude, enforcementLevel"),
    ):
        if not right:
            raise ValueError(f"policy {new.name}: needs {wrong}")
    POLICIES[new.name] = new
