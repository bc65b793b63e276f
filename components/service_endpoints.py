"""Ways from private subnets to AWS services that need no internet: a gateway for S3, interfaces for the rest."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

INTERFACE_SERVICES = (
    *("ec2", "ecr.api", "ecr.dkr", "elasticloadbalancing", "logs", "sts"),
    *("eks", "eks-auth", "kms", "secretsmanager", "glue", "kafka"),
)
"""What nodes, Pod Identity, Flink and CMF call. The first row is what EKS names for private nodes
(https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html), the second what this platform's pods use."""

IMAGE_BUCKETS = (
    # Layers of every ECR image: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    "prod-{region}-starport-layer-bucket",
    # registry.k8s.io sends clients within AWS to these: https://github.com/prometheus-community/helm-charts/issues/2421
    "prod-registry-k8s-io-*",
    # quay.io (cert-manager) serves from here: openshift/openshift-docs:modules/configuring-firewall.adoc
    "quayio-production-s3",
    # Docker Hub has sent clients within AWS here: https://github.com/docker/hub-feedback/issues/1318
    "docker-images-prod",
)
"""Buckets of others from which images are pulled, with requests that no principal of this account has signed."""


def interface_policy(service: str, account_id: str) -> dict[str, object]:
    """Policy of an interface endpoint: principals of this account and nobody else.

    The account is a condition and not the principal: as a principal an account id means its root user only
    (https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html).
    """
    statements: list[dict[str, object]] = [_own_principals(account_id)]
    if service == "sts":
        # A web identity is no principal yet, and its request is not signed. The role's trust policy decides.
        statements.append(
            {
                "Sid": "WebIdentities",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Resource": f"arn:aws:iam::{account_id}:role/*",
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}


def s3_policy(region: str, account_id: str, read_buckets: Sequence[str]) -> dict[str, object]:
    """Policy of the S3 gateway: this account's principals; everybody else only reads objects of the named buckets.

    Nobody can carry data into a bucket with keys of another account. `{region}` in a bucket's name is replaced.
    """
    named = [f"arn:aws:s3:::{bucket.format(region=region)}/*" for bucket in read_buckets]
    public = {
        "Sid": "Images",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": named,
    }
    return {"Version": "2012-10-17", "Statement": [_own_principals(account_id), *([public] if named else [])]}


def _own_principals(account_id: str) -> dict[str, object]:
    return {
        "Sid": "OwnPrincipals",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": account_id}},
    }


@dataclass
class ServiceEndpointsArgs:
    """Inputs of `ServiceEndpoints`.

    name_prefix:     of the `Name` tags
    vpc_id, region, account_id: where
    route_table_ids: tables that get the route to S3
    subnet_ids:      one in each zone; an endpoint costs 0.01 USD an hour in each (us-east-1,
                     https://aws.amazon.com/privatelink/pricing/)
    client_group_id: security group whose members may call
    services:        interface endpoints, by the service's name; none: only the gateway
    read_buckets:    buckets of others from which objects may be read (default: of image registries)
    """

    name_prefix: str
    vpc_id: pulumi.Input[str]
    region: str
    account_id: str
    route_table_ids: Sequence[pulumi.Input[str]]
    subnet_ids: Sequence[pulumi.Input[str]]
    client_group_id: pulumi.Input[str]
    tags: dict[str, str]
    services: Sequence[str] = INTERFACE_SERVICES
    read_buckets: Sequence[str] = IMAGE_BUCKETS


class ServiceEndpoints(pulumi.ComponentResource):
    """A gateway endpoint for S3, which costs nothing, and one interface endpoint with private DNS per service.

    Outputs: security_group_id, of the interface endpoints; None without any.
    """

    security_group_id: pulumi.Output[str] | None

    def __init__(self, name: str, args: ServiceEndpointsArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ServiceEndpoints", name, None, opts)
        self.resources: list[pulumi.Resource] = [self._gateway(name, args)]
        self.security_group_id = self._interfaces(name, args) if args.services else None
        self.register_outputs({"security_group_id": self.security_group_id})

    def _gateway(self, name: str, args: ServiceEndpointsArgs) -> pulumi.Resource:
        return aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=args.route_table_ids,
            policy=json.dumps(s3_policy(args.region, args.account_id, args.read_buckets)),
            tags={**args.tags, "Name": f"{args.name_prefix}-s3"},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _interfaces(self, name: str, args: ServiceEndpointsArgs) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            name,
            description="Interface endpoints of AWS services",
            vpc_id=args.vpc_id,
            tags={**args.tags, "Name": f"{args.name_prefix}-endpoints"},
            opts=child,
        )
        # With private DNS every client in the VPC is sent here, so a client that is not let in cannot reach the service
        # at all. Still no address range: who runs nodes without the workloads group (EKS' built-in node pools) lets
        # that group in with a rule of its own on `security_group_id`.
        let_in = aws.vpc.SecurityGroupIngressRule(
            f"{name}-workloads",
            security_group_id=group.id,
            referenced_security_group_id=args.client_group_id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description="AWS APIs, from workloads",
            tags=args.tags,
            opts=child,
        )
        for service in args.services:
            endpoint = aws.ec2.VpcEndpoint(
                f"{name}-{service.replace('.', '-')}",
                vpc_id=args.vpc_id,
                service_name=f"com.amazonaws.{args.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=args.subnet_ids,
                security_group_ids=[group.id],
                policy=json.dumps(interface_policy(service, args.account_id)),
                tags={**args.tags, "Name": f"{args.name_prefix}-{service}"},
                # DNS names an endpoint as soon as it is there: who may call it is settled before, and at teardown
                # until the name points at the public address again.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[let_in]),
            )
            self.resources.append(endpoint)
        return group.id
