"""Property values on the wire (protobuf Struct) and in a plan.

A plan holds what a Pulumi deployment export holds: a secret is the marker with its value left out, an unknown is
Pulumi's word for it. `rpc.serialize_properties` of the SDK does the same through coroutines; reading whole
registrations that way costs more than the registrations themselves.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

# The SDK's own constants (pulumi/runtime/rpc.py); part of the wire protocol.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 a signature, not a secret
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# What stands in a plan where a secret was. The export of an encrypted stack has a ciphertext here.
REDACTED = {SIGNATURE: SECRET, "plaintext": '"[secret]"'}


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Plain data; whole numbers become int, secrets keep their marker with the value."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "struct_value":
        return {key: _from_value(item) for key, item in value.struct_value.fields.items()}
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    return None


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """The reverse of `from_struct`."""
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct


def is_secret(value: Any) -> bool:
    """Whether `value` is a secret's marker."""
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def as_secret(value: Any) -> dict[str, Any]:
    """`value` with a secret's marker around it."""
    return {SIGNATURE: SECRET, "value": value}


def redacted(value: Any) -> Any:
    """`value` with every secret's content left out and its marker kept."""
    if isinstance(value, dict):
        if is_secret(value):
            return dict(REDACTED)
        return {key: redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        # Most of a large plan is texts in lists.
        return [item if isinstance(item, str) else redacted(item) for item in value]
    return value


def revealed(value: Any) -> Any:
    """`value` with every secret's marker replaced by its content: for the one who creates the resource."""
    if is_secret(value):
        return revealed(value.get("value"))
    if isinstance(value, dict):
        return {key: revealed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [revealed(item) for item in value]
    return value


def secret_paths(values: Mapping[str, Any]) -> frozenset[str]:
    """The top-level keys of `values` that hold a secret anywhere inside."""

    def holds(value: Any) -> bool:
        if is_secret(value):
            return True
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return any(holds(item) for item in items)

    return frozenset(key for key, value in values.items() if holds(value))
