"""Who logs in to MSK, as whom, and what they may do."""

import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.errors import PlatformError
from components.kafka.contract import GrantedAccess, Kafka, Login, TopicDescription, Workload
from components.kafka.existing import ExistingKafka, ExistingKafkaArgs
from components.kafka.msk import Msk, MskArgs
from components.kafka.msk_serverless import MskServerless, MskServerlessArgs
from tests.components.kafka.access import (
    CHILD,
    FLINK,
    PASSWORD,
    WRITER,
    Declare,
    applied,
    names,
    network,
    plan,
    standard,
    void,
)


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
