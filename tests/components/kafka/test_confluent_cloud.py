"""Kafka on Confluent Cloud: order, rights, logins, and what no resource may hold."""

import json
from typing import Any

import pytest

from components.client_secrets import KAFKA_SECRET, SCHEMA_REGISTRY_SECRET, ClientSecrets, ClientSecretsArgs
from components.errors import PlatformError
from components.kafka.confluent_access import Role, acls_for, roles_for, subject_roles
from components.kafka.confluent_cloud import ConfluentCloud, ConfluentCloudArgs
from components.kafka.confluent_cluster import endpoint_of
from components.kafka.confluent_kinds import INGRESS, PRIVATE_LINK, ClusterShape
from components.kafka.contract import Kafka, Login, TopicDescription, Workload
from operations.plan.evaluate import synthesise
from operations.plan.stack_file import StackConfig
from operations.plan.values import SECRET, SIGNATURE
from tests.components.graph import before
from tests.components.kafka.confluent import ZONES, Resources, cloud_args, kind_of, made, network

CLUSTER = "crn://confluent.cloud/organization=o/environment=env-1/cloud-cluster=lkc-1"
REGISTRY = "crn://confluent.cloud/organization=o/environment=env-1/schema-registry=lsrc-1"
APPLICATION = Workload("claims", reads=["orders"], consumer_group="claims-*")
TOPICS = {"orders": TopicDescription(6, 3, {"retention.ms": "1000"})}
SCHEMAS = {"orders": {"type": "object"}}


def platform(args: ConfluentCloudArgs, *workloads: Workload) -> Resources:
    def program() -> None:
        cloud = ConfluentCloud("kafka", args)
        kafka: Kafka = cloud
        for one in workloads:
            kafka.grant(one, cloud._child)
        cloud.topics(TOPICS, SCHEMAS)

    return made(program)


def bindings(found: Resources, account: str) -> set[tuple[str, str]]:
    return {
        (one["sent"]["roleName"], one["sent"]["crnPattern"])
        for one in kind_of(found, "RoleBinding").values()
        if one["sent"]["principal"] == f"User:{account}"
    }


def test_an_application_gets_what_it_needs_and_nothing_else():
    assert bindings(platform(cloud_args(), APPLICATION), "sa-kafka-claims") == {
        ("DeveloperRead", f"{CLUSTER}/kafka=lkc-1/topic=orders"),
        ("DeveloperRead", f"{CLUSTER}/kafka=lkc-1/group=claims-*"),
        ("DeveloperRead", f"{REGISTRY}/subject=orders-key"),
        ("DeveloperRead", f"{REGISTRY}/subject=orders-value"),
    }


def test_the_platforms_own_login_administers_this_cluster_and_its_schemas():
    assert bindings(platform(cloud_args()), "sa-kafka-admin") == {
        ("CloudClusterAdmin", CLUSTER),
        ("ResourceOwner", f"{REGISTRY}/subject=*"),
    }


def test_writers_make_no_topics_and_register_no_schemas():
    roles = roles_for(Workload("w", writes=["out"], transactional_ids=["w-*"]))
    assert Role("DeveloperManage", "kafka", "topic=out") not in roles
    assert Role("DeveloperWrite", "schema-registry", "subject=out-value") not in roles
    assert {role.role for role in roles if "transactional-id=w-*" in role.path} == {"DeveloperRead", "DeveloperWrite"}


def test_the_managed_connector_registers_its_schemas():
    assert Role("DeveloperWrite", "schema-registry", "subject=out-key") in subject_roles(
        Workload("w", writes=["out"]), registers=True
    )


def test_only_the_last_binding_of_a_login_is_waited_for():
    found = platform(cloud_args(), APPLICATION)
    of_claims = {name: one for name, one in kind_of(found, "RoleBinding").items() if name.startswith("kafka-claims-")}
    waits = [name for name, one in of_claims.items() if not one["sent"].get("disableWaitForReady")]
    assert len(waits) == 1
    others = {f"RoleBinding {name}" for name in of_claims} - {f"RoleBinding {waits[0]}"}
    assert others <= before(found, f"RoleBinding {waits[0]}")
    for name in kind_of(found, "ApiKey"):
        if name.startswith("kafka-claims"):
            assert f"RoleBinding {waits[0]}" in before(found, f"ApiKey {name}"), "a key without rights hangs"


