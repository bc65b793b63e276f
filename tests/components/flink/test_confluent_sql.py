"""The same applications in the dialect of Confluent Cloud, and what cannot be said in it."""

import re

import pytest

from components.flink.confluent_checks import change_mistakes, mistakes_for_confluent, state_of
from components.flink.confluent_schema import confluent_value_schema, schemas_to_register, topics_of_others
from components.flink.confluent_sql import (
    ConfluentCatalog,
    Start,
    TableSettings,
    TopicTables,
    job_statement,
    sink_ddl,
    source_ddl,
    statement_name,
    statement_properties,
)
from tests.components.flink.confluent_applications import SPEC, SQL, shipped, written

CATALOG = ConfluentCatalog("platform-dev", "platform-dev-kafka")
HERE = "`platform-dev`.`platform-dev-kafka`."


def everything(application, tables=TopicTables.EXISTING) -> str:
    spec = application.spec
    ddl = [text for source in spec.sources for text in source_ddl(source, CATALOG, tables, "error_log")]
    ddl += [sink_ddl(sink, CATALOG, TableSettings()) for sink in spec.sinks]
    return "\n".join([*ddl, job_statement(application, CATALOG)])


@pytest.fixture(params=["claims", "telematics"])
def application(request):
    return shipped(request.param)


def test_both_applications_run_from_the_text_that_runs_locally(application):
    assert mistakes_for_confluent(application) == []
    statement = job_statement(application, CATALOG)
    for part in (*application.transformation.views, *application.transformation.inserts):
        assert part.query in statement
    for insert in application.transformation.inserts:
        assert statement.count(f"INSERT INTO {HERE}`{insert.sink}`\nWITH ") == 1
    assert statement.startswith("EXECUTE STATEMENT SET BEGIN\nINSERT INTO")
    assert statement.endswith(";\nEND")


@pytest.mark.parametrize("tables", TopicTables)
def test_nothing_of_what_confluent_lacks_is_rendered(application, tables):
    text = everything(application, tables)
    # Not supported there: connectors, catalogs, sessions, formats of Apache Flink, processing time, a removed option.
    for lacking in (
        "'connector'",
        "TEMPORARY",
        "CREATE CATALOG",
        "SET '",
        "USE ",
        "'json'",
        "debezium-json",
        "PROCTIME",
    ):
        assert lacking not in text
    for lacking in ("kafka.partitions", "PARTITIONED BY", "checkpoint", "iceberg", "parallelism", "CREATE VIEW"):
        assert lacking not in text


def test_each_name_is_defined_before_it_is_read_and_only_where_it_is_needed(tmp_path):
    statement = job_statement(shipped("telematics"), CATALOG)
    events, late, minute, crashes = re.split(r"(?=INSERT INTO)", statement)[1:]
    assert "`policies`" not in events + late + minute
    names = re.findall(r"^(?:WITH )?`(\w+)` AS \($", crashes, re.MULTILINE)
    assert names[:2] == ["events", "policies"]
    assert names.index("crashes") > names.index("impacts_and_standstills") > names.index("events_on_time")
    # A source named like a topic, or like another application's, is no other table: topics are named in full.
    assert f"FROM {HERE}`cdc.public.policies`" in crashes


def test_an_insert_keeps_its_list_of_columns_and_its_own_with(tmp_path):
    sql = "INSERT INTO speeding (vehicle_id, speed_kmh) WITH fast AS (SELECT * FROM events) SELECT * FROM fast;\n"
    statement = job_statement(written(tmp_path, sql=sql), CATALOG)
    assert f"INSERT INTO {HERE}`speeding` (vehicle_id, speed_kmh)\nWITH `events` AS (" in statement
    assert "),\nfast AS (SELECT * FROM events) SELECT * FROM fast;\nEND" in statement
    alone = "INSERT INTO speeding (SELECT vehicle_id, speed_kmh FROM events);\n"
    assert "`speeding`\nWITH `events`" in job_statement(written(tmp_path, sql=alone), CATALOG)


def test_values_are_brought_into_the_types_of_the_spec(application):
    statement = job_statement(application, CATALOG)
    if application.name == "claims":
        assert "CAST(`amount` AS DECIMAL(12, 2)) AS `amount`" in statement
        # Flink casts no ISO 8601, which is how Debezium writes a time with a zone.
        assert (
            "CAST(REPLACE(REPLACE(CAST(`updated_at` AS STRING), 'T', ' '), 'Z', '') AS TIMESTAMP_LTZ(6))" in statement
        )
    else:
        # A CAST would take the time attribute away, and with it windows and patterns.
        assert "  `arrived_at`,\n  `event_time`\nFROM" in statement
        assert "TO_TIMESTAMP_LTZ(sent_ms, 3) AS `sent_at`" in statement


