"""Many applications made from a template, to see how the evaluation of a stack grows with them."""

import copy
from pathlib import Path
from typing import Any

import yaml

from components.application import CDC_PREFIX, SPEC_FILE
from components.platform import APPLICATIONS
from components.yaml_file import read_yaml

TEMPLATE = "telematics"
"""The largest of the checked-in applications: two topics, a captured table, four Iceberg tables."""


def write_applications(folder: Path, count: int, template: str = TEMPLATE) -> list[str]:
    """Write `count` applications into `folder` and return their names.

    Each is the template with an application name, topics, captured tables and Iceberg tables of its own, so that none
    shares with another what the platform would declare only once.
    """
    spec = read_yaml(APPLICATIONS / template / SPEC_FILE)
    sql_file = spec["transformation"]["sql"]
    sql = (APPLICATIONS / template / sql_file).read_text(encoding="utf-8")
    names = []
    for number in range(count):
        numbered, statements = _numbered(spec, sql, f"{number:04}")
        target = folder / numbered["name"]
        target.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(numbered, sort_keys=False, width=110)
        (target / SPEC_FILE).write_text(text, encoding="utf-8")
        (target / sql_file).write_text(statements, encoding="utf-8")
        names.append(numbered["name"])
    return names


def _numbered(spec: dict[str, Any], sql: str, number: str) -> tuple[dict[str, Any], str]:
    result = copy.deepcopy(spec)
    result["name"] = f"{spec['name']}-{number}"
    topics: dict[str, str] = {}
    for capture in result.get("capture", []):
        captured = f"{capture['table']}_{number}"
        topics[f"{CDC_PREFIX}.{capture['table']}"] = f"{CDC_PREFIX}.{captured}"
        capture["table"] = captured
    for source in result["sources"]:
        topic = source["topic"]
        topic["name"] = topics.get(topic["name"], f"{topic['name']}.{number}")
    upsert = result.get("confluent_cloud", {}).get("upsert", {})
    for sink in result["sinks"]:
        if sink["name"] in upsert:
            upsert[f"{sink['name']}_{number}"] = upsert.pop(sink["name"])
        sql = sql.replace(f"INSERT INTO {sink['name']}\n", f"INSERT INTO {sink['name']}_{number}\n")
        sink["name"] = f"{sink['name']}_{number}"
    return result, sql
