"""Readiness checks: small callables that return True once a service does its work, not merely once its port is open."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from operations.local.ports import HOST

# Seconds for one attempt. Everything is on this machine; a slow answer is asked for again.
_ATTEMPT = 2.0


@dataclass(frozen=True)
class Http:
    """GET `url` answers 200 and, where `accept` is given, with JSON that it returns True for."""

    url: str
    accept: Callable[[Any], bool] | None = None

    def __call__(self) -> bool:
        # A session of its own that ignores proxies of the environment: they must not be asked for 127.0.0.1.
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(self.url, timeout=_ATTEMPT)
            return answer.status_code == 200 and (self.accept is None or self.accept(answer.json()))


@dataclass(frozen=True)
class ZooKeeperOk:
    """The server answers `imok` to the four-letter command `ruok`."""

    port: int

    def __call__(self) -> bool:
        with socket.create_connection((HOST, self.port), _ATTEMPT) as connection:
            connection.sendall(b"ruok")
            return connection.recv(16) == b"imok"


@dataclass(frozen=True)
class KafkaAnswers:
    """The broker is unfenced and tells its metadata to a client."""

    port: int

    def __call__(self) -> bool:
        # Asking a port that is not open yet would make the client log an error and wait before it tries again.
        socket.create_connection((HOST, self.port), _ATTEMPT).close()
        from confluent_kafka.admin import AdminClient

        client = AdminClient({"bootstrap.servers": f"{HOST}:{self.port}", "log_level": 0})
        return len(client.list_topics(timeout=_ATTEMPT).brokers) == 1


@dataclass(frozen=True)
class PostgresAnswers:
    """A login with a password works and the database answers a query."""

    dsn: str = field(repr=False)

    def __call__(self) -> bool:
        import psycopg

        with psycopg.connect(self.dsn, connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
