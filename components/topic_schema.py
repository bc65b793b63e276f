"""The JSON Schema of the values of a topic, from the source that reads it."""

from typing import TYPE_CHECKING, Any

from components.column_types import json_schema

if TYPE_CHECKING:
    from components.application import Source

# create, update, delete, and r for a row of the snapshot that precedes the stream.
_OPERATIONS = ["c", "u", "d", "r"]


def topic_value_schema(source: "Source") -> dict[str, Any]:
    """The JSON Schema of a value of `source`'s topic.

    format json: an object with the source's columns. format debezium-json: Debezium's envelope around two of them,
    `before` and `after`. Columns of the primary key are required and not null; further members are allowed, because
    a source names only the columns that its application needs.
    """
    row = {
        "type": "object",
        "properties": {
            column.name: _property(str(column.type), column.name in source.primary_key, column.description)
            for column in source.value_columns
        },
        "required": [column.name for column in source.value_columns if column.name in source.primary_key],
    }
    head: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": source.topic.name}
    if source.format.value == "json":
        return {**head, **row}
    return {
        **head,
        "type": "object",
        "properties": {
            "before": {"oneOf": [{"type": "null"}, row]},
            "after": {"oneOf": [{"type": "null"}, row]},
            "op": {"enum": _OPERATIONS},
            "ts_ms": {"type": ["integer", "null"]},
        },
        "required": ["op"],
    }


def _property(kind: str, required: bool, description: str | None) -> dict[str, Any]:
    schema = json_schema(kind)
    if not required:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        schema["type"] = [*types, "null"]
    return {**schema, "description": description} if description else schema
