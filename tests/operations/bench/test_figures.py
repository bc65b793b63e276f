"""Medians, percentiles, growth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.bench.figures import Percentiles, Spread, growth_exponent, percentile


def test_percentiles_are_values_that_were_measured():
    found = Percentiles.of([float(value) for value in range(100, 0, -1)])
    assert found == Percentiles(100, p50=50.0, p90=90.0, p99=99.0, longest=100.0)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_at_least_the_share_is_no_larger_than_its_percentile(values, share):
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= share * len(ordered) - 1e-9


@pytest.mark.parametrize("function", [Percentiles.of, Spread.of, lambda values: percentile(values, 0.5)])
def test_nothing_measured_is_no_figure(function):
    with pytest.raises(ValueError, match="no measurements"):
        function([])


def test_a_spread_shows_median_and_both_ends():
    assert Spread.of([3.0, 1.0, 2.0]).text(1, "s") == "2.0 (1.0 - 3.0) s"
    assert Spread.of([1234.5]).text(0, "events/s") == "1,234 events/s"


@given(st.floats(1e-6, 1e3), st.floats(0, 3))
def test_the_exponent_of_a_power_law_is_found(factor, exponent):
    seconds = {size: factor * size**exponent for size in (10, 100, 1000)}
    assert growth_exponent(seconds) == pytest.approx(exponent, abs=1e-6)


def test_one_size_has_no_growth():
    with pytest.raises(ValueError, match="two sizes"):
        growth_exponent({10: 1.0})
