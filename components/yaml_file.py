"""Reading a YAML file so that whatever is wrong with it is told as a `PlatformError`."""

from pathlib import Path
from typing import Any

import yaml

from components.errors import PlatformError, problem


class _Loader(yaml.CSafeLoader):
    """The safe loader, which refuses a key written twice: PyYAML would keep the last one without a word.

    The one in C: a platform may have a thousand applications, and the one in Python takes 40 ms for each.
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
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _no_yaml(path, place, error.problem or "a syntax error") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise _no_yaml(path, "", str(error).splitlines()[0] if str(error) else type(error).__name__) from None


def _no_yaml(path: Path, place: str, found: str) -> PlatformError:
    return problem(str(path), place, found, "YAML, each key once", "correct the syntax there or just above")
