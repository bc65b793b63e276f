"""The keeper: restarts connectors and tasks that have failed, as an operator on Kubernetes would.

Run by the supervisor as `python -m operations.local.keeper URL`, URL being Kafka Connect's REST interface. Flink jobs
need no keeper: the JobManager recovers them by itself.
"""

import logging
import signal
import sys
import threading

from components.errors import PlatformError
from operations.local.connectors import restart_failed

# Seconds between two looks. A failed task costs that much latency, and Connect one small request.
INTERVAL = 2.0

log = logging.getLogger("keeper")


def keep(url: str, stop: threading.Event) -> None:
    """Look every `INTERVAL` seconds until `stop` is set."""
    while not stop.wait(INTERVAL):
        try:
            for name in restart_failed(url):
                log.warning("connector %s had failed and was restarted", name)
        except PlatformError as error:
            # Connect itself is away or at work on something; the supervisor sees to the first, time to the second.
            log.info("%s", error)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    keep(sys.argv[1], stop)


if __name__ == "__main__":
    main()
