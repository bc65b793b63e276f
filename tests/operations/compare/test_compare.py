"""The comparison of stacks follows their Plans, and the checked-in one is theirs."""

import json

import pytest

from operations.compare.command import COMPARED, README
from operations.compare.document import BEGIN, END, as_json, document, put_into
from operations.compare.duties import PARTS, VERSIONS, kubernetes_objects
from operations.compare.reach import CONNECTS, LIMITS, PRIVATE
from operations.compare.reading import Reading
from operations.plan.evaluate import synthesise
from operations.plan.stack_file import StackConfig, load_stack
from tests.components.plans import plan_of


def cells(rows, stack: Reading) -> dict[str, str]:
    return {row[0]: row[1](stack) for row in rows}


def test_the_checked_in_comparison_is_fresh():
    text = README.read_text()
    assert put_into(text, document([plan_of(stack) for stack in COMPARED])) == text, "run ./streamctl compare --write"


def test_nothing_is_left_without_an_answer():
    stacks = {name: Reading(plan_of(name)) for name in COMPARED}
    for rows in (PARTS, [row[:2] for row in VERSIONS], PRIVATE, CONNECTS, LIMITS):
        for stack in stacks.values():
            assert all(cells(rows, stack).values())
    # A kind of object that nobody is named for would show as a question mark.
    assert [row[0] for row in kubernetes_objects(stacks) if row[-1] == "?"] == []


def test_what_confluent_runs_is_not_ours():
    platform, cloud = Reading(plan_of("prod-msk")), Reading(plan_of("prod-cc"))
    ours, theirs = cells(PARTS, platform), cells(PARTS, cloud)
    for part in ("Flink: JobManagers, TaskManagers, restarts", "Schema Registry"):
        assert (ours[part], theirs[part]) == ("you", "Confluent")
    assert cells(PRIVATE, cloud)["brokers"] == "private"
    assert cells(PRIVATE, Reading(plan_of("dev-cc")))["brokers"].startswith("public")
    assert cells(LIMITS, cloud)["Kafka"] == "enterprise, 10 eCKU at most"
    assert cells(CONNECTS, Reading(plan_of("hybrid")))["other Kafka"] == "1 mirrored topic of other sites"


def test_a_changed_setting_changes_its_cell():
    config = load_stack("dev-cc")
    values = {
        **config.values,
        "streaming-platform:flink": '{"flavour": "confluent_cloud", "max_cfu": 40, "tableflow": null}',
        "streaming-platform:kafka": '{"flavour": "confluent_cloud", "cluster": {"kind": "dedicated", "cku": 3}}',
    }
    stack = Reading(synthesise(StackConfig("dev-cc", values, config.secrets)))
    assert cells(LIMITS, stack)["Flink grows to"] == "40 CFU"
    assert cells(LIMITS, stack)["Kafka"] == "dedicated, 3 CKU"
    assert cells(PARTS, stack)["upkeep of Iceberg tables"] == "-"


def test_a_file_without_markers_is_left_alone():
    with pytest.raises(ValueError, match="begin"):
        put_into("# Stacks\n", "text")
    assert put_into(f"a\n{BEGIN}\nold\n{END}\nb\n", "new") == f"a\n{BEGIN}\nnew\n{END}\nb\n"


def test_the_comparison_as_data_has_every_cell_by_stack():
    plans = [plan_of("dev-msk"), plan_of("local")]
    data = json.loads(json.dumps(as_json(plans)))
    assert data["stacks"] == ["dev-msk", "local"]
    sections = {section["title"]: {row["what"]: row for row in section["rows"]} for section in data["sections"]}
    assert sections["Versions"]["Flink"]["stacks"] == {"dev-msk": "2.1", "local": "-"}
    assert sections["Versions"]["CMF"]["who"] == "you"
    assert "who" not in sections["Limits"]["Kafka"]
    rows = sum(len(section) for section in sections.values())
    # What is left of the Markdown's lines is of the cost, which is in figures here.
    text = document(plans)
    assert sum(line.startswith("| ") for line in text[: text.index("### Rough cost")].splitlines()) == rows + 12
    assert data["cost"]["dev-msk"]["monthly"]["total"] > data["cost"]["local"]["monthly"]["total"] == 0
