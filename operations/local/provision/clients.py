"""boto3 clients for the AWS emulator: made once, lazily, and shared between threads.

Importing boto3 and making the first client takes some tenths of a second, so neither happens before the first use.
Nothing of the caller's AWS set-up reaches these clients: no profile, no credentials, no proxy, no endpoint of another
account. What they create can only be on the emulator.
"""

import os
import threading
from collections.abc import Iterable
from typing import Any

SERVICES = ("s3", "kms", "glue", "iam", "secretsmanager", "ssm")
CONNECT_SECONDS = 3
# The emulator loads a service at its first request; on a busy machine that takes seconds.
READ_SECONDS = 30
CONNECTIONS = 16


class Clients:
    """The clients of one emulator.

    endpoint:   base URL of the emulator, such as http://127.0.0.1:5000
    region:     AWS region in which resources are made
    access_key, secret_key: what the emulator takes for credentials; it does not check them
    """

    def __init__(self, endpoint: str, region: str, access_key: str = "emulator", secret_key: str = "emulator"):  # noqa: S107
        self.endpoint, self.region = endpoint, region
        self._access_key, self._secret_key = access_key, secret_key
        self._session: Any = None
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def get(self, service: str) -> Any:
        """The boto3 client of `service`, such as "s3". Clients are safe to share; making one is not, hence the lock."""
        client = self._clients.get(service)
        if client is None:
            with self._lock:
                client = self._clients.get(service)
                if client is None:
                    client = self._clients[service] = self._make(service)
        return client

    def warm(self, services: Iterable[str] = SERVICES) -> None:
        """Make the clients ahead of their use, for instance in a thread while the emulator starts."""
        for service in services:
            self.get(service)

    def _make(self, service: str) -> Any:
        import boto3
        import botocore.session
        from botocore.config import Config

        if self._session is None:
            core = botocore.session.Session(
                session_vars={
                    "profile": (None, None, None, None),
                    "config_file": (None, None, os.devnull, None),
                    "credentials_file": (None, None, os.devnull, None),
                }
            )
            self._session = boto3.Session(
                botocore_session=core,
                aws_access_key_id=self._access_key,
                aws_secret_access_key=self._secret_key,
                region_name=self.region,
            )
        return self._session.client(
            service,
            endpoint_url=self.endpoint,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                # A second attempt, since a kept-alive connection may have been closed by the emulator meanwhile.
                retries={"total_max_attempts": 2, "mode": "standard"},
                max_pool_connections=CONNECTIONS,
                s3={"addressing_style": "path"},
                proxies={},
                use_fips_endpoint=False,
                use_dualstack_endpoint=False,
                defaults_mode="legacy",
            ),
        )
