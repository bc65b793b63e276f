"""The SQL of an application, taken apart: its views and its INSERTs.

A transformation is portable between runtimes because it holds nothing but `CREATE VIEW` and `INSERT INTO` over
unqualified table names; catalogs, connectors and settings are rendered around it from the spec.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from components.errors import Mistake

_ALLOWED = "CREATE VIEW <name> AS <query>, INSERT INTO <sink> <query>"


# The words of Flink SQL: 'text' with '' for a quote, `name` with two back ticks for one. Spaces and comments are
# in no group. A library's tokenizer takes four times as long, which counts with a thousand applications.
_WORDS = re.compile(
    r"""\s+ | --[^\n]* | /\*.*?\*/
    | (?P<text>'(?:[^']|'')*') | `(?P<quoted>(?:[^`]|``)+)` | (?P<open>/\*|'|`) | (?P<word>\w+|.)""",
    re.DOTALL | re.VERBOSE,
)


class _Token(NamedTuple):
    """A word of the SQL. start, end: where it stands in the text; name: whether it can be the name of a table"""

    text: str
    start: int
    end: int
    name: bool


@dataclass(frozen=True)
class View:
    """`CREATE VIEW name AS query`.

    line:  where it starts in the file, from 1
    words: every word of the query that may name a table; columns and functions are among them, no table is left out
    """

    name: str
    query: str
    line: int
    words: frozenset[str]


@dataclass(frozen=True)
class Insert:
    """`INSERT INTO sink query`; the query may start with a list of columns in parentheses. Else as `View`."""

    sink: str
    query: str
    line: int
    words: frozenset[str]


@dataclass(frozen=True)
class Transformation:
    """Views and INSERTs in the order of the file."""

    views: tuple[View, ...] = ()
    inserts: tuple[Insert, ...] = ()


def parse_transformation(sql: str, where: str) -> tuple[Transformation, list[Mistake]]:
    """The statements of `sql`, which was read from the file `where`, and everything that is wrong with them.

    The mistakes are those that can be seen without a Flink: open quotes and parentheses, statements of another kind,
    qualified names. What stands in a query is checked by the runtime that plans it.
    """
    words = _tokens(sql)
    if words is None:
        remedy = "close the text ('), the name (`) or the comment (/* */) that is left open"
        return Transformation(), [Mistake(where, "", "a text, a name or a comment without an end", "", remedy)]
    views: list[View] = []
    inserts: list[Insert] = []
    mistakes: list[Mistake] = []
    for statement in _statements(words):
        found = _statement(sql, statement, where)
        if isinstance(found, Mistake):
            mistakes.append(found)
        elif isinstance(found, View):
            views.append(found)
        else:
            inserts.append(found)
    if not inserts and not mistakes:
        mistakes.append(
            Mistake(where, "", "no INSERT INTO", _ALLOWED, "write one INSERT INTO for each sink of the application")
        )
    return Transformation(tuple(views), tuple(inserts)), mistakes


def _tokens(sql: str) -> list[_Token] | None:
    """The words of `sql` without comments; None where a text, a name or a comment has no end."""
    words: list[_Token] = []
    for match in _WORDS.finditer(sql):
        kind = match.lastgroup
        if kind == "open":
            return None
        if kind == "quoted":
            words.append(_Token(match["quoted"].replace("``", "`"), match.start(), match.end(), True))
        elif kind is not None:
            word = match[0]
            words.append(_Token(word, match.start(), match.end(), kind == "word" and word.isidentifier()))
    return words


def _statements(words: list[_Token]) -> list[list[_Token]]:
    """The tokens of each statement, without the semicolons."""
    statements: list[list[_Token]] = [[]]
    for word in words:
        if word.text == ";" and not word.name:
            statements.append([])
        else:
            statements[-1].append(word)
    return [statement for statement in statements if statement]


def _statement(sql: str, words: list[_Token], where: str) -> View | Insert | Mistake:
    line = _line(sql, words[0])
    key = f"line {line}"
    open_at = _unbalanced(words)
    if open_at is not None:
        found = f"a parenthesis without its partner in line {_line(sql, open_at)}"
        return Mistake(where, key, found, "", "close or remove it; a missing ; between statements looks like this too")
    heads = [word.text.upper() for word in words[:3]]
    found = " ".join(word.text for word in words[:3])
    # CREATE TEMPORARY VIEW is taken as well; each runtime renders the kind of view that it has.
    if heads[:2] == ["CREATE", "VIEW"]:
        rest = words[2:]
    elif heads == ["CREATE", "TEMPORARY", "VIEW"]:
        rest = words[3:]
    elif heads[:2] == ["INSERT", "INTO"]:
        rest = words[2:]
    else:
        return Mistake(where, key, found, _ALLOWED, "remove the statement; the rest is rendered from the spec")
    if len(rest) < 2 or not rest[0].name:
        return Mistake(where, key, found, _ALLOWED, "write a table name and a query after it")
    name = rest[0].text
    if rest[1].text == ".":
        found = "".join(word.text for word in rest[:3])
        return Mistake(
            where,
            key,
            f"the qualified name {found}",
            "a name without catalog and database",
            f"write {rest[-1].text if len(rest) < 3 else rest[2].text}",
        )
    if heads[0] == "INSERT":
        return Insert(name, _text(sql, rest[1:]), line, _names(rest[1:]))
    if rest[1].text.upper() != "AS" or len(rest) < 3:
        return Mistake(where, key, found, _ALLOWED, "write AS and a query after the name of the view")
    return View(name, _text(sql, rest[2:]), line, _names(rest[2:]))


def _line(sql: str, word: _Token) -> int:
    return sql.count("\n", 0, word.start) + 1


def _text(sql: str, words: list[_Token]) -> str:
    return sql[words[0].start : words[-1].end]


def _unbalanced(words: list[_Token]) -> _Token | None:
    """The first parenthesis that is never closed, or that closes nothing."""
    open_ones: list[_Token] = []
    for word in words:
        if word.text == "(" and not word.name:
            open_ones.append(word)
        elif word.text == ")" and not word.name:
            if not open_ones:
                return word
            open_ones.pop()
    return open_ones[0] if open_ones else None


def _names(words: list[_Token]) -> frozenset[str]:
    return frozenset(word.text for word in words if word.name)
