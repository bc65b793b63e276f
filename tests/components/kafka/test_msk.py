"""MSK: what its configuration refuses, what would replace a cluster, and who reaches its ports."""

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest

from components.errors import PlatformError
from components.kafka.msk import Msk, MskArgs
from tests.components.kafka.access import Declare, applied, express, names, network, plan, standard, void


def cluster(declared: Declare, args: MskArgs) -> dict[str, Any]:
    return plan(declared, args)["Cluster kafka"]


def properties(declared: Declare, args: MskArgs) -> dict[str, str]:
    text = plan(declared, args)["Configuration kafka"]["inputs"]["serverProperties"]
    return dict(line.split("=", 1) for line in text.splitlines())


@pytest.mark.parametrize("args", [standard(), express()], ids=["standard", "express"])
def test_nothing_goes_in_clear_and_nobody_without_a_login(declared: Declare, args: MskArgs):
    inputs = cluster(declared, args)["inputs"]
    assert inputs["encryptionInfo"]["encryptionInTransit"] == {"clientBroker": "TLS", "inCluster": True}
    assert inputs["clientAuthentication"] == {"sasl": {"iam": True, "scram": True}, "unauthenticated": False}


@pytest.mark.parametrize("args", [standard(), express()], ids=["standard", "express"])
def test_public_and_cross_vpc_access_cannot_be_on_at_creation(declared: Declare, args: MskArgs):
    assert "connectivityInfo" not in cluster(declared, args)["inputs"]["brokerNodeGroupInfo"]


def test_brokers_are_in_the_isolated_subnets(declared: Declare):
    brokers = cluster(declared, standard())["inputs"]["brokerNodeGroupInfo"]
    assert brokers["clientSubnets"] == ["subnet-isolated-a", "subnet-isolated-b", "subnet-isolated-c"]


def test_express_brokers_refuse_storage_settings(declared: Declare):
    resources = plan(declared, express())
    inputs = resources["Cluster kafka"]["inputs"]
    assert "storageInfo" not in inputs["brokerNodeGroupInfo"]
    assert "storageMode" not in inputs
    assert "Target kafka-storage" not in resources


def test_storage_grows_and_an_update_does_not_shrink_it(declared: Declare):
    resources = plan(declared, standard(volume_gib=50, volume_max_gib=500))
    assert resources["Cluster kafka"]["ignoreChanges"] == ["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"]
    assert resources["Target kafka-storage"]["inputs"]["maxCapacity"] == 500
    policy = resources["Policy kafka-storage"]["inputs"]["targetTrackingScalingPolicyConfiguration"]
    assert policy["disableScaleIn"] is True
    assert policy["predefinedMetricSpecification"] == {"predefinedMetricType": "KafkaBrokerStorageUtilization"}


@pytest.mark.parametrize("args", [standard(protect=True), express(protect=True)], ids=["standard", "express"])
def test_what_would_replace_the_cluster_is_protected_with_it(declared: Declare, args: MskArgs):
    resources = plan(declared, args)
    protected = {key for key, resource in resources.items() if resource.get("protect")}
    assert protected == {"Cluster kafka", "Key kafka", "SecurityGroup kafka-brokers"}


def test_a_creation_may_take_longer_than_an_hour(declared: Declare):
    timeouts = cluster(declared, standard())["customTimeouts"]
    assert {timeouts[step] for step in ("create", "update", "delete")} == {"120m"}


@pytest.mark.parametrize("args", [standard(), express()], ids=["standard", "express"])
def test_exactly_once_and_cdc_need_these_settings(declared: Declare, args: MskArgs):
    settings = properties(declared, args)
    assert settings["transaction.max.timeout.ms"] == "3600000"  # Flink's sink asks for one hour
    assert settings["auto.create.topics.enable"] == "false"
    assert settings["allow.everyone.if.no.acl.found"] == "false"
    assert settings["replica.selector.class"].endswith("RackAwareReplicaSelector")


def test_express_brokers_take_old_records(declared: Declare):
    assert properties(declared, express())["log.message.timestamp.before.max.ms"] == str(2**63 - 1)
    assert "log.message.timestamp.before.max.ms" not in properties(declared, standard())


@pytest.mark.parametrize(("brokers", "zones", "replicas", "in_sync"), [(2, 2, "2", "1"), (3, 3, "3", "2")])
def test_replication_lets_one_broker_restart(declared: Declare, brokers: int, zones: int, replicas: str, in_sync: str):
    settings = properties(declared, standard(broker_count=brokers, network=network(zones)))
    for key in (
        "default.replication.factor",
        "offsets.topic.replication.factor",
        "transaction.state.log.replication.factor",
    ):
        assert settings[key] == replicas
    assert settings["min.insync.replicas"] == settings["transaction.state.log.min.isr"] == in_sync
    assert settings["unclean.leader.election.enable"] == "false"


def test_a_configuration_in_use_is_never_deleted_first(declared: Declare):
    configuration = plan(declared, standard())["Configuration kafka"]
    assert "name" not in configuration["inputs"]
    assert not configuration.get("deleteBeforeReplace")
    assert configuration["inputs"]["kafkaVersions"] == ["3.9.x.kraft"]


def test_only_security_groups_are_let_in_never_addresses(declared: Declare):
    resources = plan(declared, standard(authentication=["iam", "scram", "mtls"], certificate_authority_arns=["arn:ca"]))
    rules = {
        key: resource["inputs"]
        for key, resource in resources.items()
        if key.startswith(("SecurityGroupIngressRule", "SecurityGroupEgressRule"))
    }
    assert not any("cidrIpv4" in rule or "cidrIpv6" in rule for rule in rules.values())
    assert {rule["fromPort"] for rule in rules.values() if rule.get("referencedSecurityGroupId") == "sg-workloads"} == {
        9094,
        9096,
        9098,
        11001,
        11002,
    }
    group = resources["SecurityGroup kafka-brokers"]["inputs"]
    assert "ingress" not in group
    assert "egress" not in group
    # The workloads' group cannot go while a rule names it, and the brokers' group goes much later.
    assert not any(resources[key].get("deletedWith") for key in rules)


