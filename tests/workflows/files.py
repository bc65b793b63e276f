"""The CI files, read once, and what is looked for in them."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from operations.plan.stack_file import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
GITLAB = ROOT / ".gitlab-ci.yml"
SCRIPTS = sorted((ROOT / "operations" / "ci").glob("*.sh"))


class _Gitlab(yaml.SafeLoader):
    """YAML with GitLab's `!reference`."""


def _reference(loader: yaml.SafeLoader, node: yaml.Node) -> list[Any]:
    assert isinstance(node, yaml.SequenceNode)
    return loader.construct_sequence(node)


_Gitlab.add_constructor("!reference", _reference)


@functools.cache
def read(path: Path) -> dict[Any, Any]:
    """The file's content. YAML reads the key `on` as True."""
    return yaml.load(path.read_text(), Loader=_Gitlab)


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    return read(path)["jobs"]


def steps(path: Path) -> list[dict[str, Any]]:
    """All steps of a workflow, or of a composite action."""
    content = read(path)
    if "runs" in content:
        return content["runs"]["steps"]
    return [step for job in content["jobs"].values() for step in job.get("steps", ())]


def texts(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(one)


def streamctl_calls(path: Path) -> list[str]:
    """The command lines of `./streamctl` in a file, each with its continuation lines, without what comes after."""
    text = re.sub(r"\\\n\s*", " ", path.read_text())
    return [found.strip() for found in re.findall(r"(?<!`)\./streamctl ([^\n`]*?)(?=\s*(?:[|;)]|2?>|$|\n|#))", text)]
