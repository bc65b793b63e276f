"""Gateways, endpoints, addresses, load balancers. What is charged: https://aws.amazon.com/vpc/pricing/,
https://aws.amazon.com/privatelink/pricing/ and https://aws.amazon.com/elasticloadbalancing/pricing/
"""

from decimal import Decimal

from operations.cost.meter import Meter, Resource, rule, value
from operations.cost.model import HOURS


@rule("aws:ec2/natGateway:NatGateway")
def _nat(meter: Meter, resource: Resource) -> None:
    meter.hourly(resource, "NAT gateway", "vpc.nat")
    meter.use(resource, "NAT gateway, data", "vpc.nat.data", meter.assumed["nat_gb_per_gateway"], "nat_gb_per_gateway")


@rule("aws:ec2/eip:Eip")
def _address(meter: Meter, resource: Resource) -> None:
    """Used or idle: https://aws.amazon.com/vpc/pricing/, public IPv4 address."""
    meter.hourly(resource, "public IPv4 address", "vpc.ipv4")


@rule("aws:ec2/vpcEndpoint:VpcEndpoint")
def _endpoint(meter: Meter, resource: Resource) -> None:
    """Gateway endpoints (S3, DynamoDB) are free; of the others each zone, that is each subnet, is charged."""
    if value(resource, "vpcEndpointType", default="Gateway") == "Gateway":
        return
    zones = len(value(resource, "subnetIds", default=[]))
    meter.hourly(resource, "interface endpoint, for each zone", "vpc.endpoint", zones)
    each = meter.assumed["endpoint_gb_each"]
    meter.use(resource, "interface endpoint, data", "vpc.endpoint.data", each, "endpoint_gb_each")


@rule("aws:route53/zone:Zone")
def _zone(meter: Meter, resource: Resource) -> None:
    meter.charge(resource, "hosted zone", "route53.zone", 1)


@rule("aws:lb/loadBalancer:LoadBalancer")
def _load_balancer(meter: Meter, resource: Resource) -> None:
    kind = value(resource, "loadBalancerType", default="application")
    meter.hourly(resource, f"load balancer, {kind}", f"elb.{kind}")
    units = meter.assumed["load_balancer_units"] * HOURS
    meter.use(resource, f"load balancer, {kind}, capacity units", f"elb.{kind}.units", units, "load_balancer_units")
    if not value(resource, "internal", default=False):
        subnets = len(value(resource, "subnets", default=value(resource, "subnetMappings", default=[])))
        meter.hourly(resource, "public IPv4 address", "vpc.ipv4", subnets)


@rule("aws:lb/trustStore:TrustStore")
def _trust_store(meter: Meter, resource: Resource) -> None:
    meter.hourly(resource, "trust store", "elb.trust_store")


@rule("kubernetes:core/v1:Service")
def _service(meter: Meter, resource: Resource) -> None:
    """EKS Auto Mode makes a network load balancer of a Service of type LoadBalancer, an application one of an Ingress.

    https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html
    """
    if value(resource, "spec", "type", default="ClusterIP") == "LoadBalancer":
        _made_by_cluster(meter, resource, "network")


@rule("kubernetes:networking.k8s.io/v1:Ingress")
def _ingress(meter: Meter, resource: Resource) -> None:
    _made_by_cluster(meter, resource, "application")


def _made_by_cluster(meter: Meter, resource: Resource, kind: str) -> None:
    if not meter.has_cluster:
        meter.gap(resource, "load balancer of an existing cluster", "who runs the cluster pays for it")
        return
    meter.hourly(resource, f"load balancer, {kind}", f"elb.{kind}", note="made by the cluster")
    units = Decimal(meter.assumed["load_balancer_units"]) * HOURS
    meter.use(resource, f"load balancer, {kind}, capacity units", f"elb.{kind}.units", units, "load_balancer_units")
