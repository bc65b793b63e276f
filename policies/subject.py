"""What a check looks at: one resource, or all of them, without the SDK's proxies, and never past an unknown value.

In a preview the engine does not know what a provider will choose (ids, ARNs, generated names). A check that meets such
a value stops with `Unknown`; the pack then reports that the resource cannot be judged yet.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pulumi_policy.proxy import (
    UNKNOWN_ARCHIVE_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_STRING_VALUE,
    UnknownValueError,
)

UNKNOWN = UNKNOWN_STRING_VALUE
"""The engine's word for a value that it does not know yet: cases use it."""

_UNKNOWNS = frozenset(
    {
        UNKNOWN_ARCHIVE_VALUE,
        UNKNOWN_ARRAY_VALUE,
        UNKNOWN_ASSET_VALUE,
        UNKNOWN_BOOLEAN_VALUE,
        UNKNOWN_NUMBER_VALUE,
        UNKNOWN_OBJECT_VALUE,
        UNKNOWN_STRING_VALUE,
    }
)

MASKED = "[secret]"
"""What stands in a Plan where a secret was. The engine hands its plain text to a pack."""

# The wire protocol's signature of a secret (pulumi/runtime/rpc.py of the SDK).
_SIGNATURE, _SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


class Unknown(Exception):
    """A value that a check needs is not known yet. property: its path; urn: the resource that it belongs to."""

    def __init__(self, property: str, urn: str = ""):
        self.property, self.urn = property, urn
        super().__init__(f"{property} is not known yet")


class NotKnown:
    """Stands in `Resource.props` for an unknown value. Whatever is done with it raises `Unknown`."""

    __slots__ = ("_path", "_urn")

    def __init__(self, path: str, urn: str):
        self._path, self._urn = path, urn

    def _refuse(self, *_: Any) -> Any:
        raise Unknown(self._path, self._urn)

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __bool__ = _refuse  # type: ignore[assignment]
    __len__ = __iter__ = __contains__ = __getitem__ = __getattr__ = __str__ = __int__ = __float__ = _refuse
    __add__ = __radd__ = __sub__ = __mod__ = __format__ = _refuse

    def __repr__(self) -> str:
        return f"<{self._path} is not known yet>"


class Resource:
    """One resource as the program declares it.

    type:         type token, `aws:s3/bucket:Bucket`
    name:         its name in the program
    urn:          its URN
    parent:       URN of its parent, "" where it has none
    options:      the SDK's PolicyResourceOptions, None in a case of a test that gives none
    config:       the configuration of the policy that is asking, with its defaults
    production:   whether the stack's environment is `prod`
    """

    def __init__(
        self,
        type: str,
        name: str,
        urn: str,
        properties: Mapping[str, Any],
        *,
        parent: str = "",
        dependencies: Iterable[Any] = (),
        property_dependencies: Mapping[str, Iterable[Any]] | None = None,
        protect: bool = False,
        options: Any = None,
        config: Mapping[str, Any] | None = None,
        production: bool = False,
    ):
        self.type, self.name, self.urn, self.parent = type, name, urn, parent
        # URNs, or the SDK's resources: few checks look at them.
        self._dependencies, self._property_dependencies = dependencies, property_dependencies or {}
        self.protect, self.options = protect, options
        self.config = config or {}
        self.production = production
        self._properties = properties
        self._props: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"{self.type} {self.name}"

    @property
    def dependencies(self) -> frozenset[str]:
        """URNs that it depends on; known to stack policies only, the engine tells no others."""
        return _urns(self._dependencies)

    @property
    def property_dependencies(self) -> dict[str, frozenset[str]]:
        """Property -> URNs of the resources whose outputs went into it; known to stack policies only."""
        return {key: _urns(others) for key, others in self._property_dependencies.items()}

    def refers(self, property: str) -> frozenset[str]:
        """`property_dependencies` of one property."""
        return _urns(self._property_dependencies.get(property, ()))

    @property
    def props(self) -> dict[str, Any]:
        """The inputs (a stack policy sees the outputs, as the engine hands them over) as plain data.

        An unknown value is a `NotKnown`, which raises as soon as it is looked at. `value` is shorter in most checks.
        """
        if self._props is None:
            self._props = {key: _plain(_item(self._properties, key), key, self.urn) for key in self._properties}
        return self._props

    def value(self, *path: str | int, default: Any = None) -> Any:
        """The value at `path`, `default` where nothing is there. Raises Unknown, also for an unknown inside of it.

        A secret is its text under the engine and `MASKED` in a Plan; a path that leads into a masked one is unknown.
        """
        current: Any = self._properties
        walked: list[str] = []
        for step in path:
            walked.append(str(step))
            if isinstance(current, str) and current == MASKED:
                raise Unknown(".".join(walked[:-1]), self.urn)
            if isinstance(current, Mapping):
                current = _item(current, step)
            elif _is_list(current):
                index = step if isinstance(step, int) else -1
                current = _item(current, index) if 0 <= index < len(current) else None
            else:
                return default
            current = _opened(current)
            if isinstance(current, str) and current in _UNKNOWNS:
                raise Unknown(".".join(walked), self.urn)
            if current is None:
                return default
        return _known(current, ".".join(walked), self.urn)

    def document(self, *path: str | int, default: Any = None) -> Any:
        """The JSON text at `path` (a policy document), parsed. Raises Unknown, for text that is no JSON too."""
        text = self.value(*path)
        if text is None:
            return default
        if not isinstance(text, str):
            return text
        place = ".".join(map(str, path))
        if any(unknown in text for unknown in _UNKNOWNS):
            raise Unknown(place, self.urn)
        try:
            return json.loads(text)
        except ValueError:
            raise Unknown(place, self.urn) from None


