"""Stack files, read without the Pulumi CLI."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.errors import problem
from components.settings import PROJECT

ROOT = Path(__file__).resolve().parents[2]
STACKS = ROOT / "stacks"


@dataclass(frozen=True)
class StackConfig:
    """The configuration of one stack as the engine hands it to a program.

    values:  full key -> text; mappings and lists as JSON
    secrets: the keys whose values are encrypted. Without the passphrase their values are not known; each has a
             placeholder, which is marked secret like the real one
    """

    stack: str
    values: dict[str, str]
    secrets: tuple[str, ...]


class _UniqueKeys(yaml.SafeLoader):
    """A YAML loader that refuses a key that is written twice; YAML's own way is to drop the first silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: dict[Any, int] = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands here and in line {seen[key]}", key_node.start_mark
                )
            seen[key] = key_node.start_mark.line + 1
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, shown: str) -> Any:
    """The content of a YAML file. Raises PlatformError with the line where it is not YAML or not text."""
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, Loader=_UniqueKeys)  # noqa: S506 a subclass of SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        found = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise problem(shown, line, found, "YAML with each key once", "correct the file at that place") from None
    except (UnicodeDecodeError, ValueError) as error:
        raise problem(shown, "", str(error), "text in UTF-8", "save the file as UTF-8") from None
    except OSError as error:
        raise problem(shown, "", error.strerror or str(error), "a readable file", "check its permissions") from None


def stack_names() -> list[str]:
    """The stacks that have a file in stacks/."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in STACKS.glob("Pulumi.*.yaml"))


def load_stack(stack: str, path: Path | None = None) -> StackConfig:
    """The configuration in `stacks/Pulumi.<stack>.yaml`, or in `path`.

    Raises PlatformError where the file is missing, no YAML, or has no `config` mapping.
    """
    path = path or STACKS / f"Pulumi.{stack}.yaml"
    shown = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
    if not path.is_file():
        raise problem("--stack", "", repr(stack), ", ".join(stack_names()), f"choose one of these, or write {shown}")
    content = read_yaml(path, shown)
    if not isinstance(content, dict):
        raise problem(shown, "", "no mapping" if content else "nothing", "config: ...", "add the key `config`")
    config = content.get("config")
    if not isinstance(config, dict):
        raise problem(shown, "config", "nothing" if config is None else repr(config), "a mapping", "add the settings")
    values: dict[str, str] = {}
    secrets: list[str] = []
    for key, value in config.items():
        full = str(key) if ":" in str(key) else f"{PROJECT}:{key}"
        if isinstance(value, dict) and set(value) == {"secure"}:
            secrets.append(full)
            values[full] = "[secret]"
        else:
            values[full] = value if isinstance(value, str) else json.dumps(value, default=str)
    return StackConfig(stack, values, tuple(secrets))
