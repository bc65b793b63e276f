"""Waiting for the first row."""

from components.errors import PlatformError, problem
from operations.local.progress import Wait
from operations.local.up import wait_for_rows


def _waited(answers: list[dict[str, int] | PlatformError], patience: float = 5.0) -> tuple[dict[str, int], int]:
    """(rows, how often was looked): `answers` in turn, the last one for ever."""
    looked = 0

    def look(tables: list[str]) -> dict[str, int]:
        nonlocal looked
        assert tables == ["a", "b", "c"]
        looked += 1
        answer = answers[min(looked, len(answers)) - 1]
        if isinstance(answer, PlatformError):
            raise answer
        return answer

    with Wait(quiet=True) as wait:
        return wait_for_rows(["a", "b", "c"], look, wait, patience), looked


def test_it_ends_with_the_first_rows():
    assert _waited([{"a": 0, "b": 0}, {"a": 0, "b": 3}]) == ({"a": 0, "b": 3}, 2)


def test_an_emulator_that_does_not_answer_yet_is_asked_again():
    assert _waited([problem("aws", "", "no answer"), {"a": 2}]) == ({"a": 2}, 2)


def test_without_rows_it_ends_in_time():
    rows, looked = _waited([{"a": 0, "b": 0, "c": 0}], patience=0.4)
    assert rows == {"a": 0, "b": 0, "c": 0}
    assert 1 <= looked <= 2
