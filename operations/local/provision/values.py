"""The values of a resource's inputs: made plain, compared, and fingerprinted where they are secret."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from components.errors import problem

# How the Pulumi protocol marks a wrapped value, the wrapped value that is a secret, and a value not known yet.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# Work factor of the fingerprints (about 10 ms and 4 MiB each): the state file must not help to guess a password.
_SCRYPT = {"n": 2**12, "r": 8, "p": 1, "dklen": 32}


def plain(urn: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`inputs` as plain JSON data: whole floats as integers, secrets unwrapped, absent values left out.

    Raises PlatformError that names `urn` and the input for a value that is unknown or no JSON.
    """
    return {name: _plain(urn, name, value) for name, value in inputs.items() if value is not None}


def _plain(urn: str, path: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET:
            return _plain(urn, path, value.get("value"))
        return {str(k): _plain(urn, f"{path}.{k}", v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_plain(urn, f"{path}[{index}]", item) for index, item in enumerate(value)]
    if isinstance(value, float) and value.is_integer():
        # The Pulumi protocol knows one kind of number only.
        return int(value)
    if value is None or (isinstance(value, str | bool | int | float) and value != _UNKNOWN):
        return value
    found = "a value that is not known yet" if value == _UNKNOWN else f"a value of type {type(value).__name__}"
    raise problem(
        urn, path, found, "text, numbers, booleans, lists and mappings, all known", "correct the input in the program"
    )


def secret_names(inputs: Mapping[str, Any], paths: Iterable[Any], always: Iterable[str]) -> frozenset[str]:
    """The names of the inputs that are secret, whole: those in `always` and the first step of each property path.

    paths: property paths as Pulumi writes them (`tags.owner`, `rules[0].id`), or sequences of their steps
    """
    roots = {re.split(r"[.\[]", path, maxsplit=1)[0] if isinstance(path, str) else str(path[0]) for path in paths}
    return frozenset(name for name in inputs if name in roots or name in always)


def fingerprint(salt: str, urn: str, name: str, value: Any) -> str:
    """A salted hash of a secret input, in hexadecimal: tells a change and nothing else."""
    return hashlib.scrypt(canonical(value).encode(), salt=f"{salt}|{urn}|{name}".encode(), **_SCRYPT).hex()


def canonical(value: Any) -> str:
    """JSON in one spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def document(value: Any) -> Any:
    """A JSON document given as text or as a mapping, as the text that AWS takes, in one spelling.

    Text that is no JSON is returned as it is: AWS says better what is wrong with it.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return canonical(value)


def equal(left: Any, right: Any, as_document: bool) -> bool:
    """Whether two inputs mean the same; JSON documents do whatever their spelling."""
    if as_document:
        left, right = document(left), document(right)
    return canonical(left) == canonical(right)


def redacted(text: str, values: Iterable[Any]) -> str:
    """`text` without any string or number that occurs in the secret `values`."""
    for leaf in sorted({leaf for value in values for leaf in _leaves(value)}, key=len, reverse=True):
        text = text.replace(leaf, "[secret]")
    return text


def _leaves(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    # Shorter ones would make holes everywhere and could be read from the holes.
    elif len(str(value)) >= 3 and not isinstance(value, bool):
        yield str(value)
