"""One reading of each resource for all policies.

The SDK's analyzer unpacks the properties of a resource once for every policy, and those of the whole stack once for
every policy that looks at the stack: most of its time. Policies only read, so they can share one reading.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pulumi_policy import ReportViolation, StackValidationArgs, StackValidationPolicy
from pulumi_policy import policy as analyzer


class _Reading:
    """Stands for `json_format` in the SDK's module: hands each message on as it is, to be unpacked once."""

    def MessageToDict(self, message: Any) -> Any:
        return message


@contextmanager
def shared_reading() -> Iterator[None]:
    """While it lasts, the analyzer gives the same properties to all policies. Not for `Remediate`: it changes them."""
    unpack, read, guard = analyzer.json_format, analyzer.deserialize_properties, analyzer.unknown_checking_proxy
    # By identity: the messages are kept alive with their properties.
    known: dict[int, tuple[Any, Any]] = {}

    def properties(message: Any) -> Any:
        entry = known.get(id(message))
        if entry is None:
            entry = known[id(message)] = (message, guard(read(unpack.MessageToDict(message))))
        return entry[1]

    analyzer.json_format, analyzer.deserialize_properties = _Reading(), properties  # type: ignore[assignment]
    analyzer.unknown_checking_proxy = _as_it_is
    try:
        yield
    finally:
        analyzer.json_format, analyzer.deserialize_properties = unpack, read
        analyzer.unknown_checking_proxy = guard


def _as_it_is(properties: Any) -> Any:
    return properties


def resources_of(request: Any) -> list[Any]:
    """The resources of an AnalyzeStackRequest as the analyzer hands them to a policy."""
    seen: list[Any] = []

    def look(args: StackValidationArgs, report: ReportViolation) -> None:
        seen.extend(args.resources)

    servicer = analyzer._PolicyAnalyzerServicer(
        "reading", "0.0.1", [StackValidationPolicy("reading", "reads", look)], analyzer.EnforcementLevel.ADVISORY
    )
    with shared_reading():
        servicer.AnalyzeStack(request, None)
    return seen


def over(resources: list[Any], policy: StackValidationPolicy) -> StackValidationPolicy:
    """`policy`, which looks at these resources whatever the analyzer hands it."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        policy.validate(StackValidationArgs(resources, args.get_config(), args.stack_tags), report)

    return StackValidationPolicy(policy.name, policy.description, validate, severity=policy.severity)
