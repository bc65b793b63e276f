"""Programs in YAML, as far as the examples use them: checked against the package's schema, and run in process.

What Pulumi's YAML runtime does with `config`, `resources`, `variables` and `outputs` is done here in small: references
`${name.property[0].key}`, `fn::toJSON`, `fn::secret`. Numbers go to the package as they come over the wire, as floats.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_confluentcloud as confluent
from pulumi.provider.experimental.component import ComponentProvider

Schema = dict[str, Any]
_REFERENCE = re.compile(r"\$\{([^}]+)\}")
_PLAIN = {"string": str, "integer": int, "number": (int, float), "boolean": bool}


def mistakes(program: Mapping[str, Any], schema: Schema) -> list[str]:
    """What the engine would refuse: unknown, missing and wrongly typed properties, and references to nothing."""
    found: list[str] = []
    known = {*program.get("config", {}), *program.get("variables", {}), *program["resources"], "pulumi"}
    for name, resource in program["resources"].items():
        if resource["type"].startswith("pulumi:providers:"):
            continue
        definition = schema["resources"].get(resource["type"])
        if definition is None:
            found.append(f"{name}: no type {resource['type']}")
            continue
        given = resource.get("properties", {})
        found += _object(given, definition["inputProperties"], definition["requiredInputs"], schema, name)
    for reference in references(program):
        name, *path = _path(reference)
        if name not in known:
            found.append(f"{reference}: nothing is called {name}")
        elif name in program["resources"] and path:
            definition = schema["resources"].get(program["resources"][name]["type"], {"properties": {path[0]: {}}})
            if path[0] not in definition["properties"]:
                found.append(f"{reference}: no output {path[0]}")
    return found


def references(value: Any) -> list[str]:
    """What stands in `${...}` anywhere within `value`."""
    if isinstance(value, str):
        return _REFERENCE.findall(value)
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [one for item in inside for one in references(item)]


def _object(given: Any, properties: Schema, required: list[str], schema: Schema, where: str) -> list[str]:
    if not isinstance(given, Mapping):
        return [f"{where}: {given!r} is no object"]
    found = [f"{where}: {key} is missing" for key in required if key not in given]
    for key, value in given.items():
        if key in properties:
            found += _value(value, properties[key], schema, f"{where}.{key}")
        else:
            found.append(f"{where}: no property {key}")
    return found


def _value(value: Any, declared: Schema, schema: Schema, where: str) -> list[str]:
    reference = declared.get("$ref", "")
    if reference.endswith("#/Any"):
        return []
    computed = isinstance(value, Mapping) and "fn::toJSON" in value
    if computed or (isinstance(value, str) and _REFERENCE.fullmatch(value)):
        config = isinstance(value, str) and "." not in value
        return [f"{where}: has to be known, and {value} is not"] if declared.get("plain") and not config else []
    if reference:
        one = schema["types"][reference.removeprefix("#/types/")]
        return _object(value, one.get("properties", {}), one.get("required", []), schema, where)
    kind = declared["type"]
    if kind == "array":
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        return [text for i, one in enumerate(value) for text in _value(one, declared["items"], schema, f"{where}[{i}]")]
    if kind == "object":
        if not isinstance(value, Mapping):
            return [f"{where}: {value!r} is no object"]
        inner = declared["additionalProperties"]
        return [text for key, one in value.items() for text in _value(one, inner, schema, f"{where}.{key}")]
    right = isinstance(value, _PLAIN[kind]) and (kind == "boolean" or not isinstance(value, bool))
    return [] if right else [f"{where}: {value!r} is no {kind}"]


class Runner:
    """Runs a program. `run` is what `synthesise` takes."""

    def __init__(self, program: Mapping[str, Any], package: ComponentProvider, folder: Path):
        self._program, self._package = program, package
        self._known: dict[str, Any] = {"pulumi": {"cwd": str(folder)}}

    def run(self) -> None:
        config = pulumi.Config()
        for name, one in self._program.get("config", {}).items():
            self._known[name] = config.require_secret(name) if one.get("secret") else config.require(name)
        for name, value in self._program["resources"].items():
            self._known[name] = self._resource(name, value)
        for name, value in self._program.get("outputs", {}).items():
            pulumi.export(name, self._evaluated(value))

    def _resource(self, name: str, resource: Mapping[str, Any]) -> Any:
        properties = self._evaluated(resource.get("properties", {}))
        if resource["type"] == "pulumi:providers:aws":
            return aws.Provider(name, region=properties["region"], allowed_account_ids=properties["allowedAccountIds"])
        if resource["type"] == "pulumi:providers:confluentcloud":
            return confluent.Provider(
                name, cloud_api_key=properties["cloudApiKey"], cloud_api_secret=properties["cloudApiSecret"]
            )
        options = resource.get("options", {})
        opts = pulumi.ResourceOptions(
            providers=[self._evaluated(one) for one in options.get("providers", [])],
            depends_on=[_dependency(self._evaluated(one)) for one in options.get("dependsOn", [])],
        )
        result = self._package.construct(name, resource["type"], properties, opts)
        return {**result.state, "": result.urn}

    def _evaluated(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            if "fn::toJSON" in value:
                return pulumi.Output.json_dumps(self._evaluated(value["fn::toJSON"]))
            return {key: self._evaluated(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._evaluated(one) for one in value]
        if isinstance(value, str):
            return self._text(value)
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    def _text(self, text: str) -> Any:
        whole = _REFERENCE.fullmatch(text)
        if whole:
            return self._reference(whole[1])
        parts = [self._reference(part) if index % 2 else part for index, part in enumerate(_REFERENCE.split(text))]
        return "".join(parts) if all(isinstance(part, str) for part in parts) else pulumi.Output.concat(*parts)

    def _reference(self, reference: str) -> Any:
        name, *path = _path(reference)
        value = self._known[name]
        for key in path:
            if isinstance(value, pulumi.Output):
                value = value.apply(lambda known, key=key: known[int(key) if isinstance(known, list) else key])
            else:
                value = value[int(key) if isinstance(value, list) else key]
        if isinstance(value, dict) and "" in value:
            return value[""]
        return value


def _dependency(urn: pulumi.Output[str]) -> pulumi.Resource:
    """A component as the wire gives it: its URN, which an engine knows by then."""
    one = pulumi.resource.DependencyResource("")
    one.__dict__["urn"] = urn
    return one


def _path(reference: str) -> list[str]:
    return re.findall(r"[^.\[\]]+", reference)


def schema_of(package: ComponentProvider) -> Schema:
    """The schema as the engine is given it."""
    return json.loads(package.schema or "{}")
