"""Key rotation over years of runs: never two keys at once, never the active one, always a valid key for each client."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.rotation import Rotation, advanced, due, key_names

START = date(2026, 1, 1)
numbers = st.integers(0, 5_000)
keys = st.integers(2, 10)


def test_two_keys_take_turns():
    assert key_names(2, 0) == ["0", "spare-1"]
    assert key_names(2, 1) == ["1", "0"]
    assert key_names(2, 2) == ["2", "1"]
    assert key_names(4, 1) == ["1", "0", "spare-1", "spare-2"]


@given(keys, numbers)
def test_each_rotation_replaces_the_oldest_key_and_no_other(count: int, number: int):
    before, after = key_names(count, number), key_names(count, number + 1)
    assert len(set(before)) == count
    assert set(before) - set(after) == {before[-1]}
    assert set(after) - set(before) == {after[0]}
    assert before[0] in after, "the key that clients hold outlives the rotation"


@given(keys, numbers)
def test_a_key_that_is_gone_never_comes_back(count: int, number: int):
    new = key_names(count, number + 1)[0]
    assert all(new not in key_names(count, earlier) for earlier in range(max(0, number - 3 * count), number + 1))


@given(keys, numbers)
def test_one_key_more_or_less_leaves_the_others_alone(count: int, number: int):
    fewer, more = key_names(count, number), key_names(count + 1, number)
    assert more[:-1] == fewer, "the active key above all"


@pytest.mark.parametrize(("count", "number"), [(1, 0), (0, 0), (2, -1)])
def test_a_single_key_cannot_be_rotated(count: int, number: int):
    with pytest.raises(ValueError, match="2 or more"):
        key_names(count, number)


@dataclass
class Client:
    """Reads its credentials once in a while and uses them until the next time."""

    every: int
    key: str | None = None
    read_on: date | None = None


def simulate(days: list[int], count: int, period: int, clients: list[Client]) -> list[Rotation]:
    """Runs on the given days (from `START`); asserts what has to hold on each of them."""
    rotation, history = Rotation(0, START), []
    for offset in days:
        today = START + timedelta(days=offset)
        after = advanced(rotation, period, today)
        assert advanced(rotation, period, today) == after, "two runs on one day do the same"
        assert advanced(after, period, today) == after, "and the second changes nothing"
        before_keys, after_keys = key_names(count, rotation.number), key_names(count, after.number)
        assert len(set(before_keys) - set(after_keys)) <= 1
        assert before_keys[0] in after_keys
        rotation = after
        history.append(rotation)
        for client in clients:
            if client.read_on is None or (today - client.read_on).days >= client.every:
                client.key, client.read_on = after_keys[0], today
            assert client.key in after_keys, f"a client that reads every {client.every} days holds a dead key"
    return history


@pytest.mark.parametrize("step", [1, 7])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_years_of_runs_always_leave_clients_a_valid_key(step: int, count: int):
    # A key lives for N - 1 periods after the rotation that made it active.
    clients = [Client(1), Client(7), Client((count - 1) * 30)]
    history = simulate(list(range(0, 5 * 365, step)), count, 30, clients)
    assert history[-1].number >= 5 * 365 // (30 + step) - 1


def test_a_run_that_is_months_late_replaces_one_key():
    history = simulate([0, 30, 200, 201, 202, 231], 2, 30, [])
    assert [rotation.number for rotation in history] == [0, 1, 2, 2, 2, 3]


def test_a_clock_that_goes_back_changes_nothing():
    rotation = Rotation(4, date(2026, 6, 1))
    for today in (date(2026, 5, 1), date(2020, 1, 1), date(2026, 6, 1)):
        assert not due(rotation, 30, today)
        assert advanced(rotation, 30, today) == rotation


@given(st.lists(st.integers(0, 3_000), max_size=60), keys, st.integers(1, 120))
def test_runs_on_any_days_in_any_order_never_take_two_keys(days: list[int], count: int, period: int):
    simulate(days, count, period, [])
