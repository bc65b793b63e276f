"""The application spec: what it derives, and that every mistake in it is told by file and key."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.application import (
    Application,
    application_schema,
    captured_tables,
    load_application,
    merge_topics,
)
from components.cdc.debezium import captured_topics
from components.column_types import column_type
from components.errors import Mistake, PlatformError
from components.flink.cmf.application_manifests import statements_config_map
from components.flink.cmf.flink_configuration import application_configuration
from components.flink.cmf.names import flink_name
from components.flink.cmf.settings import ApplicationSettings
from components.flink.confluent_checks import change_mistakes, mistakes_for_confluent
from components.flink.confluent_schema import schemas_to_register
from components.flink.confluent_spec import for_confluent
from components.flink.confluent_sql import (
    ConfluentCatalog,
    TableSettings,
    TopicTables,
    job_statement,
    sink_ddl,
    source_ddl,
    statement_name,
    statement_properties,
)
from components.flink.sql import IcebergCatalog, job_statements
from components.platform.topics import described
from components.topic_schema import topic_value_schema
from components.transformation import parse_transformation

APPLICATIONS = Path(__file__).parents[2] / "applications"
NAMES = ("claims", "telematics")


def spec_of(name: str) -> dict[str, Any]:
    return yaml.load((APPLICATIONS / name / "application.yaml").read_text(), yaml.CSafeLoader)


def sql_of(name: str) -> str:
    return (APPLICATIONS / name / "transform.sql").read_text()


def load(folder: Path, spec: Any, sql: str | None) -> Application:
    """Load an application from `spec` (data, or the text of the file) and `sql`."""
    folder.mkdir(parents=True, exist_ok=True)
    # JSON is YAML.
    text = spec if isinstance(spec, str) else json.dumps(spec, default=str)
    (folder / "application.yaml").write_text(text)
    if sql is not None:
        (folder / "transform.sql").write_text(sql)
    return load_application(folder)


def mistakes(folder: Path, spec: Any, sql: str | None) -> dict[str, str]:
    """key -> what was found and what to do, of every mistake."""
    with pytest.raises(PlatformError) as caught:
        load(folder, spec, sql)
    return {m.key: f"{m.found} | {m.allowed} | {m.remedy}" for m in caught.value.mistakes}


@pytest.mark.parametrize("name", NAMES)
def test_the_applications_load(name):
    application = load_application(APPLICATIONS / name)
    assert application.name == name
    assert {insert.sink for insert in application.transformation.inserts} == {s.name for s in application.spec.sinks}


def test_the_checked_in_schema_is_fresh():
    assert json.loads((APPLICATIONS / "application.schema.json").read_text()) == application_schema()


def test_the_same_topic_read_by_two_applications_is_one_topic():
    both = [load_application(APPLICATIONS / name) for name in NAMES]
    topics = merge_topics(both)
    assert sorted(topics) == ["cdc.public.claims", "cdc.public.policies", "telematics.events"]
    assert topics["telematics.events"].settings == {
        "retention.ms": str(168 * 3_600_000),
        "message.timestamp.type": "LogAppendTime",
    }
    assert [(one.table, one.key) for one in captured_tables(both)] == [
        ("public.claims", ["claim_id"]),
        ("public.policies", ["policy_id"]),
    ]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda source: source["topic"].update(partitions=5), "sources[1].topic.partitions"),
        (lambda source: source["topic"].update(config={"cleanup.policy": "compact"}), "sources[1].topic.config"),
        (lambda source: source["columns"][0].update(type="INT"), "sources[1].columns.policy_id.type"),
    ],
)
def test_a_topic_described_differently_names_both_files(tmp_path, change, key):
    claims = load_application(APPLICATIONS / "claims")
    spec = spec_of("telematics")
    change(spec["sources"][1])
    other = load(tmp_path / "telematics", spec, sql_of("telematics"))
    with pytest.raises(PlatformError) as caught:
        merge_topics([claims, other])
    [mistake] = caught.value.mistakes
    assert (mistake.where, mistake.key) == (str(tmp_path / "telematics" / "application.yaml"), key)
    assert claims.where in mistake.allowed


def test_a_table_captured_with_two_keys_names_both_files(tmp_path):
    spec = spec_of("telematics")
    spec["capture"][0]["key"] = spec["sources"][1]["primary_key"] = ["customer_id"]
    other = load(tmp_path / "telematics", spec, sql_of("telematics"))
    with pytest.raises(PlatformError, match=r"claims/application\.yaml"):
        captured_tables([load_application(APPLICATIONS / "claims"), other])


def changed(change: Any) -> dict[str, Any]:
    spec = spec_of("claims")
    change(spec)
    return spec


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        (lambda s: s.update(name="other"), "name", "rename the folder"),
        (lambda s: s.update(paralelism=2), "paralelism", "did you mean `parallelism`"),
        (lambda s: s.pop("sinks"), "sinks", "add the key"),
        (lambda s: s.update(parallelism="2"), "parallelism", "valid integer"),
        (lambda s: s["options"].update({"pipeline.name": "x"}), "options.pipeline.name", "set name instead"),
        (lambda s: s["sources"][0].pop("columns"), "sources[0].columns", "missing topic schema"),
        (lambda s: s["sources"][0]["columns"][0].update(type="NUMBER"), "sources[0].columns[0].type", "unknown column"),
        (lambda s: s["sources"][0].update(primary_key=["nope"]), "sources[0].primary_key", "nope"),
        (lambda s: s["sources"][0].pop("primary_key"), "sources[0].primary_key", "no primary key"),
        (
            lambda s: s["sources"][0].update(event_time={"column": "at", "watermark_delay_seconds": 1}),
            "sources[0].event_time.column",
            "correct the name or add the column",
        ),
        (
            lambda s: s["sources"][0].update(event_time={"column": "updated_at", "watermark_delay_seconds": 1}),
            "sources[0].event_time.column",
            "TIMESTAMP_LTZ(3)",
        ),
        (lambda s: s["sources"][1].update(name="policies"), "sources[1].name", "as in sources[0]"),
        (lambda s: s["sources"][0]["topic"].update(name="other"), "sources[0].topic.name", "which nothing captures"),
        (lambda s: s["sources"][0].update(format="json"), "sources[0].format", "debezium-json"),
        (lambda s: s["capture"].append({"table": "public.x", "key": ["a"]}), "capture[2].table", "no source reads"),
        (lambda s: s["capture"][0].update(key=["region"]), "capture[0].key", "the source policies has policy_id"),
        (lambda s: s["sinks"][0].pop("primary_key"), "sinks[0].primary_key", "no primary key while mode is upsert"),
        (lambda s: s["sinks"][0].update(mode="append"), "sinks[0].primary_key", "claim_id while mode is append"),
        (lambda s: s["sinks"][0].update(name="claims"), "sinks[0].name", "which is a source too"),
        (lambda s: s["sinks"].append({**s["sinks"][0], "name": "more"}), "sinks[3].name", "which no INSERT feeds"),
        (lambda s: s["sinks"].pop(), "line 40", "INSERT INTO claim_summary"),
        (
            lambda s: s["sinks"][0]["columns"][7].update(type="TIMESTAMP_LTZ(3)"),
            "sinks[0].columns[7].type",
            "Iceberg keeps microseconds",
        ),
        (lambda s: s["transformation"].update(sql="none.sql"), "transformation.sql", "No such file"),
        (lambda s: s["transformation"].update(sql="../x.sql"), "transformation.sql", "pattern"),
    ],
)
def test_a_mistake_is_told_with_its_key_and_remedy(tmp_path, change, key, says):
    found = mistakes(tmp_path / "claims", changed(change), sql_of("claims"))
    assert key in found, found
    assert says in found[key]


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path):
    def change(spec: dict[str, Any]) -> None:
        spec["sources"][0]["primary_key"] = ["nope"]
        spec["sinks"][0]["primary_key"] = []
        spec["sinks"][1]["columns"][0]["type"] = "TIMESTAMP(3)"

    keys = set(mistakes(tmp_path / "claims", changed(change), "INSERT INTO unknown SELECT 1"))
    assert {"sources[0].primary_key", "sinks[0].primary_key", "sinks[1].columns[0].type", "line 1"} <= keys


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("", "no INSERT INTO"),
        ("-- nothing\n;;", "no INSERT INTO"),
        ("INSERT INTO t SELECT 'a", "without an end"),
        ("INSERT INTO t SELECT (1", "without its partner"),
        ("DROP TABLE t", "DROP TABLE t"),
        ("INSERT INTO lake.t SELECT 1", "qualified name lake.t"),
        ("CREATE VIEW v SELECT 1", "write AS"),
        ("INSERT INTO t", "a query after it"),
    ],
)
def test_sql_that_is_no_transformation(tmp_path, sql, says):
    assert says in " ".join(mistakes(tmp_path / "claims", spec_of("claims"), sql).values())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [1", "expected ',' or ']'"),
        ("name: a\nname: b", "the key name stands twice"),
        ("- 1", "a mapping"),
        ("", "a mapping"),
        ("date: 2026-99-99", "month must be in 1..12"),
        ("\t", "token"),
    ],
)
def test_a_file_that_is_no_mapping_in_yaml(tmp_path, text, says):
    assert says in " ".join(mistakes(tmp_path / "claims", text, None).values())


def test_a_missing_application_names_those_that_exist():
    with pytest.raises(PlatformError) as caught:
        load_application(APPLICATIONS / "nope")
    assert str(APPLICATIONS / "claims" / "application.yaml") in caught.value.mistakes[0].allowed


def test_statements_end_at_semicolons_outside_texts_names_and_comments():
    sql = "CREATE VIEW `a;b` AS SELECT ';' /* ; */; -- ;\nINSERT INTO t SELECT 'it''s;' FROM `a;b`"
    transformation, found = parse_transformation(sql, "x.sql")
    assert not found
    assert [(view.name, view.query) for view in transformation.views] == [("a;b", "SELECT ';'")]
    assert [(i.sink, i.query, i.line) for i in transformation.inserts] == [("t", "SELECT 'it''s;' FROM `a;b`", 2)]


def test_hints_and_patterns_of_flink_stay_as_they_are():
    queries = {
        insert.sink: insert.query for insert in load_application(APPLICATIONS / "telematics").transformation.inserts
    }
    assert "/*+ STATE_TTL('c' = '0s', 'p' = '0s') */" in queries["crash_candidates"]
    assert (
        "TABLE(TUMBLE(TABLE events_on_time, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))" in queries["vehicle_minute"]
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("DECIMAL(12,2)", "DECIMAL(12, 2)"),
        ("DECIMAL", "DECIMAL(10, 0)"),
        ("TIMESTAMP", "TIMESTAMP(6)"),
        ("TIMESTAMP_LTZ(3)", "TIMESTAMP_LTZ(3)"),
        ("STRING", "STRING"),
    ],
)
def test_column_types_are_written_as_flink_writes_them(text, kind):
    assert column_type(text) == kind


@pytest.mark.parametrize(
    "text", ["DECIMAL(39,2)", "DECIMAL(3,4)", "TIMESTAMP(10)", "STRING(3)", "string", "INT; DROP", ""]
)
def test_other_column_types_are_refused(text):
    with pytest.raises(ValueError, match="; use"):
        column_type(text)


def test_the_schema_of_a_plain_topic_takes_its_messages():
    import jsonschema

    from operations.local.generators.fleet import Batch, Fleet, heartbeat, message

    events = load_application(APPLICATIONS / "telematics").spec.sources[0]
    schema = topic_value_schema(events)
    validator = jsonschema.Draft202012Validator(schema)
    for event in Fleet(1, 5, 10, 0.1, 0.1).events(Batch(0, 20, 1_800_000_000_000)):
        validator.validate(json.loads(message(event)))
    validator.validate(json.loads(heartbeat(1_800_000_000_000)))
    assert not validator.is_valid({"event_id": "1"})
    assert set(schema["properties"]).isdisjoint({"arrived_at", "event_time", "seen_at"})


def test_the_schema_of_a_captured_topic_is_debeziums_envelope():
    import jsonschema

    policies = load_application(APPLICATIONS / "claims").spec.sources[0]
    validator = jsonschema.Draft202012Validator(topic_value_schema(policies))
    row = {"policy_id": 1, "premium": "12.50", "vehicle_id": None, "updated_at": "2026-01-01T00:00:00.5Z"}
    validator.validate({"before": None, "after": row, "op": "c", "ts_ms": 1})
    assert not validator.is_valid({"before": None, "after": {**row, "policy_id": None}, "op": "c"})
    assert not validator.is_valid({"before": None, "after": row, "op": "x"})


# -- any change of a spec either loads or is told ------------------------------------------------------------------

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**20),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["append", "upsert", "json", "claim_id", "policies", "BIGINT", "TIMESTAMP_LTZ(3)", "public.claims"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.dates(),
)


LAKES = (
    IcebergCatalog("lake", "s3://lake/warehouse", "eu-central-1"),
    IcebergCatalog("lake", "s3://lake/warehouse", "us-east-1", endpoint="http://127.0.0.1:25000"),
)
THERE = ConfluentCatalog("environment", "cluster")


def runs_or_is_told(folder: Path, spec: Any, sql: str) -> bool:
    """True, or whatever other exception came up. A mistake without place or finding does not count as told.

    What loads is also rendered for each runtime, which may have something of its own to tell.
    """
    told: list[Mistake] = []
    try:
        application = load(folder, spec, sql)
    except PlatformError as error:
        told += error.mistakes
    else:
        for render in (topics_and_schemas, for_a_session, for_cmf, for_confluent_cloud):
            try:
                told += render(application)
            except PlatformError as error:
                told += error.mistakes
    return all(mistake.where and mistake.found for mistake in told)


def topics_and_schemas(application: Application) -> list[Mistake]:
    topics = described(merge_topics([application]), 1)
    captured = captured_topics([one.table for one in captured_tables([application])])
    assert set(captured) <= set(topics)
    json.dumps([topic_value_schema(source) for source in application.spec.sources])
    return []


def for_a_session(application: Application) -> list[Mistake]:
    for lake in LAKES:
        for blackhole in (False, True):
            *_, job = job_statements(application, {"bootstrap.servers": "127.0.0.1:1"}, lake, blackhole)
            assert job.count("INSERT INTO") >= len(application.transformation.inserts)
    return []


def for_cmf(application: Application) -> list[Mistake]:
    name = flink_name(application.name, application.where, "name")
    configuration = application_configuration(application, ApplicationSettings())
    statements = job_statements(application, {"bootstrap.servers": "127.0.0.1:1"}, LAKES[0])
    json.dumps([statements_config_map(name, "streaming", statements), configuration])
    return []


def for_confluent_cloud(application: Application) -> list[Mistake]:
    there = for_confluent(application)
    if told := mistakes_for_confluent(there):
        return told
    for tables in TopicTables:
        json.dumps(schemas_to_register([there], tables))
        for source in there.spec.sources:
            source_ddl(source, THERE, tables, "errors")
    for sink in there.spec.sinks:
        sink_ddl(sink, THERE, TableSettings())
    properties = statement_properties(there.spec, THERE)
    assert statement_name(there.name, job_statement(there, THERE), properties)
    return change_mistakes(there, "new", "old", None)


def paths(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything below `node`."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path for key, value in items for path in [(*at, key), *paths(value, (*at, key))]]


def mutate(spec: Any, draw: st.DataObject) -> Any:
    """`spec` with one to three things replaced, removed, renamed or doubled."""
    spec = copy.deepcopy(spec)
    for _ in range(draw.draw(st.integers(1, 3))):
        candidates = paths(spec)
        if not candidates:
            return spec
        path = draw.draw(st.sampled_from(candidates))
        owner = spec
        for step in path[:-1]:
            owner = owner[step]
        action = draw.draw(st.sampled_from(["replace", "remove", "rename", "double"]))
        if action == "replace" or (action == "rename" and isinstance(owner, list)):
            owner[path[-1]] = draw.draw(VALUES)
        elif action == "remove":
            del owner[path[-1]]
        elif action == "rename":
            owner[draw.draw(st.text(max_size=8))] = owner.pop(path[-1])
        elif isinstance(owner, list):
            owner.append(copy.deepcopy(owner[path[-1]]))
    return spec


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), draw=st.data())
def test_a_mutated_spec_runs_or_is_told(tmp_path, name, draw):
    assert runs_or_is_told(tmp_path / name, mutate(spec_of(name), draw), sql_of(name))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), draw=st.data(), inserted=st.text(max_size=6))
def test_mutated_sql_runs_or_is_told(tmp_path, name, draw, inserted):
    sql = sql_of(name)
    start = draw.draw(st.integers(0, len(sql)))
    end = min(len(sql), start + draw.draw(st.integers(0, 40)))
    assert runs_or_is_told(tmp_path / name, spec_of(name), sql[:start] + inserted + sql[end:])


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), draw=st.data(), inserted=st.text(max_size=6))
def test_mutated_text_runs_or_is_told(tmp_path, name, draw, inserted):
    text = (APPLICATIONS / name / "application.yaml").read_text()
    start = draw.draw(st.integers(0, len(text)))
    end = min(len(text), start + draw.draw(st.integers(0, 40)))
    assert runs_or_is_told(tmp_path / name, text[:start] + inserted + text[end:], sql_of(name))
