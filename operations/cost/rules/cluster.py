"""EKS. What is charged: https://aws.amazon.com/eks/pricing/. Nodes: see `operations.cost.nodes`."""

from operations.cost.meter import Meter, Resource, rule, value
from operations.cost.model import HOURS


@rule("aws:eks/cluster:Cluster", "eks:index:Cluster")
def _control_plane(meter: Meter, resource: Resource) -> None:
    """The component `eks:index:Cluster` stands for its child where a Plan does not show it; never both."""
    if resource["type"] == "eks:index:Cluster" and resource["urn"] in meter.above("aws:eks/cluster:Cluster"):
        return
    note = ""
    if value(resource, "upgradePolicy", "supportType", default="EXTENDED") == "EXTENDED":
        note = "0.50 an hour more once the version is in extended support"
    meter.hourly(resource, "EKS control plane", "eks.control_plane", note=note)
    tier = value(resource, "controlPlaneScalingConfig", "tier", default="standard")
    if tier != "standard":
        meter.hourly(resource, f"EKS control plane, {tier}", f"eks.tier.{tier}")


@rule("aws:eks/capability:Capability")
def _capability(meter: Meter, resource: Resource) -> None:
    kind = str(value(resource, "type"))
    meter.charge(
        resource, f"EKS capability {kind}", f"eks.capability.{kind}", HOURS, note="what it looks after is extra"
    )
