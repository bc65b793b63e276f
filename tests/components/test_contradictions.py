"""What several settings say together, and what cannot be: refused before any call, with the key and the way out."""

import copy
from typing import Any

import pytest
import yaml

from components.errors import PlatformError
from components.settings import PROJECT, Settings, parse
from operations.plan.stack_file import STACKS
from tests.components.plans import CONFLUENT_STACKS, KUBERNETES_STACKS

DATABASE = {"flavour": "existing", "host": "db", "database": "cmf", "user": "cmf"}
REMOVED = object()
ZONES = ["euc1-az1", "euc1-az2", "euc1-az3"]


def stack(name: str, **changes: Any) -> dict[str, Any]:
    """The settings in a checked-in stack file with some keys, as `kafka.flavour`, set or removed."""
    content = yaml.safe_load((STACKS / f"Pulumi.{name}.yaml").read_text())["config"]
    settings = {key.removeprefix(f"{PROJECT}:"): copy.deepcopy(value) for key, value in content.items()}
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = settings
        for one in parents:
            place = place.setdefault(one, {})
        if value is REMOVED:
            place.pop(last, None)
        else:
            place[last] = value
    return settings


def checked(name: str, **changes: Any) -> Settings:
    return parse(stack(name, **changes), "stacks/Pulumi.x.yaml")


def mistakes(name: str, **changes: Any) -> dict[str, str]:
    """key -> text of what is refused."""
    with pytest.raises(PlatformError) as raised:
        checked(name, **changes)
    for one in raised.value.mistakes:
        assert one.where == "stacks/Pulumi.x.yaml"
        assert one.remedy, one
    return {one.key.removeprefix(f"{PROJECT}:"): str(one) for one in raised.value.mistakes}


@pytest.mark.parametrize("name", [*KUBERNETES_STACKS, *CONFLUENT_STACKS, "local"])
def test_the_checked_in_stacks_are_right(name: str):
    assert checked(name)


