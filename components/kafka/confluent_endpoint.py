"""Private endpoints of what stands beside the brokers: Schema Registry and Flink, by the cluster's own way in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_confluentcloud as confluent

from components.errors import problem
from components.kafka import confluent_kinds as kinds
from components.kafka.confluent_network import ConfluentNetwork

# Of Flink's two kinds of endpoint the one that takes statements; the other, LANGUAGE_SERVICE, is for editors.
REST = "REST"


@dataclass(frozen=True)
class PrivateService:
    """What an endpoint is wanted of.

    service:  FLINK or SCHEMA_REGISTRY
    host:     first part of its name in a network of one's own: `flink`, or the registry's id
    resource: id of the registry; None for Flink, which is the region's
    """

    service: str
    host: pulumi.Input[str]
    resource: pulumi.Input[str] | None = None


def private_endpoint(
    wanted: PrivateService,
    network: ConfluentNetwork,
    way_in: str,
    environment_id: pulumi.Input[str],
    region: str,
    parent: pulumi.Resource,
    control: pulumi.ProviderResource,
    after: Sequence[pulumi.Resource] = (),
) -> pulumi.Output[str]:
    """URL of a service's REST API behind `network`.

    way_in: the cluster's, one of `confluent_kinds`
    after:  what the list of endpoints lacks it before: the cluster, for the registry

    In a network of one's own it is made of the network's suffix:
    https://registry.terraform.io/providers/confluentinc/confluent/latest/docs/resources/confluent_network
    """
    if way_in not in (kinds.INGRESS, kinds.INTERFACE):
        return pulumi.Output.format("https://{0}{1}", wanted.host, network.endpoint_suffix)
    found = confluent.get_endpoint_output(
        filter=pulumi.Output.all(environment_id, wanted.resource).apply(
            lambda known: confluent.GetEndpointFilterArgs(
                environment=confluent.GetEndpointFilterEnvironmentArgs(id=known[0]),
                service=wanted.service,
                resource=known[1],
                cloud="AWS",
                region=region,
                is_private=True,
            )
        ),
        # Asked before the access point is ready, the list lacks its endpoints.
        opts=pulumi.InvokeOutputOptions(parent=parent, provider=control, depends_on=[*network.before_cluster, *after]),
    )
    return pulumi.Output.all(found.endpoints, network.access_point_id).apply(
        lambda known: endpoint_by(known[0], known[1], wanted.service)
    )


def endpoint_by(endpoints: Sequence[Mapping[str, Any]], access_point: str | None, service: str) -> str:
    """The endpoint that leads through `access_point`. Raises PlatformError where there is none (yet).

    endpoints: read by key, as `Output.all` makes plain dictionaries of the SDK's classes
    """
    for one in endpoints:
        points = [point["id"] for point in one["access_points"]]
        if one["endpoint_type"] == REST and access_point in points:
            return one["endpoint"]
    raise problem(
        "confluent_cloud",
        f"endpoint of {service}",
        f"none through the access point {access_point}",
        f"an endpoint of the service {service}",
        "wait some minutes until Confluent shows it, then run `pulumi up` again",
    )
