"""Stack files, read without the Pulumi CLI."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from components.errors import problem
from components.settings import PROJECT
from components.yaml_file import read_yaml

ROOT = Path(__file__).resolve().parents[2]
STACKS = ROOT / "stacks"
_PLACEHOLDER = "[secret]"


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

    def with_placeholders(self, keys: Iterable[str]) -> "StackConfig":
        """The same with a placeholder, marked secret, for each of `keys` that has no value."""
        missing = [key for key in keys if key not in self.values]
        values = {**self.values, **dict.fromkeys(missing, _PLACEHOLDER)}
        return StackConfig(self.stack, values, (*self.secrets, *missing))


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
    content = read_yaml(path)
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
            values[full] = _PLACEHOLDER
        else:
            values[full] = value if isinstance(value, str) else json.dumps(value, default=str)
    return StackConfig(stack, values, tuple(secrets))
