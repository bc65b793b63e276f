"""Schema Registry on the cluster: the image's traps, its rights, and its login."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.cluster.contract import Placement
from components.errors import PlatformError
from components.kafka.contract import grants_for
from components.kafka.msk import Msk
from components.kafka.msk_serverless import MskServerless, MskServerlessArgs
from components.kafka.schema_registry import (
    SchemaRegistry,
    SchemaRegistryArgs,
    schema_registry_access,
    schema_registry_topics,
    schema_registry_workload,
)
from components.kafka.schema_registry_manifests import (
    budget_manifest,
    deployment_manifest,
    login_manifest,
    login_variables,
    network_policy_manifest,
    service_manifest,
    variable,
)
from tests.components.kafka.access import PASSWORD, FakeCluster, applied, names, network, standard
from tests.components.kubernetes_schemas import check_manifest

Declare = Callable[[Callable[[], None]], dict[str, dict[str, Any]]]


def deployment(**changes: Any) -> dict[str, Any]:
    arguments = {
        "namespace": "platform",
        "image": "registry:1",
        "replicas": 2,
        "replication_factor": 3,
        "login_hash": "0",
        "placement": Placement({"role": "platform"}),
    }
    return deployment_manifest(**{**arguments, **changes})


def pod() -> dict[str, Any]:
    return deployment()["spec"]["template"]["spec"]


def program() -> None:
    cluster = FakeCluster()
    kafka = Msk("kafka", standard())
    granted = kafka.grant(schema_registry_workload(), pulumi.ResourceOptions())
    job = pulumi.CustomResource("kubernetes:batch/v1:Job", "topics", {})
    SchemaRegistry("registry", SchemaRegistryArgs(cluster, "platform", granted, after=[job]))


@pytest.mark.parametrize(
    "manifest",
    [
        deployment(),
        deployment(priority_class="high"),
        service_manifest("platform"),
        budget_manifest("platform"),
        login_manifest("platform", {"A": "b"}),
        network_policy_manifest("platform", ["streaming"]),
    ],
    ids=["deployment", "with priority", "service", "budget", "login", "policy"],
)
def test_kubernetes_takes_it(manifest: dict[str, Any]):
    check_manifest(manifest)


def test_the_service_of_its_own_name_does_not_break_the_image():
    """Kubernetes would set SCHEMA_REGISTRY_PORT, and the image ends with "PORT is deprecated"."""
    assert service_manifest("platform")["metadata"]["name"] == "schema-registry"
    assert pod()["enableServiceLinks"] is False


def test_replicas_find_each_other_by_pod_address():
    env = {one["name"]: one for one in pod()["containers"][0]["env"]}
    assert env["SCHEMA_REGISTRY_HOST_NAME"]["valueFrom"] == {"fieldRef": {"fieldPath": "status.podIP"}}
    assert env["SCHEMA_REGISTRY_SCHEMA_REGISTRY_GROUP_ID"]["value"] == "schema-registry"
    assert env["SCHEMA_REGISTRY_KAFKASTORE_TOPIC_REPLICATION_FACTOR"]["value"] == "3"


def test_the_image_writes_only_to_volumes():
    volumes = {volume["name"] for volume in pod()["volumes"] if "emptyDir" in volume}
    for container in (*pod()["initContainers"], *pod()["containers"]):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
    (container,) = pod()["containers"]
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/etc/schema-registry", "/tmp"}
    # What the image brings in that folder is copied: a bare volume would hide its logging settings.
    assert pod()["initContainers"][0]["command"] == ["cp", "-r", "/etc/schema-registry/.", "/copy/"]


def test_replicas_are_spread_and_nodes_can_be_emptied():
    assert {one["topologyKey"] for one in pod()["topologySpreadConstraints"]} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }
    assert budget_manifest("platform")["spec"]["maxUnavailable"] == 1


def test_names_of_settings_become_variables_as_the_image_reads_them():
    assert variable("kafkastore.sasl.jaas.config") == "SCHEMA_REGISTRY_KAFKASTORE_SASL_JAAS_CONFIG"
    assert variable("a-b_c.d") == "SCHEMA_REGISTRY_A___B__C_D"


def test_the_image_writes_values_into_a_properties_file_as_they_are():
    variables = login_variables(
        {
            "bootstrap.servers": "a:1,b:2",
            "security.protocol": "SASL_SSL",
            "sasl.jaas.config": 'x password="a\\"b";',
            "ssl.truststore.certificates": "one\ntwo\n",
        }
    )
    assert variables == {
        "SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS": "SASL_SSL://a:1,SASL_SSL://b:2",
        "SCHEMA_REGISTRY_KAFKASTORE_SECURITY_PROTOCOL": "SASL_SSL",
        "SCHEMA_REGISTRY_KAFKASTORE_SASL_JAAS_CONFIG": 'x password="a\\\\"b";',
        "SCHEMA_REGISTRY_KAFKASTORE_SSL_TRUSTSTORE_CERTIFICATES": "one\\ntwo\\n",
    }


def test_its_topic_is_compacted_and_has_one_partition():
    (topic,) = schema_registry_topics(3).values()
    assert (topic.partitions, topic.replication_factor, topic.config) == (1, 3, {"cleanup.policy": "compact"})


def test_its_rights_are_its_topic_and_its_group():
    rights = {(one.operation, one.resource, one.name) for one in grants_for(schema_registry_workload())}
    assert {
        ("Read", "topic", "_schemas"),
        ("Write", "topic", "_schemas"),
        ("DescribeConfigs", "topic", "_schemas"),
        ("Read", "group", "schema-registry"),
    } <= rights
    assert not any(name == "*" for _, _, name in rights)


def test_it_logs_in_as_itself():
    seen = applied(program)
    login = seen["Secret registry-login"]["stringData"]
    assert login["SCHEMA_REGISTRY_KAFKASTORE_SASL_MECHANISM"] == "SCRAM-SHA-512"
    assert f'username="schema-registry" password="{PASSWORD}"' in login["SCHEMA_REGISTRY_KAFKASTORE_SASL_JAAS_CONFIG"]
    assert PASSWORD not in json.dumps(seen["Deployment registry"])


def test_it_waits_for_its_user_its_topic_and_nodes(declared: Declare):
    resources = declared(program)
    assert names(resources["Deployment registry"]["dependencies"]) >= {
        "SingleScramSecretAssociation kafka-schema-registry",
        "Job topics",
        "NodePool pool",
        "Secret registry-login",
    }
    # Pulumi would wait for pods behind it, and they come later.
    assert resources["Service registry-service"]["inputs"]["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"
    assert "LoginModule" not in json.dumps(resources)


def test_only_named_namespaces_reach_it_for_it_asks_nobody_who_they_are(declared: Declare):
    found = declared(program)
    spec = found["NetworkPolicy registry-policy"]["inputs"]["spec"]
    (rule,) = network_policy_manifest("platform", ["streaming", "platform"])["spec"]["ingress"]
    namespaces = [one["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for one in rule["from"]]
    assert namespaces == ["platform", "streaming"]
    assert spec["podSelector"]["matchLabels"].items() <= deployment()["spec"]["template"]["metadata"]["labels"].items()
    # It is there before the first pod.
    assert found["NetworkPolicy registry-policy"]["urn"] in found["Deployment registry"]["dependencies"]


def test_its_address_is_known_before_it_exists():
    assert schema_registry_access("platform").url == "http://schema-registry.platform.svc:8081"


def test_its_image_cannot_log_in_by_iam(declared: Declare):
    def serverless() -> None:
        kafka = MskServerless("kafka", MskServerlessArgs("test", network(), tags={}))
        granted = kafka.grant(schema_registry_workload(), pulumi.ResourceOptions())
        SchemaRegistry("registry", SchemaRegistryArgs(FakeCluster(), "platform", granted))

    with pytest.raises(PlatformError, match="IAM"):
        declared(serverless)