def test_a_basic_cluster_has_acls_because_roles_on_topics_do_nothing_there():
    found = platform(cloud_args("basic"), APPLICATION)
    assert not [crn for _, crn in bindings(found, "sa-kafka-claims") if "/kafka=" in crn]
    acls = [one["sent"] for name, one in kind_of(found, "KafkaAcl").items() if "claims" in name]
    assert {(one["operation"], one["resourceType"], one["resourceName"], one["patternType"]) for one in acls} == {
        ("READ", "TOPIC", "orders", "LITERAL"),
        ("DESCRIBE", "TOPIC", "orders", "LITERAL"),
        ("READ", "GROUP", "claims-", "PREFIXED"),
    }
    assert {(one["principal"], one["host"], one["permission"]) for one in acls} == {
        ("User:sa-kafka-claims", "*", "ALLOW")
    }
    assert not [grant for grant in acls_for(Workload("w", writes=["o"])) if grant.operation == "Create"]


def test_topics_schemas_and_acls_hold_no_credentials_and_one_provider_holds_them():
    found = platform(cloud_args("basic"), APPLICATION)
    provider = next(one for key, one in found.items() if key.endswith("kafka-data"))
    for kind in ("KafkaTopic", "Schema", "SubjectConfig", "KafkaAcl"):
        resources = kind_of(found, kind)
        assert resources
        for one in resources.values():
            assert not {"credentials", "restEndpoint", "kafkaCluster"} & set(one["sent"])
            assert provider["urn"] in one["provider"]
    groups = {key for key in provider["sent"] if key != "version"}
    assert groups == {
        *("kafkaId", "kafkaRestEndpoint", "kafkaApiKey", "kafkaApiSecret"),
        *("schemaRegistryId", "schemaRegistryRestEndpoint", "schemaRegistryApiKey", "schemaRegistryApiSecret"),
    }, "with one of a group missing the provider asks each resource for credentials"
    for key in ("kafkaApiKey", "kafkaApiSecret", "schemaRegistryApiSecret"):
        assert provider["inputs"][key][SIGNATURE] == SECRET


def test_a_rotation_changes_keys_providers_and_logins_only():
    was, now = (
        {key: one["sent"] for key, one in platform(cloud_args(rotation=number), APPLICATION).items()}
        for number in (6, 7)
    )
    changed = {key for key in set(was) | set(now) if was.get(key) != now.get(key)}
    assert {key for key in changed if not key.startswith("ApiKey ")} == {"confluentcloud kafka-data"}
    assert not [key for key in set(was) & set(now) if key.startswith("ApiKey ") and key in changed]
    assert len([key for key in was if key not in now]) == len([key for key in now if key not in was]) == 6


def test_the_registry_is_read_after_the_cluster_is_made():
    found = platform(cloud_args())
    for name in kind_of(found, "ApiKey"):
        assert "KafkaCluster kafka" in before(found, f"ApiKey {name}")


def test_every_name_is_set():
    """Pulumi would add a random suffix, and Flink's catalog and database have these names."""
    found = platform(cloud_args(), APPLICATION)
    for kind in ("Environment", "KafkaCluster", "ServiceAccount", "ApiKey"):
        assert all(one["sent"].get("displayName") for one in kind_of(found, kind).values()), kind
    assert found["Environment kafka"]["sent"]["displayName"] == "acme-dev"
    assert found["KafkaCluster kafka"]["sent"]["displayName"] == "orders"


def test_production_keeps_what_holds_data():
    found = platform(cloud_args(protect=True), APPLICATION)
    assert found["KafkaCluster kafka"]["sent"]["deletionProtection"] is True
    for key in ("KafkaCluster kafka", "Environment kafka", "KafkaTopic kafka-orders"):
        assert found[key]["protect"], key


