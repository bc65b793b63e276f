"""The settings of a stack: every mistake is told with its key, what was found, what is allowed and what to do."""

import contextvars
import copy
import functools
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.runtime.config import set_all_config

from components.errors import PlatformError
from components.settings import PROJECT, Environment, parse
from components.stack_config import project_config
from components.yaml_file import read_yaml
from operations.plan.stack_file import STACKS, load_stack, stack_names

WHERE = "stacks/Pulumi.test.yaml"


def valid() -> dict[str, Any]:
    return {
        "environment": "local",
        "aws": {"account_id": "123456789012", "emulated": True},
        "kafka": {"flavour": "local"},
        "flink": {"flavour": "local"},
        "postgres": {"flavour": "local"},
        "applications": ["claims"],
        "local": {"ports": {"kafka": 25004}},
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    config = valid()
    target = config
    *parents, last = path.split(".")
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = value
    return config


def mistakes(config: Any) -> list[Any]:
    with pytest.raises(PlatformError) as caught:
        parse(config, WHERE)
    return caught.value.mistakes


def test_valid_settings_are_typed():
    typed = parse(valid(), WHERE)
    assert typed.environment is Environment.LOCAL
    assert typed.local is not None
    assert typed.local.ports.kafka == 25004
    assert typed.lakehouse.noncurrent_days == 7
    assert not typed.protect


def test_only_production_is_protected():
    config = changed("environment", "prod")
    assert parse(config, WHERE).protect


@pytest.mark.parametrize(
    ("path", "value", "key", "found", "allowed", "remedy"),
    [
        ("kafak", {}, "streaming-platform:kafak", "unknown key", "kafka", "did you mean `kafka`"),
        ("kafka.flavour", "msq", "streaming-platform:kafka.flavour", "'msq'", "'local', 'external'", "choose one"),
        ("kafka.port", 1, "streaming-platform:kafka.port", "unknown key", "flavour", "remove the key"),
        ("local.ports.kafka", "25004", "streaming-platform:local.ports.kafka", "'25004' (str)", "integer", "correct"),
        ("local.ports.kafka", 80, "streaming-platform:local.ports.kafka", "80 (int)", "1024", "correct"),
        ("local.ports.kafak", 25004, "streaming-platform:local.ports.kafak", "unknown", "kafka", "mean `kafka`"),
        ("aws.account_id", 123456789012, "streaming-platform:aws.account_id", "(int)", "string", "correct"),
        ("aws.region", "here", "streaming-platform:aws.region", "'here'", "pattern", "correct"),
        ("environment", "test", "streaming-platform:environment", "'test'", "'local', 'dev' or 'prod'", "correct"),
        ("applications", [], "streaming-platform:applications", "[]", "at least 1", "correct"),
        ("lakehouse.noncurrent_days", 0, "streaming-platform:lakehouse.noncurrent_days", "0 (int)", "greater", "corr"),
    ],
)
def test_a_mistake_is_told_whole(path: str, value: Any, key: str, found: str, allowed: str, remedy: str):
    (mistake,) = mistakes(changed(path, value))
    assert mistake.where == WHERE
    assert mistake.key == key
    assert found in mistake.found
    assert allowed in mistake.allowed
    assert remedy in mistake.remedy


def test_a_missing_key_is_named():
    config = valid()
    del config["kafka"]
    (mistake,) = mistakes(config)
    assert (mistake.key, mistake.found) == ("streaming-platform:kafka", "nothing")


def test_all_mistakes_are_told_at_once():
    config = changed("aws.region", "here")
    config["kafka"] = {"flavour": "msq"}
    del config["flink"]
    assert {m.key.removeprefix("streaming-platform:") for m in mistakes(config)} == {
        "aws.region",
        "kafka.flavour",
        "flink",
    }


def test_flavours_on_this_machine_need_the_local_block():
    config = valid()
    del config["local"]
    (mistake,) = mistakes(config)
    assert "kafka, flink, postgres run on this machine" in mistake.found
    assert "streaming-platform:local: {}" in mistake.remedy


def test_sasl_needs_a_mechanism():
    config = valid()
    config["kafka"] = {"flavour": "external", "bootstrap_servers": "a:9092"}
    (mistake,) = mistakes(config)
    assert mistake.key == "streaming-platform:kafka"
    assert "sasl_mechanism is missing" in mistake.found
    assert "SCRAM-SHA-512" in mistake.remedy


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=8), v, max_size=3))


