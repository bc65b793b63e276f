"""The changes of the insurance portfolio: repeatable, of every kind, and never against the tables' own rules."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from operations.local.generators.portfolio import Planner, Portfolio

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def planner(seed: int = 7, policies: int = 20) -> Planner:
    made = Planner(seed, Portfolio(), lambda: NOW)
    for _ in range(policies):
        made.new_policy()
    return made


def test_the_same_seed_gives_the_same_changes():
    one, two, other = planner(), planner(), planner(8)
    changes = [one.change() for _ in range(200)]
    assert changes == [two.change() for _ in range(200)]
    assert changes != [other.change() for _ in range(200)]


def test_every_kind_of_change_occurs():
    made = planner()
    kinds = Counter()
    for _ in range(3000):
        for statement, _parameters in made.change():
            words = statement.split()
            kinds[" ".join(words[:4]) if words[0] == "UPDATE" else " ".join(words[:3])] += 1
    assert set(kinds) >= {
        "INSERT INTO public.claims",
        "INSERT INTO public.policies",
        "DELETE FROM public.claims",
        "DELETE FROM public.policies",
        "UPDATE public.claims SET status",
        "UPDATE public.claims SET amount",
        "UPDATE public.claims SET policy_id",
        "UPDATE public.policies SET region",
        "UPDATE public.policies SET vehicle_id",
    }


def test_the_planned_portfolio_keeps_the_rules_of_the_tables():
    made = planner()
    for _ in range(3000):
        assert made.change()
        policies, claims = made.portfolio.policies, made.portfolio.claims
        vehicles = [vehicle for vehicle in policies.values() if vehicle is not None]
        assert len(vehicles) == len(set(vehicles))
        assert {policy for policy, _status in claims.values()} <= set(policies)


def test_amounts_and_times_fit_the_columns():
    made = planner()
    for _ in range(2000):
        for _statement, parameters in made.change():
            for value in parameters:
                if isinstance(value, Decimal):
                    assert 0 <= value < 100_000
                    assert value == value.quantize(Decimal("0.01"))
                if isinstance(value, datetime):
                    assert NOW - timedelta(days=14) <= value <= NOW


def test_an_empty_portfolio_gets_a_policy_first():
    [(statement, _)] = Planner(7, Portfolio(), lambda: NOW).change()
    assert statement.startswith("INSERT INTO public.policies")


def test_numbers_go_on_after_those_that_exist():
    made = Planner(7, Portfolio({41: None}, {99: (41, "reported")}), lambda: NOW)
    assert made.new_policy()[0][1][0] == 42
    assert made.new_claim()[0][1][0] == 100
