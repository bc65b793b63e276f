"""What every Kafka gives to the rest of the platform, whichever flavour it is.

Flink, CDC, client secrets and exports read a `KafkaAccess` and know no flavour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

import pulumi


@dataclass(frozen=True)
class SchemaRegistryAccess:
    """How a client reaches the Schema Registry.

    url:       base URL. `mock://<scope>` is the in-memory registry of Confluent's own clients: what a platform
               without a registry gives, so that the same client code runs against it.
    user_info: `user:password`, marked secret, or None where the registry asks for none
    """

    url: pulumi.Input[str]
    user_info: pulumi.Input[str] | None = None


@dataclass(frozen=True)
class KafkaAccess:
    """How a client reaches the brokers.

    flavour:            which Kafka it is; for people and exports, never for decisions
    bootstrap_servers:  host:port, comma separated
    security_protocol:  PLAINTEXT, SSL or SASL_SSL
    sasl_mechanism:     None without SASL
    sasl_jaas_config:   marked secret where it holds one; None without SASL
    client_properties:  what else a Java client needs; no secrets
    replication_factor: of the topics that the platform creates
    schema_registry:    None where the flavour has none
    username, password: of the SASL login, secret, for clients that are not Java; None where there is none to give
    """

    flavour: str
    bootstrap_servers: pulumi.Input[str]
    security_protocol: str
    sasl_mechanism: str | None = None
    sasl_jaas_config: pulumi.Input[str] | None = None
    client_properties: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    replication_factor: int = 3
    schema_registry: SchemaRegistryAccess | None = None
    username: pulumi.Input[str] | None = None
    password: pulumi.Input[str] | None = None

    @cached_property
    def java_properties(self) -> pulumi.Output[dict[str, Any]]:
        """The connection properties of a Java client. One Output for all applications: each Output takes its time."""
        return pulumi.Output.all(**java_client_properties(self))


class Login(StrEnum):
    """How a workload wants to log in. any: as the flavour does best; iam: it has no other way (MSK Connect)."""

    ANY = "any"
    IAM = "iam"


@dataclass(frozen=True)
class Workload:
    """Who asks for access: an application or a connector, with the topics it reads and writes and its group.

    name:              also the name of its login, where the flavour makes one
    reads, writes:     topics; it may create those that it writes
    consumer_group:    None: it joins none
    transactional_ids: of a producer with exactly-once delivery
    inspects:          topics whose settings it reads (Schema Registry and Connect check that theirs are compacted)
    login:             how it logs in

    A name that ends with `*` stands for all that begin with what is before it.
    """

    name: str
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    consumer_group: str | None = None
    transactional_ids: Sequence[str] = ()
    inspects: Sequence[str] = ()
    login: Login = Login.ANY


@dataclass(frozen=True)
class Grant:
    """One right: a Kafka ACL that allows, in the words of `kafka-acls`.

    principal: the user, without `User:`
    operation: Read, Write, Create, Describe, DescribeConfigs or IdempotentWrite
    resource:  topic, group, transactional-id or cluster
    pattern:   literal or prefixed. The literal name `*` stands for all
    """

    principal: str
    operation: str
    resource: str
    name: str
    pattern: str = "literal"


@dataclass(frozen=True)
class GrantedAccess:
    """What a workload is given.

    access:      how it connects: with a login or role of its own where the flavour makes one, else as everybody does
    policy_arns: short name -> ARN of the IAM policies that its pods need, where it logs in by IAM
    outstanding: the rights that only the cluster's owner can give
    ready:       what has to exist before it connects: logins, rights
    """

    access: KafkaAccess
    policy_arns: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    outstanding: Sequence[Grant] = ()
    ready: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True)
class TopicDescription:
    """A topic to be made.

    config: topic-level settings as Kafka names them, values as text
    """

    partitions: int
    replication_factor: int
    config: Mapping[str, str] = field(default_factory=dict)


class Kafka(Protocol):
    """A Kafka flavour.

    access: what clients outside of the platform get (client secrets)
    admin:  who may create topics and, where the flavour has them, ACLs; the in-cluster job connects with it
    acls:   the ACLs that the in-cluster job has to make for what was granted so far; [] where the flavour has none.
            Read it after the last `grant`
    """

    access: KafkaAccess
    admin: GrantedAccess

    @property
    def acls(self) -> Sequence[Grant]: ...

    def grant(self, workload: Workload, opts: pulumi.ResourceOptions) -> GrantedAccess:
        """Give `workload` what it needs: a flavour that manages rights declares them as resources with `opts`."""
        ...

    def prepared_topics(self, topics: Mapping[str, TopicDescription]) -> dict[str, TopicDescription]:
        """`topics` with the settings that this flavour wants on them.

        Raises PlatformError with everything that the flavour would refuse, or silently make otherwise.
        """
        ...


# The one name that Kafka gives to the resource `cluster`.
CLUSTER = "kafka-cluster"


def grants_for(workload: Workload) -> list[Grant]:
    """The Kafka ACLs that a workload needs, each once, in the names of `kafka-acls`.

    Whoever writes may also do so idempotently: producers do by default since Kafka 3.0.
    """
    wanted = [
        *(("topic", topic, ("Read", "Describe")) for topic in workload.reads),
        *(("topic", topic, ("Write", "Describe", "Create")) for topic in workload.writes),
        *(("topic", topic, ("Describe", "DescribeConfigs")) for topic in workload.inspects),
        *(("transactional-id", one, ("Write", "Describe")) for one in workload.transactional_ids),
    ]
    if workload.consumer_group:
        wanted.append(("group", workload.consumer_group, ("Read",)))
    if workload.writes:
        wanted.append(("cluster", CLUSTER, ("IdempotentWrite",)))
    grants = [
        Grant(workload.name, operation, resource, *_pattern(name))
        for resource, name, operations in wanted
        for operation in operations
    ]
    return list(dict.fromkeys(grants))


def _pattern(name: str) -> tuple[str, str]:
    if name != "*" and name.endswith("*"):
        return name[:-1], "prefixed"
    return name, "literal"


def java_client_properties(access: KafkaAccess) -> dict[str, Any]:
    """The connection properties of a Java client, secrets included as secret Outputs."""
    properties: dict[str, Any] = {
        "bootstrap.servers": access.bootstrap_servers,
        "security.protocol": access.security_protocol,
        **access.client_properties,
    }
    if access.sasl_mechanism:
        properties["sasl.mechanism"] = access.sasl_mechanism
        properties["sasl.jaas.config"] = access.sasl_jaas_config
    return properties
