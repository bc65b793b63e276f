"""Reading a YAML file so that whatever is wrong with it is told as a `PlatformError`."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from components.errors import PlatformError, problem


class _Loader(yaml.CSafeLoader):
    """The safe loader, which refuses a key written twice: PyYAML would keep the last one without a word.

    It reads what `_plain_document` leaves to it, and tells every mistake.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value} stands twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """The content of the YAML file `path`. Raises PlatformError when it is missing, unreadable or no YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        around = sorted(str(other) for other in path.parent.parent.glob(f"*/{path.name}"))
        raise problem(str(path), "", "no such file", ", ".join(around), "correct the name, or write the file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise problem(str(path), "", str(error), "a readable UTF-8 text file", "make the file readable") from None
    try:
        return _content(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _no_yaml(path, place, error.problem or "a syntax error") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise _no_yaml(path, "", str(error).splitlines()[0] if str(error) else type(error).__name__) from None


def _content(text: str) -> Any:
    """What `yaml.load(text, _Loader)` returns or raises."""
    try:
        return _plain_document(text)
    except (_Unusual, yaml.YAMLError):
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader


class _Unusual(Exception):
    """The text is left to `_Loader`: anchors, tags, merges, keys that are no words, keys written twice."""


def _plain_document(text: str) -> Any:
    """The content of the one document in `text`, made straight from libyaml's events.

    A platform may have a thousand applications. The nodes that PyYAML makes between events and content take more than
    half of its time. Raises _Unusual, yaml.YAMLError.
    """
    take = yaml.CSafeLoader(text).get_event
    take()
    if type(take()) is not DocumentStartEvent:
        raise _Unusual
    content = _value(take(), take)
    if type(take()) is not DocumentEndEvent or type(take()) is not StreamEndEvent:
        raise _Unusual
    return content


def _value(event: Any, take: Callable[[], Any]) -> Any:
    kind = type(event)
    if kind is ScalarEvent:
        if event.anchor or event.tag:
            raise _Unusual
        # The first says whether it is written without quotation marks, so that it may be a number.
        return _scalar(event.value) if event.implicit[0] else event.value
    if kind is MappingStartEvent:
        if event.anchor or event.tag:
            raise _Unusual
        mapping: dict[str, Any] = {}
        while type(event := take()) is not MappingEndEvent:
            key = _value(event, take)
            if type(key) is not str or key in mapping:
                raise _Unusual
            mapping[key] = _value(take(), take)
        return mapping
    if kind is SequenceStartEvent and not event.anchor and not event.tag:
        items: list[Any] = []
        while type(event := take()) is not SequenceEndEvent:
            items.append(_value(event, take))
        return items
    raise _Unusual


_PREFIX = "tag:yaml.org,2002:"
_SCALARS = frozenset(_PREFIX + kind for kind in ("str", "int", "float", "bool", "null", "timestamp"))


@lru_cache(maxsize=10_000)
def _scalar(text: str) -> Any:
    """What the safe loader makes of `text` without quotation marks. Its values are immutable, so they can be kept."""
    tag = yaml.resolver.Resolver().resolve(yaml.ScalarNode, text, (True, False))
    if tag not in _SCALARS:
        raise _Unusual
    return yaml.constructor.SafeConstructor().construct_object(yaml.ScalarNode(tag, text))


def _no_yaml(path: Path, place: str, found: str) -> PlatformError:
    return problem(str(path), place, found, "YAML, each key once", "correct the syntax there or just above")
