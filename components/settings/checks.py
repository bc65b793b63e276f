"""What several settings say together, and what cannot be: each with its key and the way out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.compatibility import incompatibilities
from components.contradiction import Contradiction
from components.settings.base import PROJECT, Environment
from components.settings.cdc import KafkaConnect
from components.settings.cluster import EksCluster, ExistingCluster
from components.settings.confluent_checks import confluent_contradictions
from components.settings.flink import CmfFlink
from components.settings.kafka import MskAuthentication, MskExpress, MskServerless, MskStandard
from components.settings.network import CreatedNetwork
from components.settings.tls_endpoint import PassthroughEndpoint, Scheme, TerminatingEndpoint

if TYPE_CHECKING:
    from components.settings import Settings

MSK = ("msk_standard", "msk_express", "msk_serverless")
MANAGED_POSTGRES = ("rds", "aurora")


def contradictions(settings: "Settings") -> list[Contradiction]:
    """Everything that does not fit together, in the order of the keys of a stack file."""
    return [
        *_applications(settings),
        *_places(settings),
        *_nodes(settings),
        *_kafka(settings),
        *_cdc(settings),
        *_cmf(settings),
        *confluent_contradictions(settings),
    ]


# Logins, roles and Kubernetes objects are called after their application, and these are taken by the platform.
_TAKEN = (
    "admin",
    "clients",
    "cluster",
    "cmf-aws",
    "efs-driver",
    "flink-sql",
    "node",
    "schema-registry",
    "sql-sql",
    "topics",
)


def _applications(settings: "Settings") -> Iterator[Contradiction]:
    for name in settings.applications:
        if name in _TAKEN and isinstance(settings.flink, CmfFlink):
            yield Contradiction(
                "applications", f"{name}, which is the name of a login or role of the platform's own", "rename it"
            )
    if len(set(settings.applications)) != len(settings.applications):
        yield Contradiction("applications", "one application twice", "keep one of them")


def _places(settings: "Settings") -> Iterator[Contradiction]:
    """Each part has the place that it runs in: this machine, a VPC, a Kubernetes cluster."""
    parts = {
        "kafka": settings.kafka.flavour,
        "flink": settings.flink.flavour,
        "postgres": settings.postgres.flavour,
        "cdc": settings.cdc.flavour if settings.cdc else None,
    }
    here = [key for key, flavour in parts.items() if flavour == "local"]
    if here and settings.local is None:
        yield Contradiction(
            "local", f"nothing, while {', '.join(here)} run on this machine", f"add `{PROJECT}:local: {{}}`"
        )
    if settings.flink.flavour == "local" and not settings.aws.emulated:
        yield Contradiction(
            "flink.flavour",
            "local, while aws.emulated is not true; a local Flink writes to the emulator",
            "set aws.emulated: true, or take cmf",
        )
    if settings.flink.flavour == "local" and settings.postgres.flavour != "local":
        yield Contradiction("postgres.flavour", f"{settings.postgres.flavour}, while flink is local", "write local")
    if settings.flink.flavour == "local" and settings.kafka.flavour not in ("local", "external"):
        yield Contradiction(
            "kafka.flavour", f"{settings.kafka.flavour}, while flink is local", "write local, or external"
        )
    if settings.flink.flavour == "local" and settings.cdc and settings.cdc.flavour != "local":
        yield Contradiction(
            "cdc.flavour", f"{settings.cdc.flavour}, while flink is local", "write local, or leave it out"
        )
    in_vpc = [f"{key}.flavour {flavour}" for key, flavour in parts.items() if flavour in (*MSK, *MANAGED_POSTGRES)]
    if isinstance(settings.flink, CmfFlink):
        if settings.cluster is None:
            yield Contradiction("cluster", "nothing, while flink.flavour is cmf", "add an eks or an existing cluster")
        for key, part in (("kafka", parts["kafka"]), ("postgres", parts["postgres"]), ("cdc", parts["cdc"])):
            if part == "local":
                yield Contradiction(
                    f"{key}.flavour",
                    "local, while flink.flavour is cmf",
                    "pods cannot reach this machine: take another",
                )
        database = settings.flink.database.flavour
        if database in MANAGED_POSTGRES:
            in_vpc.append(f"flink.database.flavour {database}")
        if settings.aws.emulated:
            yield Contradiction("aws.emulated", "true, while flink.flavour is cmf", "remove it; CMF writes to AWS")
    if isinstance(settings.cluster, EksCluster):
        in_vpc.append("cluster.flavour eks")
    if in_vpc and settings.network is None:
        yield Contradiction(
            "network", f"nothing, while {', '.join(in_vpc)} needs a VPC", "add a created or existing one"
        )
    if isinstance(settings.cluster, ExistingCluster) and in_vpc:
        yield Contradiction(
            "cluster.flavour",
            f"existing, while {', '.join(in_vpc)} lets in only the nodes of a cluster that this stack makes",
            "take kafka external and postgres existing, or cluster eks",
        )


def _nodes(settings: "Settings") -> Iterator[Contradiction]:
    if not isinstance(settings.cluster, EksCluster):
        return
    if not settings.cluster.public_access_cidrs and not settings.cluster.private_access_cidrs:
        yield Contradiction(
            "cluster.private_access_cidrs",
            "nothing, and public_access_cidrs neither: only nodes could reach the API server, `pulumi up` could not",
            "name the ranges, within the VPC or connected with it, that you and CI come from; or public_access_cidrs",
        )
    for name, pool in settings.cluster.node_pools:
        if pool is not None and pool.architectures != ["amd64"] and name != "brokers":
            yield Contradiction(
                f"cluster.node_pools.{name}.architectures",
                f"{', '.join(pool.architectures)}, while the platform's images are for amd64",
                "write [amd64]",
            )


def _kafka(settings: "Settings") -> Iterator[Contradiction]:
    kafka, network = settings.kafka, settings.network
    if isinstance(kafka, MskStandard | MskExpress) and network is not None:
        zones = (
            len(network.zones)
            if isinstance(network, CreatedNetwork)
            else len(network.isolated_subnet_ids or network.private_subnet_ids)
        )
        if isinstance(kafka, MskExpress) and zones != 3:
            yield Contradiction(
                "kafka.flavour",
                f"msk_express over {zones} zones",
                "express brokers need 3: give the network three zones",
            )
        elif kafka.broker_count % zones:
            yield Contradiction(
                "kafka.broker_count",
                f"{kafka.broker_count} brokers over {zones} zones",
                f"MSK puts the same number into each zone: write a multiple of {zones}, or give the network "
                f"{'three zones' if zones == 2 else 'two zones'}",
            )
    small = isinstance(kafka, MskStandard | MskExpress) and kafka.broker_count < 3
    if small and settings.environment is Environment.PROD:
        yield Contradiction(
            "kafka.broker_count",
            "2 in prod; two in-sync replicas need a third broker for one to fail",
            "write 3 or more",
        )


def _cdc(settings: "Settings") -> Iterator[Contradiction]:
    cdc, kafka = settings.cdc, settings.kafka
    if cdc is None:
        return
    if cdc.flavour == "msk_connect":
        if kafka.flavour not in MSK:
            yield Contradiction(
                "cdc.flavour",
                f"msk_connect, while kafka.flavour is {kafka.flavour}",
                "MSK Connect takes MSK only: write kafka_connect",
            )
        if isinstance(settings.cluster, ExistingCluster):
            yield Contradiction("cdc.flavour", "msk_connect with an existing cluster", "write kafka_connect")
    if isinstance(cdc, KafkaConnect) and settings.cluster is None and settings.flink.flavour != "local":
        yield Contradiction("cdc.flavour", "kafka_connect without a cluster", "add one, or take another flavour")


def _cmf(settings: "Settings") -> Iterator[Contradiction]:
    flink, endpoint = settings.flink, settings.tls_endpoint
    if not isinstance(flink, CmfFlink):
        if endpoint.flavour != "none":
            yield Contradiction("tls_endpoint", f"{endpoint.flavour}, while there is no CMF", "remove it")
        return
    cluster = settings.cluster
    yield from incompatibilities(flink, cluster.kubernetes_version if isinstance(cluster, EksCluster) else None)
    authentication = flink.authentication.kind
    if endpoint.flavour in ("terminate", "ingress") and authentication == "mtls":
        yield Contradiction(
            "tls_endpoint.flavour",
            f"{endpoint.flavour}, while flink.authentication.kind is mtls; CMF would see no client certificate",
            "write passthrough, or take oauth",
        )
    if isinstance(endpoint, TerminatingEndpoint | PassthroughEndpoint) and not isinstance(settings.cluster, EksCluster):
        yield Contradiction(
            "tls_endpoint.flavour", f"{endpoint.flavour} without an eks cluster", "write ingress, or none"
        )
    if authentication == "none" and settings.environment is Environment.PROD:
        yield Contradiction("flink.authentication.kind", "none in prod", "write mtls or oauth")
    faces_the_internet = (
        isinstance(endpoint, TerminatingEndpoint | PassthroughEndpoint) and endpoint.scheme is Scheme.INTERNET_FACING
    )
    if authentication == "none" and faces_the_internet:
        yield Contradiction(
            "flink.authentication.kind", "none, while tls_endpoint.scheme is internet-facing", "write mtls or oauth"
        )
    for name in flink.overrides:
        if name not in settings.applications:
            yield Contradiction(
                f"flink.overrides.{name}",
                "no application of this stack",
                f"name one of {', '.join(settings.applications)}",
            )
    if flink.sql is not None and isinstance(settings.kafka, MskServerless):
        yield Contradiction(
            "flink.sql",
            "CMF's SQL with msk_serverless, which takes IAM only; the Kafka client within CMF and its SQL image cannot",
            "take msk_standard or msk_express with scram, or run the SQL as an application",
        )
    kafka = settings.kafka
    without_scram = isinstance(kafka, MskStandard | MskExpress) and MskAuthentication.SCRAM not in kafka.authentication
    if flink.sql is not None and without_scram:
        yield Contradiction(
            "kafka.authentication",
            "no scram, while flink.sql has pools; the Kafka client within CMF and its SQL image cannot use IAM",
            "add scram",
        )
