"""What others wrote is printed as it is: nothing of it is taken for rich markup, and nothing of it stops a command."""

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from components.errors import problem
from operations import console
from operations.local import rows
from operations.local.graph import Event
from operations.local.progress import Wait

MARKUP = ("\\[/red]", "[bold]", "\\\\[/]", ":warning:", "a\\\\")


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What goes to either console."""
    file = io.StringIO()
    for module, name in ((console, "errors"), (rows, "console")):
        monkeypatch.setattr(module, name, Console(file=file, highlight=False, width=80))
    return file


@settings(max_examples=50)
@given(found=st.text(), key=st.text(st.characters(categories=("L", "P", "S"))))
@example(found="\\[/red]", key="\\[/red]")
@example(found="\ud800", key="\ud800")
def test_an_error_with_any_text_is_printed(found: str, key: str):
    with pytest.MonkeyPatch.context() as patch:
        file = io.StringIO()
        patch.setattr(console, "errors", Console(file=file, highlight=False, width=80))
        console.show_error(problem("file", key, found, found, found))
    head, *lines = file.getvalue().splitlines()
    assert head == ("error file: " + key if key else "error file")
    if found.isprintable() and found:
        assert lines == [f"  {part:<9}{found}" for part in ("found:", "allowed:", "remedy:")]


@pytest.mark.parametrize("text", MARKUP)
def test_a_query_prints_headings_and_cells_as_they_are(text: str, printed: io.StringIO):
    rows.print_rows([text, f">{text}"], [[text, "1"]])
    heading, row = printed.getvalue().splitlines()
    assert heading.split() == [text, f">{text}"]
    assert row.split() == [text, "1"]


@pytest.mark.parametrize("text", MARKUP)
def test_a_table_has_title_and_headings_as_they_are(text: str):
    file = io.StringIO()
    Console(file=file, width=80).print(console.table(text, text, f">{text}"))
    assert file.getvalue().split() == [text] * 3


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("text", MARKUP)
def test_what_is_waited_for_is_shown_as_it_is(text: str, terminal: bool, monkeypatch: pytest.MonkeyPatch):
    file = io.StringIO()
    monkeypatch.setattr("operations.local.progress.errors", Console(file=file, force_terminal=terminal, width=80))
    monkeypatch.setattr("operations.local.progress._EVERY", -1.0)
    with Wait() as wait:
        wait.share("setup", 0.5, text)
        wait.event(Event(text, "starting", text))
        wait._bars.refresh()
        wait.event(Event(text, "ready"))
        wait.done("setup", text)
    assert text in file.getvalue()
