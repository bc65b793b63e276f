"""This folder as a Pulumi component package, for programs in YAML, TypeScript, Go, Java and .NET.

`pulumi package add ../components` makes an SDK of it; YAML simply names it. Pulumi reads inputs and outputs from the
classes' annotations; two things about dataclasses it does not know, and `packaged` tells it: a field with a default is
optional, and inputs that arrive as mappings have to become the dataclass again.
"""

import collections.abc
import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Optional

import pulumi

PACKAGE = "streaming-platform"


def components() -> list[type[pulumi.ComponentResource]]:
    """The components of the package: those whose inputs another language can give.

    What runs on a Kubernetes cluster takes that cluster as a Python object, and is used from Python; other languages
    take `Platform` whole.
    """
    from components.flink.state_store import StateStore
    from components.lakehouse import Lakehouse

    return [packaged(one) for one in (Lakehouse, StateStore)]


def packaged(component: type[pulumi.ComponentResource]) -> type[pulumi.ComponentResource]:
    """`component` as Pulumi's component host takes it: the same type, outputs and behaviour."""
    args_type = component.__init__.__annotations__["args"]
    inputs_type = _inputs_type(args_type, {})

    def construct(
        self: pulumi.ComponentResource, name: str, args: Any, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        component.__init__(self, name, _arguments(args_type, args), opts)  # type: ignore[call-arg]

    construct.__annotations__["args"] = inputs_type
    construct.__name__ = "__init__"
    return type(
        component.__name__,
        (component,),
        {"__init__": construct, "__doc__": component.__doc__, "__module__": component.__module__},
    )


def _inputs_type(args_type: type, known: dict[type, type]) -> type:
    """A class with the annotations that Pulumi's analyzer reads: fields with a default are optional."""
    if args_type in known:
        return known[args_type]
    made = type(args_type.__name__, (), {"__doc__": args_type.__doc__, "__module__": args_type.__module__})
    known[args_type] = made
    annotations: dict[str, Any] = {}
    for field in dataclasses.fields(args_type):
        annotation = _annotation(field.type, known)
        if annotation is None:
            # Resources of another program cannot be passed; such a field has a default.
            continue
        annotations[field.name] = annotation if _required(field) else Optional[annotation]  # noqa: UP045 a value here
    made.__annotations__ = annotations
    return made


def _required(field: dataclasses.Field) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _annotation(hint: Any, known: dict[type, type]) -> Any:
    """`hint` in the words of the analyzer: list and dict for what only reads so; None for what cannot be passed."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (list, Sequence):
        inner = _annotation(arguments[0], known)
        return None if inner is None else list[inner]
    if origin in (dict, Mapping):
        inner = _annotation(arguments[1], known)
        return None if inner is None else dict[str, inner]
    if origin in (typing.Union, types.UnionType):
        plain = [one for one in arguments if one is not type(None)]
        rest = _without_output(plain)
        inner = _annotation(rest[0], known)
        if inner is None:
            return None
        if len(rest) < len(plain):
            inner = pulumi.Input[inner]
        return Optional[inner] if len(plain) < len(arguments) else inner  # noqa: UP045 a value here
    if origin is typing.Literal:
        return type(arguments[0])
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _inputs_type(hint, known)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return str
    if isinstance(hint, type) and issubclass(hint, pulumi.Resource):
        return None
    return hint


def _without_output(arguments: list[Any]) -> list[Any]:
    """The plain arm of `pulumi.Input[T]`, which is a union of T, Awaitable[T] and Output[T] in quotes."""
    return [
        one
        for one in arguments
        if not isinstance(one, typing.ForwardRef) and typing.get_origin(one) is not collections.abc.Awaitable
    ]


def _arguments(args_type: Any, given: Any) -> Any:
    """`given`, mappings and lists as they arrive, as an instance of `args_type`. What was left out has its default."""
    if dataclasses.is_dataclass(args_type) and isinstance(args_type, type) and isinstance(given, Mapping):
        types_of = {field.name: field.type for field in dataclasses.fields(args_type)}
        return args_type(**{key: _arguments(types_of[key], value) for key, value in given.items()})
    origin, arguments = typing.get_origin(args_type), typing.get_args(args_type)
    if origin in (list, Sequence) and isinstance(given, list):
        return [_arguments(arguments[0], one) for one in given]
    if origin in (dict, Mapping) and isinstance(given, Mapping):
        return {key: _arguments(arguments[1], value) for key, value in given.items()}
    if origin in (typing.Union, types.UnionType):
        for one in arguments:
            if dataclasses.is_dataclass(one) or typing.get_origin(one) in (list, dict, Sequence, Mapping):
                return _arguments(one, given)
    if isinstance(args_type, type) and issubclass(args_type, Enum) and isinstance(given, str):
        return args_type(given)
    return given
