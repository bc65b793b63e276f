"""Topics of another Kafka, mirrored into a cluster on Confluent Cloud: produced there, consumed here."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent

from components.errors import problem
from components.key_rotation import ApiKeyPair

# The provider writes SASL_SSL and PLAIN into every link that dials its source, whatever `config` says:
# confluentinc/terraform-provider-confluent, internal/provider/resource_cluster_link.go,
# constructCloudConfigForDestinationOutboundMode. A link to MSK (SCRAM) is made once by the CLI.
PROVIDER_MECHANISM = "PLAIN"
OFFSET_SYNC_MS = 30_000
"""Confluent Cloud's own default of consumer.offset.sync.ms."""


def link_settings(prefix: str, consumer_offsets: bool) -> dict[str, str]:
    """Settings of a link. Topics are named one by one, and rights stay here: neither is taken over by itself."""
    settings = {"acl.sync.enable": "false", "auto.create.mirror.topics.enable": "false"}
    if prefix:
        settings["cluster.link.prefix"] = prefix
    settings["consumer.offset.sync.enable"] = "true" if consumer_offsets else "false"
    if consumer_offsets:
        every = {"name": "*", "patternType": "LITERAL", "filterType": "INCLUDE"}
        settings["consumer.offset.sync.ms"] = str(OFFSET_SYNC_MS)
        # Without a filter no group is taken.
        settings["consumer.offset.group.filters"] = json.dumps({"groupFilters": [every]})
    return settings


def link_command(
    name: str,
    source_id: str,
    bootstrap_servers: str,
    destination_id: str,
    environment_id: str,
    settings: dict[str, str],
) -> str:
    """The command that makes a link with another mechanism than PLAIN, once. The login comes from `link.config`, a file
    with sasl.mechanism and sasl.jaas.config that is not kept."""
    words = ["confluent", "kafka", "link", "create", name]
    words += ["--cluster", destination_id, "--environment", environment_id]
    words += ["--source-cluster", source_id, "--source-bootstrap-server", bootstrap_servers]
    text = ",".join(f"{key}={value}" for key, value in sorted(settings.items()) if "filters" not in key)
    return shlex.join([*words, "--config", "link.config"]) + f"  # with the settings {text}"


@dataclass
class ClusterLinkArgs:
    """Inputs of `MirroredTopics`.

    link_name:         of the link
    environment_id, destination_id, rest_endpoint: the cluster on Confluent Cloud: enterprise or dedicated
    destination_key:   key of a login that may alter this cluster. A link or a mirror cannot take it from the provider
    source_id:         id of the other Kafka, as `kafka-cluster cluster-id` tells it
    bootstrap_servers: of the source, as Confluent Cloud reaches them
    topics:            names at the source
    mechanism:         of the source: PLAIN; with SCRAM-SHA-256 or SCRAM-SHA-512 the link is made by hand first
                       (`setup_command`), and this makes the mirrors
    username, password: login at the source, for PLAIN
    prefix:            before the names of the mirrors
    consumer_offsets:  True (default): offsets of groups come along, so that consumers can move
    data:              provider that has the destination and its key; None: the component's own
    after:             rights of the destination's login
    """

    link_name: str
    environment_id: pulumi.Input[str]
    destination_id: pulumi.Input[str]
    rest_endpoint: pulumi.Input[str]
    destination_key: ApiKeyPair
    source_id: str
    bootstrap_servers: str
    topics: Sequence[str]
    data: pulumi.ProviderResource | None = None
    mechanism: str = PROVIDER_MECHANISM
    username: pulumi.Input[str] | None = None
    password: pulumi.Input[str] | None = None
    prefix: str = ""
    consumer_offsets: bool = True
    after: Sequence[pulumi.Resource] = ()


class MirroredTopics(pulumi.ComponentResource):
    """A cluster link, and a read-only mirror of each topic.

    An operator promotes a mirror when the source is gone; that is no business of the program: `status` is left alone,
    and a mirror that leaves the program stays on the cluster, for a promoted one holds the data of production.

    Outputs: topics (names of the mirrors), setup_command (None where the link is made here).
    """

    topics: pulumi.Output[list[str]]
    setup_command: pulumi.Output[str | None]

    def __init__(self, name: str, args: ClusterLinkArgs, opts: pulumi.ResourceOptions | None = None):
        if args.mechanism == PROVIDER_MECHANISM and (args.username is None or args.password is None):
            raise problem(
                f"MirroredTopics {name}", "username", "no login at the source", "", "pass username and password"
            )
        super().__init__("streaming-platform:index:MirroredTopics", name, None, opts)
        settings = link_settings(args.prefix, args.consumer_offsets)
        before: list[pulumi.Resource] = [*args.after]
        command: pulumi.Input[str] | None = None
        if args.mechanism == PROVIDER_MECHANISM:
            before = [self._link(name, args, settings)]
        else:
            command = pulumi.Output.all(args.destination_id, args.environment_id).apply(
                lambda ids: link_command(
                    args.link_name, args.source_id, args.bootstrap_servers, ids[0], ids[1], settings
                )
            )
        # Whoever reads the mirrors waits for them.
        self.ready: list[pulumi.Resource] = [
            confluent.KafkaMirrorTopic(
                f"{name}-{topic}",
                # Neither a link nor a mirror takes its key from the provider (createKafkaRestClientFromKafkaBlock in
                # resource_kafka_mirror_topic.go); a rotation changes it in place.
                kafka_cluster={
                    "id": args.destination_id,
                    "rest_endpoint": args.rest_endpoint,
                    "credentials": {"key": args.destination_key.key, "secret": args.destination_key.secret},
                },
                cluster_link={"link_name": args.link_name},
                source_kafka_topic={"topic_name": topic},
                mirror_topic_name=f"{args.prefix}{topic}",
                opts=pulumi.ResourceOptions(
                    parent=self,
                    provider=args.data,
                    depends_on=before,
                    ignore_changes=["status"],
                    retain_on_delete=True,
                    additional_secret_outputs=["kafkaCluster"],
                ),
            )
            for topic in args.topics
        ]
        self.topics = pulumi.Output.from_input([f"{args.prefix}{topic}" for topic in args.topics])
        self.setup_command = pulumi.Output.from_input(command)
        self.register_outputs({"topics": self.topics, "setup_command": self.setup_command})

    def _link(self, name: str, args: ClusterLinkArgs, settings: dict[str, str]) -> confluent.ClusterLink:
        login = {
            "key": pulumi.Output.secret(args.username).apply(str),
            "secret": pulumi.Output.secret(args.password).apply(str),
        }
        key = args.destination_key
        return confluent.ClusterLink(
            name,
            link=args.link_name,
            link_mode="DESTINATION",
            connection_mode="OUTBOUND",
            source_kafka_cluster={
                "id": args.source_id,
                "bootstrap_endpoint": args.bootstrap_servers,
                "credentials": {"key": login["key"], "secret": login["secret"]},
            },
            destination_kafka_cluster={
                "id": args.destination_id,
                "rest_endpoint": args.rest_endpoint,
                # Changed in place by a rotation.
                "credentials": {"key": key.key, "secret": key.secret},
            },
            config=settings,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=args.data,
                depends_on=[*args.after],
                # The SDK marks neither as secret.
                additional_secret_outputs=["sourceKafkaCluster", "destinationKafkaCluster"],
            ),
        )
