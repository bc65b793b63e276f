"""Waiting for the first row."""

from components.errors import PlatformError, problem
from operations.local.progress import Wait
from operations.local.up import wait_for_rows


def _waited(answers: list[int | PlatformError], patience: float = 5.0) -> tuple[dict[str, int], int]:
    """(rows, how often was asked): `answers` in turn, the last one for ever."""
    asked = 0

    def count(table: str) -> int:
        nonlocal asked
        asked += 1
        answer = answers[min(asked, len(answers)) - 1]
        if isinstance(answer, PlatformError):
            raise answer
        return answer

    with Wait(quiet=True) as wait:
        return wait_for_rows(["a", "b", "c"], count, wait, patience), asked


def test_it_ends_with_the_first_table_that_has_rows():
    assert _waited([0, 3]) == ({"a": 0, "b": 3}, 2)


def test_an_emulator_that_does_not_answer_yet_is_asked_again():
    assert _waited([problem("aws", "", "no answer"), 2]) == ({"a": 2}, 2)


def test_without_rows_it_ends_in_time():
    rows, asked = _waited([0], patience=0.4)
    assert rows == {"a": 0, "b": 0, "c": 0}
    assert 3 <= asked <= 6
