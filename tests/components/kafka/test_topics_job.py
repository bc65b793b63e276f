"""The job that makes topics and ACLs: what it is told, as whom it comes, what it may do on a node."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.cluster.contract import Placement
from components.kafka.contract import Grant, TopicDescription, Workload
from components.kafka.existing import ExistingKafka, ExistingKafkaArgs
from components.kafka.java_properties import properties_text
from components.kafka.msk import Msk
from components.kafka.topics_job import (
    TopicsJob,
    TopicsJobArgs,
    job_manifest,
    job_name,
    list_manifest,
    login_manifest,
    service_account_manifest,
    topics_document,
)
from tests.components.kafka.access import FakeCluster, applied, names, standard
from tests.components.kubernetes_schemas import check_manifest

Declare = Callable[[Callable[[], None]], dict[str, dict[str, Any]]]
TOPICS = {
    "b": TopicDescription(2, 3, {"retention.ms": "1", "cleanup.policy": "delete"}),
    "a": TopicDescription(1, 3),
}
ACLS = [Grant("claims", "Read", "topic", "b"), Grant("claims", "Read", "group", "claims-", "prefixed")]


def job_on(declare: Callable[[Callable[[], None]], Any], wait: bool = True) -> tuple[Any, FakeCluster]:
    """What a job on MSK declares, and the cluster that it ran on."""
    kept: list[FakeCluster] = []

    def program() -> None:
        cluster = FakeCluster(wait)
        kept.append(cluster)
        kafka = Msk("kafka", standard())
        kafka.grant(Workload("claims", reads=["b"]), pulumi.ResourceOptions())
        namespace = pulumi.CustomResource("kubernetes:core/v1:Namespace", "namespace", {})
        TopicsJob(
            "topics", TopicsJobArgs(cluster, "platform", "image:1", TOPICS, kafka.acls, kafka.admin, after=[namespace])
        )

    return declare(program), kept[0]


def test_the_same_wishes_in_another_order_are_the_same_job():
    document = topics_document(TOPICS, ACLS)
    assert document == topics_document(dict(reversed(TOPICS.items())), [*reversed(ACLS), ACLS[0]])
    assert document == {
        "topics": [
            {"name": "a", "partitions": 1, "replication_factor": 3, "config": {}},
            {
                "name": "b",
                "partitions": 2,
                "replication_factor": 3,
                "config": {"cleanup.policy": "delete", "retention.ms": "1"},
            },
        ],
        "acls": [
            {
                "principal": "User:claims",
                "operation": "Read",
                "resource": "group",
                "name": "claims-",
                "pattern": "prefixed",
            },
            {"principal": "User:claims", "operation": "Read", "resource": "topic", "name": "b", "pattern": "literal"},
        ],
    }


def test_other_wishes_are_another_job():
    assert job_name(json.dumps(topics_document(TOPICS, ACLS))) != job_name(json.dumps(topics_document(TOPICS, [])))


@pytest.mark.parametrize(
    "manifest",
    [
        job_manifest("kafka-topics-1", "platform", "image:1", Placement({"role": "platform"}), priority_class="high"),
        job_manifest("kafka-topics-1", "platform", "image:1", Placement(), [{"name": "AWS_REGION", "value": "x"}]),
        list_manifest("kafka-topics-1", "platform", "{}"),
        login_manifest("platform", "a=b"),
        service_account_manifest("platform", {}),
    ],
    ids=["job", "job with env", "list", "login", "account"],
)
def test_kubernetes_takes_it(manifest: dict[str, Any]):
    check_manifest(manifest)


def test_the_pod_fits_the_restricted_standard():
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    pod = job_manifest("kafka-topics-1", "platform", "image:1", Placement())["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} <= container["resources"]["limits"].keys()


def test_a_job_that_failed_runs_again_and_one_that_is_done_stays():
    manifest = job_manifest("kafka-topics-1", "platform", "image:1", Placement())
    assert manifest["metadata"]["annotations"]["pulumi.com/replaceUnready"] == "true"
    assert "ttlSecondsAfterFinished" not in manifest["spec"]
    assert manifest["spec"]["activeDeadlineSeconds"] < 20 * 60  # the time-out of the resource


def test_it_runs_the_runner_on_the_files_that_are_mounted():
    pod = job_manifest("kafka-topics-1", "platform", "image:1", Placement())["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["command"] == [
        "java",
        "-cp",
        "/opt/connect/conf:/opt/connect/lib/*:/opt/runner/*",
        "streaming.KafkaTopics",
        "/etc/kafka-topics/topics.json",
        "/etc/kafka-login/client.properties",
    ]
    mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert (mounted["list"], mounted["login"]) == ("/etc/kafka-topics", "/etc/kafka-login")
    assert {volume["name"] for volume in pod["volumes"]} == mounted.keys()


def test_on_msk_it_comes_as_the_administrator_by_iam():
    seen, cluster = job_on(applied)
    assert list(cluster.asked) == ["platform/kafka-topics"]
    assert list(cluster.asked["platform/kafka-topics"]) == ["kafka"]
    login = seen["Secret topics-login"]["stringData"]["client.properties"]
    assert "bootstrap.servers=b-1.test:9098,b-2.test:9098\n" in login
    assert "sasl.mechanism=AWS_MSK_IAM\n" in login
    assert "sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler\n" in login
    assert seen["ServiceAccount topics-account"]["metadata"]["annotations"] == {"from": "identity"}
    job = seen["Job topics"]
    pod = job["spec"]["template"]["spec"]
    assert {"name": "FROM", "value": "identity"} in pod["containers"][0]["env"]
    assert pod["nodeSelector"] == {"role": "platform"}
    config_map = seen["ConfigMap topics-list"]
    assert config_map["metadata"]["name"] == job["metadata"]["name"] == pod["volumes"][0]["configMap"]["name"]
    assert {acl["principal"] for acl in json.loads(config_map["data"]["topics.json"])["acls"]} == {"User:claims"}


def test_it_waits_for_cluster_identity_nodes_and_namespace(declared: Declare):
    resources, _ = job_on(declared)
    assert names(resources["Job topics"]["dependencies"]) >= {
        "Cluster kafka",
        "PodIdentityAssociation topics",
        "NodePool pool",
        "Namespace namespace",
        "ConfigMap topics-list",
        "Secret topics-login",
        "ServiceAccount topics-account",
    }


def test_the_login_is_no_part_of_a_plan(declared: Declare):
    resources, _ = job_on(declared)
    text = json.dumps(resources)
    assert "LoginModule" not in text
    assert resources["Secret topics-login"]["inputs"]["stringData"]["plaintext"] == '"[secret]"'


def test_where_nobody_waits_the_job_is_not_waited_for(declared: Declare):
    resources, _ = job_on(declared, wait=False)
    assert resources["Job topics"]["inputs"]["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"


def test_on_another_kafka_it_comes_with_the_one_login_that_there_is():
    clusters: list[FakeCluster] = []

    def program() -> None:
        clusters.append(FakeCluster())
        kafka = ExistingKafka(
            "kafka",
            ExistingKafkaArgs(
                flavour="external",
                bootstrap_servers="broker:9093",
                security_protocol="SASL_SSL",
                sasl_mechanism="PLAIN",
                username="me",
                password="a\\b",
                ca_certificate="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            ),
        )
        TopicsJob("topics", TopicsJobArgs(clusters[0], "platform", "image:1", TOPICS, kafka.acls, kafka.admin))

    seen = applied(program)
    assert clusters[0].asked == {}
    assert json.loads(seen["ConfigMap topics-list"]["data"]["topics.json"])["acls"] == []
    login = seen["Secret topics-login"]["stringData"]["client.properties"]
    # The JAAS line escapes the backslash once, the properties file each of the two again.
    assert 'password="a\\\\\\\\b";' in login
    assert "ssl.truststore.certificates=-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n\n" in login
    assert "ssl.truststore.type=PEM\n" in login


def test_a_properties_file_keeps_every_character():
    assert properties_text({"b:c d": " a\\b\tc\nd=e:f#", "a": "ü€😀"}) == (
        "a=\\u00fc\\u20ac\\ud83d\\ude00\nb\\:c\\ d=\\ a\\\\b\\tc\\nd=e:f#\n"
    )
