"""The answer of a query as JSON."""

import json
from typing import Any

import duckdb
import pytest

from components.errors import PlatformError
from operations.local.rows import as_objects


def asked(sql: str) -> list[dict[str, Any]]:
    result = duckdb.connect().execute(sql)
    return as_objects([column[0] for column in result.description or []], result.fetchall())


def test_every_value_is_valid_json():
    (row,) = asked(
        "SELECT 'NaN'::DOUBLE AS a, '-Infinity'::FLOAT AS b, [1.5, 'Infinity'::DOUBLE] AS c, "
        "{'x': 'NaN'::DOUBLE} AS d, NULL AS e, true AS f, 12.30::DECIMAL(9, 2) AS g, DATE '2026-11-29' AS h, "
        "'\\[/x]' AS i, MAP {1: DATE '2026-11-29'} AS j"
    )
    assert json.loads(json.dumps(row, allow_nan=False)) == {
        "a": None,
        "b": None,
        "c": [1.5, None],
        "d": {"x": None},
        "e": None,
        "f": True,
        "g": "12.30",
        "h": "2026-11-29",
        "i": "\\[/x]",
        "j": {"1": "2026-11-29"},
    }


def test_columns_of_the_same_name_are_refused():
    with pytest.raises(PlatformError) as caught:
        asked("SELECT 1 AS id, 2 AS other, 3 AS id")
    assert caught.value.mistakes[0].found == "several columns are called id"
