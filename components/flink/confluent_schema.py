"""The JSON Schema of a topic's values from which Confluent Cloud's Flink infers the columns that a source expects.

The schema of `components.topic_schema` says more than that mapping knows: a type that may be several things becomes a
ROW there, and an integer without `connect.type` a BIGINT.
https://docs.confluent.io/cloud/current/flink/reference/serialization.html
"""

from collections.abc import Iterable
from typing import Any

from components.application import Application, Format, Source
from components.flink.confluent_sql import TopicTables

_NUMBERS = {"INT": "int32", "BIGINT": "int64", "FLOAT": "float32", "DOUBLE": "float64"}


def confluent_value_schema(source: Source) -> dict[str, Any]:
    """The schema of `source`'s topic, format json. DECIMAL and times are texts, as producers write them everywhere."""
    properties: dict[str, Any] = {}
    for index, column in enumerate(source.value_columns):
        kind = str(column.type)
        if kind in _NUMBERS:
            schema: dict[str, Any] = {"type": "number", "connect.type": _NUMBERS[kind]}
        elif kind == "BOOLEAN":
            schema = {"type": "boolean"}
        else:
            schema = {"type": "string"}
        if column.name not in source.primary_key:
            schema = {"oneOf": [{"type": "null"}, schema]}
        properties[column.name] = {**schema, "connect.index": index}
        if column.description:
            properties[column.name]["description"] = column.description
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": source.topic.name,
        "type": "object",
        "properties": properties,
        "required": list(source.primary_key),
    }


def schemas_to_register(applications: Iterable[Application], tables: TopicTables) -> dict[str, dict[str, Any]]:
    """Topic -> schema, for the stack's Kafka to register. Of two applications the one that names more columns says it.

    None for captured tables: the connector registers its own, and would be refused beside another.
    None where Flink makes the topics: CREATE TABLE registers them.
    """
    found: dict[str, dict[str, Any]] = {}
    for application in applications if tables is TopicTables.EXISTING else ():
        for source in application.spec.sources:
            if source.format is Format.JSON:
                schema = confluent_value_schema(source)
                known = found.get(source.topic.name)
                if known is None or len(schema["properties"]) > len(known["properties"]):
                    found[source.topic.name] = schema
    return found


def topics_of_others(applications: Iterable[Application], tables: TopicTables) -> set[str]:
    """Topics of sources that the stack's Kafka must not make: those that Flink makes."""
    if tables is TopicTables.EXISTING:
        return set()
    sources = [source for application in applications for source in application.spec.sources]
    return {source.topic.name for source in sources if source.format is Format.JSON}
