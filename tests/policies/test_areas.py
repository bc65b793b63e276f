"""Every policy of every area: what it passes, refuses and cannot judge, and a violation in a real stack."""

import importlib
from datetime import date
from pathlib import Path

import pytest

from operations.plan.stack_file import load_stack, stack_names
from operations.policy.report import judge
from policies.environment import KEY
from policies.pack import policies
from tests.components.plans import plan_of
from tests.policies.cases import Case, Plant, judged, newly_said

WRITTEN_ON = date(2026, 11, 20)
"""The day for which the checked-in stacks are right: keys age, versions leave support, exclusions end."""
AREAS = [
    importlib.import_module(f"tests.policies.{path.stem}") for path in sorted(Path(__file__).parent.glob("cases_*.py"))
]
CASES: list[Case] = [case for area in AREAS for case in area.CASES]
PLANTS: list[Plant] = [plant for area in AREAS for plant in area.PLANTS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.policy)
def test_the_policy_passes_what_is_right_and_refuses_what_is_wrong(case: Case) -> None:
    for example in case.good:
        said = [finding.found for finding in judged(case, example)]
        assert not said, f"{case.policy} speaks about {example}"
    for example in case.bad:
        said = judged(case, example)
        assert [one for one in said if not one.unknown], f"{case.policy} says nothing about {example}"
        assert all(one.level == "mandatory" for one in said if not one.unknown)


@pytest.mark.parametrize("case", [case for case in CASES if case.unknown is not None], ids=lambda case: case.policy)
def test_the_policy_says_what_it_cannot_judge(case: Case) -> None:
    assert case.unknown is not None
    said = judged(case, case.unknown)
    assert said, f"{case.policy} passes what is unknown"
    assert all(one.unknown and one.level == "advisory" and one.found for one in said), said


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.policy}-{plant.stack}")
def test_the_planted_violation_makes_that_policy_speak_alone(plant: Plant) -> None:
    said = newly_said(plant)
    assert plant.policy in {name for name, _, _, unknown in said if not unknown}, f"silent about its plant: {said}"
    assert {name for name, *_ in said} - {plant.policy, *plant.also} == set(), said


@pytest.mark.parametrize("name", [policy.name for policy in policies()])
def test_each_policy_has_all_kinds_of_cases(name: str) -> None:
    cases = [case for case in CASES if case.policy == name]
    assert any(case.good for case in cases), "no case that passes"
    assert any(case.bad for case in cases), "no case that fails"
    assert any(case.unknown is not None or case.no_unknown for case in cases), "no case with an unknown value"
    assert any(plant.policy == name for plant in PLANTS), "no planted violation"


def test_no_case_is_of_a_policy_that_does_not_exist() -> None:
    names = {policy.name for policy in policies()}
    assert {case.policy for case in CASES} | {plant.policy for plant in PLANTS} <= names


@pytest.mark.parametrize("stack", stack_names())
def test_our_stacks_violate_nothing(stack: str) -> None:
    report = judge(plan_of(stack), load_stack(stack).values[KEY], WRITTEN_ON)
    assert [(one.policy.name, one.name, one.found) for one in report.violations] == []
