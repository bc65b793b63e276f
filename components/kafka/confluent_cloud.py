"""Kafka on Confluent Cloud: environment, cluster, Schema Registry, logins, rights, topics and schemas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_confluentcloud as confluent

from components.errors import Mistake, PlatformError, problem
from components.kafka import confluent_kinds as kinds
from components.kafka.confluent_access import Places, Role, acls_for, allow, bind, roles_for, subject_roles
from components.kafka.confluent_args import ConfluentCloudArgs, check_args
from components.kafka.confluent_byok import existing_key, own_key
from components.kafka.confluent_cluster import bare, cluster_block, endpoint_of
from components.kafka.confluent_endpoint import PrivateService, private_endpoint
from components.kafka.confluent_network import ConfluentNetwork
from components.kafka.confluent_topics import REPLICAS, declare_schemas, declare_topics, topic_mistakes
from components.kafka.contract import (
    Grant,
    GrantedAccess,
    KafkaAccess,
    Login,
    SchemaRegistryAccess,
    TopicDescription,
    Workload,
)
from components.kafka.existing import jaas_config
from components.key_rotation import ApiKeyPair, KeyScope, RotatingApiKeys, RotatingApiKeysArgs, cluster_scope


@dataclass(frozen=True)
class ServiceLogin:
    """A service account of the platform with its keys.

    account_id: sa-...
    kafka:      the active key of the cluster
    registry:   the active key of the Schema Registry
    ready:      rights and keys
    """

    account_id: pulumi.Output[str]
    kafka: ApiKeyPair
    registry: ApiKeyPair
    ready: Sequence[pulumi.Resource]


class ConfluentCloud(pulumi.ComponentResource):
    """An environment with one Kafka cluster and its Schema Registry.

    Outputs: environment_id, cluster_id, schema_registry_id, bootstrap_servers, rest_endpoint.
    For the program: `access` (clients outside), `admin`, `grant`, `service_account`, `topics`; `control` and `data` are
    the providers: of the control plane, and of this cluster with its registry.
    Raises PlatformError for what Confluent Cloud would refuse.
    """

    environment_id: pulumi.Output[str]
    cluster_id: pulumi.Output[str]
    schema_registry_id: pulumi.Output[str]
    bootstrap_servers: pulumi.Output[str]
    rest_endpoint: pulumi.Output[str]

    def __init__(self, name: str, args: ConfluentCloudArgs, opts: pulumi.ResourceOptions | None = None):
        check_args(name, args)
        super().__init__("streaming-platform:index:ConfluentCloud", name, None, opts)
        self._name, self._args = name, args
        self._granted: set[str] = {"admin"}
        # Explicit: a key in the stack's configuration would make every other stack's plan differ.
        self.control = confluent.Provider(
            f"{name}-control",
            cloud_api_key=args.cloud_api_key,
            cloud_api_secret=args.cloud_api_secret,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._child = pulumi.ResourceOptions(parent=self, provider=self.control)
        kept = pulumi.ResourceOptions(
            parent=self,
            provider=self.control,
            protect=args.protect,
            # The provider waits for up to 72 hours while a dedicated cluster grows; creation takes up to a day.
            custom_timeouts=pulumi.CustomTimeouts(create="24h", update="72h"),
        )
        self.environment = confluent.Environment(
            name,
            display_name=args.environment_name,
            stream_governance={"package": args.stream_governance},
            opts=pulumi.ResourceOptions(parent=self, provider=self.control, protect=args.protect),
        )
        self.network = self._way_in()
        self.cluster = self._cluster(kept)
        # Confluent makes the registry with the first cluster of an environment; before that there is none to read.
        registry = confluent.get_schema_registry_cluster_output(
            environment=self.environment.id.apply(lambda id: confluent.GetSchemaRegistryClusterEnvironmentArgs(id=id)),
            opts=pulumi.InvokeOutputOptions(parent=self, provider=self.control, depends_on=[self.cluster]),
        )
        self.registry = registry
        self.environment_id = self.environment.id
        self.cluster_id = self.cluster.id
        self.schema_registry_id = registry.id
        self.rest_endpoint, self.bootstrap_servers = self._endpoints()
        self.registry_endpoint = self._registry_endpoint()
        self.registry_scope = KeyScope(registry.id, registry.api_version, registry.kind, self.environment.id)
        self.places = Places(self.cluster.rbac_crn, self.cluster.id, registry.resource_name)

        self.administrator = self.service_account(
            "admin", [Role("CloudClusterAdmin", "cluster", ""), Role("ResourceOwner", "schema-registry", "subject=*")]
        )
        # One provider holds the key of this cluster: topics, schemas and ACLs have none, and a rotation changes one
        # place. All fields of a group are there: with one missing the provider asks for credentials in each resource.
        self.data = confluent.Provider(
            f"{name}-data",
            cloud_api_key=args.cloud_api_key,
            cloud_api_secret=args.cloud_api_secret,
            kafka_id=self.cluster.id,
            kafka_rest_endpoint=self.rest_endpoint,
            kafka_api_key=self.administrator.kafka.key,
            kafka_api_secret=self.administrator.kafka.secret,
            schema_registry_id=registry.id,
            schema_registry_rest_endpoint=self.registry_endpoint,
            schema_registry_api_key=self.administrator.registry.key,
            schema_registry_api_secret=self.administrator.registry.secret,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self.administrator.ready]),
        )
        self._data = pulumi.ResourceOptions(
            parent=self,
            provider=self.data,
            depends_on=[*self.administrator.ready, *(self.network.before_data_plane if self.network else [])],
        )
        self.admin = GrantedAccess(self._access(self.administrator), ready=self.administrator.ready)
        self.clients = self.grant(args.clients, self._child)
        self.access = self.clients.access
        self.register_outputs(
            {
                "environment_id": self.environment_id,
                "cluster_id": self.cluster_id,
                "schema_registry_id": self.schema_registry_id,
                "bootstrap_servers": self.bootstrap_servers,
                "rest_endpoint": self.rest_endpoint,
            }
        )

    @property
    def kind(self) -> str:
        """basic, standard, enterprise, freight or dedicated."""
        return self._args.cluster.kind

    @property
    def way_in(self) -> str:
        """How the cluster is reached, one of `confluent_kinds`."""
        return self._args.cluster.way_in

    @property
    def data_plane(self) -> bool:
        """Whether `pulumi up` reaches the brokers, and so topics are resources here."""
        return self._args.data_plane

    def _way_in(self) -> ConfluentNetwork | None:
        network = self._args.network
        if network is None:
            return None
        network.environment_id, network.provider = self.environment.id, self.control
        return ConfluentNetwork(f"{self._name}-network", network, pulumi.ResourceOptions(parent=self))

    def _cluster(self, opts: pulumi.ResourceOptions) -> confluent.KafkaCluster:
        args, shape = self._args, self._args.cluster
        waits: list[pulumi.Resource] = [*(self.network.before_cluster if self.network else [])]
        key: confluent.ByokKey | None = None
        if args.encryption_key == "created":
            key, policy = own_key(f"{self._name}", args.account_id, args.tags, args.protect, self._child)
            waits += policy
        elif args.encryption_key is not None:
            key = existing_key(self._name, args.encryption_key, self._child)
        own_network = self.network is not None and shape.way_in not in (kinds.INGRESS, kinds.INTERFACE)
        return confluent.KafkaCluster(
            self._name,
            display_name=args.cluster_name,
            availability=shape.zones,
            cloud="AWS",
            region=args.region,
            environment={"id": self.environment.id},
            network={"id": self.network.network_id.apply(str)} if self.network and own_network else None,
            byok_key={"id": key.id} if key else None,
            deletion_protection=args.protect,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=waits)),
            **cluster_block(shape),
        )

    def _endpoints(self) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """REST endpoint and bootstrap servers: of the access point where there is one."""
        cluster = self.cluster
        if self.network is None or self._args.cluster.way_in not in (kinds.INGRESS, kinds.INTERFACE):
            return cluster.rest_endpoint, cluster.bootstrap_endpoint.apply(bare)
        both = pulumi.Output.all(cluster.endpoints, self.network.access_point_id)
        found = both.apply(lambda known: endpoint_of(known[0], known[1]))
        return found.apply(lambda one: one[0]), found.apply(lambda one: one[1])

    def _registry_endpoint(self) -> pulumi.Output[str]:
        """Of the Schema Registry: by the cluster's own way in, so that schemas of a private cluster stay off the
        internet and clients need no way out."""
        if self.network is None:
            return self.registry.rest_endpoint
        return private_endpoint(
            PrivateService("SCHEMA_REGISTRY", self.registry.id, resource=self.registry.id),
            self.network,
            self.way_in,
            self.environment.id,
            self._args.region,
            parent=self,
            control=self.control,
            after=[self.cluster],
        )

    def account(
        self, workload: str, roles: Sequence[Role]
    ) -> tuple[confluent.ServiceAccount, Sequence[pulumi.Resource]]:
        """A service account with `roles`, and what to wait for until it has them. For who needs no key."""
        args, name = self._args, f"{self._name}-{workload}"
        account = confluent.ServiceAccount(
            name,
            display_name=f"{args.name_prefix}-{workload}",
            description=f"{workload} on {args.cluster_name}",
            opts=self._child,
        )
        return account, bind(name, account.id, roles, self.places, self._child)

    def service_account(self, workload: str, roles: Sequence[Role]) -> ServiceLogin:
        """A service account with `roles` and keys of the cluster and of the registry."""
        args, name = self._args, f"{self._name}-{workload}"
        account, bindings = self.account(workload, roles)
        # The provider lists topics to see whether a key works, and always at the cluster's own endpoint, where nobody
        # answers behind an access point (so does its example enterprise-pni-aws-kafka-rbac). A key that is not asked
        # for is made before the bindings, and given to nobody before the provider has waited a minute for the
        # registry's key: in a rotation there is nothing else to wait for, and a secret with a key that brokers do not
        # know yet turns clients away.
        asked = args.data_plane and args.cluster.way_in not in (kinds.INGRESS, kinds.INTERFACE)
        reachable = self.network.before_data_plane if self.network else []

        def keys(what: str, scope: KeyScope, wait: bool) -> RotatingApiKeys:
            return RotatingApiKeys(
                f"{name}-{what}",
                RotatingApiKeysArgs(
                    display_name=f"{args.name_prefix}-{workload}-{what}",
                    owner_id=account.id,
                    scope=scope,
                    number=args.rotation,
                    keys=args.keys,
                    wait_for_ready=wait,
                    protect=args.protect,
                    after=[*bindings, *reachable] if wait else [],
                ),
                self._child_of_component(),
            )

        kafka = keys("kafka", cluster_scope(self.cluster, self.environment.id), asked)
        registry = keys("registry", self.registry_scope, True)
        pair = kafka.pair if asked else _known_with(registry.pair, kafka.pair)
        return ServiceLogin(account.id, pair, registry.pair, [*bindings, *kafka.resources, *registry.resources])

    def _child_of_component(self) -> pulumi.ResourceOptions:
        # A component hands `providers` down; `provider` alone would stay with it.
        return pulumi.ResourceOptions(parent=self, providers=[self.control])

    def _access(self, login: ServiceLogin) -> KafkaAccess:
        return KafkaAccess(
            flavour="confluent_cloud",
            bootstrap_servers=self.bootstrap_servers,
            security_protocol="SASL_SSL",
            sasl_mechanism="PLAIN",
            sasl_jaas_config=pulumi.Output.secret(
                pulumi.Output.all(login.kafka.key, login.kafka.secret).apply(
                    lambda pair: jaas_config("PLAIN", pair[0], pair[1])
                )
            ),
            client_properties={"client.dns.lookup": "use_all_dns_ips", "session.timeout.ms": "45000"},
            replication_factor=REPLICAS,
            username=login.kafka.key,
            password=login.kafka.secret,
            schema_registry=SchemaRegistryAccess(
                self.registry_endpoint,
                pulumi.Output.secret(pulumi.Output.format("{0}:{1}", login.registry.key, login.registry.secret)),
            ),
        )

    @property
    def acls(self) -> Sequence[Grant]:
        """None for the in-cluster job: role bindings and ACLs are resources here."""
        return []

    def grant(self, workload: Workload, opts: pulumi.ResourceOptions) -> GrantedAccess:
        """A service account of its own with its rights and keys. Raises PlatformError for what cannot be granted."""
        where = f"ConfluentCloud {self._name}"
        if workload.name in self._granted:
            raise problem(
                where,
                workload.name,
                "a second workload of this name",
                "one service account for each workload",
                "give it another name, or grant both together",
            )
        if workload.login is Login.IAM:
            raise problem(
                where,
                workload.name,
                "a workload that can only log in by IAM (MSK Connect)",
                "API keys",
                "take the managed connector: cdc.flavour confluent_connector",
            )
        if workload.transactional_ids and not self._args.cluster.rules.transactions:
            raise problem(
                where,
                workload.name,
                f"transactions on a {self._args.cluster.kind} cluster",
                "producers without transactions",
                "take another kind of cluster, or deliver at least once",
            )
        self._granted.add(workload.name)
        if self._args.cluster.rules.topic_roles:
            login = self.service_account(workload.name, roles_for(workload))
            return GrantedAccess(self._access(login), ready=login.ready)
        login = self.service_account(workload.name, subject_roles(workload, registers=False))
        rights = allow(f"{self._name}-{workload.name}", login.account_id, acls_for(workload), self._data)
        return GrantedAccess(self._access(login), ready=[*login.ready, *rights])

    def prepared_topics(self, topics: Mapping[str, TopicDescription]) -> dict[str, TopicDescription]:
        """`topics` with three copies each. Raises PlatformError with every setting that cannot be set."""
        mistakes: list[Mistake] = list(topic_mistakes(f"ConfluentCloud {self._name}", topics))
        if mistakes:
            raise PlatformError(mistakes)
        return {name: TopicDescription(one.partitions, REPLICAS, one.config) for name, one in topics.items()}

    def topics(
        self, topics: Mapping[str, TopicDescription], schemas: Mapping[str, Mapping[str, Any]]
    ) -> list[pulumi.Resource]:
        """Topics, and the JSON Schemas of their values by topic. [] where the data plane is not reached from here."""
        if not self._args.data_plane:
            return []
        made = declare_topics(self._name, self.prepared_topics(topics), self._args.protect, self._data)
        return [*made.values(), *declare_schemas(self._name, schemas, made, self._data)]


def _known_with(other: ApiKeyPair, pair: ApiKeyPair) -> ApiKeyPair:
    """`pair`, for whoever uses it, not before `other` is ready too."""
    return ApiKeyPair(
        pulumi.Output.all(pair.key, other.key).apply(lambda both: both[0]),
        pulumi.Output.secret(pulumi.Output.all(pair.secret, other.key).apply(lambda both: both[0])),
    )
