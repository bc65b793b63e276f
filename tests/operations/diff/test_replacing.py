"""The table of properties that replace: complete for the types of the stacks, and read rightly."""

import pytest

from operations.diff.properties import Difference
from operations.diff.replacing import table, verdict
from operations.diff.stateful import STATEFUL
from tests.components.plans import plan_of


@pytest.mark.parametrize("stack", ["dev-msk", "dev-cc"])
def test_every_type_of_the_stacks_is_in_the_table(stack: str):
    types = {one["type"] for one in plan_of(stack).resources if one.get("custom")}
    missing = {one for one in types if one not in table() and not one.startswith("kubernetes:")}
    # Of the provider itself it depends on what a changed region or account means.
    assert missing <= {"pulumi:providers:aws", "pulumi:providers:confluentcloud"}


def level(type_: str, path: str, kind: str = "changed", new: object = "b") -> str:
    return verdict(type_, Difference(path, kind, "a", new), {}).level


@pytest.mark.parametrize(
    ("type_", "path", "expected"),
    [
        ("aws:rds/instance:Instance", "storageEncrypted", "replaces"),
        ("aws:rds/instance:Instance", "instanceClass", "in-place"),
        ("aws:msk/cluster:Cluster", "brokerNodeGroupInfo.instanceType", "in-place"),
        ("aws:msk/cluster:Cluster", "brokerNodeGroupInfo.clientSubnets[2]", "replaces"),
        ("aws:msk/cluster:Cluster", "kafkaVersion", "may"),
        ("aws:s3/bucket:Bucket", "bucket", "replaces"),
        ("aws:s3/bucket:Bucket", "bucketPrefix", "replaces"),
        ("aws:s3/bucket:Bucket", 'tags["bucket"]', "in-place"),
        ("aws:kms/key:Key", "policy.Statement[0].Action", "in-place"),
        ("confluentcloud:index/kafkaTopic:KafkaTopic", "topicName", "replaces"),
        ("confluentcloud:index/kafkaTopic:KafkaTopic", "partitionsCount", "in-place"),
        ("confluentcloud:index/flinkStatement:FlinkStatement", "statement", "replaces"),
        ("kubernetes:apps/v1:StatefulSet", "spec.volumeClaimTemplates[0].spec.x", "replaces"),
        ("kubernetes:acme.io/v1:Thing", "metadata.name", "replaces"),
        ("kubernetes:acme.io/v1:Thing", "spec.size", "in-place"),
        ("eks:index:Cluster", "version", "in-place"),
        ("eks:index:Cluster", "autoMode.enabled", "unknown"),
        ("random:index/randomPassword:RandomPassword", "length", "replaces"),
        ("acme:index:Thing", "size", "unknown"),
    ],
)
def test_what_a_change_does(type_: str, path: str, expected: str):
    assert level(type_, path) == expected


def test_a_part_that_is_added_is_judged_by_what_is_in_it():
    cluster = "aws:msk/cluster:Cluster"
    assert level(cluster, "encryptionInfo", "added", {"encryptionAtRestKmsKeyArn": "k"}) == "replaces"
    assert level(cluster, "encryptionInfo", "added", {"other": 1}) == "in-place"


def test_stateful_types_have_a_reason_and_are_judged():
    assert all(STATEFUL.values())
    known = {one for one in STATEFUL if one in table() or one.startswith("kubernetes:")}
    # Of these an update may be a replacement, and is shown as such.
    assert len(STATEFUL.keys() - known) <= 5, STATEFUL.keys() - known
