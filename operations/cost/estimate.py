"""The monthly estimate of one Plan."""

from pathlib import Path

from operations.cost import rules as _rules  # noqa: F401 fills RULES
from operations.cost.free import is_free
from operations.cost.meter import RULES, Meter, NotKnown, Resource
from operations.cost.model import Estimate
from operations.cost.nodes import charge_nodes
from operations.cost.tables import assumptions, price_table
from operations.plan.plan import Plan


def estimate(plan: Plan, assumed: Path | None = None) -> Estimate:
    """What `plan` costs a month at list prices.

    assumed: file with assumptions that differ from `assumptions.yaml`
    The same Plan gives the same estimate. What has no price, or a quantity that a preview does not know, is in `gaps`
    and in no sum. Raises PlatformError for a file that is wrong.
    """
    table = price_table()
    meter = Meter(plan, table, assumptions(plan.stack, assumed))
    free: dict[str, int] = {}
    local = 0
    for resource in plan.resources:
        if resource.get("external"):
            continue  # read, not made: whoever made it pays
        if meter.emulated(resource):
            local += 1
        elif not _charge(meter, resource):
            free[resource["type"]] = free.get(resource["type"], 0) + 1
    charge_nodes(meter)
    if local:
        meter.notes.append(f"{local} resources are made by an emulator on this machine and cost nothing.")
    missing = sorted(meter.regions - set(table.regions))
    if missing and meter.assumed.price_region:
        meter.notes.insert(
            0, f"No prices of {', '.join(missing)} are known: those of {meter.assumed.price_region} stand in for them."
        )
    return Estimate(
        stack=plan.stack,
        regions=tuple(sorted(meter.regions)),
        as_of=table.as_of,
        lines=meter.lines(),
        gaps=meter.gaps(),
        notes=tuple(meter.notes),
        free=dict(sorted(free.items())),
    )


def _charge(meter: Meter, resource: Resource) -> bool:
    """Apply the rule of a resource. False where it is known to cost nothing."""
    type_ = resource["type"]
    if type_ in RULES:
        try:
            RULES[type_](meter, resource)
        except NotKnown as unknown:
            meter.gap(resource, type_.rpartition(":")[2], f"{unknown} is not known before `pulumi up`")
        return True
    if not resource.get("custom", True):
        # A component costs nothing. A remote one may hide what does.
        for child in resource.get("unseenChildren") or ():
            if not is_free(child) and child not in RULES:
                meter.gap(resource, f"{child}, inside {type_}", "not seen in this Plan", known=False)
        return False
    if is_free(type_):
        return False
    meter.gap(resource, type_, "nothing here knows what such a resource costs", known=False)
    return True
