"""The SQL of an application, taken apart: its views and its INSERTs.

A transformation is portable between runtimes because it holds nothing but `CREATE VIEW` and `INSERT INTO` over
unqualified table names; catalogs, connectors and settings are rendered around it from the spec.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from components.errors import Mistake

_ALLOWED = "CREATE VIEW <name> AS <query>, INSERT INTO <sink> <query>"

# What stands for itself whatever is in it: comments, 'text' with '' for a quote, `name` with two back ticks for one;
# and each of /* ' ` that has no end. Without groups, so that a search passes over all characters that start none.
_CLOSED = r"--[^\n]*|/\*.*?\*/|'[^']*(?:''[^']*)*'|`(?:[^`]|``)+`|/\*|'|`"
_COVERED = re.compile(_CLOSED, re.DOTALL)
_OPEN = ("/*", "'", "`")
# Of covered text, and as many words as tell a statement: CREATE TEMPORARY VIEW name AS, and one of the query.
_HEAD = re.compile(r"(\w+|`+|'+|\S)\s*" + r"(?:(\w+|`+|'+|\S)\s*)?" * 5)
_WORD = re.compile(r"\w+")
_PARENTHESIS = re.compile(r"[()]")


class _Word(NamedTuple):
    """A word of the SQL. start: where it stands in the text; name: whether it can be the name of a table"""

    text: str
    start: int
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
    covered = _covered(sql)
    if covered is None:
        remedy = "close the text ('), the name (`) or the comment (/* */) that is left open"
        return Transformation(), [Mistake(where, "", "a text, a name or a comment without an end", "", remedy)]
    views: list[View] = []
    inserts: list[Insert] = []
    mistakes: list[Mistake] = []
    for start, end in _statements(covered.text):
        found = _statement(sql, covered, start, end, where)
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


def parse_view(name: str, query: str, where: str, key: str) -> View | Mistake:
    """The view `name` with `query`, which stands under `key` of the file `where`; or what is wrong with the query."""
    covered = _covered(query)
    if covered is None or ";" in covered.text or _unbalanced(covered.text, 0, len(query)) is not None:
        found = f"the query of {name} has an open text, name, comment or parenthesis, or a semicolon"
        return Mistake(where, key, found, "one query, without a semicolon", "correct it")
    return View(name, query.strip(), 1, _names(covered, 0, len(query)))


class _Covered(NamedTuple):
    """The SQL without what a search must not look into. Every place in it is the same place in the SQL.

    text:  comments are spaces, texts and quoted names are nothing but quotation marks
    names: (place, quoted name)
    """

    text: str
    names: list[tuple[int, str]]


def _covered(sql: str) -> _Covered | None:
    """None where a text, a name or a comment has no end.

    What is left is searched as a whole. Looking at one word after the other takes several times as long, which counts
    with a thousand applications.
    """
    names: list[tuple[int, str]] = []
    complete = True

    def cover(match: re.Match[str]) -> str:
        nonlocal complete
        found = match[0]
        complete = complete and found not in _OPEN
        if found[0] == "`":
            names.append((match.start(), _unquoted(found)))
        return (found[0] if found[0] in "`'" else " ") * len(found)

    text = _COVERED.sub(cover, sql)
    return _Covered(text, names) if complete else None


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`")


def _statements(covered: str) -> list[tuple[int, int]]:
    """Where each statement starts and ends, without the semicolons."""
    places: list[tuple[int, int]] = []
    start = 0
    for part in covered.split(";"):
        if not part.isspace() and part:
            places.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip())))
        start += len(part) + 1
    return places


def _head(sql: str, covered: str, start: int, end: int) -> list[_Word]:
    """The first words of a statement, without comments."""
    match = _HEAD.match(covered, start, end)
    if match is None:
        return []
    words: list[_Word] = []
    for group in range(1, (match.lastindex or 0) + 1):
        place, behind = match.span(group)
        word = sql[place:behind]
        quoted = word[0] == "`"
        words.append(_Word(_unquoted(word) if quoted else word, place, quoted or word.isidentifier()))
    return words


def _statement(sql: str, covered: _Covered, start: int, end: int, where: str) -> View | Insert | Mistake:
    line = _line(sql, start)
    key = f"line {line}"
    words = _head(sql, covered.text, start, end)
    open_at = _unbalanced(covered.text, start, end)
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
        query = rest[1].start
        return Insert(name, sql[query:end], line, _names(covered, query, end))
    if rest[1].text.upper() != "AS" or len(rest) < 3:
        return Mistake(where, key, found, _ALLOWED, "write AS and a query after the name of the view")
    query = rest[2].start
    return View(name, sql[query:end], line, _names(covered, query, end))


def _line(sql: str, place: int) -> int:
    return sql.count("\n", 0, place) + 1


def _unbalanced(covered: str, start: int, end: int) -> int | None:
    """The place of the first parenthesis that is never closed, or that closes nothing."""
    open_ones: list[int] = []
    for match in _PARENTHESIS.finditer(covered, start, end):
        if match[0] == "(":
            open_ones.append(match.start())
        elif open_ones:
            open_ones.pop()
        else:
            return match.start()
    return open_ones[0] if open_ones else None


def _names(covered: _Covered, start: int, end: int) -> frozenset[str]:
    names = set(filter(str.isidentifier, set(_WORD.findall(covered.text, start, end))))
    names.update(name for place, name in covered.names if start <= place < end)
    return frozenset(names)
