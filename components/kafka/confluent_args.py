"""Inputs of Kafka on Confluent Cloud, and what is refused of them."""

from dataclasses import dataclass, field

import pulumi

from components.errors import Mistake, PlatformError
from components.kafka import confluent_kinds as kinds
from components.kafka.confluent_network import ConfluentNetworkArgs
from components.kafka.contract import Workload

NAME_LIMIT = 64
"""Characters of a display name: of service accounts at least."""


@dataclass
class ConfluentCloudArgs:
    """Inputs of `ConfluentCloud`.

    environment_name: display name of the environment; Flink's catalog has it too
    cluster_name:     display name of the cluster; Flink's database has it too
    name_prefix:      of service accounts and keys: their names are unique in the organisation
    region:           of AWS, as in us-east-1
    account_id:       ours on AWS
    cluster:          kind, availability, size, way in
    rotation:         number of the current rotation
    keys:             API keys that each login has side by side (default 2)
    stream_governance: ESSENTIALS (default) or ADVANCED
    network:          private way in: its `environment_id` is set here; None for a public cluster
    encryption_key:   `created`, the ARN of a KMS key, or None: Confluent's own
    data_plane:       True (default): `pulumi up` reaches the brokers, and so makes topics, schemas and ACLs. False: it
                      runs outside of the VPC of a private cluster
    clients:          what clients outside of the platform may do
    cloud_api_key, cloud_api_secret: of the control plane, secret; None: CONFLUENT_CLOUD_API_KEY and _SECRET
    protect:          True: Pulumi and Confluent refuse to delete environment, cluster, topics, and keys in use
    """

    environment_name: str
    cluster_name: str
    name_prefix: str
    region: str
    account_id: str
    cluster: kinds.ClusterShape
    rotation: int
    tags: dict[str, str]
    keys: int = 2
    stream_governance: str = "ESSENTIALS"
    network: ConfluentNetworkArgs | None = None
    encryption_key: str | None = None
    data_plane: bool = True
    clients: Workload = field(default_factory=lambda: Workload("clients"))
    cloud_api_key: pulumi.Input[str] | None = None
    cloud_api_secret: pulumi.Input[str] | None = None
    protect: bool = False


def check_args(name: str, args: ConfluentCloudArgs) -> None:
    """Raises PlatformError with everything that Confluent Cloud would refuse. Warns where a known limit is passed."""
    where = f"ConfluentCloud {name}"
    mistakes = [Mistake(where, key, found, "", remedy) for key, found, remedy in kinds.shape_mistakes(args.cluster)]
    if args.cluster.kind in kinds.KINDS:
        public = args.cluster.way_in == kinds.PUBLIC
        if public != (args.network is None):
            mistakes.append(
                Mistake(
                    where,
                    "network",
                    "a network for a public cluster" if public else f"no network for {args.cluster.way_in}",
                    "",
                    "leave it out" if public else "pass ConfluentNetworkArgs",
                )
            )
        if public and not args.data_plane:
            mistakes.append(Mistake(where, "data_plane", "False for a public cluster", "True", "leave it out"))
    if args.encryption_key is not None and not args.cluster.byok:
        mistakes.append(
            Mistake(where, "encryption_key", "a key while cluster.byok is False", "", "set byok of the shape to True")
        )
    for key, text in (("environment_name", args.environment_name), ("cluster_name", args.cluster_name)):
        if not 1 <= len(text) <= NAME_LIMIT:
            mistakes.append(Mistake(where, key, f"{len(text)} characters", f"1 to {NAME_LIMIT}", "shorten it"))
    if mistakes:
        raise PlatformError(mistakes)
    for hint in kinds.hints(args.cluster):
        pulumi.log.warn(f"{where}: {hint}")
