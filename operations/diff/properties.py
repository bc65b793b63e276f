"""What differs between two sets of properties: nested paths, JSON texts compared as data, secrets never shown."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from operations.plan.load import FINGERPRINT
from operations.plan.values import UNKNOWN, is_secret

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$-]*$")
# What the engine and its providers add to inputs: https://github.com/pulumi/pulumi-terraform-bridge (`__defaults`)
_INTERNAL = frozenset({"__defaults", "__internal", "__meta", "__lab"})


@dataclass(frozen=True)
class Difference:
    """One property that differs.

    path:    dotted; `[2]` in lists, `["a.b"]` for keys that are no names; goes on into JSON texts
    kind:    added, removed, changed;
             order (the same elements), format (the same JSON, written otherwise);
             secret (a secret that changed), secret? (a secret of which it cannot be told);
             later (known on one side, on the other only after `up`)
    old, new: values with secrets masked; None where there is none
    """

    path: str
    kind: str
    old: Any = None
    new: Any = None


def differences(old: Any, new: Any, path: str = "") -> tuple[Difference, ...]:
    """All differences between two values, in the order of their paths. Equal secrets that cannot be compared are not
    among them: see `uncertain_secrets`."""
    return tuple(_walk(old, new, path))


def uncertain_secrets(old: Any, new: Any, path: str = "") -> list[str]:
    """Paths of secrets that stand on both sides and of which it cannot be told whether they changed."""
    if is_secret(old) and is_secret(new):
        return [] if _fingerprints(old, new) in ("same", "secret") else [path]
    found: list[str] = []
    if isinstance(old, dict) and isinstance(new, dict) and not is_secret(old) and not is_secret(new):
        for key in old.keys() & new.keys():
            found += uncertain_secrets(old[key], new[key], below(path, key))
    if isinstance(old, list) and isinstance(new, list):
        for number, (one, other) in enumerate(zip(old, new, strict=False)):
            found += uncertain_secrets(one, other, f"{path}[{number}]")
    return found


def without_defaults(inputs: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """`inputs` of a state without what its provider filled in: the keys in `__defaults` that `other` does not have."""
    defaults = inputs.get("__defaults") or []
    filled = {key for key in defaults if isinstance(key, str)} - set(other) if isinstance(defaults, list) else set()
    return {key: value for key, value in inputs.items() if key not in _INTERNAL and key not in filled}


def general(path: str) -> str:
    """`path` without positions in lists, as the providers' schemas name it: `rules[0].filter` -> `rules.filter`."""
    return re.sub(r"\[[^\]]*\]", "", path)


def as_data(text: Any) -> Any:
    """The object or list in a JSON text; None for everything else."""
    if not isinstance(text, str) or text[:1] not in ("{", "["):
        return None
    try:
        parsed = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict | list) else None


def _walk(old: Any, new: Any, path: str) -> Iterator[Difference]:
    if old == new:
        return
    if is_secret(old) or is_secret(new):
        yield from _secret(old, new, path)
    elif old == UNKNOWN or new == UNKNOWN:
        yield Difference(path, "later", old, new)
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            inner = below(path, key)
            if key not in new:
                yield from _gone(old[key], inner)
            elif key not in old:
                yield from _come(new[key], inner)
            else:
                yield from _walk(old[key], new[key], inner)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, path)
    else:
        parsed_old, parsed_new = as_data(old), as_data(new)
        if parsed_old is None or parsed_new is None or type(parsed_old) is not type(parsed_new):
            yield Difference(path, "changed", old, new)
            return
        inside = tuple(_walk(parsed_old, parsed_new, path))
        yield from inside or (Difference(path, "format", old, new),)


def _secret(old: Any, new: Any, path: str) -> Iterator[Difference]:
    """Masked on both sides and nothing known: no difference, as two Plans of one program would differ everywhere."""
    if not (is_secret(old) and is_secret(new)):
        yield Difference(path, "changed", old, new)
        return
    known = _fingerprints(old, new)
    if known != "same" and known:
        yield Difference(path, known, old, new)


def _fingerprints(old: dict[str, Any], new: dict[str, Any]) -> str:
    """same, secret (they differ), secret? (two ciphertexts: each encryption gives another), or "" (nothing known)."""
    one, other = old.get(FINGERPRINT), new.get(FINGERPRINT)
    if not one or not other:
        return ""
    if one == other:
        return "same"
    return "secret" if one.startswith("plaintext:") and other.startswith("plaintext:") else "secret?"


def _lists(old: list[Any], new: list[Any], path: str) -> Iterator[Difference]:
    keys_old, keys_new = [_key(item) for item in old], [_key(item) for item in new]
    if sorted(keys_old) == sorted(keys_new):
        yield Difference(path, "order", old, new)
        return
    for tag, a, b, c, d in SequenceMatcher(None, keys_old, keys_new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        paired = min(b - a, d - c)
        for offset in range(paired):
            yield from _walk(old[a + offset], new[c + offset], f"{path}[{c + offset}]")
        for index in range(a + paired, b):
            yield from _gone(old[index], f"{path}[{index}]")
        for index in range(c + paired, d):
            yield from _come(new[index], f"{path}[{index}]")


def _gone(value: Any, path: str) -> Iterator[Difference]:
    if value not in (None, {}, []):
        yield Difference(path, "removed", value, None)


def _come(value: Any, path: str) -> Iterator[Difference]:
    if value not in (None, {}, []):
        yield Difference(path, "added", None, value)


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def below(path: str, key: str) -> str:
    """The path of `key` in the object at `path`."""
    if not _IDENTIFIER.match(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key
