"""Where statements are sent on Confluent Cloud: the endpoint of Flink's API that reaches the cluster's topics."""

import pulumi
import pulumi_confluentcloud as confluent

from components.kafka.confluent_cloud import ConfluentCloud
from components.kafka.confluent_endpoint import PrivateService, private_endpoint


def flink_endpoint(cloud: ConfluentCloud, region: str) -> pulumi.Output[str]:
    """URL of Flink's REST API in `region`, by the same way in as the cluster's.

    A statement that came by the public endpoint is refused the topics of a private cluster:
    https://docs.confluent.io/cloud/current/flink/operate-and-deploy/private-networking.html
    """
    if cloud.network is None:
        options = pulumi.InvokeOutputOptions(parent=cloud, provider=cloud.control)
        return confluent.get_flink_region_output(cloud="AWS", region=region, opts=options).rest_endpoint
    wanted = PrivateService("FLINK", "flink")
    return private_endpoint(
        wanted, cloud.network, cloud.way_in, cloud.environment_id, region, parent=cloud, control=cloud.control
    )
