"""A diff of two Plans says what the change costs."""

import copy

from operations.diff.command import cost_section
from operations.plan.plan import Plan
from tests.components.plans import plan_of

BROKERS = "aws:msk/cluster:Cluster"


def with_brokers(count: int) -> Plan:
    plan = copy.deepcopy(plan_of("dev-msk"))
    for one in plan.resources:
        if one["type"] == BROKERS:
            one["inputs"]["numberOfBrokerNodes"] = count
    return plan


def test_more_brokers_cost_more():
    section = cost_section(with_brokers(3), with_brokers(6))
    assert section.text.startswith("+114.87 USD a month")
    assert "| kafka | broker kafka.t3.small | 3 x 730 h | 6 x 730 h | +99.87 |" in section.markdown
    assert section.data["change"]["total"] == 114.87


def test_a_stack_that_was_not_there_costs_all_of_it():
    plan = plan_of("dev-msk")
    section = cost_section(Plan(plan.project, plan.stack, []), plan)
    assert section.text.startswith("A new stack: about")
    assert cost_section(plan, plan).text.startswith("No change")