def test_the_watermark_is_on_the_topics_table(tmp_path):
    events = shipped("telematics").spec.sources[0]
    add, watermark, errors = source_ddl(events, CATALOG, TopicTables.EXISTING, "error_log")
    assert "`arrived_at` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL" in add
    assert "`event_time` AS TO_TIMESTAMP_LTZ(event_ms, 3)" in add
    # MODIFY, not ADD: every table has a watermark already.
    assert "MODIFY WATERMARK FOR `event_time` AS `arrived_at` - INTERVAL '12' SECOND(2)" in watermark
    assert "'error-handling.mode' = 'log'" in errors
    (created,) = source_ddl(events, CATALOG, TopicTables.CREATED, None)
    assert created.startswith(f"CREATE TABLE IF NOT EXISTS {HERE}`telematics.events`")
    assert "DISTRIBUTED INTO 4 BUCKETS" in created
    assert "'kafka.message-timestamp-type' = 'LogAppendTime'" in created
    assert "error-handling" not in created


def test_a_captured_table_is_read_as_changes_and_refused_without_them():
    policies = shipped("claims").spec.sources[0]
    (text,) = source_ddl(policies, CATALOG, TopicTables.CREATED, None, "json")
    assert "'value.format' = 'json-debezium-registry'" in text
    # In append mode deletes are dropped, and each update is one more row.
    assert "'changelog.mode' = 'retract'" in text


def test_flink_infers_the_columns_from_the_schema(tmp_path):
    telematics = shipped("telematics")
    schema = confluent_value_schema(telematics.spec.sources[0])
    assert schema["properties"]["event_id"]["oneOf"][1] == {"type": "number", "connect.type": "int64"}
    assert schema["properties"]["speed_kmh"]["oneOf"][1] == {"type": "number", "connect.type": "float64"}
    assert "event_time" not in schema["properties"]
    # A list of types becomes a ROW.
    assert not [one for one in schema["properties"].values() if isinstance(one.get("type"), list)]
    applications = [shipped("claims"), written(tmp_path), telematics]
    # Captured tables have the connector's own schema.
    assert schemas_to_register(applications, TopicTables.EXISTING) == {"telematics.events": schema}
    assert schemas_to_register(applications, TopicTables.CREATED) == {}
    assert topics_of_others(applications, TopicTables.CREATED) == {"telematics.events"}
    assert topics_of_others(applications, TopicTables.EXISTING) == set()


def test_sinks_are_tables_that_tableflow_takes(application):
    for sink in application.spec.sinks:
        text = sink_ddl(sink, CATALOG, TableSettings())
        upsert = sink.mode.value == "upsert"
        # A finished statement is forgotten after 30 days, and would be run again.
        assert text.startswith("CREATE TABLE IF NOT EXISTS")
        assert f"'changelog.mode' = '{'upsert' if upsert else 'append'}'" in text
        assert f"'kafka.cleanup-policy' = '{'compact' if upsert else 'delete'}'" in text
        # The documentation contradicts itself about the default.
        assert "'kafka.retention.time'" in text
        # Tableflow wants a key schema; an upsert table is distributed by its primary key and nothing else.
        keys = ", ".join(f"`{name}`" for name in sink.primary_key or [sink.columns[0].name])
        assert f"DISTRIBUTED BY HASH({keys}) INTO 6 BUCKETS" in text


def test_settings_are_properties(tmp_path):
    telematics = statement_properties(shipped("telematics").spec, CATALOG)
    assert telematics == {
        "sql.current-catalog": "platform-dev",
        "sql.current-database": "platform-dev-kafka",
        "sql.local-time-zone": "UTC",
        "sql.state-ttl": "3600000 ms",
        # Off: Confluent would pass over a silent partition after 10 seconds, and close windows too early.
        "sql.tables.scan.idle-timeout": "0 s",
    }
    claims = shipped("claims").spec
    # Its options change speed only, and state is kept for ever, as is the default.
    assert set(statement_properties(claims, CATALOG)) == {
        "sql.current-catalog",
        "sql.current-database",
        "sql.local-time-zone",
    }


def test_a_name_says_which_text_and_settings_it_runs():
    name = statement_name("claims", "SELECT 1", {"a": "1"})
    assert name != statement_name("claims", "SELECT 2", {"a": "1"})
    assert name != statement_name("claims", "SELECT 1", {"a": "2"})
    assert name == statement_name("claims", "SELECT 1", {"a": "1"})
    # Underscores and periods are refused.
    long = statement_name(f"claims-source-{'x_y.Z' * 40}", "SELECT 1", {})
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", long)
    assert len(long) <= 100


