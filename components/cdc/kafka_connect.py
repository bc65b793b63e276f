"""Debezium in Kafka Connect workers on the cluster. Works with every Kafka."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.cdc.connect_manifests import (
    CONFIG,
    CONFIGURE,
    JAAS_VARIABLE,
    LOG4J,
    configuration_job,
    deployment,
    disruption_budget,
    internal_names,
    labels,
    network_policy,
    service,
    worker_properties,
)
from components.cdc.contract import compacted, heartbeat_topic, heartbeat_topics
from components.cdc.debezium import TOPIC_PREFIX, captured_topics, managed_debezium_config
from components.cluster.contract import Cluster, NodeRole, ServiceAccountIdentity
from components.cluster.objects import KubernetesObject
from components.errors import problem
from components.kafka.contract import GrantedAccess, TopicDescription, Workload
from components.kafka.java_properties import properties_text
from components.postgres.contract import PostgresAccess
from components.versions import CURL_IMAGE


def worker_group(connector: str) -> str:
    """Group of the workers; their topics' names begin with it."""
    return f"{connector}-connect"


def kafka_connect_workload(connector: str, tables: Sequence[str]) -> Workload:
    """What the workers ask of Kafka: the captured topics, their own, their group, and transactions.

    Transactional ids: `connect-cluster-<group>` of the leader, `<group>-<connector>-<task>` of the tasks
    (https://cwiki.apache.org/confluence/display/KAFKA/KIP-618%3A+Exactly-Once+Support+for+Source+Connectors).
    """
    group = worker_group(connector)
    own = list(internal_names(group).values())
    return Workload(
        name=connector,
        reads=own,
        writes=[*captured_topics(tables), heartbeat_topic(TOPIC_PREFIX), *own],
        consumer_group=group,
        transactional_ids=[f"connect-cluster-{group}", f"{group}-*"],
        inspects=own,
    )


def kafka_connect_topics(connector: str, replication_factor: int) -> dict[str, TopicDescription]:
    """The topics that the workers need besides the captured ones. Partitions: Connect demands 1 for configurations; of
    offsets and states there are few with one connector."""
    names = internal_names(worker_group(connector))
    return {
        names["config"]: compacted(1, replication_factor),
        names["offset"]: compacted(5, replication_factor),
        names["status"]: compacted(5, replication_factor),
        **heartbeat_topics(TOPIC_PREFIX, replication_factor),
    }


@dataclass
class KafkaConnectCdcArgs:
    """Inputs of `KafkaConnectCdc`.

    connector:  name of the connector, its replication slot (with underscores) and its objects
    tables:     schema.table of each captured table; at least one
    cluster, namespace: where the workers run
    image:      Java, Kafka Connect in /opt/connect/lib, Debezium in /opt/connect/plugins
    postgres:   what is captured; its password is known
    kafka:      what `grant(kafka_connect_workload(...))` gave
    replicas:   workers (default 2). One connector has one task: a second worker takes over at once
    cpu, memory_mib: of each worker, in Kubernetes' CPU units and MiB (default 500m, 1536)
    curl_image: of the Job that hands the workers their connector
    after:      what has to exist before any of this does: the namespace and the topics
    """

    connector: str
    tables: list[str]
    cluster: Cluster
    namespace: str
    image: pulumi.Input[str]
    postgres: PostgresAccess
    kafka: GrantedAccess
    replicas: int = 2
    cpu: str = "500m"
    memory_mib: int = 1536
    curl_image: str = CURL_IMAGE
    after: Sequence[pulumi.Resource] = ()


