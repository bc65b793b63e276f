"""Two Plans compared: operations, what forces a replacement, what follows from one, options, renames."""

import copy
from typing import Any

import pytest

from operations.diff.changes import Diff
from operations.diff.compare import compare
from operations.plan.plan import Plan
from operations.plan.values import REDACTED, UNKNOWN
from tests.components.plans import plan_of
from tests.operations.diff.resources import bucket, component, plan, resource, urn

VPC, SUBNET, MSK = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:msk/cluster:Cluster"


def diff(base: Plan, head: Plan) -> Diff:
    return compare(base, head, "base", "head")


def only(base: dict[str, Any], head: dict[str, Any]):
    (change,) = diff(plan(base), plan(head)).changes
    return change


@pytest.mark.parametrize("stack", ["local", "dev-msk", "existing-cluster"])
def test_a_plan_differs_in_nothing_from_itself(stack: str):
    found = diff(plan_of(stack), copy.deepcopy(plan_of(stack)))
    assert found.empty
    assert found.later == ()
    assert found.unchanged == len(plan_of(stack).resources) - 1


def test_creates_and_deletes():
    found = diff(plan(bucket()), plan(resource("aws:sqs/queue:Queue", "queue", {"name": "q"})))
    assert found.counts() == {"delete": 1, "create": 1}
    assert [change.name for change in found.loud] == ["lake"]


def test_an_update_in_place():
    change = only(bucket(), bucket(tags={"team": "lake"}))
    assert (change.op, change.loud) == ("update", False)


def test_a_replacement_names_the_property_that_forces_it():
    change = only(bucket(), bucket(bucket="lake-two", tags={}))
    assert (change.op, change.forced_by, change.loud) == ("replace", ("bucket",), True)


def test_a_property_below_a_block_is_changed_in_place():
    old = resource(MSK, "kafka", {"clusterName": "k", "brokerNodeGroupInfo": {"instanceType": "a"}})
    new = resource(MSK, "kafka", {"clusterName": "k", "brokerNodeGroupInfo": {"instanceType": "b"}})
    assert only(old, new).op == "update"
    new = resource(
        MSK, "kafka", {"clusterName": "k", "brokerNodeGroupInfo": {"instanceType": "a", "clientSubnets": ["s"]}}
    )
    assert only(old, new).forced_by == ("brokerNodeGroupInfo.clientSubnets",)


def test_a_block_that_is_added_forces_what_is_in_it():
    old = resource(MSK, "kafka", {"clusterName": "k"})
    inside = {"encryptionInTransit": {"inCluster": True}}
    assert only(old, resource(MSK, "kafka", {"clusterName": "k", "encryptionInfo": inside})).op == "replace"
    other = {"encryptionInTransit": {"clientBroker": "TLS"}}
    assert only(old, resource(MSK, "kafka", {"clusterName": "k", "encryptionInfo": other})).op == "update"


def test_what_replaces_in_some_cases_is_not_called_an_update():
    old, new = (resource(MSK, "kafka", {"kafkaVersion": one}) for one in ("3.8.x", "3.6.0"))
    change = only(old, new)
    assert (change.op, change.maybe) == ("maybe-replace", (("kafkaVersion", "when it is lowered"),))


def test_of_an_unknown_type_nothing_is_claimed():
    old, new = (resource("acme:index:Thing", "thing", {"size": one}) for one in (1, 2))
    assert only(old, new).op == "maybe-replace"


def test_the_option_replace_on_changes_counts():
    old, new = (bucket(tags={"team": one}) | {"replaceOnChanges": ["tags"]} for one in ("a", "b"))
    assert only(old, new).forced_by == ("tags.team",)


def test_ignored_changes_are_no_changes():
    old, new = (bucket(tags={"team": one}) | {"ignoreChanges": ["tags"]} for one in ("a", "b"))
    assert diff(plan(old), plan(new)).empty


@pytest.mark.parametrize(("mutable", "op"), [("true", "update"), ("", "replace")])
def test_a_config_map_is_replaced_unless_its_provider_may_change_it(mutable: str, op: str):
    provider = resource(
        "pulumi:providers:kubernetes", "cluster", {"enableConfigMapMutable": mutable} if mutable else {}
    )
    old, new = (
        resource("kubernetes:core/v1:ConfigMap", "c", {"data": {"x": one}}, provider=f"{provider['urn']}::id")
        for one in ("1", "2")
    )
    (change,) = diff(plan(provider, old), plan(provider, new)).changes
    assert change.op == op


def test_what_is_made_from_a_replaced_resource_is_replaced_too():
    def side(cidr: str) -> Plan:
        vpc = resource(VPC, "network", {"cidrBlock": cidr})
        subnet = resource(SUBNET, "a", {"vpcId": UNKNOWN}, propertyDependencies={"vpcId": [vpc["urn"]]})
        kafka = resource(
            MSK,
            "kafka",
            {"brokerNodeGroupInfo": {"clientSubnets": [UNKNOWN], "instanceType": "m"}},
            propertyDependencies={"brokerNodeGroupInfo": [subnet["urn"]]},
            protect=True,
        )
        alarm = resource(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            "alarm",
            {"name": "known"},
            propertyDependencies={"name": [vpc["urn"]]},
        )
        return plan(vpc, subnet, kafka, alarm)

    found = diff(side("10.0.0.0/16"), side("10.1.0.0/16"))
    assert found.counts() == {"replace": 3}
    kafka = next(change for change in found.changes if change.type == MSK)
    assert kafka.forced_by == ("brokerNodeGroupInfo.clientSubnets[0]",)
    assert kafka.follows == ("a",)
    assert "protected" in kafka.remedy
    assert found.unchanged == 1