@pytest.mark.parametrize(("ways", "ports"), [(["iam"], {9098}), (["iam", "scram"], {9098, 9096})])
def test_a_login_that_is_off_has_no_open_port(declared: Declare, ways: list[str], ports: set[int]):
    resources = plan(declared, standard(authentication=ways))
    opened = {r["inputs"].get("fromPort") for key, r in resources.items() if key.startswith("SecurityGroupIngressRule")}
    assert opened - {11001, 11002, None} == ports


def test_the_cluster_waits_for_key_logs_and_configuration_and_for_nothing_of_kubernetes(declared: Declare):
    found = cluster(declared, standard())
    assert {"Key kafka", "LogGroup kafka", "Configuration kafka", "SecurityGroup kafka-brokers"} <= names(
        found["dependencies"]
    )
    assert not any("eks" in urn or "kubernetes" in urn for urn in found["dependencies"])
    # The slowest thing of all starts as early as it can.
    assert not plan(declared, standard())["Configuration kafka"].get("dependencies")


def test_broker_logs_are_encrypted_and_kept_for_a_while():
    seen = applied(lambda: void(Msk("kafka", standard())))
    logs = seen["LogGroup kafka"]
    assert logs["retentionInDays"] == 30
    assert logs["kmsKeyId"] == "arn:Key:kafka"
    # Elsewhere each group adds to the account's log resource policy, which is soon full.
    assert logs["name"] == "/aws/vendedlogs/msk/test"
    statement = json.loads(seen["Key kafka"]["policy"])["Statement"][1]
    assert statement["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert statement["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"].endswith(logs["name"])
    assert seen["Key kafka"]["enableKeyRotation"] is True


@pytest.mark.parametrize("args", [standard(), express(), standard(tiered_storage=True)])
def test_every_word_is_one_of_those_that_msk_knows(declared: Declare, args: MskArgs):
    inputs = cluster(declared, args)["inputs"]
    enums = kafka_enums()
    assert inputs["brokerNodeGroupInfo"]["azDistribution"] in enums["BrokerAZDistribution"]
    assert inputs["encryptionInfo"]["encryptionInTransit"]["clientBroker"] in enums["ClientBroker"]
    assert inputs["enhancedMonitoring"] in enums["EnhancedMonitoring"]
    if "storageMode" in inputs:
        assert inputs["storageMode"] in enums["StorageMode"]


def test_the_settings_offer_no_monitoring_that_msk_does_not_have():
    from components.settings.kafka import Monitoring

    assert {level.value for level in Monitoring} < set(kafka_enums()["EnhancedMonitoring"])


def kafka_enums() -> dict[str, list[str]]:
    path = next((Path(botocore.__file__).parent / "data" / "kafka").rglob("service-2.json*"))
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return {name: shape["enum"] for name, shape in json.loads(text)["shapes"].items() if "enum" in shape}


@pytest.mark.parametrize(
    ("args", "key", "remedy"),
    [
        (standard(broker_count=4), "broker_count", "a multiple of 3"),
        (express(network=network(2), broker_count=4), "network", "three zones"),
        (standard(authentication=["scram"]), "authentication", "add iam"),
        (standard(authentication=["iam", "mtls"]), "certificate_authority_arns", "mtls"),
        (standard(certificate_authority_arns=["arn:ca"]), "certificate_authority_arns", "mtls"),
        (standard(cluster_name="x" * 65), "cluster_name", "64"),
        (standard(instance_type="express.m7g.large"), "instance_type", "kafka."),
        (express(instance_type="kafka.m7g.large"), "instance_type", "express."),
        (express(tiered_storage=True), "volume", "remove"),
        (standard(instance_type="kafka.t3.small", tiered_storage=True), "tiered_storage", "m7g.large"),
        (standard(volume_gib=200, volume_max_gib=100), "volume_max_gib", "raise"),
        (standard(volume_throughput_mibs=300), "volume_throughput_mibs", "m7g.2xlarge"),
        (express(configuration={"log.segment.bytes": "1"}), "configuration.log.segment.bytes", "remove"),
        (express(configuration={"min.insync.replicas": "1"}), "configuration.min.insync.replicas", "remove"),
        (
            standard(configuration={"log.message.timestamp.before.max.ms": "1"}),
            "configuration.log.message.timestamp.before.max.ms",
            "remove",
        ),
        (standard(configuration={"log.dirs": "/tmp"}), "configuration.log.dirs", "remove"),
        (
            standard(configuration={"allow.everyone.if.no.acl.found": "true"}),
            "configuration.allow.everyone.if.no.acl.found",
            "remove",
        ),
    ],
)
def test_what_msk_refuses_is_told_before_any_call(declared: Declare, args: MskArgs, key: str, remedy: str):
    with pytest.raises(PlatformError) as refused:
        plan(declared, args)
    assert [mistake.key for mistake in refused.value.mistakes] == [key]
    assert remedy in refused.value.mistakes[0].remedy


def test_all_mistakes_at_once(declared: Declare):
    with pytest.raises(PlatformError) as refused:
        plan(declared, standard(broker_count=4, authentication=["scram"], configuration={"log.dirs": "/tmp"}))
    assert len(refused.value.mistakes) == 3