@pytest.mark.parametrize(
    ("kind", "units", "block"),
    [
        ("basic", None, {"basic": {}}),
        ("standard", 4, {"standard": {"maxEcku": 4}}),
        ("dedicated", 2, {"dedicated": {"cku": 2}}),
    ],
)
def test_each_cluster_has_the_one_block_of_its_kind(kind: str, units: int | None, block: dict[str, Any]):
    sent = platform(cloud_args(kind, units))["KafkaCluster kafka"]["sent"]
    blocks = ("basic", "standard", "enterprises", "freights", "dedicated")
    assert {key: sent[key] for key in blocks if key in sent} == block


def test_clients_find_the_active_key_under_the_names_that_they_know():
    def program() -> None:
        cloud = ConfluentCloud("kafka", cloud_args(rotation=3))
        ClientSecrets("secrets", ClientSecretsArgs(kafka=cloud.access, tags={}))

    found = made(program)
    names = {one["sent"]["name"] for one in kind_of(found, "Secret").values()}
    assert names == {KAFKA_SECRET, SCHEMA_REGISTRY_SECRET}
    versions = {name: json.loads(one["sent"]["secretString"]) for name, one in kind_of(found, "SecretVersion").items()}
    kafka = versions["secrets-kafka"]
    assert set(kafka) == {"bootstrap.servers", "sasl.jaas.config"}
    assert kafka["bootstrap.servers"] == "pkc-1.confluent.cloud:9092", "clients take no SASL_SSL://"
    assert kafka["sasl.jaas.config"] == (
        "org.apache.kafka.common.security.plain.PlainLoginModule required "
        'username="KEY-kafka-clients-kafka-3" password="SECRET-kafka-clients-kafka-3";'
    )
    assert versions["secrets-schema-registry"] == {
        "basic.auth.credentials.source": "USER_INFO",
        "basic.auth.user.info": "KEY-kafka-clients-registry-3:SECRET-kafka-clients-registry-3",
        "schema.registry.url": "https://psrc-1.confluent.cloud",
    }
    version = next(key for key in found if key.endswith("SecretVersion secrets-kafka"))
    assert "ApiKey kafka-clients-kafka-3" in before(found, version)


def test_a_private_cluster_is_reached_by_its_access_point():
    args = cloud_args(shape=ClusterShape("enterprise", network=INGRESS), network=network(INGRESS))
    found = platform(args, APPLICATION)
    provider = next(one for key, one in found.items() if key.endswith("kafka-data"))
    assert provider["sent"]["kafkaRestEndpoint"].startswith("https://lkc-1-ap1.")
    # Whoever speaks with brokers waits until their names lead somewhere.
    assert any(one.endswith("Record kafka-network") for one in before(found, "KafkaTopic kafka-orders"))
    assert "AccessPoint kafka-network" in before(found, "KafkaCluster kafka")


def test_a_key_of_a_cluster_behind_an_access_point_is_not_asked_for_where_nobody_answers():
    args = cloud_args(shape=ClusterShape("enterprise", network=INGRESS), network=network(INGRESS))
    found = platform(args, APPLICATION)
    # The provider would ask at the cluster's own endpoint. It waits for the bindings and the registry's key instead.
    key = "ApiKey kafka-admin-kafka-0"
    assert found[key]["sent"]["disableWaitForReady"] is True
    assert not [one for one in before(found, key) if one.startswith("RoleBinding")]
    assert {key, "ApiKey kafka-admin-registry-0"} <= before(found, "KafkaTopic kafka-orders")
    assert not found["ApiKey kafka-admin-registry-0"]["sent"].get("disableWaitForReady")


def test_and_no_client_is_told_of_it_before_the_registrys_key_has_been_waited_for():
    def program() -> None:
        args = cloud_args(shape=ClusterShape("enterprise", network=INGRESS), network=network(INGRESS), rotation=1)
        ClientSecrets("clients", ClientSecretsArgs(kafka=ConfluentCloud("kafka", args).access, tags={}))

    found = made(program)
    for user in ("SecretVersion clients-kafka", "confluentcloud kafka-data"):
        login = "clients" if user.startswith("Secret") else "admin"
        assert {f"ApiKey kafka-{login}-kafka-1", f"ApiKey kafka-{login}-registry-1"} <= before(found, user)
    version = found["SecretVersion clients-kafka"]
    assert "SECRET-kafka-clients-kafka-1" in version["sent"]["secretString"]
    assert version["inputs"]["secretString"][SIGNATURE] == SECRET


