"""How a command ends that did not go well: one message, the exit status, and nothing else whatever is broken."""

import tempfile
from pathlib import Path

import pytest

from operations.ending import unexpected


class Wordless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


def raised(error: BaseException) -> BaseException:
    """`error` with a traceback."""
    try:
        raise error
    except BaseException as caught:
        return caught


def test_what_nobody_foresaw_is_told_with_a_file_that_has_the_traceback(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (mistake,) = unexpected(raised(KeyError("\ud800"))).mistakes
    (file,) = tmp_path.iterdir()
    assert mistake.found.startswith("an unexpected KeyError: ")
    assert mistake.remedy.endswith(f"report it with {file}")
    assert "in raised" in file.read_text()


@pytest.mark.parametrize("error", [ValueError("a word"), Wordless()])
def test_without_a_place_for_the_file_the_message_has_the_essence(error: Exception, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    (mistake,) = unexpected(raised(error)).mistakes
    assert mistake.found.startswith(f"an unexpected {type(error).__name__}: ")
    assert f"{__file__}, line " in mistake.found
    assert "report it with these lines" in mistake.remedy


def test_an_error_without_traceback_is_told_too(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    assert "a word" in unexpected(ValueError("a word")).mistakes[0].found
