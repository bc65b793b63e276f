"""What only the stack on one machine has."""

from typing import Annotated

from pydantic import Field

from components.settings.base import Megabytes, Model, Port, Share


class LocalPorts(Model):
    """Ports of the local services. Left out: the default, or the next free one where that is taken.

    Given: exactly this one; `up` stops with an error where it is taken.
    """

    aws: Port | None = None
    postgres: Port | None = None
    zookeeper: Port | None = None
    kafka: Port | None = None
    kafka_controller: Port | None = None
    connect: Port | None = None
    jobmanager_rpc: Port | None = None
    jobmanager_rest: Port | None = None
    sql_gateway: Port | None = None
    metrics: Port | None = None


DEFAULT_PORTS = {name: 25000 + index for index, name in enumerate(LocalPorts.model_fields)}
"""25000 and up: below the range from which Linux takes ports for outgoing connections (32768 up)."""


class LocalMemory(Model):
    """Memory of the local services in MiB: JVM heaps, and for Flink the sizes of its memory model. Of
    `taskmanager_managed` one half is for windows and joins, the other for RocksDB.

    The end-to-end tests run with the defaults, and check that the whole platform stays below 4 GiB with them.
    """

    kafka_heap: Megabytes = 384
    connect_heap: Megabytes = 256
    jobmanager_heap: Megabytes = 384
    taskmanager_heap: Megabytes = 640
    taskmanager_managed: Megabytes = 256
    taskmanager_network: Megabytes = 64
    sql_gateway_heap: Megabytes = 256


class TelemetrySettings(Model):
    """The synthetic vehicles. The same seed gives the same vehicles and the same events."""

    events_per_second: Annotated[int, Field(ge=1, le=500_000)] = 200
    vehicles: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 7
    duplicates: Share = 0.01
    late: Share = 0.005
    events: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="events in all, then only heartbeats; default: without end"
    )


class ClaimsSettings(Model):
    """The synthetic insurance portfolio in PostgreSQL."""

    policies: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    changes_per_second: Annotated[int, Field(ge=0, le=10_000)] = 10
    changes: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="changes in all; default: without end"
    )
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 7


class LocalSettings(Model):
    """What only the stack on one machine has."""

    ports: LocalPorts = LocalPorts()
    memory: LocalMemory = LocalMemory()
    telemetry: TelemetrySettings = TelemetrySettings()
    claims: ClaimsSettings = ClaimsSettings()
