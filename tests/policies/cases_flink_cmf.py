"""Cases of the policies for Confluent Manager itself, and for the topics that the job in the cluster makes."""

import json
from typing import Any

from tests.policies.cases import UNKNOWN, Case, Plant

CLIENT = "kubernetes:platform.confluent.io/v1beta1:CMFRestClass"
RELEASE = "kubernetes:helm.sh/v3:Release"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


def cmf(**values: Any) -> dict[str, Any]:
    return {"chart": "confluent-manager-for-apache-flink", "values": values}


def login(kind: str, **config: str) -> dict[str, Any]:
    settings = {key.replace("_", "."): value for key, value in config.items()}
    return cmf(cmf={"authentication": {"type": kind, "config": settings}})


def database(**jdbc: Any) -> dict[str, Any]:
    return cmf(cmf={"database": {"type": "jdbc", "jdbc": {"engine": "postgresql", **jdbc}}})


def encryption(**settings: Any) -> dict[str, Any]:
    return cmf(encryption=settings)


def rest(endpoint: str, kind: str = "") -> dict[str, Any]:
    return {"spec": {"cmfRest": {"endpoint": endpoint, "authentication": {"type": kind} if kind else {}}}}


OTHER_CHART = {"chart": "cert-manager", "values": {}}


def topics(*topics: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"topics.json": json.dumps({"topics": [{"name": "t", **one} for one in topics]})}}


CASES = [
    Case(
        "flink-cmf-encrypted",
        type=RELEASE,
        production=True,
        good=[cmf(cmf={"ssl": {"keystore": "/mnt/keystore.jks"}}), OTHER_CHART],
        bad=[cmf(), {"chart": "confluentinc/confluent-manager-for-apache-flink"}],
        unknown=cmf(cmf={"ssl": UNKNOWN}),
    ),
    Case("flink-cmf-encrypted", type=RELEASE, good=[cmf()]),
    Case("flink-cmf-encrypted", type=RELEASE, bad=[cmf()], config={"everywhere": True}),
    Case(
        "flink-cmf-authenticated",
        type=RELEASE,
        production=True,
        good=[login("mtls", ssl_client_authentication="REQUESTED"), login("oauth"), OTHER_CHART],
        bad=[cmf(), login("mtls"), login("mtls", ssl_client_authentication="NONE"), login("basic")],
        unknown=login(UNKNOWN),
    ),
    Case("flink-cmf-authenticated", type=RELEASE, good=[cmf()]),
    Case(
        "flink-cmf-authorized",
        type=RELEASE,
        production=True,
        good=[cmf(cmf={"authorization": {"enforce": True}}), OTHER_CHART],
        bad=[cmf(), cmf(cmf={"authorization": {"enforce": False}})],
        unknown=cmf(cmf={"authorization": {"enforce": UNKNOWN}}),
    ),
    Case(
        "flink-cmf-secrets-encrypted",
        type=RELEASE,
        good=[encryption(enabled=True, key={"kubernetesSecretName": "key"}), OTHER_CHART],
        bad=[cmf(), encryption(enabled=False, key={"kubernetesSecretName": "key"}), encryption(enabled=True)],
        unknown=encryption(enabled=UNKNOWN),
    ),
    Case(
        "flink-cmf-database",
        type=RELEASE,
        good=[database(), database(password={"kubernetesSecretName": "s"}), OTHER_CHART],
        bad=[
            cmf(),
            cmf(cmf={"database": {"type": "local"}}),
            database(engine="db2"),
            database(password={"value": "x"}),
        ],
        unknown=database(engine=UNKNOWN),
    ),
    Case(
        "flink-cmf-licence",
        type=RELEASE,
        production=True,
        good=[cmf(license={"secretRef": "licence"}), OTHER_CHART],
        bad=[cmf(), cmf(license={"secretRef": ""})],
        unknown=cmf(license={"secretRef": UNKNOWN}),
    ),
    Case(
        "flink-cmf-client",
        type=CLIENT,
        production=True,
        good=[rest("https://cmf:80", "mtls"), rest("https://cmf:80", "oauth")],
        bad=[rest("http://cmf:80"), rest("https://cmf:80"), rest("https://cmf:80", "basic")],
        unknown=rest(UNKNOWN),
    ),
    Case("flink-cmf-client", type=CLIENT, good=[rest("http://cmf:80")]),
    Case(
        "flink-topics-replicated",
        type=CONFIG_MAP,
        production=True,
        good=[
            topics({"replication_factor": 3}, {"replication_factor": 3, "config": {"min.insync.replicas": "2"}}),
            topics({"replication_factor": -1}),
            {"data": {"other.json": "{}"}},
        ],
        bad=[
            topics({"replication_factor": 2}),
            topics({"replication_factor": 3, "config": {"min.insync.replicas": "1"}}),
            topics({"replication_factor": 3, "config": {"min.insync.replicas": "3"}}),
        ],
        unknown={"data": {"topics.json": UNKNOWN}},
    ),
    Case(
        "flink-topics-replicated",
        type=CONFIG_MAP,
        good=[topics({"replication_factor": 3})],
        bad=[topics({"replication_factor": 1})],
        unknown={"data": {"topics.json": "{cut"}},
    ),
    Case(
        "flink-topics-bounded",
        type=CONFIG_MAP,
        good=[
            topics({"config": {"retention.ms": "1000"}}, {}),
            topics({"config": {"cleanup.policy": "compact", "retention.ms": "-1"}}),
            topics({"config": {"retention.ms": "-1", "retention.bytes": "1000000"}}),
        ],
        bad=[topics({"config": {"retention.ms": "-1"}}), topics({"config": {"retention.ms": -1}})],
        unknown={"data": {"topics.json": UNKNOWN}},
    ),
]


def values(policy: str, change: Any, stack: str = "prod-msk") -> Plant:
    return Plant(policy, stack, where="*:Release::cmf", change=lambda props: (change(props["values"]), None)[1])


def listed(policy: str, **topic: Any) -> Plant:
    def change(props: dict[str, Any]) -> None:
        document = json.loads(props["data"]["topics.json"])
        document["topics"][0].update(topic)
        props["data"]["topics.json"] = json.dumps(document)

    return Plant(policy, "prod-msk", where="*:ConfigMap::topics-list", change=change)


PLANTS = [
    values("flink-cmf-encrypted", lambda one: one["cmf"].pop("ssl")),
    values("flink-cmf-authenticated", lambda one: one["cmf"].pop("authentication")),
    values("flink-cmf-authorized", lambda one: one["cmf"]["authorization"].update(enforce=False)),
    values("flink-cmf-secrets-encrypted", lambda one: one["encryption"].update(enabled=False), "dev-msk"),
    values("flink-cmf-database", lambda one: one["cmf"].update(database={"type": "local"}), "dev-msk"),
    values("flink-cmf-licence", lambda one: one.pop("license")),
    Plant(
        "flink-cmf-client",
        "prod-msk",
        where=CLIENT,
        change=lambda props: props["spec"]["cmfRest"].update(endpoint="http://cmf-service:80"),
    ),
    listed("flink-topics-replicated", replication_factor=1),
    listed("flink-topics-bounded", config={"retention.ms": "-1"}),
]
