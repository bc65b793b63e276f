"""Keys as resources: what a rotation makes, what it deletes, and what the engine refuses to delete."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.errors import PlatformError
from components.key_rotation import (
    KeyScope,
    RotatingApiKeys,
    RotatingApiKeysArgs,
    flink_scope,
    tableflow_scope,
)
from operations.plan.values import SECRET, SIGNATURE
from tests.components.graph import before
from tests.components.kafka.confluent import Resources, kind_of, made

CLUSTER = KeyScope("lkc-1", "cmk/v2", "Cluster", "env-1")


def arguments(number: int, **more: Any) -> RotatingApiKeysArgs:
    given: dict[str, Any] = {"display_name": "acme", "owner_id": "sa-1", "scope": CLUSTER, "number": number, **more}
    return RotatingApiKeysArgs(**given)


def keys(number: int, **more: Any) -> Resources:
    return kind_of(made(lambda: RotatingApiKeys("k", arguments(number, **more)) and None), "ApiKey")


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_rotation_is_one_create_and_one_delete_of_a_key_that_was_not_protected(count: int):
    was = keys(0, keys=count)
    for number in range(1, 12):
        now = keys(number, keys=count)
        gone, new = set(was) - set(now), set(now) - set(was)
        assert (len(gone), len(new), len(now)) == (1, 1, count)
        assert not was[gone.pop()].get("protect"), "the engine would refuse it"
        assert now[new.pop()]["protect"], "the new one is active"
        for name in set(was) & set(now):
            assert was[name]["sent"] == now[name]["sent"], "no other key changes"
        was = now


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("jump", [2, 3, 7])
def test_a_number_that_went_up_by_more_is_refused_by_the_engine(count: int, jump: int):
    was, now = keys(4, keys=count), keys(4 + jump, keys=count)
    assert [name for name in set(was) - set(now) if was[name].get("protect")]


@pytest.mark.parametrize("number", [0, 1, 5, 8])
def test_another_number_of_keys_takes_none_that_a_client_may_hold(number: int):
    two, three = keys(number, keys=2), keys(number, keys=3)
    assert set(two) < set(three)
    # Back again: the oldest goes, which the engine lets go.
    assert [three[name].get("protect") for name in set(three) - set(two)] == [None]
    # By two at once the engine refuses it.
    four = keys(number, keys=4)
    assert [name for name in set(four) - set(two) if four[name].get("protect")]


def test_two_evaluations_with_one_number_are_the_same():
    assert keys(5) == keys(5)


def test_no_key_is_deleted_before_its_successor_is_made():
    assert not [one for one in keys(3).values() if one.get("deleteBeforeReplace")]


def test_a_secret_is_written_after_the_new_key_is_made_and_holds_it():
    def program() -> None:
        login = RotatingApiKeys("k", arguments(3))
        aws.secretsmanager.SecretVersion(
            "s",
            secret_id="id",
            secret_string=pulumi.Output.all(login.key, login.secret).apply(json.dumps),
        )

    found = made(program)
    version = "secretVersion:SecretVersion s"
    version = next(key for key in found if key.endswith("SecretVersion s"))
    assert json.loads(found[version]["sent"]["secretString"]) == ["KEY-k-3", "SECRET-k-3"]
    assert "ApiKey k-3" in before(found, version)
    assert found[version]["inputs"]["secretString"][SIGNATURE] == SECRET


def test_every_output_with_a_secret_is_marked_as_one():
    found = made(lambda: RotatingApiKeys("k", arguments(1)) and None)
    outputs = found["RotatingApiKeys k"]["outputs"]
    assert outputs["secret"][SIGNATURE] == SECRET
    assert outputs["all"][SIGNATURE] == SECRET
    assert outputs["active"] == "1"
    assert outputs["key"] == "KEY-k-1"
    plain = {name: {key: value for key, value in one.items() if key != "sent"} for name, one in found.items()}
    assert "SECRET-" not in json.dumps(plain)


def test_the_owner_is_a_service_account():
    owner = next(iter(keys(0).values()))["sent"]["owner"]
    assert owner == {"id": "sa-1", "apiVersion": "iam/v2", "kind": "ServiceAccount"}
    with pytest.raises(PlatformError, match="service account"):
        RotatingApiKeys("k", arguments(0, owner_id="u-1"))


@pytest.mark.parametrize(("more", "message"), [({"keys": 1}, "2 to 10"), ({"number": -1}, "0 or more")])
def test_refused(more: dict[str, Any], message: str):
    with pytest.raises(PlatformError, match=message):
        RotatingApiKeys("k", arguments(**{"number": 0, **more}))


def test_keys_of_flink_have_an_environment_and_those_of_tableflow_none():
    flink = next(iter(keys(0, scope=flink_scope("us-east-1", "env-1")).values()))["sent"]["managedResource"]
    assert flink == {
        "id": "aws.us-east-1",
        "apiVersion": "fcpm/v2",
        "kind": "Region",
        "environment": {"id": "env-1"},
    }
    tableflow = next(iter(keys(0, scope=tableflow_scope()).values()))["sent"]["managedResource"]
    assert tableflow == {"id": "tableflow", "apiVersion": "tableflow/v1", "kind": "Tableflow"}


def test_a_cluster_out_of_reach_is_not_waited_for():
    assert all("disableWaitForReady" not in one["sent"] for one in keys(0).values())
    assert all(one["sent"]["disableWaitForReady"] is True for one in keys(0, wait_for_ready=False).values())


def test_short_lived_stacks_can_be_destroyed():
    assert not [one for one in keys(0, protect=False).values() if one.get("protect")]
