"""What leaves the program leaves the emulator, dependents first; what left the emulator comes back."""

from typing import Any

import pytest

from components.errors import PlatformError
from operations.local.provision.clients import Clients
from operations.local.provision.ordering import dependents_first
from operations.local.provision.state import Record
from tests.operations.local.provision import program
from tests.operations.local.provision.program import Stack


def test_everything_unregistered_is_deleted_dependents_first(stack: Stack, clients: Clients):
    done = program.whole_platform(stack)
    clients.get("s3").put_object(Bucket="lake-123456789012", Key="a", Body=b"1")
    clients.get("s3").put_object(Bucket="lake-123456789012", Key="a", Body=b"2")
    clients.get("s3").delete_object(Bucket="lake-123456789012", Key="a")
    stack.start()
    finished = stack.provisioner.finish([])

    assert {outcome.operation for outcome in finished} == {"delete"}
    order = [outcome.urn for outcome in finished]
    assert sorted(order) == sorted(outcome.urn for outcome in done.values())
    for record_urn, needs in (("lifecycle", ("versioning", "lake")), ("alias", ("key",)), ("version-0", ("secret-0",))):
        for need in needs:
            assert order.index(done[record_urn].urn) < order.index(done[need].urn)
    assert stack.state().records() == []
    assert clients.get("s3").list_buckets()["Buckets"] == []
    assert clients.get("glue").get_databases()["DatabaseList"] == []
    assert clients.get("iam").list_policies(Scope="Local")["Policies"] == []
    assert clients.get("ssm").describe_parameters()["Parameters"] == []
    assert clients.get("secretsmanager").list_secrets()["SecretList"] == []
    assert not any(each["AliasName"] == "alias/lake" for each in clients.get("kms").list_aliases()["Aliases"])
    metadata = clients.get("kms").describe_key(KeyId=done["key"].id)["KeyMetadata"]
    assert metadata["KeyState"] == "PendingDeletion"


def test_only_what_left_the_program_is_deleted(stack: Stack, clients: Clients):
    program.whole_platform(stack, secrets=2, parameters=2)
    done = program.whole_platform(stack, secrets=1, parameters=1)
    assert {outcome.operation for outcome in done.values()} == {"same"}
    assert [outcome.urn.rsplit("::")[-1] for outcome in stack.deleted] in (
        ["version-1", "secret-1", "parameter-1"],
        ["version-1", "parameter-1", "secret-1"],
        ["parameter-1", "version-1", "secret-1"],
    )
    assert [each["Name"] for each in clients.get("secretsmanager").list_secrets()["SecretList"]] == ["/clients/0"]


def test_resources_named_to_finish_stay_though_they_never_came_to_register(stack: Stack, clients: Clients):
    bucket = stack.one(program.BUCKET, "b", {"bucket": "kept-1"})
    stack.start()
    assert stack.provisioner.finish([bucket.urn]) == []
    assert clients.get("s3").list_buckets()["Buckets"][0]["Name"] == "kept-1"


@pytest.mark.parametrize(("window", "listed"), [(0, False), (7, True), (None, True)])
def test_secret_is_deleted_within_its_recovery_window(window: int | None, listed: bool, stack: Stack, clients: Clients):
    stack.one(program.SECRET, "s", {"name": "s"} | ({} if window is None else {"recoveryWindowInDays": window}))
    stack.start()
    stack.provisioner.finish([])
    planned = clients.get("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"]
    assert bool(planned) is listed
    if listed:
        assert "DeletedDate" in planned[0]


def test_bucket_with_objects_stays_without_force_destroy(stack: Stack, clients: Clients):
    stack.start()
    bucket = stack.register(program.BUCKET, "b", {"bucket": "full-1"})
    setting = {"bucket": "full-1", "rule": {"objectOwnership": "ObjectWriter"}}
    stack.register(program.OWNERSHIP, "o", setting, bucket)
    clients.get("s3").put_object(Bucket="full-1", Key="table/data", Body=b"rows")
    stack.start()
    with pytest.raises(PlatformError) as caught:
        stack.provisioner.finish([])

    mistake = caught.value.mistakes[0]
    assert mistake.where == bucket.urn
    assert mistake.key == "delete on the AWS emulator"
    assert "BucketNotEmpty" in mistake.found
    assert "forceDestroy" in mistake.remedy
    assert [record.urn for record in stack.state().records()] == [bucket.urn]
    stack.one(program.BUCKET, "b", {"bucket": "full-1", "forceDestroy": True})
    stack.start()
    assert [outcome.operation for outcome in stack.provisioner.finish([])] == ["delete"]


def test_what_a_failed_deletion_depends_on_stays(stack: Stack, clients: Clients):
    stack.start()
    key = stack.register(program.KEY, "k", {})
    bucket = stack.register(program.BUCKET, "b", {"bucket": "full-2"}, key)
    other = stack.register(program.PARAMETER, "p", {"name": "/p", "type": "String", "value": "v"})
    clients.get("s3").put_object(Bucket="full-2", Key="a", Body=b"1")
    stack.start()
    with pytest.raises(PlatformError) as caught:
        stack.provisioner.finish([])
    assert [mistake.where for mistake in caught.value.mistakes] == [bucket.urn]
    assert {record.urn for record in stack.state().records()} == {bucket.urn, key.urn}
    assert other.urn not in {record.urn for record in stack.state().records()}
    assert clients.get("kms").describe_key(KeyId=key.id)["KeyMetadata"]["KeyState"] == "Enabled"


