"""Applications for the tests of Confluent Cloud's Flink."""

from pathlib import Path

from components.application import Application, load_application

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


# Copies are told apart without processing time: those on time by the event time, which drops nothing because none of
# them is behind the watermark; all by the time of arrival, into tables that keep one row for each event.
_LATE = "    event_time <= arrived_at - INTERVAL '10' SECOND AS late\n"
_FIRST = """\
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY seen_at) AS copy
    FROM events
    WHERE kind IS DISTINCT FROM 'heartbeat'
)
WHERE copy = 1;
"""
_COLUMNS = """\
    event_id, vehicle_id, kind, speed_kmh, acceleration_g, latitude, longitude, odometer_km,
    event_time, sent_at, arrived_at, late
"""
_ON_TIME = "CREATE VIEW events_on_time AS\nSELECT * FROM distinct_events WHERE NOT late;\n"


def _numbered(view: str, order: str, rows: str) -> str:
    return (
        f"CREATE VIEW {view} AS\nSELECT\n{_COLUMNS}FROM (\n"
        f"    SELECT *, ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY {order}) AS copy\n    FROM {rows}\n)\n"
        "WHERE copy = 1;\n"
    )


def portable_telematics(folder: Path) -> Application:
    """telematics without processing time: as it is, if it has none; else with the change that Confluent needs."""
    spec = (APPLICATIONS / "telematics" / "application.yaml").read_text()
    sql = (APPLICATIONS / "telematics" / "transform.sql").read_text()
    if "PROCTIME" in spec:
        spec = spec.replace("      - {name: seen_at, expression: PROCTIME()}\n", "")
        for sink in ("vehicle_events", "late_events"):
            head, found, rest = spec.partition(f"  - name: {sink}\n")
            spec = head + found + rest.replace("mode: append", "mode: upsert\n    primary_key: [event_id]", 1)
        reports = sql.replace("CREATE VIEW distinct_events AS", "CREATE VIEW reports AS").replace(
            _FIRST,
            "FROM events\nWHERE kind IS DISTINCT FROM 'heartbeat';\n\n"
            + _numbered("distinct_events", "arrived_at", "reports"),
        )
        sql = reports.replace(_ON_TIME, _numbered("events_on_time", "event_time", "reports WHERE NOT late"))
    return written(folder, spec, sql, "telematics")
