"""supervisord (PyPI `supervisor`): its configuration file, and the way to talk to it."""

import http.client
import shlex
import socket
import xmlrpc.client
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from components.errors import problem
from operations.local.layout import Layout, supervisor_socket
from operations.local.processes import SERVICE_MARKER
from operations.local.services.model import Service

FINGERPRINT = "STREAMCTL_FINGERPRINT"
"""Environment variable that makes a service whose configuration files changed a changed program."""

LOG_BYTES = 20 * 1024 * 1024
"""A service's log is continued in a new file after this many bytes; one old file is kept."""


def configuration(layout: Layout, services: Iterable[Service]) -> str:
    """The text of supervisord.conf. It holds passwords: write it readable by the owner only."""
    main = {
        "unix_http_server": {"file": supervisor_socket(layout), "chmod": "0700"},
        "supervisord": {
            "logfile": layout.log("supervisord"),
            "logfile_maxbytes": LOG_BYTES,
            "logfile_backups": 1,
            "pidfile": layout.run / "supervisord.pid",
            "nodaemon": "true",
            "silent": "true",
            "umask": "077",
            "identifier": layout.run_id,
        },
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
    }
    sections = main | {f"program:{service.name}": _program(layout, service) for service in services}
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in entries.items())
        for name, entries in sections.items()
    ).replace("%", "%%")


def programs(configuration: str) -> dict[str, str]:
    """program -> its section, of the text that `configuration` gave."""
    sections = (section.partition("]\n") for section in configuration.split("[program:")[1:])
    return {name: text.rstrip("\n") for name, _, text in sections}


def _program(layout: Layout, service: Service) -> dict[str, Any]:
    environment = {**service.environment, SERVICE_MARKER: service.name, FINGERPRINT: service.fingerprint}
    return {
        "command": shlex.join(service.command),
        "directory": service.directory,
        "environment": ",".join(f'{key}="{_checked(value)}"' for key, value in sorted(environment.items())),
        "autostart": "false",
        "autorestart": "true" if service.restart else "false",
        # A process that ends within a second was no start; it is tried again after a pause that grows by a second
        # each time.
        "startsecs": 1,
        "startretries": 1000,
        "stopsignal": service.stop_signal,
        "stopwaitsecs": service.patience,
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": layout.log(service.name),
        "stdout_logfile_maxbytes": LOG_BYTES,
        "stdout_logfile_backups": 1,
    }


def _checked(value: str) -> str:
    if any(character in value for character in "\"'\\\n"):
        raise ValueError("supervisord takes no quotation mark, backslash or line break in an environment variable")
    return value


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket with a timeout; supervisor's own waits for ever."""

    def __init__(self, path: Path, timeout: float):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def call(layout: Layout, method: str, *arguments: object, timeout: float = 30.0) -> Any:
    """Call a method of supervisord's XML-RPC namespace `supervisor` over a connection of its own.

    timeout: seconds; longer than the longest `Service.patience`, since a stop is answered when it is done
    Raises OSError while nobody listens, and xmlrpc.client.Fault for what supervisord refuses.
    """
    path = supervisor_socket(layout)
    transport = SupervisorTransport(None, None, serverurl=f"unix://{path}")
    transport._get_connection = lambda: _UnixConnection(path, timeout)  # pyright: ignore[reportAttributeAccessIssue]
    try:
        proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        return getattr(proxy.supervisor, method)(*arguments)
    except http.client.HTTPException as error:
        raise ConnectionError(f"supervisord broke off: {error}") from None
    finally:
        transport.close()


def asked(layout: Layout, method: str, *arguments: object) -> Any:
    """As `call`, for what goes on only while supervisord lives. Raises PlatformError where it has ended."""
    try:
        return call(layout, method, *arguments)
    except OSError as error:
        raise problem(
            "supervisord",
            method,
            f"it does not answer ({error or type(error).__name__})",
            "a supervisor that runs",
            f"see {layout.log('supervisord')}, then run `./streamctl up` again: it starts afresh",
        ) from None


def last_lines(log: Path, count: int = 15, longest: int = 300) -> str:
    """The end of a log file: at most `count` lines of at most `longest` characters."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 64 * 1024))
            text = file.read().decode(errors="replace")
    except OSError:
        return "(no log was written)"
    lines = [line.rstrip()[:longest] for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-count:]) or "(the log is empty)"
