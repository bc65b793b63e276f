"""The two generators: vehicles that send telemetry, and people who change claims."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from operations.local.layout import REPOSITORY
from operations.local.services import postgres
from operations.local.services.inputs import Inputs
from operations.local.services.model import Service

TELEMETRY, CLAIMS = "telemetry", "claims-workload"
TOPIC = "telematics.events"
"""What `telemetry` writes to."""
TABLES = frozenset({"public.policies", "public.claims"})
"""What `claims-workload` changes."""


def telemetry(inputs: Inputs) -> Service:
    """Vehicle events into Kafka, by the settings `local.telemetry`.

    The configuration file has the keys of `TelemetrySettings`, and `bootstrap_servers`, `topic` and `ledger` (path of
    the file in which the producer records what Kafka has acknowledged).
    """
    configuration = inputs.local.telemetry.model_dump(mode="json") | {
        "bootstrap_servers": inputs.ports.bootstrap_servers,
        "topic": TOPIC,
        "ledger": str(inputs.layout.data / "telemetry" / "ledger.csv"),
    }
    return _service(inputs, TELEMETRY, "telemetry", configuration, ("kafka", "topics"))


def claims_workload(inputs: Inputs) -> Service:
    """Changes of policies and claims in PostgreSQL, by the settings `local.claims`.

    The configuration file has the keys of `ClaimsSettings`, and `dsn` (libpq's, with the owner's password) and `ledger`
    (path of the file in which it counts the changes).
    """
    configuration = inputs.local.claims.model_dump(mode="json") | {
        "dsn": postgres.dsn(inputs),
        "ledger": str(inputs.layout.data / "claims-workload" / "ledger.json"),
    }
    return _service(inputs, CLAIMS, "claims", configuration, ("postgres", "database schema"))


def feeding(inputs: Inputs, workloads: Sequence[Service]) -> bool:
    """Whether one of `workloads` makes rows. Policies alone are none: a row needs a claim or an event."""
    names = {service.name for service in workloads}
    return TELEMETRY in names or (CLAIMS in names and inputs.local.claims.changes_per_second > 0)


def _service(
    inputs: Inputs, name: str, module: str, configuration: dict[str, Any], starts_after: tuple[str, ...]
) -> Service:
    file = inputs.layout.conf / name / "generator.json"
    folder = inputs.layout.data / name
    return Service(
        name=name,
        command=(sys.executable, "-m", f"operations.local.generators.{module}", str(file)),
        environment={"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"},
        files={file: json.dumps(configuration, indent=2)},
        prepare=lambda: folder.mkdir(parents=True, exist_ok=True),
        directory=REPOSITORY,
        ready=None,
        waits_for="its first second",
        starts_after=starts_after,
    )