class KafkaConnectCdc(pulumi.ComponentResource):
    """Kafka Connect workers with exactly-once support, and one Debezium connector on them.

    Passwords are in a Kubernetes Secret; files and the connector's configuration name environment variables. When this
    goes, the replication slot stays in the database: drop it with pg_drop_replication_slot, or the log fills the disk.

    Outputs: connector (name), rest_url (within the cluster).
    """

    connector: pulumi.Output[str]
    rest_url: pulumi.Output[str]

    exactly_once = True
    ready: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: KafkaConnectCdcArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:KafkaConnectCdc", name, None, opts)
        cluster, physical = args.cluster.access, args.connector
        if args.postgres.password is None:
            raise problem(
                "KafkaConnectCdc",
                "postgres.password",
                "nothing",
                "the password of the capturing role",
                "take the access of PostgresSetup or ExistingPostgres",
            )
        # Each object by itself: what a component depends on does not hold for its children.
        child = pulumi.ResourceOptions(parent=self, provider=cluster.provider, depends_on=list(args.after))

        def declare(part: str, manifest: Mapping[str, Any]) -> KubernetesObject:
            return KubernetesObject(f"{name}-{part}", manifest, opts=child)

        def metadata(part: str, suffix: str = "") -> dict[str, Any]:
            return {"name": f"{physical}{suffix}", "namespace": args.namespace, "labels": labels(physical, part)}

        identity = ServiceAccountIdentity()
        if args.kafka.policy_arns:
            identity = args.cluster.identity(
                f"{name}-workers",
                args.namespace,
                physical,
                args.kafka.policy_arns,
                pulumi.ResourceOptions(parent=self),
            )
        account = declare(
            "account",
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {**metadata("worker"), "annotations": dict(identity.annotations)},
            },
        )
        access = args.kafka.access
        with_jaas = access.sasl_jaas_config is not None
        passwords: dict[str, pulumi.Input[str]] = {
            args.postgres.password_variable: pulumi.Output.secret(args.postgres.password)
        }
        if access.sasl_jaas_config is not None:
            passwords[JAAS_VARIABLE] = pulumi.Output.secret(access.sasl_jaas_config)
        secret = declare(
            "passwords",
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": metadata("worker"),
                "type": "Opaque",
                "stringData": passwords,
            },
        )
        client: dict[str, pulumi.Input[str]] = {
            "bootstrap.servers": access.bootstrap_servers,
            "security.protocol": access.security_protocol,
            **access.client_properties,
            **({"sasl.mechanism": access.sasl_mechanism} if access.sasl_mechanism else {}),
        }
        ca = args.postgres.ca_certificates
        files = pulumi.Output.all(kafka=pulumi.Output.all(**client), ca=ca).apply(
            lambda known: {
                "worker.properties": properties_text(
                    worker_properties(worker_group(physical), known["kafka"], with_jaas)
                ),
                "log4j2.properties": LOG4J,
                **({"ca.pem": known["ca"]} if known["ca"] else {}),
            }
        )
        config_map = declare(
            "files", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("worker"), "data": files}
        )
        workers = KubernetesObject(
            f"{name}-workers",
            deployment(
                physical,
                args.namespace,
                args.image,
                args.replicas,
                args.cpu,
                args.memory_mib,
                [*_from_secret(physical, list(passwords)), *identity.env],
                files.apply(_checksum),
                cluster.placement(NodeRole.PLATFORM).pod_spec(),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=cluster.provider,
                # A Pod Identity reaches only pods that start after it, and a worker without its topics fails.
                depends_on=[
                    account,
                    secret,
                    config_map,
                    *identity.ready,
                    *args.kafka.ready,
                    *args.after,
                    *cluster.ready,
                ],
                custom_timeouts=pulumi.CustomTimeouts(create="20m", update="20m"),
            ),
            wait=cluster.wait,
        )
        endpoint = KubernetesObject(
            f"{name}-rest",
            service(physical, args.namespace),
            opts=child,
            # Pulumi would wait ten minutes for its pods; the workers may take twenty, and `wait` may say no.
            wait=False,
        )
        budget = declare("budget", disruption_budget(physical, args.namespace))
        policy = declare("policy", network_policy(physical, args.namespace))
        job = self._connector(name, args, [workers, endpoint, budget, policy])
        self.ready = [job]
        self.connector = pulumi.Output.from_input(args.connector)
        self.rest_url = pulumi.Output.from_input(f"http://{physical}.{args.namespace}.svc:8083")
        self.register_outputs({"connector": self.connector, "rest_url": self.rest_url})

    def _connector(self, name: str, args: KafkaConnectCdcArgs, workers: Sequence[pulumi.Resource]) -> KubernetesObject:
        cluster, physical = args.cluster.access, args.connector
        variable = args.postgres.password_variable
        config = managed_debezium_config(
            args.connector,
            args.postgres,
            args.tables,
            f"${{env:{variable}}}",
            f"{CONFIG}/ca.pem" if args.postgres.ca_certificates else None,
        )
        text = pulumi.Output.all(**config).apply(lambda known: json.dumps(known, indent=1, sort_keys=True))
        config_map = KubernetesObject(
            f"{name}-connector",
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {
                    "name": f"{physical}-connector",
                    "namespace": args.namespace,
                    "labels": labels(physical, "configuration"),
                },
                "data": {"config.json": text, "configure.sh": CONFIGURE},
            },
            opts=pulumi.ResourceOptions(parent=self, provider=cluster.provider, depends_on=list(args.after)),
        )
        # Of what is known before anything exists; the rest is in the pod's annotation.
        plain = {key: value for key, value in config.items() if isinstance(value, str)}
        known = json.dumps([plain, CONFIGURE, args.curl_image], sort_keys=True)
        return KubernetesObject(
            f"{name}-configuration",
            configuration_job(
                f"{physical}-{hashlib.sha256(known.encode()).hexdigest()[:8]}",
                args.namespace,
                physical,
                args.connector,
                args.curl_image,
                text.apply(lambda content: _checksum({"config.json": content})),
                cluster.placement(NodeRole.PLATFORM).pod_spec(),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=cluster.provider,
                depends_on=[config_map, *workers, *args.postgres.ready],
                # A Job's template cannot be changed, and two of one name cannot be.
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create="30m"),
            ),
            wait=cluster.wait,
        )


def _from_secret(secret: str, keys: Sequence[str]) -> list[dict[str, Any]]:
    return [{"name": key, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}} for key in keys]


def _checksum(files: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()[:16]