def keys(application) -> dict[str, str]:
    return {mistake.key: mistake.remedy for mistake in mistakes_for_confluent(application)}


@pytest.mark.parametrize(
    ("column", "key", "remedy"),
    [
        ("{name: seen_at, expression: PROCTIME()}", "sources[0].columns[2].expression", "event time"),
        ("{name: what, type: STRING, metadata: value.source}", "sources[0].columns[2].metadata", "one of these"),
        ("{name: blob, type: BYTES}", "sources[0].columns[2].type", "Base64"),
    ],
)
def test_a_column_that_confluent_lacks_is_refused(tmp_path, column, key, remedy):
    spec = SPEC.replace("sinks:", f"      - {column}\nsinks:")
    assert remedy in keys(written(tmp_path, spec))[key]


def test_an_event_time_that_json_holds_as_text_is_refused(tmp_path):
    time = (
        "      - {name: at, type: TIMESTAMP_LTZ(3)}\n    event_time: {column: at, watermark_delay_seconds: 1}\nsinks:"
    )
    assert "TO_TIMESTAMP_LTZ" in keys(written(tmp_path, SPEC.replace("sinks:", time)))["sources[0].event_time.column"]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT vehicle_id, speed_kmh FROM events WHERE PROCTIME() IS NULL", "PROCTIME()"),
        ("SELECT vehicle_id, MAX(speed_kmh) FROM events GROUP BY TUMBLE_START(t, INTERVAL '1' HOUR)", "TUMBLE_START("),
    ],
)
def test_sql_that_confluent_lacks_is_refused(tmp_path, sql, found):
    (mistake,) = mistakes_for_confluent(written(tmp_path, sql=f"INSERT INTO speeding {sql};"))
    assert mistake.found.startswith(found)
    assert mistake.where.endswith("transform.sql")


def test_options_that_change_results_are_refused_and_others_left_out(tmp_path):
    spec = SPEC + "options: {table.exec.mini-batch.enabled: 'true', table.exec.legacy-cast-behaviour: enabled}\n"
    assert list(keys(written(tmp_path, spec))) == ["options.table.exec.legacy-cast-behaviour"]


def test_a_statement_that_is_too_long_is_refused(tmp_path):
    sql = SQL.replace(";", f" AND vehicle_id <> '{'x' * 131_072}';")
    (mistake,) = mistakes_for_confluent(written(tmp_path, sql=sql))
    assert "131,072" in mistake.allowed


OFFSETS = Start({"telematics.events": "partition:0,offset:42"})


def test_the_position_is_carried_over_where_each_row_stands_for_itself(tmp_path):
    alerts = written(tmp_path)
    assert state_of(alerts) == []
    assert change_mistakes(alerts, "alerts-2", "alerts-1", OFFSETS) == []
    assert "/*+ OPTIONS('scan.startup.mode' = 'specific-offsets'" in job_statement(alerts, CATALOG, OFFSETS)
    properties = statement_properties(alerts.spec, CATALOG, Start(statement="alerts-1"))
    assert properties["sql.tables.initial-offset-from"] == "alerts-1"


def test_without_a_position_rows_would_be_written_twice(tmp_path):
    alerts = written(tmp_path)
    (mistake,) = change_mistakes(alerts, "alerts-2", "alerts-1", None)
    assert "a second time" in mistake.found
    assert "stopped: true" in mistake.remedy
    assert "start.offsets" in mistake.remedy
    assert change_mistakes(alerts, "alerts-1", "alerts-1", None) == []
    assert change_mistakes(alerts, "alerts-2", "alerts-1", Start()) == []
    # Upsert tables get the same rows again.
    assert change_mistakes(shipped("claims"), "claims-2", "claims-1", None) == []


def test_a_stopped_statement_is_not_replaced_by_one_that_would_run(tmp_path):
    (mistake,) = change_mistakes(written(tmp_path), "alerts-2", "alerts-1", OFFSETS, stopped=True)
    assert mistake.key == "stopped"
    assert change_mistakes(written(tmp_path), "alerts-1", "alerts-1", None, stopped=True) == []


def test_no_position_for_what_keeps_state(application):
    (mistake,) = change_mistakes(application, "new", "old", OFFSETS)
    assert mistake.key == "start"
    assert "JOIN" in mistake.found
    assert "from the beginning" in mistake.remedy


def test_a_position_in_a_topic_that_is_not_read_is_refused(tmp_path):
    (mistake,) = change_mistakes(written(tmp_path), "new", "old", Start({"telematic.events": "partition:0,offset:1"}))
    assert mistake.allowed == "telematics.events"
