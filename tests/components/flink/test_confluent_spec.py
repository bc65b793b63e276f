"""What a spec says otherwise for Confluent Cloud."""

import pytest
import yaml

from components.application import Mode, load_application
from components.errors import PlatformError
from components.flink.confluent_checks import mistakes_for_confluent
from components.flink.confluent_spec import for_confluent
from tests.components.flink.confluent_applications import APPLICATIONS, SPEC, shipped, written


def test_copies_of_an_event_correct_a_row_there_and_are_dropped_elsewhere():
    here, there = load_application(APPLICATIONS / "telematics"), shipped("telematics")
    modes = {sink.name: sink.mode for sink in here.spec.sinks}
    assert modes["vehicle_events"] is modes["late_events"] is Mode.APPEND
    keyed = {sink.name: sink.primary_key for sink in there.spec.sinks if sink.mode is Mode.UPSERT}
    assert keyed["vehicle_events"] == keyed["late_events"] == ["event_id"]
    (seen,) = [column for column in there.spec.sources[0].columns if column.name == "seen_at"]
    assert seen.expression == "arrived_at"
    # The text that is run is the same but for one view.
    assert there.transformation.inserts == here.transformation.inserts
    pairs = zip(here.transformation.views, there.transformation.views, strict=True)
    assert [one.name for one, other in pairs if one != other] == ["events_on_time"]
    assert [sink.name for sink in there.spec.sinks if sink.mode is Mode.APPEND] == ["vehicle_minute"]


def test_without_it_confluent_would_refuse_the_application():
    found = mistakes_for_confluent(load_application(APPLICATIONS / "telematics"))
    assert any("PROCTIME" in one.found for one in found)
    assert mistakes_for_confluent(shipped("telematics")) == []


def test_an_application_that_says_nothing_is_the_same():
    claims = load_application(APPLICATIONS / "claims")
    assert for_confluent(claims) == claims


@pytest.mark.parametrize(
    ("differences", "key", "says"),
    [
        ({"expressions": {"evnts": {"a": "b"}}}, "confluent_cloud.expressions.evnts", "events"),
        ({"expressions": {"events": {"speed_kmh": "1"}}}, "confluent_cloud.expressions.events.speed_kmh", "computed"),
        ({"upsert": {"speding": ["vehicle_id"]}}, "confluent_cloud.upsert.speding", "speeding"),
        ({"upsert": {"speeding": ["vehicle"]}}, "confluent_cloud.upsert.speeding", "vehicle_id"),
        ({"views": {"fast": "SELECT 1"}}, "confluent_cloud.views.fast", "the SQL has no view"),
    ],
)
def test_what_is_not_there_is_told(tmp_path, differences, key, says):
    spec = {**yaml.safe_load(SPEC), "confluent_cloud": differences}
    with pytest.raises(PlatformError) as raised:
        written(tmp_path, yaml.safe_dump(spec))
    (mistake,) = raised.value.mistakes
    assert mistake.key == key
    assert says in mistake.allowed


_WITH_A_VIEW = (
    "CREATE VIEW fast AS SELECT vehicle_id, speed_kmh FROM events WHERE speed_kmh > 130;\n"
    "INSERT INTO speeding SELECT vehicle_id, speed_kmh FROM fast;\n"
)


def test_a_view_has_another_query_there(tmp_path):
    query = "SELECT vehicle_id, speed_kmh FROM events WHERE speed_kmh > 81 -- miles\n"
    spec = {**yaml.safe_load(SPEC), "confluent_cloud": {"views": {"fast": query}}}
    here = written(tmp_path, yaml.safe_dump(spec), _WITH_A_VIEW)
    (view,) = for_confluent(here).transformation.views
    assert view.query == query.strip()
    assert "events" in view.words
    assert here.transformation.views[0].query.endswith("> 130")


@pytest.mark.parametrize(
    "query", ["SELECT ';' AS a FROM a; SELECT 1", "SELECT (1 FROM events", "SELECT 'a FROM events", "SELECT 1 /* a"]
)
def test_a_query_that_is_none_is_told(tmp_path, query):
    spec = {**yaml.safe_load(SPEC), "confluent_cloud": {"views": {"fast": query}}}
    with pytest.raises(PlatformError) as raised:
        written(tmp_path, yaml.safe_dump(spec), _WITH_A_VIEW)
    (mistake,) = raised.value.mistakes
    assert (mistake.key, mistake.allowed) == ("confluent_cloud.views.fast", "one query, without a semicolon")
