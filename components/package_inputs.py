"""Inputs of a component in the words of Pulumi's analyzer, and back into the dataclass that the component takes."""

import collections.abc
import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Optional, cast

import pulumi
from pulumi.provider.experimental.util import camel_case

from components.cluster.contract import Cluster, ClusterAccess
from components.errors import problem
from components.package_forms import KubernetesCluster, existing_cluster

RESOURCES = Sequence[pulumi.Resource]
_EVERYWHERE = {
    "tags": "tags of everything that can have some",
    "region": "AWS region",
    "account_id": "AWS account, 12 digits",
}
"""What docstrings leave out, as it is the same for all components."""
_UNIONS = (typing.Union, types.UnionType)


def inputs_type(args_type: type, known: dict[type, type]) -> type:
    """A class with the annotations that the analyzer reads: fields with a default are optional.

    known: classes that were made so far, by the dataclass that they stand for
    """
    if args_type in known:
        return known[args_type]
    made = type(
        args_type.__name__,
        (),
        {
            "__doc__": inspect.cleandoc(args_type.__doc__ or ""),
            "__module__": args_type.__module__,
            "args_type": args_type,
        },
    )
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


def descriptions(made: type) -> dict[str, str]:
    """Name of each input, as other languages write it, -> what its class' docstring says of it."""
    args_type: type = getattr(made, "args_type", made)
    names_of: list[str] = list(getattr(args_type, "__dataclass_fields__", ()))
    found: dict[str, str] = {camel_case(name): _EVERYWHERE.get(name, name.replace("_", " ")) for name in names_of}
    for one in reversed(args_type.__mro__):
        names: list[str] = []
        for line in inspect.cleandoc(one.__doc__ or "").splitlines():
            start = re.match(r"([a-z_]+(?:, [a-z_]+)*):\s+(.*)", line)
            if start:
                names = [camel_case(name) for name in start[1].split(", ")]
                found.update(dict.fromkeys(names, start[2]))
            elif line.startswith(" "):
                found.update({name: f"{found[name]} {line.strip()}" for name in names})
            else:
                names = []
    return found


def _required(field: dataclasses.Field) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _annotation(hint: Any, known: dict[type, type]) -> Any:
    """`hint` in the words of the analyzer: list and dict for what only reads so; None for what cannot be passed."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in (Cluster, ClusterAccess):
        return inputs_type(KubernetesCluster, known)
    if origin in (list, Sequence):
        inner = _annotation(arguments[0], known)
        return None if inner is None else list[inner]
    if origin in (dict, Mapping):
        inner = _annotation(arguments[1], known)
        return None if inner is None else dict[str, inner]
    if origin in _UNIONS:
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
        return inputs_type(hint, known)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return str
    if isinstance(hint, type) and issubclass(hint, pulumi.Resource):
        return None
    return hint


def _without_output(arguments: Sequence[Any]) -> list[Any]:
    """The plain arm of `pulumi.Input[T]`, which is a union of T, Awaitable[T] and Output[T] in quotes."""
    return [
        one
        for one in arguments
        if not isinstance(one, typing.ForwardRef) and typing.get_origin(one) is not collections.abc.Awaitable
    ]


class Reader:
    """Makes the dataclass of a component's inputs of what arrived.

    name: of the component
    opts: its options. What it depends on comes before all that the component would make wait in Python
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions):
        self._name, self._opts = name, opts
        waits_for: Any = opts.depends_on
        # Options that came over the wire hold a list of resources.
        self._waits_for = list(waits_for) if isinstance(waits_for, Sequence) else [waits_for] if waits_for else []

    def arguments(self, args_type: type, given: Mapping[str, Any]) -> Any:
        """An instance of `args_type`. What was left out has its default. Raises PlatformError."""
        return self._read(args_type, given, "")

    def _read(self, hint: Any, given: Any, path: str) -> Any:
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if hint in (Cluster, ClusterAccess):
            cluster = existing_cluster(
                f"{self._name}-cluster",
                self._read(KubernetesCluster, given, path),
                # Beside the component: it has to exist before the component can say that it is its child.
                pulumi.ResourceOptions(parent=self._opts.parent, providers=cast(Any, self._opts.providers)),
            )
            return cluster if hint is Cluster else cluster.access
        if origin in _UNIONS:
            return self._read_union(arguments, given, path)
        if isinstance(given, pulumi.Output):
            remedy = "write the value itself: it decides what is declared, and has to be known before"
            raise problem(self._name, path, "a value that is known later, or a secret", "a plain value", remedy)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(given, Mapping):
            types_of = {field.name: field.type for field in dataclasses.fields(hint)}
            values = {key: self._read(types_of[key], one, _inside(path, key)) for key, one in given.items()}
            waiting = [key for key, one in types_of.items() if one == RESOURCES] if self._waits_for else []
            return hint(**values, **dict.fromkeys(waiting, self._waits_for))
        if origin in (list, Sequence) and isinstance(given, Sequence):
            return [self._read(arguments[0], one, f"{path}[{index}]") for index, one in enumerate(given)]
        if origin in (dict, Mapping) and isinstance(given, Mapping):
            return {
                self._read(arguments[0], key, path): self._read(arguments[1], one, f"{path}.{key}")
                for key, one in given.items()
            }
        if hint is Any:
            return self._read_any(given, path)
        if isinstance(hint, type) and issubclass(hint, Enum) and isinstance(given, str):
            try:
                return hint(given)
            except ValueError as error:
                allowed = ", ".join(str(one.value) for one in hint)
                raise problem(self._name, path, repr(given), allowed, "choose one of these") from error
        return _whole(given) if hint is int else given

    def _read_union(self, arguments: Sequence[Any], given: Any, path: str) -> Any:
        plain = [one for one in arguments if one is not type(None)]
        rest = _without_output(plain)
        if given is None:
            return None
        if isinstance(given, pulumi.Output) and len(rest) < len(plain):
            return given.apply(_whole) if rest[0] is int else given
        return self._read(rest[0], given, path)

    def _read_any(self, given: Any, path: str) -> Any:
        """Free-form data."""
        if isinstance(given, Mapping):
            return {key: self._read(Any, one, f"{path}.{key}") for key, one in given.items()}
        if isinstance(given, list):
            return [self._read(Any, one, f"{path}[{index}]") for index, one in enumerate(given)]
        return _whole(given)


def _inside(path: str, key: str) -> str:
    return f"{path}.{camel_case(key)}" if path else camel_case(key)


def _whole(given: Any) -> Any:
    """Numbers arrive with a fraction, as JSON has one kind of number only."""
    return int(given) if isinstance(given, float) and given.is_integer() else given
