"""Confluent's Schema Registry on the cluster, for a Kafka that brings none (MSK)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.cluster.contract import Cluster, NodeRole
from components.cluster.objects import KubernetesObject
from components.errors import problem
from components.kafka.contract import GrantedAccess, KafkaAccess, SchemaRegistryAccess, TopicDescription, Workload
from components.kafka.iam_policies import IAM_MECHANISM
from components.kafka.schema_registry_manifests import (
    NAME,
    PORT,
    TOPIC,
    budget_manifest,
    deployment_manifest,
    login_manifest,
    login_variables,
    network_policy_manifest,
    service_manifest,
)
from components.versions import SCHEMA_REGISTRY_IMAGE


def schema_registry_access(namespace: str) -> SchemaRegistryAccess:
    """How pods reach the registry in `namespace`. Known before it exists, so that Kafka's flavour can hand it out."""
    return SchemaRegistryAccess(f"http://{NAME}.{namespace}.svc:{PORT}")


def schema_registry_workload() -> Workload:
    """The access that the registry asks for.

    It reads and writes its topic, checks that it is compacted, and elects its leader in a consumer group.
    https://docs.confluent.io/platform/current/schema-registry/security/index.html#authorizing-access-to-the-schemas-topic
    """
    return Workload(
        NAME, reads=(TOPIC,), writes=(TOPIC,), consumer_group=f"{NAME}*", inspects=(TOPIC, "__consumer_offsets")
    )


def schema_registry_topics(replication_factor: int) -> dict[str, TopicDescription]:
    """The registry's topic. With another cleanup policy, or more than one partition, the registry does not start."""
    return {TOPIC: TopicDescription(1, replication_factor, {"cleanup.policy": "compact"})}


@dataclass
class SchemaRegistryArgs:
    """Inputs of `SchemaRegistry`.

    cluster:        where it runs, on nodes of the role `platform`
    namespace:      exists already
    kafka:          what `schema_registry_workload()` was granted; by SCRAM, TLS or in clear, for the image has no login
                    module for IAM
    replicas:       pods (default 2)
    image:          default: the version in components/versions.py
    priority_class: None: the cluster's default
    after:          what has to be there first: the namespace, and the job that makes the topic and gives the rights
    client_namespaces: whose pods may use it, beside those of `namespace` (default: none)
    """

    cluster: Cluster
    namespace: str
    kafka: GrantedAccess
    replicas: int = 2
    image: pulumi.Input[str] = SCHEMA_REGISTRY_IMAGE
    priority_class: str | None = None
    after: Sequence[pulumi.Resource] = field(default_factory=tuple)
    client_namespaces: Sequence[str] = ()


class SchemaRegistry(pulumi.ComponentResource):
    """The registry: Deployment, Service, disruption budget, network policy, login.

    It asks its own clients for no login: a network policy decides which pods reach it.

    Outputs: url. For the program: `access`, and `ready` for whoever uses it.
    Raises PlatformError where Kafka takes IAM only.
    """

    url: pulumi.Output[str]

    def __init__(self, name: str, args: SchemaRegistryArgs, opts: pulumi.ResourceOptions | None = None):
        if args.kafka.access.sasl_mechanism == IAM_MECHANISM:
            raise problem(
                "SchemaRegistry",
                "kafka",
                "a login by IAM, for which Confluent's image has no module",
                "SCRAM, PLAIN or no login",
                "add scram to kafka.authentication, or write `schema_registry: null`",
            )
        super().__init__("streaming-platform:index:SchemaRegistry", name, None, opts)
        cluster = args.cluster.access
        on_cluster = pulumi.ResourceOptions(parent=self, provider=cluster.provider, depends_on=[*args.after])
        variables = pulumi.Output.secret(_variables(args.kafka.access))
        login = KubernetesObject(f"{name}-login", login_manifest(args.namespace, variables), on_cluster)
        service = KubernetesObject(
            f"{name}-service",
            service_manifest(args.namespace),
            on_cluster,
            # It has no pods yet, and Pulumi would wait for one.
            wait=False,
        )
        KubernetesObject(f"{name}-budget", budget_manifest(args.namespace), on_cluster)
        policy = KubernetesObject(
            f"{name}-policy", network_policy_manifest(args.namespace, args.client_namespaces), on_cluster
        )
        deployment = KubernetesObject(
            name,
            deployment_manifest(
                args.namespace,
                args.image,
                args.replicas,
                args.kafka.access.replication_factor,
                variables.apply(_hash),
                cluster.placement(NodeRole.PLATFORM),
                args.priority_class,
            ),
            pulumi.ResourceOptions(
                parent=self,
                provider=cluster.provider,
                depends_on=[*args.after, login, policy, *cluster.ready, *args.kafka.ready],
                custom_timeouts=pulumi.CustomTimeouts(create="15m", update="15m"),
            ),
            wait=cluster.wait,
        )
        self.access = schema_registry_access(args.namespace)
        self.url = pulumi.Output.from_input(self.access.url)
        self.ready = [deployment, service]
        self.register_outputs({"url": self.url})


def _variables(access: KafkaAccess) -> pulumi.Output[dict[str, str]]:
    return access.java_properties.apply(login_variables)


def _hash(variables: Mapping[str, str]) -> str:
    text = "\n".join(f"{key}={value}" for key, value in sorted(variables.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
