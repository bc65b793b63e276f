"""What a provisioned MSK cluster cannot be: told before any call to AWS, all of it at once."""

import re
from collections.abc import Iterator, Mapping, Sequence

from components.kafka.msk_configuration import BrokerKind, refused_settings

CLUSTER_NAME_LIMIT = 64  # CreateCluster, `clusterName`

# https://docs.aws.amazon.com/msk/latest/developerguide/msk-provision-throughput.html
_THROUGHPUT_SIZES = {
    "m5": ("4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"),
    "m7g": ("2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"),
}

Finding = tuple[str, str, str]
"""Key, what was found, what to do."""


def takes_provisioned_throughput(instance_type: str) -> bool:
    """Whether a broker of this type may have storage throughput of its own choice."""
    _, family, size = instance_type.split(".")
    return size in _THROUGHPUT_SIZES.get(family, ())


def name_findings(cluster_name: str) -> Iterator[Finding]:
    """What is wrong about the name of a cluster of any kind."""
    if not re.fullmatch(rf"[A-Za-z0-9][A-Za-z0-9-]{{0,{CLUSTER_NAME_LIMIT - 1}}}", cluster_name):
        yield "cluster_name", cluster_name, f"letters, digits and hyphens, at most {CLUSTER_NAME_LIMIT} characters"


def cluster_findings(
    *,
    kind: BrokerKind,
    cluster_name: str,
    instance_type: str,
    broker_count: int,
    zone_count: int,
    authentication: Sequence[str],
    certificate_authority_arns: Sequence[str],
    configuration: Mapping[str, str],
    volume_gib: int,
    volume_max_gib: int,
    volume_throughput_mibs: int | None,
    tiered_storage: bool,
) -> Iterator[Finding]:
    """Everything that MSK, or this platform, would refuse about a cluster."""
    yield from name_findings(cluster_name)
    prefix = "kafka." if kind is BrokerKind.STANDARD else "express."
    if not instance_type.startswith(prefix):
        yield "instance_type", f"{instance_type} for {kind} brokers", f"take a type that begins with {prefix}"
        return
    if kind is BrokerKind.EXPRESS and zone_count != 3:
        yield "network", f"{zone_count} zones", "express brokers need 3: give the network three zones"
    elif broker_count % zone_count:
        yield "broker_count", f"{broker_count} brokers over {zone_count} zones", f"write a multiple of {zone_count}"
    if "iam" not in authentication:
        yield "authentication", ", ".join(authentication) or "nothing", "add iam: topics and ACLs are made through it"
    if ("mtls" in authentication) != bool(certificate_authority_arns):
        yield "certificate_authority_arns", f"{len(certificate_authority_arns)} authorities", "mtls needs one, and only"
    for key, text in refused_settings(kind, configuration).items():
        found, _, remedy = text.partition("; ")
        yield f"configuration.{key}", found, remedy
    if kind is BrokerKind.EXPRESS:
        if tiered_storage or volume_throughput_mibs is not None:
            yield "volume", "storage settings for express brokers", "remove them: their storage needs none"
        return
    if volume_max_gib < volume_gib:
        yield "volume_max_gib", f"{volume_max_gib}, less than volume_gib {volume_gib}", "a volume only grows: raise it"
    if tiered_storage and instance_type == "kafka.t3.small":
        yield "tiered_storage", "kafka.t3.small", "take kafka.m7g.large or larger"
    if volume_throughput_mibs is not None and not takes_provisioned_throughput(instance_type):
        remedy = "take kafka.m7g.2xlarge or kafka.m5.4xlarge or larger, or leave volume_throughput_mibs out"
        yield "volume_throughput_mibs", instance_type, remedy
