"""What every Kafka gives to the rest of the platform, whichever flavour it is.

Flink, CDC, client secrets and exports read a `KafkaAccess` and know no flavour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    sasl_jaas_config:   marked secret; None without SASL
    client_properties:  what else a Java client needs; no secrets
    replication_factor: of the topics that the platform creates
    schema_registry:    None where the flavour has none
    """

    flavour: str
    bootstrap_servers: pulumi.Input[str]
    security_protocol: str
    sasl_mechanism: str | None = None
    sasl_jaas_config: pulumi.Input[str] | None = None
    client_properties: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    replication_factor: int = 3
    schema_registry: SchemaRegistryAccess | None = None

    @cached_property
    def java_properties(self) -> pulumi.Output[dict[str, Any]]:
        """The connection properties of a Java client. One Output for all applications: each Output takes its time."""
        return pulumi.Output.all(**java_client_properties(self))


@dataclass(frozen=True)
class Workload:
    """Who asks for access: an application or a connector, with the topics it reads and writes and its group."""

    name: str
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    consumer_group: str | None = None


@dataclass(frozen=True)
class Grant:
    """One right that the owner of the cluster has to give, where the flavour cannot give it itself.

    resource: topic, group or transactional id; pattern: literal or prefixed
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


def grants_for(workload: Workload) -> list[Grant]:
    """The Kafka ACLs that a workload needs, in the names of `kafka-acls`."""
    grants = [
        Grant(workload.name, operation, "topic", topic)
        for topic in workload.reads
        for operation in ("Read", "Describe")
    ]
    grants += [
        Grant(workload.name, operation, "topic", topic)
        for topic in workload.writes
        for operation in ("Write", "Describe", "Create")
    ]
    if workload.consumer_group:
        grants.append(Grant(workload.name, "Read", "group", workload.consumer_group))
    return grants


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