def paths(node: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = [prefix] if prefix else []
    for key, value in items:
        found += paths(value, (*prefix, key))
    return found


def read(file: Path) -> None:
    """What `synth` does with a stack file until its settings are typed."""
    config = load_stack("test", file)

    def typed() -> None:
        set_all_config(dict(config.values), list(config.secrets))
        parse(project_config(PROJECT), str(file))

    contextvars.copy_context().run(typed)


def loads_or_is_told(file: Path, text: str) -> bool:
    """True, or whatever other exception came up. Every mistake names the file and, where there is one, the key."""
    file.write_text(text, encoding="utf-8")
    try:
        read(file)
    except PlatformError as error:
        assert error.mistakes
        for one in error.mistakes:
            assert (one.where, bool(one.found)) == (str(file), True), one
            # A file that is no mapping in YAML has no keys, and a line only where PyYAML knows it.
            assert one.key or one.allowed in ("YAML, each key once", "config: ..."), one
    return True


@pytest.mark.parametrize("stack", stack_names())
def test_the_stack_files_load_as_synth_loads_them(stack: str):
    read(STACKS / f"Pulumi.{stack}.yaml")


@pytest.mark.parametrize("stack", stack_names())
def test_an_editor_finds_no_mistake_in_a_stack_file(stack: str):
    schema = jsonschema.Draft202012Validator(json.loads((STACKS / "settings.schema.json").read_text(encoding="utf-8")))
    content = copy.deepcopy(content_of(stack))
    assert [f"{error.json_path}: {error.message}" for error in schema.iter_errors(content)] == []
    content["config"][f"{PROJECT}:kafka"]["flavor"] = "local"
    assert not schema.is_valid(content)


@pytest.mark.parametrize("stack", stack_names())
def test_a_value_of_another_kind_anywhere_loads_or_is_told(stack: str):
    config = {key.removeprefix(f"{PROJECT}:"): value for key, value in content_of(stack)["config"].items()}
    for path in paths(config):
        for value in (None, [], {}, 0, ""):
            content = copy.deepcopy(config)
            target: Any = content
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = value
            try:
                parse(content, WHERE)
            except PlatformError as error:
                assert all(one.where == WHERE and one.key and one.found for one in error.mistakes), path


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stack=st.sampled_from(stack_names()), data=st.data())
def test_any_mutation_loads_or_is_told(tmp_path: Path, stack: str, data: st.DataObject):
    """Whatever is done to a stack file, nothing but a PlatformError with a key comes of it."""
    content = copy.deepcopy(content_of(stack))
    path = data.draw(st.sampled_from(paths(content)))
    target: Any = content
    for step in path[:-1]:
        target = target[step]
    action = data.draw(st.sampled_from(["replace", "remove", "add"]))
    if action == "replace":
        target[path[-1]] = data.draw(VALUES)
    elif action == "remove":
        del target[path[-1]]
    elif isinstance(target, dict):
        target[data.draw(st.text(max_size=8))] = data.draw(VALUES)
    # JSON is YAML.
    assert loads_or_is_told(tmp_path / "Pulumi.test.yaml", json.dumps(content))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stack=st.sampled_from(stack_names()), data=st.data(), inserted=st.text(max_size=6))
def test_any_text_loads_or_is_told(tmp_path: Path, stack: str, data: st.DataObject, inserted: str):
    text = (STACKS / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 40)))
    assert loads_or_is_told(tmp_path / "Pulumi.test.yaml", text[:start] + inserted + text[end:])


@functools.cache
def content_of(stack: str) -> dict[str, Any]:
    return read_yaml(STACKS / f"Pulumi.{stack}.yaml")
