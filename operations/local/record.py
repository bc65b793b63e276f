"""What `up` has brought up, remembered in the run folder: the stack, its exports and its jobs."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from components.errors import problem
from operations.local.jobs import Submission
from operations.local.layout import Layout, write_private

VERSION = 2


@dataclass
class Record:
    """stack:   name of the stack
    exports: what the program exports; no secrets, see `plain`
    jobs:    name of the application -> its job; those that were declared before stay, with where they had come to
    complete: False from the first change of an `up` until its end
    """

    stack: str
    exports: dict[str, Any] = field(default_factory=dict)
    jobs: dict[str, Submission] = field(default_factory=dict)
    complete: bool = False

    def save(self, layout: Layout) -> None:
        """Write the record, never half."""
        write_private(layout.state, json.dumps({"version": VERSION, **asdict(self)}, indent=2))


def load(layout: Layout) -> Record | None:
    """The record of the platform in `layout`, None where there is none.

    Raises PlatformError where the file is not what `save` wrote, OSError where it may not be read.
    """
    try:
        content = json.loads(layout.state.read_text(encoding="utf-8"))
        if content.pop("version") != VERSION:
            raise ValueError("another version")
        content["jobs"] = {name: Submission(**job) for name, job in content["jobs"].items()}
        record = Record(**content)
        if not isinstance(record.stack, str) or not isinstance(record.exports, dict):
            raise TypeError("wrong types")
        return record
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise problem(
            str(layout.state),
            "",
            f"a damaged file ({error})",
            "what `./streamctl up` wrote",
            "run `./streamctl down`, then `./streamctl up`: the local platform starts afresh",
        ) from None


def require(layout: Layout) -> Record:
    """As `load`, but raises PlatformError where nothing was brought up."""
    record = load(layout)
    if record is None:
        raise problem("streamctl", "", "no local platform", "a platform that is up", "run `./streamctl up` first")
    return record