class Stack:
    """All resources of a stack.

    resources:  in the order in which the engine or the Plan has them
    config:     the configuration of the policy that is asking, with its defaults
    production: whether the stack's environment is `prod`
    """

    def __init__(self, resources: Sequence[Resource], config: Mapping[str, Any], production: bool):
        self.resources = tuple(resources)
        self.config, self.production = config, production
        self.not_known: list[Unknown] = []
        self._by_urn = {resource.urn: resource for resource in self.resources}

    def of(self, *types: str) -> list[Resource]:
        """The resources of these types."""
        return [resource for resource in self.resources if resource.type in types]

    def get(self, urn: str) -> Resource | None:
        """The resource with that URN."""
        return self._by_urn.get(urn)

    def names(self, resource: Resource, property: str) -> set[Resource]:
        """The resources whose outputs went into `property` of `resource`: a join that works while ids are unknown."""
        return {self._by_urn[urn] for urn in resource.refers(property) if urn in self._by_urn}

    @contextmanager
    def judging(self, resource: Resource) -> Iterator[None]:
        """Around what is done about one resource: an unknown value ends the judgement of this resource, not of all.

        with stack.judging(bucket):
            if not bucket.value("policy"): yield bucket, "..."
        """
        try:
            yield
        except Unknown as unknown:
            self.not_known.append(Unknown(unknown.property, unknown.urn or resource.urn))


def _urns(others: Iterable[Any]) -> frozenset[str]:
    return frozenset(one if isinstance(one, str) else one.urn for one in others)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _item(container: Any, key: Any) -> Any:
    """One item, None where it is missing; an unknown one as the engine's word for it (the SDK's proxies raise)."""
    try:
        return container[key]
    except UnknownValueError as error:
        return error.unknown_type_sentinel
    except KeyError:
        return None


def _opened(value: Any) -> Any:
    """`value` without the marker of a secret; what was masked is `MASKED`."""
    if isinstance(value, Mapping) and _SIGNATURE in value and value[_SIGNATURE] == _SECRET:
        return _opened(value["value"]) if "value" in value else MASKED
    return value


def _plain(value: Any, path: str, urn: str) -> Any:
    """`value` as plain data with a `NotKnown` for each unknown. The wire knows no whole numbers: 3.0 becomes 3."""
    value = _opened(value)
    if isinstance(value, str):
        return NotKnown(path, urn) if value in _UNKNOWNS else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {key: _plain(_item(value, key), f"{path}.{key}", urn) for key in value}
    if _is_list(value):
        return [_plain(_item(value, index), f"{path}.{index}", urn) for index in range(len(value))]
    return value


def _known(value: Any, path: str, urn: str) -> Any:
    """The same, but an unknown anywhere inside raises."""
    value = _opened(value)
    if isinstance(value, str):
        if value in _UNKNOWNS:
            raise Unknown(path, urn)
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {key: _known(_item(value, key), f"{path}.{key}", urn) for key in value}
    if _is_list(value):
        return [_known(_item(value, index), f"{path}.{index}", urn) for index in range(len(value))]
    return value
