"""A resource monitor that records whole registration requests.

The SDK's mock monitor shows its mocks type, name and inputs only. What the engine would also see (parent, protect,
dependencies, aliases...) is in the request itself, so this subclass keeps the request.
"""

import threading
from collections.abc import Callable
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import resource_pb2

from components.errors import problem
from operations.plan.plan import Plan, ordered
from operations.plan.remote import unseen_children
from operations.plan.values import as_secret, from_struct, is_secret, redacted, to_struct

STACK_TYPE = "pulumi:pulumi:Stack"

# (urn, type, name, inputs with secret markers, dependencies) -> (id, outputs that the provider adds to the inputs)
Supply = Callable[[str, str, str, dict[str, Any], list[str]], tuple[str, dict[str, Any]]]
# (token, arguments) -> result of a provider function such as aws:index/getCallerIdentity:getCallerIdentity,
# None where it is unknown
Answer = Callable[[str, dict[str, Any]], dict[str, Any] | None]


class _Unused(Mocks):
    """The monitor below answers itself; the SDK only wants an object of this class."""

    def call(self, args: MockCallArgs):
        raise NotImplementedError(args.token)

    def new_resource(self, args: MockResourceArgs):
        raise NotImplementedError(args.typ)


def no_functions(token: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The answer to every provider function that has no other: PlatformError."""
    raise problem(
        "__main__.py",
        token,
        "a call of a provider function",
        "functions that need no provider",
        "pass the value in through the stack's settings: evaluation in process has no provider to ask",
    )


class Recorder(MockMonitor):
    """Records what the program registers and answers with what `supply` gives.

    A remote component (`eks:index:Cluster`) is one record: its children are made by its own process, which does not run
    here. Their types stand in the record under `unseenChildren`.

    supply: called once per custom resource, possibly from several threads at once
    answer: called for each provider function; by default such a call is an error
    """

    def __init__(self, project: str, stack: str, supply: Supply, answer: Answer = no_functions):
        super().__init__(_Unused())
        self._project, self._stack = project, stack
        self._supply, self._answer = supply, answer
        self._lock = threading.Lock()
        self._records: dict[str, dict[str, Any]] = {}
        self._outputs: dict[str, dict[str, Any]] = {}

    # -- what the SDK calls ------------------------------------------------------------------------------------

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN as the engine makes it: the chain of the parents' types, without the stack's."""
        if parent:
            chain = parent.split("::")[2]
            if chain != STACK_TYPE:
                type_ = f"{chain}${type_}"
        return f"urn:pulumi:{self._stack}::{self._project}::{type_}::{name}"

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        inputs = from_struct(request.object)
        if request.type.startswith("pulumi:providers:") and request.version:
            # The engine keeps it among a provider's inputs and outputs: a raised SDK is a changed provider.
            inputs = {**inputs, "version": request.version}
        record = _record(request, urn, inputs)
        with self._lock:
            if urn in self._records:
                raise problem(
                    "__main__.py",
                    request.name,
                    f"a second resource with the URN {urn}",
                    "one resource per type, name and parent",
                    "give one of the two another name",
                )
            self._records[urn] = record
        if not request.custom and not request.remote:
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        identifier, added = self._supply(urn, request.type, request.name, inputs, list(request.dependencies))
        if request.remote:
            # A component gives what it computes and not its inputs, and it has no physical id.
            record["outputs"] = redacted(added)
            return resource_pb2.RegisterResourceResponse(urn=urn, object=to_struct(added))
        record["id"] = identifier
        outputs = {**inputs, **added}
        for key in request.additionalSecretOutputs:
            if key in outputs and not is_secret(outputs[key]):
                outputs[key] = as_secret(outputs[key])
        record["outputs"] = redacted(outputs)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identifier, object=to_struct(outputs))

    def ReadResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        inputs = from_struct(request.properties)
        identifier, added = self._supply(urn, request.type, request.name, inputs, list(request.dependencies))
        record = {
            "urn": urn,
            "custom": True,
            "external": True,
            "id": request.id or identifier,
            "type": request.type,
            "inputs": redacted(inputs),
            "outputs": redacted({**inputs, **added}),
            "parent": request.parent,
            "dependencies": sorted(request.dependencies),
        }
        with self._lock:
            self._records[urn] = record
        return resource_pb2.ReadResourceResponse(urn=urn, properties=to_struct({**inputs, **added}))

    def RegisterResourceOutputs(self, request: Any) -> Any:
        outputs = from_struct(request.outputs)
        with self._lock:
            self._outputs[request.urn] = outputs
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:
        result = self._answer(request.tok, from_struct(request.args))
        return _returned(result)

    def Call(self, request: Any) -> Any:
        result = self._answer(request.tok, from_struct(request.args))
        return _returned(result)

    # -- what the caller reads ---------------------------------------------------------------------------------

    def plan(self) -> Plan:
        """The plan of everything that was registered. Raises PlatformError on a cycle."""
        for urn, outputs in self._outputs.items():
            self._records[urn]["outputs"] = redacted(outputs)
        resources = ordered(list(self._records.values()), "__main__.py")
        outputs = next((r.get("outputs", {}) for r in resources if r["type"] == STACK_TYPE), {})
        return Plan(self._project, self._stack, resources, outputs)

    def stack_outputs(self) -> dict[str, Any]:
        """What the stack exports, secrets included: for `up`, which starts what is declared. Never for a file."""
        for urn, outputs in self._outputs.items():
            if self._records[urn]["type"] == STACK_TYPE:
                return outputs
        return {}


def _returned(result: dict[str, Any] | None) -> Any:
    if result is None:
        return resource_pb2.ResourceInvokeResponse(unknown=True)
    # `return` is no name that Python takes for a keyword argument.
    fields: dict[str, Any] = {"return": to_struct(result)}
    return resource_pb2.ResourceInvokeResponse(**fields)


def _record(request: Any, urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """One entry of a deployment export. Empty values are left out, as the engine does."""
    record: dict[str, Any] = {
        "urn": urn,
        "custom": request.custom,
        "type": request.type,
        "inputs": redacted(inputs),
    }
    optional = {
        "parent": request.parent,
        "dependencies": sorted(request.dependencies),
        "propertyDependencies": {
            key: sorted(value.urns) for key, value in sorted(request.propertyDependencies.items()) if value.urns
        },
        "provider": request.provider,
        "protect": request.protect,
        "retainOnDelete": request.retainOnDelete,
        "deletedWith": request.deletedWith,
        "aliases": sorted([*request.aliasURNs, *(_alias(alias) for alias in request.aliases)]),
        "ignoreChanges": list(request.ignoreChanges),
        "replaceOnChanges": list(request.replaceOnChanges),
        "deleteBeforeReplace": request.deleteBeforeReplace,
        "additionalSecretOutputs": list(request.additionalSecretOutputs),
        "importID": request.importId,
        "remote": request.remote,
        "unseenChildren": unseen_children(request.type, inputs) if request.remote else [],
    }
    record.update({key: value for key, value in optional.items() if value})
    timeouts = {
        name: getattr(request.customTimeouts, name)
        for name in ("create", "update", "delete")
        if getattr(request.customTimeouts, name)
    }
    if timeouts:
        record["customTimeouts"] = timeouts
    return record


def _alias(alias: Any) -> str:
    if alias.urn:
        return alias.urn
    spec = alias.spec
    return "::".join(part for part in (spec.stack, spec.project, spec.type, spec.name) if part)