CASES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    # what: (stack, changes, key that is named, word of the message)
    "ranges that overlap": ("dev-msk", {"network__peer_cidrs": ["10.20.128.0/20"]}, "network", "overlaps"),
    "a public range": ("dev-msk", {"network__cidr": "8.8.0.0/16"}, "network.cidr", "public"),
    "a range too small for pods": ("dev-msk", {"network__cidr": "10.20.0.0/24"}, "network.cidr", "/20 at least"),
    "three brokers over two zones": ("dev-msk", {"network__zones": ["a", "b"]}, "kafka.broker_count", "multiple of 2"),
    "express brokers over two zones": ("prod-msk", {"network__zones": ["a", "b"]}, "kafka.flavour", "need 3"),
    "two brokers in production": (
        "prod-msk",
        {
            "network__zones": ["a", "b"],
            "kafka": {"flavour": "msk_standard", "broker_count": 2},
        },
        "kafka.broker_count",
        "3 or more",
    ),
    "serverless with scram": (
        "dev-msk",
        {"kafka": {"flavour": "msk_serverless", "authentication": ["scram"]}},
        "kafka",
        "msk_standard or msk_express",
    ),
    "no administrator of msk": ("dev-msk", {"kafka__authentication": ["scram"]}, "kafka", "add iam"),
    "mtls without an authority": (
        "dev-msk",
        {"kafka__authentication": ["iam", "scram", "mtls"]},
        "kafka",
        "certificate_authority_arns is empty",
    ),
    "cmf's sql with iam": (
        "dev-msk",
        {
            "kafka": {"flavour": "msk_serverless"},
            "flink__sql": {"pools": {"pool": {"cpu": "1", "memory_mib": 2048}}},
        },
        "flink.sql",
        "IAM only",
    ),
    "cmf's sql without scram": (
        "dev-msk",
        {
            "kafka__authentication": ["iam"],
            "kafka__schema_registry": None,
            "flink__sql": {"pools": {"pool": {}}},
        },
        "kafka.authentication",
        "add scram",
    ),
    "a broker setting of the other kind": (
        "prod-msk",
        {"kafka__configuration": {"log.segment.bytes": "1"}},
        "kafka",
        "log.segment.bytes",
    ),
    "cpu as a number": (
        "dev-msk",
        {"flink__defaults": {"task_manager": {"cpu": 0.5, "memory_mib": 2048}}},
        "flink.defaults.task_manager.cpu",
        "0.5",
    ),
    "too little memory for flink": (
        "dev-msk",
        {"flink__defaults": {"task_manager": {"memory_mib": 512}}},
        "flink.defaults.task_manager.memory_mib",
        "728",
    ),
    "spot JobManagers": (
        "dev-msk",
        {"cluster__node_pools": {"jobmanagers": {"spot": True}}},
        "cluster.node_pools",
        "spot",
    ),
    "nodes older than Auto Mode allows": (
        "dev-msk",
        {"cluster__node_pools": {"taskmanagers": {"expire_hours": 600}}},
        "cluster.node_pools.taskmanagers.expire_hours",
        "504",
    ),
    "nodes that the images do not run on": (
        "dev-msk",
        {"cluster__node_pools": {"taskmanagers": {"architectures": ["arm64"]}}},
        "cluster.node_pools.taskmanagers.architectures",
        "amd64",
    ),
    "logs kept for a time that CloudWatch lacks": ("dev-msk", {"kafka__log_days": 33}, "kafka.log_days", "30"),
    "an API server open to the world": (
        "dev-msk",
        {"cluster__public_access_cidrs": ["0.0.0.0/0"]},
        "cluster",
        "open to the world",
    ),
    "an unknown kubernetes": ("dev-msk", {"cluster__kubernetes_version": "1.28"}, "cluster.kubernetes_version", "1.35"),
    "an older cmf with mtls": ("prod-msk", {"flink__version": "2.3.1"}, "flink.version", "2.4.2"),
    "a load balancer that hides client certificates": (
        "prod-msk",
        {
            "tls_endpoint": {
                "flavour": "terminate",
                "host_name": "cmf.example.com",
                "zone_id": "Z0123456789ABCDEFGHIJ",
            }
        },
        "tls_endpoint.flavour",
        "no client certificate",
    ),
    "nobody asked in production": (
        "prod-msk",
        {"flink__authentication": {"kind": "none"}},
        "flink.authentication.kind",
        "mtls",
    ),
    "an open endpoint without authentication": (
        "dev-msk",
        {"tls_endpoint__scheme": "internet-facing", "tls_endpoint__allowed_cidrs": ["203.0.113.0/24"]},
        "flink.authentication.kind",
        "internet-facing",
    ),
    "an imported certificate without its ARN": (
        "dev-msk",
        {"tls_endpoint__certificate": "imported"},
        "tls_endpoint",
        "certificate_arn is missing",
    ),
    "a load balancer without eks": (
        "existing-cluster",
        {"tls_endpoint": {"flavour": "passthrough", "host_name": "cmf.example.com"}},
        "tls_endpoint.flavour",
        "ingress",
    ),
    "msk connect for another kafka": (
        "dev-external",
        {"cdc": {"flavour": "msk_connect"}},
        "cdc.flavour",
        "kafka_connect",
    ),
    "native capture with this flink": ("dev-msk", {"cdc": {"flavour": "native"}}, "cdc", "Flink"),
    "a managed database for a foreign cluster": (
        "existing-cluster",
        {"flink__database": {"flavour": "rds", "database": "cmf"}, "network": {"flavour": "created"}},
        "cluster.flavour",
        "existing",
    ),
    "a region of another partition": ("dev-msk", {"aws__region": "us-gov-west-1"}, "aws.region", "aws-us-gov"),
    "an application called like a part of the platform": (
        "dev-msk",
        {"applications": ["claims", "topics"]},
        "applications",
        "topics",
    ),
    "an api server that nobody reaches": (
        "prod-msk",
        {"cluster__private_access_cidrs": []},
        "cluster.private_access_cidrs",
        "public_access_cidrs",
    ),
    "no network for eks": ("dev-msk", {"network": REMOVED}, "network", "needs a VPC"),
    "no cluster for cmf": ("existing-cluster", {"cluster": REMOVED}, "cluster", "existing cluster"),
    "pods that should reach this machine": (
        "existing-cluster",
        {"postgres": {"flavour": "local"}, "local": {}},
        "postgres.flavour",
        "pods",
    ),
    "an override of nothing": ("dev-msk", {"flink__overrides": {"climes": {}}}, "flink.overrides.climes", "claims"),
    "a local flink on aws": ("local", {"aws__emulated": False}, "flink.flavour", "emulator"),
    "msk for a local flink": (
        "local",
        {"kafka": {"flavour": "msk_serverless"}, "network": {"flavour": "created"}},
        "kafka.flavour",
        "local",
    ),
    "a disk that cannot grow": (
        "dev-msk",
        {"postgres": {"flavour": "rds", "storage_gib": 100, "storage_max_gib": 100}},
        "postgres",
        "110 %",
    ),
    "confluent's kafka for another flink": (
        "dev-cc",
        {"flink": {"flavour": "local"}, "aws__emulated": True},
        "flink.flavour",
        "external",
    ),
    "confluent's flink for another kafka": (
        "dev-cc",
        {"kafka": {"flavour": "msk_serverless"}, "rotation": REMOVED, "cdc": REMOVED},
        "kafka.flavour",
        "links",
    ),
    "keys that never rotate": ("dev-cc", {"rotation": REMOVED}, "rotation", "streamctl rotate"),
    "keys that rotate where there are none": (
        "dev-msk",
        {"rotation": {"number": 1, "since": "2026-11-20"}},
        "rotation",
        "remove it",
    ),
    "a day that is none": ("dev-cc", {"rotation__since": "soon"}, "rotation.since", "2026-11-20"),
    "a private cluster without a vpc": ("prod-cc", {"network": REMOVED}, "network", "ingress_private_link"),
    "a vpc for a public cluster": (
        "dev-cc",
        {"network": {"flavour": "created", "cidr": "10.0.0.0/16", "zones": ["a", "b"]}},
        "network",
        "public",
    ),
    "flink on a basic cluster": ("dev-cc", {"kafka__cluster": {"kind": "basic"}}, "kafka.cluster.kind", "standard"),
    "a link into a standard cluster": (
        "hybrid",
        {"kafka__cluster": {"kind": "standard"}},
        "kafka",
        "enterprise",
    ),
    "a public enterprise cluster": (
        "prod-cc",
        {"kafka__cluster": {"kind": "enterprise"}},
        "kafka.cluster.network",
        "add",
    ),
    "networking that is being retired": (
        "prod-cc",
        {"kafka__cluster__network": {"kind": "private_link_attachment"}},
        "kafka.cluster.network",
        "ingress_private_link",
    ),
    "a key of one's own on standard": (
        "dev-cc",
        {"kafka__cluster": {"kind": "standard", "encryption_key": "created"}},
        "kafka.cluster.encryption_key",
        "remove",
    ),
    "a ceiling that confluent does not take": ("dev-cc", {"flink__max_cfu": 15}, "flink.max_cfu", "20"),
    "a statement of nothing": ("dev-cc", {"flink__statements": {"climes": {}}}, "flink.statements.climes", "claims"),
    "two places to begin": (
        "dev-cc",
        {"flink__statements": {"claims": {"start": {"statement": "a", "offsets": {"t": "partition:0,offset:1"}}}}},
        "flink.statements.claims.start",
        "keep one",
    ),
    "rows kept too short": ("dev-cc", {"flink__tableflow": {"data_days": 7}}, "flink.tableflow", "30"),
    "a reader without tables": (
        "prod-cc",
        {"flink__tableflow": None},
        "lakehouse.snowflake",
        "tableflow",
    ),
    "optimizers beside tableflow": (
        "dev-cc",
        {"lakehouse": {"maintenance": {"tables": ["claim_current"]}}},
        "lakehouse.maintenance",
        "Tableflow",
    ),
    "a database that the connector does not reach": (
        "dev-cc",
        {"postgres": {"flavour": "rds"}},
        "postgres.flavour",
        "existing",
    ),
    "a connector of ours for confluent": (
        "dev-cc",
        {"cdc": {"flavour": "kafka_connect"}},
        "cdc.flavour",
        "confluent_connector",
    ),
    "flink on a cluster without transactions": (
        "prod-cc",
        {"kafka__cluster": {"kind": "freight", "network": {"kind": "private_network_interface", "zone_ids": ZONES}}},
        "kafka.cluster.kind",
        "transactions",
    ),
    "one zone twice": (
        "prod-cc",
        {"kafka__cluster__network": {"kind": "private_network_interface", "zone_ids": [*ZONES[:2], ZONES[0]]}},
        "kafka.cluster.network.zone_ids",
        "euc1-az1",
    ),
    "zones of another region": (
        "prod-cc",
        {
            "aws__region": "ap-southeast-2",
            "kafka__cluster__network": {"kind": "private_network_interface", "zone_ids": ZONES},
        },
        "kafka.cluster.network.zone_ids",
        "apse2-az1",
    ),
    "confluent's network over ours": (
        "prod-cc",
        {
            "kafka__cluster": {
                "kind": "dedicated",
                "cku": 2,
                "network": {"kind": "peering", "cidr": "10.34.0.0/16", "routes": ["10.34.0.0/16"]},
            }
        },
        "kafka.cluster.network.cidr",
        "cannot be changed",
    ),
    "a range that is none": (
        "prod-cc",
        {
            "kafka__cluster": {
                "kind": "dedicated",
                "cku": 2,
                "network": {"kind": "peering", "cidr": "10.934.0.0/16", "routes": ["10.34.0.0/16"]},
            }
        },
        "kafka.cluster.network.cidr",
        "10.20.0.0/16",
    ),
    "links that nobody can make": (
        "prod-cc",
        {
            "kafka__cluster__network__runner": "outside",
            "kafka__links": [{"name": "a", "cluster_id": "x", "bootstrap_servers": "h:9092", "topics": ["t"]}],
        },
        "kafka.links",
        "inside",
    ),
    "a key of another region": (
        "prod-cc",
        {"kafka__cluster__encryption_key": "arn:aws:kms:us-east-1:123456789012:key/1"},
        "kafka.cluster.encryption_key",
        "eu-central-1",
    ),
    "a machine that nothing runs on": (
        "dev-cc",
        {"local": {}},
        "local",
        "remove",
    ),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_cannot_be_is_refused_with_its_key_and_a_remedy(case: str):
    name, changes, key, word = CASES[case]
    found = mistakes(name, **changes)
    assert key in found, found
    assert word in found[key]


def test_contradictions_of_one_file_are_told_together():
    found = mistakes(
        "prod-msk",
        network__zones=["a", "b"],
        flink__authentication={"kind": "none"},
        flink__overrides={"climes": {}},
    )
    assert set(found) == {"kafka.flavour", "flink.authentication.kind", "flink.overrides.climes"}


@pytest.mark.parametrize("key", ["confluent_cloud_api_secret", "postgres_password"])
def test_a_secret_in_plain_text_is_refused_and_not_repeated(key: str):
    found = mistakes("dev-cc", **{key: "hunter2"})
    assert set(found) == {key}
    assert "pulumi config set --secret" in found[key]
    assert "hunter2" not in found[key]
