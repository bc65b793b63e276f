"""Applications for the tests of Confluent Cloud's Flink."""

from pathlib import Path

from components.application import Application, load_application
from components.flink.confluent_spec import for_confluent

APPLICATIONS = Path(__file__).parents[3] / "applications"

SPEC = """\
name: alerts
description: Fast vehicles.
sources:
  - name: events
    topic: {name: telematics.events, partitions: 4, retention_hours: 24}
    format: json
    columns:
      - {name: vehicle_id, type: STRING}
      - {name: speed_kmh, type: DOUBLE}
sinks:
  - name: speeding
    mode: append
    columns:
      - {name: vehicle_id, type: STRING}
      - {name: speed_kmh, type: DOUBLE}
transformation: {sql: transform.sql}
"""
SQL = "INSERT INTO speeding SELECT vehicle_id, speed_kmh FROM events WHERE speed_kmh > 130;\n"


def written(folder: Path, spec: str = SPEC, sql: str = SQL, name: str = "alerts") -> Application:
    """An application with these files. Without arguments: one that keeps nothing, and whose sink is an append table."""
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    (home / "application.yaml").write_text(spec)
    (home / "transform.sql").write_text(sql)
    return load_application(home)


def shipped(name: str) -> Application:
    """One of the project's own, as Confluent Cloud runs it."""
    return for_confluent(load_application(APPLICATIONS / name))