def test_protected_resource_is_neither_deleted_nor_replaced(stack: Stack, clients: Clients):
    stack.one(program.BUCKET, "b", {"bucket": "safe-1"}, protect=True)
    stack.start()
    with pytest.raises(PlatformError, match="protected resource that would be deleted"):
        stack.provisioner.finish([])
    with pytest.raises(PlatformError, match="protected resource that would be replaced because of bucket"):
        stack.one(program.BUCKET, "b", {"bucket": "safe-2"}, protect=True)
    assert [bucket["Name"] for bucket in clients.get("s3").list_buckets()["Buckets"]] == ["safe-1"]
    stack.one(program.BUCKET, "b", {"bucket": "safe-1"})
    stack.start()
    assert len(stack.provisioner.finish([])) == 1


def test_retained_resource_leaves_the_state_and_not_the_emulator(stack: Stack, clients: Clients):
    stack.one(program.BUCKET, "b", {"bucket": "retained-1"}, retain_on_delete=True)
    stack.start()
    assert [outcome.operation for outcome in stack.provisioner.finish([])] == ["delete"]
    assert stack.state().records() == []
    assert clients.get("s3").list_buckets()["Buckets"][0]["Name"] == "retained-1"


def drop_alias(aws: Clients, done: dict[str, Any]) -> None:
    aws.get("kms").delete_alias(AliasName="alias/lake")


# the resource that vanishes, and how
VANISHED = {
    "alias": drop_alias,
    "database": lambda aws, done: aws.get("glue").delete_database(Name="lake"),
    "reader": lambda aws, done: aws.get("iam").delete_policy(PolicyArn=done["reader"].id),
    "parameter-0": lambda aws, done: aws.get("ssm").delete_parameter(Name="/clients/bootstrap-0"),
    "encryption": lambda aws, done: aws.get("s3").delete_bucket_encryption(Bucket=done["lake"].id),
    "access": lambda aws, done: aws.get("s3").delete_public_access_block(Bucket=done["lake"].id),
    "ownership": lambda aws, done: aws.get("s3").delete_bucket_ownership_controls(Bucket=done["lake"].id),
    "lifecycle": lambda aws, done: aws.get("s3").delete_bucket_lifecycle(Bucket=done["lake"].id),
    "no-acls": lambda aws, done: aws.get("s3").delete_bucket_policy(Bucket=done["lake"].id),
}


def test_what_vanished_one_by_one_is_created_again(stack: Stack, clients: Clients):
    done = program.whole_platform(stack)
    for vanish in VANISHED.values():
        vanish(clients, done)
    again = program.whole_platform(stack)

    assert {name for name, outcome in again.items() if outcome.operation == "create"} == set(VANISHED)
    assert {outcome.operation for name, outcome in again.items() if name not in VANISHED} == {"same"}
    assert again["database"].reason == "it was gone from the emulator"
    assert {outcome.operation for outcome in program.whole_platform(stack).values()} == {"same"}


def test_vanished_bucket_key_and_secret_come_back_with_what_hangs_on_them(stack: Stack, clients: Clients):
    done = program.whole_platform(stack)
    clients.get("s3").delete_bucket(Bucket=done["lake"].id)
    clients.get("secretsmanager").delete_secret(SecretId=done["secret-0"].id, ForceDeleteWithoutRecovery=True)
    clients.get("kms").schedule_key_deletion(KeyId=done["key"].id, PendingWindowInDays=7)
    again = program.whole_platform(stack)

    operations = {name: outcome.operation for name, outcome in again.items()}
    created = {
        "lake",
        "versioning",
        "encryption",
        "access",
        "ownership",
        "lifecycle",
        "no-acls",
        "key",
        "secret-0",
        "version-0",
    }
    assert {name for name, operation in operations.items() if operation == "create"} == created
    assert operations["alias"] == "update"
    assert operations["reader"] == operations["database"] == "same"
    assert clients.get("s3").get_bucket_versioning(Bucket=done["lake"].id)["Status"] == "Enabled"
    assert program.PASSWORD in clients.get("secretsmanager").get_secret_value(SecretId="/clients/0")["SecretString"]


def test_records_of_several_runs_that_form_a_circle_are_still_ordered():
    records = [
        Record("a", "t", "1", dependencies=["b"]),
        Record("b", "t", "2", dependencies=["a"]),
        Record("c", "t", "3", parent="a"),
    ]
    assert [record.urn for record in dependents_first(records)] == ["c", "b", "a"]
    assert [record.id for record in dependents_first([Record("a", "t", "old"), Record("a", "t", "new")])] == [
        "new",
        "old",
    ]
