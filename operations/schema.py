"""The JSON Schemas that editors read, generated from the models that check the same files."""

import json
from pathlib import Path
from typing import Any

import click

from components.application import application_schema
from components.errors import Mistake, PlatformError
from components.settings import PROJECT, SECRET_KEYS, Settings
from operations.console import console
from operations.plan.stack_file import ROOT

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def stack_file_schema() -> dict[str, Any]:
    """The schema of `stacks/Pulumi.<stack>.yaml`."""
    settings = Settings.model_json_schema()
    definitions = settings.pop("$defs")
    properties = {f"{PROJECT}:{key}": value for key, value in settings["properties"].items()}
    for key in SECRET_KEYS:
        properties[f"{PROJECT}:{key}"] = {
            "type": "object",
            "required": ["secure"],
            "additionalProperties": False,
            "properties": {"secure": {"type": "string"}},
            "description": f"set it with: pulumi config set --secret {PROJECT}:{key}",
        }
    return {
        "$schema": DIALECT,
        "title": "Stack file of the streaming platform",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [f"{PROJECT}:{key}" for key in settings["required"]],
                "properties": properties,
                # A misspelt key of this project is a mistake; keys of other packages are none of our business.
                "propertyNames": {
                    "anyOf": [{"enum": sorted(properties)}, {"not": {"pattern": f"^({PROJECT}:|[^:]*$)"}}]
                },
            },
            "secretsprovider": {"type": "string"},
            "encryptedkey": {"type": "string"},
            "encryptionsalt": {"type": "string"},
        },
        "additionalProperties": False,
        "$defs": definitions,
    }


def schemas() -> dict[Path, dict[str, Any]]:
    """File -> schema, for every schema that is checked in."""
    return {
        ROOT / "stacks" / "settings.schema.json": stack_file_schema(),
        ROOT / "applications" / "application.schema.json": application_schema(),
    }


def schema(check: bool, as_json: bool = False) -> None:
    """Write the schemas, or with `check` raise PlatformError naming those that are not up to date.

    as_json: print {"written": [files], "current": [files]}
    """
    stale: list[Mistake] = []
    done: dict[str, list[str]] = {"written": [], "current": []}
    for path, content in schemas().items():
        text = json.dumps(content, indent=2, sort_keys=True) + "\n"
        shown = str(path.relative_to(ROOT))
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            done["current"].append(shown)
            continue
        if check:
            stale.append(Mistake(shown, "", "another schema than the models give", "", "run ./streamctl schema"))
            continue
        path.write_text(text, encoding="utf-8")
        done["written"].append(shown)
    if stale:
        raise PlatformError(stale)
    if as_json:
        click.echo(json.dumps(done, indent=2))
        return
    for shown in done["written"]:
        console.print(f"wrote {shown}")
