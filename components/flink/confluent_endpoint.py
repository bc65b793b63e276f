"""Where statements are sent on Confluent Cloud: the endpoint of Flink's API that reaches the cluster's topics."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_confluentcloud as confluent

from components.errors import problem
from components.kafka import confluent_kinds as kinds
from components.kafka.confluent_cloud import ConfluentCloud


def flink_endpoint(cloud: ConfluentCloud, region: str) -> pulumi.Output[str]:
    """URL of Flink's REST API in `region`, by the same way in as the cluster's.

    A statement that came by the public endpoint is refused the topics of a private cluster:
    https://docs.confluent.io/cloud/current/flink/operate-and-deploy/private-networking.html
    """
    options = pulumi.InvokeOutputOptions(parent=cloud, provider=cloud.control)
    if cloud.network is None:
        return confluent.get_flink_region_output(cloud="AWS", region=region, opts=options).rest_endpoint
    if cloud.way_in in (kinds.INGRESS, kinds.INTERFACE):
        found = confluent.get_endpoint_output(
            filter=cloud.environment_id.apply(
                lambda id: confluent.GetEndpointFilterArgs(
                    environment=confluent.GetEndpointFilterEnvironmentArgs(id=id),
                    service="FLINK",
                    cloud="AWS",
                    region=region,
                    is_private=True,
                )
            ),
            # Asked before the access point is ready, the list lacks its endpoints.
            opts=pulumi.InvokeOutputOptions(
                parent=cloud, provider=cloud.control, depends_on=[*cloud.network.before_cluster]
            ),
        )
        return pulumi.Output.all(found.endpoints, cloud.network.access_point_id).apply(
            lambda known: endpoint_by(known[0], known[1])
        )
    return cloud.network.endpoint_suffix.apply(lambda suffix: f"https://flink{suffix}")


# Of Flink's two kinds of endpoint the one that takes statements; the other, LANGUAGE_SERVICE, is for editors.
REST = "REST"


def endpoint_by(endpoints: Sequence[Mapping[str, Any]], access_point: str | None) -> str:
    """The endpoint that leads through `access_point`. Raises PlatformError where there is none (yet).

    endpoints: read by key, as `Output.all` makes plain dictionaries of the SDK's classes
    """
    for one in endpoints:
        points = [point["id"] for point in one["access_points"]]
        if one["endpoint_type"] == REST and access_point in points:
            return one["endpoint"]
    raise problem(
        "confluent_cloud",
        "flink endpoint",
        f"none through the access point {access_point}",
        "an endpoint of the service FLINK",
        "wait some minutes until Confluent shows it, then run `pulumi up` again",
    )