def test_lost_protections_are_loud():
    change = only(bucket() | {"protect": True, "retainOnDelete": True}, bucket())
    assert change.op == "update"
    assert len(change.warnings) == 2
    assert change.loud
    assert not only(bucket(), bucket() | {"protect": True}).loud


def test_a_retained_resource_stays_where_it_is():
    (change,) = diff(plan(bucket() | {"retainOnDelete": True}), plan()).changes
    assert change.retained
    assert "stays" in change.remedy


def test_a_rename_without_an_alias_is_named_with_its_remedy():
    found = diff(plan(bucket("lake")), plan(bucket("lakehouse")))
    (change,) = found.changes
    assert (change.op, change.was) == ("rename", urn("aws:s3/bucket:Bucket", "lake"))
    assert 'pulumi.Alias(name="lake")' in change.remedy
    assert change.loud


def test_a_rename_of_what_is_protected_says_that_it_stops():
    (change,) = diff(plan(bucket("lake") | {"protect": True}), plan(bucket("lakehouse"))).changes
    assert "`pulumi up` stops here" in change.remedy
    assert 'pulumi.Alias(name="lake")' in change.remedy
    assert change.warnings == ("protect is taken away: a delete of it will go through",)


@pytest.mark.parametrize("alias", [urn("aws:s3/bucket:Bucket", "lake"), "lake", "aws:s3/bucket:Bucket::lake"])
def test_a_rename_with_an_alias_is_none(alias: str):
    assert diff(plan(bucket("lake")), plan(bucket("lakehouse") | {"aliases": [alias]})).empty


def test_another_parent_without_an_alias():
    parent = component("p:index:Store", "store")
    moved = bucket() | {"urn": urn("aws:s3/bucket:Bucket", "lake", "p:index:Store"), "parent": parent["urn"]}
    found = diff(plan(bucket()), plan(parent, moved))
    (change,) = found.of("rename")
    assert "parent=pulumi.ROOT_STACK_RESOURCE" in change.remedy
    assert diff(plan(bucket()), plan(parent, moved | {"aliases": [bucket()["urn"]]})).of("rename", "delete") == ()


def test_a_renamed_component_takes_the_remedy_for_its_children():
    def side(type_: str, name: str, **options: Any) -> Plan:
        parent = component(type_, name) | options
        inside = bucket(f"{name}-bucket")
        inside |= {"urn": urn("aws:s3/bucket:Bucket", f"{name}-bucket", type_), "parent": parent["urn"]}
        return plan(parent, inside)

    found = diff(side("p:index:Store", "old"), side("p:index:Store", "new"))
    # The URN holds the parent's type and not its name.
    child = next(change for change in found.changes if change.custom)
    assert "an alias there is enough" in child.remedy
    root = next(change for change in found.changes if not change.custom)
    assert 'pulumi.Alias(name="old")' in root.remedy
    assert diff(side("p:index:Store", "old"), side("p:index:Store", "new", aliases=["old"])).empty


def test_two_keys_of_the_same_size_are_not_one():
    one, other = component("p:index:A", "a"), component("p:index:B", "b")
    key = "tls:index/privateKey:PrivateKey"
    old = resource(key, "x", {"algorithm": "RSA", "rsaBits": 2048}, parents="p:index:A") | {"parent": one["urn"]}
    new = resource(key, "y", {"algorithm": "RSA", "rsaBits": 2048}, parents="p:index:B") | {"parent": other["urn"]}
    assert diff(plan(one, other, old), plan(one, other, new)).counts() == {"delete": 1, "create": 1}


def test_values_that_are_known_later_are_news_only_between_two_evaluations():
    old, new = bucket(), bucket(bucket=UNKNOWN)
    assert only(old, new).forced_by == ("bucket",)
    state = old | {"created": "2026-11-20T00:00:00Z"}
    found = diff(plan(state), plan(new))
    assert found.changes == ()
    assert found.later == (new["urn"],)
    assert any("in process" in note for note in found.notes)


def test_a_secret_of_kubernetes_is_the_same_in_both_spellings():
    kind = "kubernetes:core/v1:Secret"
    old = resource(kind, "s", {"data": {"a": dict(REDACTED)}, "type": "Opaque"})
    new = resource(kind, "s", {"stringData": {"a": dict(REDACTED)}, "type": "Opaque"})
    assert diff(plan(old), plan(new)).empty


def test_default_providers_and_children_of_remote_components_are_not_compared():
    remote = resource("eks:index:Cluster", "c", {"name": "c"}, custom=False, unseenChildren=["aws:eks/cluster:Cluster"])
    seen = {key: value for key, value in remote.items() if key != "unseenChildren"}
    child = resource("aws:eks/cluster:Cluster", "c", {"name": "c"}) | {"parent": remote["urn"]}
    default = resource("pulumi:providers:aws", "default_7_51_1", {"version": "7.51.1"})
    assert diff(plan(seen, child, default), plan(remote)).empty


def test_two_stacks_are_compared_by_name():
    other = plan(bucket())
    for one in other.resources:
        one["urn"] = one["urn"].replace("urn:pulumi:s::", "urn:pulumi:dev::")
        one["parent"] = one.get("parent", "").replace("urn:pulumi:s::", "urn:pulumi:dev::")
    other.stack = "dev"
    found = diff(other, plan(bucket()))
    assert found.empty
    assert any("two stacks" in note for note in found.notes)


def test_outputs_of_the_stack():
    found = diff(plan(bucket(), outputs={"a": "1"}), plan(bucket(), outputs={"a": "2"}))
    assert [one.path for one in found.outputs] == ["a"]
    assert not found.empty
