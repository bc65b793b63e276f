"""The AWS emulator: moto's server, with what a lakehouse needs on top.

    python -m operations.local.emulator 127.0.0.1 25000

Three things differ from plain moto:

- Glue's UpdateTable honours VersionId. Iceberg commits by naming the version it read; moto takes any, so that of two
  concurrent commits one would be lost without a word.
- Old versions are forgotten after a while. Everything lies in memory, and Flink replaces its checkpoints every few
  seconds: in a versioned bucket that is never cleaned, hours of running would fill the machine.
- Connections stay open between requests. moto's own server takes a new one, and a new thread, for each request, and its
  clients open as many: work for the two cores that also start Flink.
"""

import functools
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from cheroot import wsgi
from moto.core.exceptions import JsonRESTError
from moto.glue.models import GlueBackend, glue_backends
from moto.glue.responses import GlueResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import FakeDeleteMarker, s3_backends

from components.errors import PlatformError, problem
from operations.local.provision.clients import SERVICES

# Overwritten and deleted object versions are kept for this long, against the days that a real bucket keeps them.
OLD_VERSIONS = timedelta(minutes=2)

# A table keeps this many versions; readers only ever ask for the newest.
TABLE_VERSIONS = 20

_CLEANING_INTERVAL = 30.0

# Requests at the same time. Each waits for Python's lock anyway; one that is never sent in full holds its thread.
_THREADS = 32
# Seconds after which a silent connection is closed. The clients of AWS's SDKs close theirs after one minute: where the
# server came first, a client might just be sending.
_SILENT_FOR = 300
# Connections that wait open for a next request; the clients of Flink have 50 and more each. cheroot keeps 10.
_OPEN = 2000
# Connections that wait to be taken; moto's own server has as many.
_BACKLOG = 128

_commits = threading.Lock()


class ConcurrentModification(JsonRESTError):
    """What Glue answers to a commit that is based on an old version; Iceberg then reads again and retries."""

    def __init__(self) -> None:
        super().__init__("ConcurrentModificationException", "Update table failed due to concurrent modifications.")


def check_versions() -> None:
    """Make Glue's UpdateTable compare VersionId with the current version, one commit at a time."""
    original = GlueResponse.update_table

    def update_table(self: GlueResponse) -> Any:
        with _commits:
            based_on = self.parameters.get("VersionId")
            if based_on is not None:
                table = self.glue_backend.get_table(
                    self.parameters["DatabaseName"], self.parameters["TableInput"]["Name"]
                )
                if str(table.as_dict()["VersionId"]) != str(based_on):
                    raise ConcurrentModification
            return original(self)

    GlueResponse.update_table = update_table


def forget_old_versions(now: datetime) -> None:
    """Drop object versions that were overwritten or deleted more than `OLD_VERSIONS` before `now` (UTC)."""
    limit = (now - OLD_VERSIONS).replace(tzinfo=None)
    for account in list(s3_backends.values()):
        for backend in list(account.values()):
            for bucket in list(backend.buckets.values()):
                for name in list(bucket.keys):
                    _forget(bucket.keys, name, limit)
    for account in list(glue_backends.values()):
        for backend in list(account.values()):
            _forget_tables(backend)


def _forget(keys: Any, name: str, limit: datetime) -> None:
    versions = keys.getlist(name, [])
    # The list is changed in place and never replaced: a request that adds a version meanwhile must not lose it.
    while len(versions) > 1 and _since(versions[1]) < limit:
        # A version has been old since the next one came.
        old = versions[0]
        versions.remove(old)
        if not isinstance(old, FakeDeleteMarker):
            old.dispose()
    if len(versions) == 1 and isinstance(versions[0], FakeDeleteMarker) and _since(versions[0]) < limit:
        dict.pop(keys, name, None)


def _since(version: Any) -> datetime:
    return version.last_modified.replace(tzinfo=None)


def _forget_tables(backend: GlueBackend) -> None:
    for database in list(backend.databases.values()):
        for table in list(database.tables.values()):
            for version in sorted(table.versions, key=int)[:-TABLE_VERSIONS]:
                table.versions.pop(version, None)


def _clean_forever() -> None:
    while True:
        time.sleep(_CLEANING_INTERVAL)
        try:
            forget_old_versions(datetime.now(UTC))
        except Exception:  # the next round tries again; the emulator itself must go on
            logging.exception("forgetting old versions failed")


def load_services() -> None:
    """Import what answers for the services of the platform: moto would do it at the first request to each.

    Systems Manager alone takes almost a second. A service that is asked for meanwhile waits for its own import only.
    """
    for service in SERVICES:
        create_backend_app(cast(Any, service))


class Application(DomainDispatcherApplication):
    """moto for all services, behind a server that is not moto's own."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        # For each request moto tries its patterns of all services, more than a hundred; the answer is always the same.
        self._backend_of = functools.lru_cache(maxsize=200)(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:
        return self._backend_of(host)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        # An object's key as it was sent, "%2F" and all: moto looks for it where its own server puts it.
        environ["RAW_URI"] = environ["REQUEST_URI"]
        return super().__call__(environ, start_response)


def main(host: str, port: int) -> None:
    """Serve until the process is told to end. Raises PlatformError where it cannot listen."""
    server = wsgi.Server((host, port), Application(), _THREADS, request_queue_size=_BACKLOG, timeout=_SILENT_FOR)
    server.keep_alive_conn_limit = _OPEN
    check_versions()
    # All of it is memory: there is nothing to be finished, and a thread that waits for a client is not waited for.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # From here on threads wait for requests, and an error would leave them behind with an open port.
    try:
        server.prepare()
    except OSError as error:
        allowed, remedy = "an address of this machine and a free port", "end what listens there, or give another port"
        raise problem("the AWS emulator", "address", f"{host}:{port}: {error}", allowed, remedy) from None
    threading.Thread(target=load_services, daemon=True, name="load-services").start()
    threading.Thread(target=_clean_forever, daemon=True, name="forget-old-versions").start()
    server.serve()


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]))
    except PlatformError as error:
        sys.exit(str(error))
