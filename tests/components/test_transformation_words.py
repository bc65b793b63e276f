"""The words of Flink SQL, as far as the statements of a transformation are told apart by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.transformation import parse_transformation


def statements(sql: str):
    transformation, mistakes = parse_transformation(sql, "transform.sql")
    assert mistakes == []
    return transformation


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ';', 'it''s (' FROM a",
        "SELECT `;` FROM `a``(b`",
        "SELECT 1 /* ; ( ' */ FROM a -- ; ( '\nWHERE x = 1",
        "SELECT /*+ STATE_TTL('c' = '0s') */ c.x FROM a AS c",
        "SELECT * FROM a WHERE x LIKE '--no comment'",
    ],
)
def test_a_query_is_kept_as_it_was_written(query):
    found = statements(f"-- first\nINSERT INTO t\n{query};\n")
    assert [(insert.sink, insert.query, insert.line) for insert in found.inserts] == [("t", query, 2)]


@pytest.mark.parametrize("open_end", ["'text", "'text''", "`name", "/* comment", "'a' 'b"])
def test_an_open_end_is_told(open_end):
    transformation, mistakes = parse_transformation(f"INSERT INTO t SELECT {open_end}", "transform.sql")
    assert transformation.inserts == ()
    assert "without an end" in mistakes[0].found


def test_names_are_told_from_texts():
    (insert,) = statements("INSERT INTO t SELECT a, 'b', 1 FROM `c d` JOIN e_1 ON TRUE").inserts
    assert {"a", "c d", "e_1"} <= insert.words
    assert not {"b", "'b'", "1"} & insert.words


@given(st.text())
def test_any_text_gives_statements_or_mistakes(sql):
    transformation, mistakes = parse_transformation(sql, "transform.sql")
    assert mistakes or transformation.inserts