def test_a_key_is_waited_for_where_the_clusters_own_endpoint_is_reached():
    args = cloud_args(
        shape=ClusterShape("dedicated", units=2, network=PRIVATE_LINK), network=network(PRIVATE_LINK, zone_ids=ZONES)
    )
    found = platform(args, APPLICATION)
    assert not found["ApiKey kafka-claims-kafka-0"]["sent"].get("disableWaitForReady")
    assert any(one.endswith("Record kafka-network") for one in before(found, "ApiKey kafka-claims-kafka-0"))


def test_outside_of_the_vpc_nothing_speaks_with_brokers():
    args = cloud_args(shape=ClusterShape("enterprise", network=INGRESS), network=network(INGRESS), data_plane=False)
    found = platform(args, APPLICATION)
    assert not kind_of(found, "KafkaTopic") | kind_of(found, "Schema") | kind_of(found, "KafkaAcl")
    for name, one in kind_of(found, "ApiKey").items():
        assert bool(one["sent"].get("disableWaitForReady")) == name.endswith(("-kafka-0", "-kafka-spare-1")), name


def test_a_missing_endpoint_is_told():
    with pytest.raises(PlatformError, match="pulumi refresh"):
        endpoint_of([{"access_point_id": "other"}], "ap-1")


def test_own_key_lets_confluent_in_before_the_cluster_is_made():
    args = cloud_args(shape=ClusterShape("dedicated", units=2, byok=True), encryption_key="created")
    found = platform(args)
    policy = next(key for key in found if key.endswith("KeyPolicy kafka-byok"))
    assert policy in before(found, "KafkaCluster kafka")
    statement = json.loads(found[policy]["sent"]["policy"])["Statement"][1]
    assert statement["Principal"]["AWS"] == ["arn:aws:iam::9:role/a", "arn:aws:iam::9:role/b"]
    assert "kms:CreateGrant" in statement["Action"]
    assert found["KafkaCluster kafka"]["sent"]["byokKey"] == {"id": "cck-1"}


def test_settings_that_a_topic_cannot_have_are_told():
    with pytest.raises(PlatformError, match=r"compression\.type") as caught:
        platform_topics({"a": TopicDescription(1, 3, {"compression.type": "zstd"})})
    assert "retention.ms" in str(caught.value)


def platform_topics(topics: dict[str, TopicDescription]) -> None:
    made(lambda: ConfluentCloud("kafka", cloud_args()).prepared_topics(topics) and None)


@pytest.mark.parametrize(
    ("workload", "message"),
    [
        (Workload("connect", login=Login.IAM), "confluent_connector"),
        (Workload("admin"), "a second workload"),
        (Workload("clients"), "a second workload"),
    ],
)
def test_what_cannot_be_granted(workload: Workload, message: str):
    with pytest.raises(PlatformError, match=message):
        platform(cloud_args(), workload)


def test_no_transactions_on_freight():
    args = cloud_args(
        shape=ClusterShape("freight"),
        network=network("private_network_interface", zone_ids=["a", "b", "c"]),
    )
    with pytest.raises(PlatformError, match="deliver at least once"):
        platform(args, Workload("w", writes=["o"], transactional_ids=["w-*"]))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (cloud_args("enterprise"), "no network"),
        (cloud_args("standard", network=network(INGRESS)), "leave it out"),
        (cloud_args("dedicated"), "cku"),
        (cloud_args("gold"), "kind"),
        (cloud_args("standard", encryption_key="created"), "byok"),
        (cloud_args("standard", data_plane=False), "data_plane"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_made(args: ConfluentCloudArgs, message: str):
    with pytest.raises(PlatformError, match=message):
        platform(args)


def test_a_preview_of_a_new_stack_knows_no_id_and_needs_no_credentials():
    plan = synthesise(StackConfig("test", {}, ()), lambda: ConfluentCloud("kafka", cloud_args()) and None)
    assert [one for one in plan.resources if one["type"].endswith(":KafkaCluster")]
