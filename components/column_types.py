"""The column types that an application spec may use, and what each is in JSON Schema.

They are the scalar types that Flink SQL, Kafka's JSON values and Iceberg all keep without loss.
"""

import re
from functools import lru_cache
from typing import Any

# Flink's largest precision of DECIMAL, and of the fraction of a second.
MAX_DECIMAL_PRECISION = 38
MAX_TIMESTAMP_PRECISION = 9
# What Flink takes where no precision is written.
DEFAULT_DECIMAL = (10, 0)
DEFAULT_TIMESTAMP_PRECISION = 6

_PLAIN: dict[str, dict[str, Any]] = {
    "BOOLEAN": {"type": "boolean"},
    "INT": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "BIGINT": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "FLOAT": {"type": "number"},
    "DOUBLE": {"type": "number"},
    "STRING": {"type": "string"},
    "BYTES": {"type": "string", "contentEncoding": "base64"},
    "DATE": {"type": "string", "format": "date"},
}
ALLOWED = ", ".join([*_PLAIN, "DECIMAL(p,s)", "TIMESTAMP(p)", "TIMESTAMP_LTZ(p)"])
_TYPE = re.compile(r"([A-Z_]+)(?: ?\( ?([0-9]{1,3})(?: ?, ?([0-9]{1,3}))? ?\))?")


@lru_cache(maxsize=1000)
def column_type(text: str) -> str:
    """`text` as Flink writes it: `DECIMAL(12,2)` -> `DECIMAL(12, 2)`, `TIMESTAMP` -> `TIMESTAMP(6)`.

    Raises ValueError ("what is wrong; the remedy") for a type that is unknown or out of Flink's bounds.
    """
    if text in _PLAIN:
        return text
    match = _TYPE.fullmatch(text)
    unknown = ValueError(f"unknown column type {text!r}; use one of {ALLOWED}")
    if match is None:
        raise unknown
    name, first, second = match.groups()
    if name == "DECIMAL":
        precision, scale = (int(first), int(second or 0)) if first else DEFAULT_DECIMAL
        if not 1 <= precision <= MAX_DECIMAL_PRECISION or scale > precision:
            raise ValueError(
                f"{text} is out of bounds; use DECIMAL(p,s) with p from 1 to {MAX_DECIMAL_PRECISION} and s up to p"
            )
        return f"DECIMAL({precision}, {scale})"
    if name in ("TIMESTAMP", "TIMESTAMP_LTZ") and second is None:
        precision = int(first) if first else DEFAULT_TIMESTAMP_PRECISION
        if precision > MAX_TIMESTAMP_PRECISION:
            raise ValueError(f"{text} is out of bounds; use a precision from 0 to {MAX_TIMESTAMP_PRECISION}")
        return f"{name}({precision})"
    raise unknown


def json_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a value of column type `kind` (as `column_type` returns it); null is not included.

    DECIMAL is a string, because Debezium writes it so (`decimal.handling.mode=string`) and because a JSON number
    loses digits in most readers. Flink reads both.
    """
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if kind.startswith("DECIMAL"):
        return {"type": ["string", "number"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
    return {"type": "string", "format": "date-time"}
