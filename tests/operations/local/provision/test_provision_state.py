"""The state file: no secret in it, true at every moment, and never taken for good when it is not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from components.errors import PlatformError
from operations.local.provision.clients import Clients
from operations.local.provision.state import Record, Started, State
from tests.operations.local.provision import program
from tests.operations.local.provision.program import Stack


def test_no_secret_is_on_disk_and_yet_a_change_is_seen(stack: Stack):
    program.whole_platform(stack)
    tagged = {"name": "s", "tags": {"token": "hidden-token"}, "description": "hidden-description"}
    paths = frozenset({"tags.token", "description"})
    for name in ("one", "two"):
        outcome = stack.register(program.SECRET, name, tagged | {"name": name}, secret_paths=paths)
    assert outcome.outputs["tagsAll"] == {"token": "hidden-token"}

    written = "".join(path.read_text() for path in stack.path.parent.iterdir())
    for secret in (program.PASSWORD, "hidden-token", "hidden-description", "127.0.0.1:9092"):
        assert secret not in written
    one, two = (stack.state().get(stack.urn(program.SECRET, name)) for name in ("one", "two"))
    assert one is not None
    assert two is not None
    assert set(one.secret_inputs) == {"description", "tags", "tagsAll"}
    # The same secret in two places does not look the same.
    assert one.secret_inputs["description"] != two.secret_inputs["description"]
    stack.start()
    changed = stack.register(
        program.SECRET, "one", tagged | {"name": "one", "description": "other"}, secret_paths=paths
    )
    assert (changed.operation, changed.changed) == ("update", ("description",))


def test_a_value_that_only_becomes_secret_or_public_is_no_change(stack: Stack):
    inputs = {"name": "s", "description": "the-description"}
    stack.one(program.SECRET, "s", inputs)
    assert "the-description" in stack.path.read_text()
    assert stack.one(program.SECRET, "s", inputs, secret_paths={"description"}).operation == "same"
    assert "the-description" not in stack.path.read_text()
    assert stack.one(program.SECRET, "s", inputs).operation == "same"
    assert "the-description" in stack.path.read_text()


def test_state_keeps_what_is_needed_to_delete_in_order(stack: Stack):
    stack.start()
    parent = "urn:pulumi:local::streaming-platform::platform:Lakehouse::lake"
    bucket = stack.register(program.BUCKET, "b", {"bucket": "b-1"}, parent=parent)
    setting = {"bucket": "b-1", "rule": {"objectOwnership": "ObjectWriter"}}
    stack.register(program.OWNERSHIP, "o", setting, bucket, parent=bucket.urn)
    record = stack.state().get(stack.urn(program.OWNERSHIP, "o"))
    assert record is not None
    assert (record.id, record.dependencies, record.parent) == ("b-1", [bucket.urn], bucket.urn)
    assert record.inputs == setting
    assert stack.state().emulator == "started-1"
    assert stack.path.stat().st_mode & 0o777 == 0o600


def cut(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def edited(raw: bytes) -> bytes:
    return raw.replace(b"lake-123456789012", b"lake-999999999999")


def of_version(raw: bytes) -> bytes:
    return json.dumps(json.loads(raw) | {"version": 7}).encode()


def reshaped(raw: bytes) -> bytes:
    from operations.local.provision.state import _checksum

    content = json.loads(raw)["content"] | {"resources": {"urn": {"id": 1}}}
    return json.dumps(json.loads(raw) | {"content": content, "checksum": _checksum(content)}).encode()


DAMAGED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda raw: b"", "an empty file, 0 bytes"),
    "blank": (lambda raw: b"\n\n", "an empty file"),
    "zeros": (lambda raw: b"\0" * 512, "not JSON"),
    "half written": (cut, "not JSON"),
    "no text": (lambda raw: b"\xff\xfe\x00", "not JSON"),
    "nested too deeply": (lambda raw: b"[" * 100_000, "not JSON"),
    "a list": (lambda raw: b"[1, 2]", "not a state file"),
    "null": (lambda raw: b"null", "not a state file"),
    "something else": (lambda raw: b'{"version": 3, "deployment": {}}', "not a state file"),
    "edited by hand": (edited, "does not match its checksum"),
    "no content": (lambda raw: b'{"format": "streamctl-provision", "version": 1}', "checksum"),
    "of another version": (of_version, "version 7"),
    "of another shape": (reshaped, "TypeError"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_file_is_told_and_not_touched(case: str, stack: Stack):
    damage, expected = DAMAGED[case]
    stack.one(program.BUCKET, "lake", {"bucket": "lake-123456789012"})
    stack.path.write_bytes(damage(stack.path.read_bytes()))
    before = stack.path.read_bytes()
    with pytest.raises(PlatformError) as caught:
        stack.start()

    (mistake,) = caught.value.mistakes
    assert mistake.where == str(stack.path)
    assert expected in mistake.found
    assert mistake.allowed
    assert "streamctl down" in mistake.remedy
    assert stack.path.read_bytes() == before


def test_file_that_cannot_be_read_or_written_is_told(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(PlatformError, match="folder"):
        State.load(tmp_path / "folder")
    (tmp_path / "file").write_text("")
    state = State(tmp_path / "file" / "state.json")
    with pytest.raises(PlatformError, match="cannot be written"):
        state.begin("urn", Started("type", "name"))


def test_writing_that_fails_half_way_leaves_the_last_good_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "state.json"
    state = State.load(path)
    state.put(Record("urn-1", "type", "id"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("operations.local.provision.state.os.fsync", full)
    with pytest.raises(PlatformError, match="No space left on device"):
        state.put(Record("urn-2", "type", "id"))
    assert [record.urn for record in State.load(path).records()] == ["urn-1"]


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (program.BUCKET, {"bucket": "killed-1"}),
        (program.BUCKET, {}),
        (program.ALIAS, {"name": "alias/x"}),
        (program.DATABASE, {"name": "lake"}),
        (program.POLICY, {"name": "p", "path": "/a/", "policy": program.allow("s3:*", "*")}),
        (program.SECRET, {"name": "s"}),
        (program.PARAMETER, {"name": "/p", "type": "String", "value": "v"}),
    ],
)
def test_run_killed_right_after_a_creation_is_made_good_by_the_next(
    token: str, inputs: dict, stack: Stack, clients: Clients, monkeypatch: pytest.MonkeyPatch
):
    class Killed(BaseException):
        pass

    def kill(*_: object, **__: object) -> None:
        raise Killed

    if token == program.ALIAS:
        inputs["targetKeyId"] = clients.get("kms").create_key()["KeyMetadata"]["KeyId"]
    with monkeypatch.context() as patched:
        patched.setattr(State, "put", kill)
        with pytest.raises(Killed):
            stack.one(token, "x", inputs)
    assert stack.state().unfinished() == {stack.urn(token, "x")}
    outcome = stack.one(token, "x", inputs)
    assert outcome.operation == "create"
    assert stack.state().unfinished() == set()
    assert len(clients.get("s3").list_buckets()["Buckets"]) == (1 if token == program.BUCKET else 0)
    assert stack.one(token, "x", inputs).operation == "same"


def test_leftover_of_a_killed_run_goes_when_the_program_does_not_want_it_any_more(
    stack: Stack, clients: Clients, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patched:
        patched.setattr(State, "put", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            stack.one(program.BUCKET, "x", {"bucket": "killed-2"})
    stack.start()
    stack.provisioner.finish([])
    assert clients.get("s3").list_buckets()["Buckets"] == []
    assert stack.state().unfinished() == set()
