"""What both generators need as processes: a configuration file, a log, and an orderly end."""

import json
import logging
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from components.errors import PlatformError, problem


def configuration(arguments: list[str], required: set[str]) -> dict[str, Any]:
    """The JSON object in the file that is the one command line argument.

    Raises PlatformError when the file is missing, no JSON object, or without one of the keys `required`.
    """
    if len(arguments) != 1:
        raise problem("generator", "arguments", " ".join(arguments) or "none", "one JSON file", "name the file")
    path = Path(arguments[0])
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise problem(str(path), "", str(error), "a readable JSON file", "write the file again") from None
    missing = sorted(required - set(content)) if isinstance(content, dict) else sorted(required)
    if missing:
        raise problem(str(path), ", ".join(missing), "nothing", "a JSON object with these keys", "add them")
    return content


def stop_on_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set, so that the work in hand can be ended properly."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def run(main: Any) -> None:
    """Run `main(arguments)` as a process: log to the standard error, exit with 1 and a message on a `PlatformError`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        main(sys.argv[1:])
    except PlatformError as error:
        logging.error("%s", error)
        sys.exit(1)
