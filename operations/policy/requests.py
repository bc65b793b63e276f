"""A Plan as the engine would hand it to a policy pack."""

from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from operations.plan.plan import Plan, name_of
from operations.plan.values import SIGNATURE, as_secret, is_secret

Record = dict[str, Any]

# What a pack sees where a Plan has left a secret out.
MASK = "[secret]"

# The wire protocol's signatures (pulumi/runtime/rpc.py of the SDK).
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"


def analyze_request(record: Record, inputs: dict[str, Any] | None = None) -> analyzer_pb2.AnalyzeRequest:
    """One resource by its inputs, as the engine sends it before the resource is made. inputs: instead of its own."""
    return analyzer_pb2.AnalyzeRequest(
        type=record["type"],
        urn=record["urn"],
        name=name_of(record),
        properties=_struct(record.get("inputs", {}) if inputs is None else inputs),
        options=_options(record),
    )


def stack_request(plan: Plan) -> analyzer_pb2.AnalyzeStackRequest:
    """All resources by their outputs, as the engine sends them at the end of a preview or an update.

    A component has only what it has registered as outputs. Where a file holds no outputs of a resource that a provider
    makes (`preview --json` of one that does not change), its inputs stand for them.
    """
    return analyzer_pb2.AnalyzeStackRequest(resources=[stack_resource(record) for record in plan.resources])


def stack_resource(record: Record) -> analyzer_pb2.AnalyzerResource:
    """One resource of `stack_request`."""
    outputs = record.get("outputs") or (record.get("inputs", {}) if record.get("custom") else {})
    return analyzer_pb2.AnalyzerResource(
        type=record["type"],
        urn=record["urn"],
        name=name_of(record),
        properties=_struct(outputs),
        options=_options(record),
        parent=record.get("parent", ""),
        dependencies=record.get("dependencies", ()),
        propertyDependencies={
            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
            for key, urns in record.get("propertyDependencies", {}).items()
            if urns
        },
    )


def _options(record: Record) -> analyzer_pb2.AnalyzerResourceOptions:
    timeouts = record.get("customTimeouts", {})
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=bool(record.get("protect")),
        ignoreChanges=record.get("ignoreChanges", ()),
        deleteBeforeReplace=bool(record.get("deleteBeforeReplace")),
        deleteBeforeReplaceDefined="deleteBeforeReplace" in record,
        additionalSecretOutputs=record.get("additionalSecretOutputs", ()),
        aliases=record.get("aliases", ()),
        customTimeouts=analyzer_pb2.AnalyzerResourceOptions.CustomTimeouts(
            **{name: value for name, value in timeouts.items() if isinstance(value, int | float)}
        ),
        parent=record.get("parent", ""),
    )


def _struct(values: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update({key: _sendable(value) for key, value in values.items() if not key.startswith("__")})
    return struct


def _sendable(value: Any) -> Any:
    """A value as the engine marshals it: a secret with its marker, here with the mask for content."""
    if isinstance(value, dict):
        if is_secret(value):
            return as_secret(MASK)
        signature = value.get(SIGNATURE)
        if signature == _REFERENCE:
            # Packs get no references: the id of what a provider has made, else the URN.
            return value.get("id") or value.get("urn", "")
        if signature == _ASSET and not {"path", "text", "uri"} & value.keys():
            # An export keeps the hash of a file and not always the file.
            return {**value, "text": ""}
        if signature == _ARCHIVE and not {"path", "uri", "assets"} & value.keys():
            return {**value, "assets": {}}
        return {key: _sendable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_sendable(item) for item in value]
    return value
