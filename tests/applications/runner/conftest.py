"""runner.jar as it is built for the images, and a Kafka that asks for logins and rights."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ScramMechanism, UserScramCredentialUpsertion

from operations.image import jars
from operations.local import distribution
from operations.local.distribution import Distribution
from operations.local.layout import Layout

ADMIN_PASSWORD = "admin-secret"
STARTS_WITHIN = 90.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(what: str, ready: Callable[[], bool], within: float = STARTS_WITHIN) -> None:
    end = time.monotonic() + within
    while not ready():
        assert time.monotonic() < end, f"{what} not there after {within} s"
        time.sleep(0.2)


def end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return jars.runner(tmp_path_factory.mktemp("runner-jar"))


@pytest.fixture(scope="session")
def dist() -> Distribution:
    return distribution.ensure(Layout.of_environment())


@dataclass
class Broker:
    """A Kafka with StandardAuthorizer on 127.0.0.1: everybody logs in, and at first only `admin` (PLAIN) has rights."""

    port: int

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @cached_property
    def admin(self) -> AdminClient:
        """Kept: what it was asked for fails once nobody holds it any more."""
        return AdminClient(self.client("PLAIN", "admin", ADMIN_PASSWORD))

    def client(self, mechanism: str, user: str, password: str) -> dict[str, str | int | float | bool]:
        return {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": mechanism,
            "sasl.username": user,
            "sasl.password": password,
        }

    def add_user(self, name: str, password: str) -> None:
        """A login by SCRAM-SHA-512."""
        change = UserScramCredentialUpsertion(name, _scram(), password.encode())
        for future in self.admin.alter_user_scram_credentials([change]).values():
            future.result(30)


def _scram():
    from confluent_kafka.admin import ScramCredentialInfo

    return ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)


def java_client(broker: Broker, module: str, mechanism: str, user: str, password: str) -> dict[str, str]:
    """The properties of a Java client."""
    jaas = f'org.apache.kafka.common.security.{module} required username="{user}" password="{password}";'
    return {
        "bootstrap.servers": broker.bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": mechanism,
        "sasl.jaas.config": jaas,
    }


def admin_client(broker: Broker) -> dict[str, str]:
    return java_client(broker, "plain.PlainLoginModule", "PLAIN", "admin", ADMIN_PASSWORD)


def properties(values: Mapping[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in values.items())


@pytest.fixture(scope="session")
def broker(dist: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("kafka")
    found = Broker(free_port())
    controller = free_port()
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    config = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"CLIENT://127.0.0.1:{found.port},CONTROLLER://127.0.0.1:{controller}",
        "inter.broker.listener.name": "CLIENT",
        "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.client.plain.sasl.jaas.config": f'{plain} username="admin" password="{ADMIN_PASSWORD}" '
        f'user_admin="{ADMIN_PASSWORD}";',
        "listener.name.client.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # The controller's listener is open to this machine only, and asks for no login.
        "super.users": "User:admin;User:ANONYMOUS",
        "allow.everyone.if.no.acl.found": "false",
        "auto.create.topics.enable": "false",
        "log.dirs": str(folder / "data"),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
    }
    (folder / "server.properties").write_text(properties(config))
    java = [str(dist.java), "-Xmx400m", "-XX:+UseSerialGC", "-cp", ":".join(map(str, dist.kafka_jars))]
    tool = [*java, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg"]
    subprocess.run([*tool, "-c", str(folder / "server.properties")], check=True, capture_output=True)
    with (folder / "kafka.log").open("wb") as log:
        process = subprocess.Popen(
            [*java, "kafka.Kafka", str(folder / "server.properties")], stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for("the broker", lambda: _listens(found.port) and _answers(found))
        yield found
    finally:
        end(process)


def _answers(broker: Broker) -> bool:
    try:
        return bool(broker.admin.list_topics(timeout=5).brokers)
    except KafkaException:
        return False


@pytest.fixture
def emulator() -> Iterator[str]:
    """The URL of an AWS emulator."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "operations.local.emulator", "127.0.0.1", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for("the AWS emulator", lambda: _listens(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
