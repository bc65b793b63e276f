"""MSK: what AWS refuses, what would replace a cluster, and who gets in."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore
import pulumi
import pytest

from components.errors import PlatformError
from components.kafka.contract import GrantedAccess, Kafka, Login, TopicDescription, Workload
from components.kafka.existing import ExistingKafka, ExistingKafkaArgs
from components.kafka.msk import Msk, MskArgs
from components.kafka.msk_configuration import BrokerKind
from components.kafka.msk_serverless import MskServerless, MskServerlessArgs
from tests.components.kafka.access import PASSWORD, applied, names, network

Declare = Callable[[Callable[[], None]], dict[str, dict[str, Any]]]
CHILD = pulumi.ResourceOptions()
FLINK = Workload("claims", reads=["cdc.public.claims"], consumer_group="claims-*")
WRITER = Workload(
    "cdc", writes=["cdc.*"], reads=["connect-*"], consumer_group="connect", transactional_ids=["connect-*"]
)


def standard(**changes: Any) -> MskArgs:
    args = MskArgs(
        cluster_name="test",
        region="us-east-1",
        account_id="123456789012",
        network=network(),
        kafka_version="3.9.x.kraft",
        instance_type="kafka.m7g.large",
        tags={"component": "kafka"},
    )
    return replace(args, **changes)


def express(**changes: Any) -> MskArgs:
    return standard(**{"kind": BrokerKind.EXPRESS, "instance_type": "express.m7g.large", **changes})


def plan(declared: Declare, args: MskArgs, *workloads: Workload) -> dict[str, dict[str, Any]]:
    def program() -> None:
        kafka = Msk("kafka", args)
        for workload in workloads:
            kafka.grant(workload, CHILD)

    return declared(program)


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


def void(_: object) -> None:
    return None


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


def test_a_user_has_a_secret_as_msk_demands_it():
    seen = applied(lambda: void(Msk("kafka", standard()).grant(FLINK, CHILD)))
    secret = seen["Secret kafka-claims"]
    assert secret["namePrefix"] == "AmazonMSK_test_claims_"  # the rest is random: a deleted name stays taken for weeks
    assert secret["kmsKeyId"] == "arn:Key:kafka"
    content = json.loads(seen["SecretVersion kafka-claims"]["secretString"])
    assert content == {"username": "claims", "password": PASSWORD}
    policy = json.loads(seen["SecretPolicy kafka-claims"]["policy"])["Statement"][0]
    assert policy["Principal"] == {"Service": "kafka.amazonaws.com"}
    assert policy["Resource"] == "arn:Secret:kafka-claims"
    assert seen["RandomPassword kafka-claims"]["special"] is False


def test_msk_reads_a_secret_that_is_full_and_readable(declared: Declare):
    resources = plan(declared, standard(), FLINK)
    association = resources["SingleScramSecretAssociation kafka-claims"]
    assert names(association["dependencies"]) >= {
        "SecretVersion kafka-claims",
        "SecretPolicy kafka-claims",
        "Cluster kafka",
    }
    assert names([association["deletedWith"]]) == {"Cluster kafka"}
    assert not any(key.startswith("ScramSecretAssociation") for key in resources)


def test_no_password_in_a_plan(declared: Declare):
    text = json.dumps(plan(declared, standard(), FLINK))
    assert "ScramLoginModule" not in text
    version = plan(declared, standard(), FLINK)["SecretVersion kafka-claims"]["inputs"]["secretString"]
    assert version["plaintext"] == '"[secret]"'


def access_of(args: MskArgs, workload: Workload) -> tuple[dict[str, Any], Msk]:
    found: dict[str, Any] = {}
    kept: list[Msk] = []

    def program() -> None:
        kafka = Msk("kafka", args)
        kept.append(kafka)
        pulumi.Output.all(
            own=kafka.grant(workload, CHILD).access.java_properties,
            clients=kafka.access.java_properties,
            admin=kafka.admin.access.java_properties,
        ).apply(found.update)

    applied(program)
    return found, kept[0]


def test_each_workload_logs_in_as_itself_and_the_administrator_by_iam():
    found, _ = access_of(standard(), FLINK)
    assert found["own"] == {
        "bootstrap.servers": "b-1.test:9096,b-2.test:9096",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required "
        f'username="claims" password="{PASSWORD}";',
    }
    assert 'username="clients"' in found["clients"]["sasl.jaas.config"]
    assert found["admin"] == {
        "bootstrap.servers": "b-1.test:9098,b-2.test:9098",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "AWS_MSK_IAM",
        "sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
        "sasl.client.callback.handler.class": "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
        "reconnect.backoff.ms": "1000",
    }


def test_acls_are_collected_for_the_job_that_makes_them():
    _, kafka = access_of(standard(clients=Workload("clients", reads=["*"])), WRITER)
    rights = {(one.principal, one.operation, one.resource, one.name, one.pattern) for one in kafka.acls}
    assert rights == {
        ("clients", "Read", "topic", "*", "literal"),
        ("clients", "Describe", "topic", "*", "literal"),
        ("cdc", "Read", "topic", "connect-", "prefixed"),
        ("cdc", "Describe", "topic", "connect-", "prefixed"),
        ("cdc", "Write", "topic", "cdc.", "prefixed"),
        ("cdc", "Describe", "topic", "cdc.", "prefixed"),
        ("cdc", "Create", "topic", "cdc.", "prefixed"),
        ("cdc", "Read", "group", "connect", "literal"),
        ("cdc", "Write", "transactional-id", "connect-", "prefixed"),
        ("cdc", "Describe", "transactional-id", "connect-", "prefixed"),
        ("cdc", "IdempotentWrite", "cluster", "kafka-cluster", "literal"),
    }


@pytest.mark.parametrize(
    ("args", "workload"),
    [(standard(authentication=["iam"]), WRITER), (standard(), replace(WRITER, login=Login.IAM))],
    ids=["scram is off", "the workload can only use IAM"],
)
def test_a_workload_may_log_in_by_iam(args: MskArgs, workload: Workload):
    found, kafka = access_of(args, workload)
    assert found["own"]["sasl.mechanism"] == "AWS_MSK_IAM"
    assert not [one for one in kafka.acls if one.principal == "cdc"]


def statements(document: str) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in json.loads(document)["Statement"]}


def test_an_iam_policy_names_the_topics_the_group_and_the_transactions():
    seen = applied(lambda: void(Msk("kafka", standard(authentication=["iam"])).grant(WRITER, CHILD)))
    policy = statements(seen["Policy kafka-cdc"]["policy"])
    root = "arn:aws:kafka:us-east-1:123456789012"
    assert policy["Cluster"]["Resource"] == [f"{root}:cluster/test/1234-uuid-5"]
    assert "kafka-cluster:WriteDataIdempotently" in policy["Cluster"]["Action"]
    assert policy["Write"]["Resource"] == [f"{root}:topic/test/1234-uuid-5/cdc.*"]
    assert {"kafka-cluster:WriteData", "kafka-cluster:DescribeTopic"} <= set(policy["Write"]["Action"])
    assert policy["Group"]["Resource"] == [f"{root}:group/test/1234-uuid-5/connect"]
    assert policy["Transactions"]["Resource"] == [f"{root}:transactional-id/test/1234-uuid-5/connect-*"]
    assert not any(resource == "*" for one in policy.values() for resource in one["Resource"])


def test_the_administrator_makes_topics_and_rights_and_reads_nothing():
    seen = applied(lambda: void(Msk("kafka", standard())))
    actions = {action for one in statements(seen["Policy kafka-admin"]["policy"]).values() for action in one["Action"]}
    assert {"kafka-cluster:AlterCluster", "kafka-cluster:CreateTopic", "kafka-cluster:AlterTopic"} < actions
    assert not actions & {"kafka-cluster:ReadData", "kafka-cluster:WriteData", "kafka-cluster:DeleteTopic"}
    assert not any("*" in action for action in actions)


def test_one_name_one_login(declared: Declare):
    with pytest.raises(PlatformError, match="second workload"):
        plan(declared, standard(), FLINK, FLINK)


def test_every_flavour_keeps_the_contract(declared: Declare):
    def program() -> None:
        # The annotation is what pyright checks here.
        flavours: list[Kafka] = [
            Msk("kafka", standard()),
            MskServerless("serverless", MskServerlessArgs("serverless", network(), tags={})),
            ExistingKafka("existing", ExistingKafkaArgs("external", "a:1", "PLAINTEXT")),
        ]
        topics = {"t": TopicDescription(1, 3)}
        for kafka in flavours:
            kafka.grant(FLINK, CHILD)
            assert kafka.prepared_topics(topics) == topics

    declared(program)


def test_a_name_that_msk_serverless_does_not_take(declared: Declare):
    with pytest.raises(PlatformError, match="cluster_name"):
        declared(lambda: void(MskServerless("kafka", MskServerlessArgs("no_name", network(), tags={}))))


def test_serverless_is_iam_alone():
    granted: list[GrantedAccess] = []

    def program() -> None:
        kafka = MskServerless("kafka", MskServerlessArgs("test", network(), tags={}))
        granted.append(kafka.grant(FLINK, CHILD))
        assert kafka.acls == []
        assert kafka.access.sasl_mechanism == "AWS_MSK_IAM"

    seen = applied(program)
    assert seen["ServerlessCluster kafka"]["clientAuthentication"] == {"sasl": {"iam": {"enabled": True}}}
    assert "AlterCluster" not in seen["Policy kafka-admin"]["policy"]  # it does not exist there
    assert list(granted[0].policy_arns) == ["kafka"]
    assert not any(key.startswith(("Secret ", "Key ", "Configuration ")) for key in seen)
