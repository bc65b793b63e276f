"""A load balancer in front of a Kubernetes Service: who may connect, where it listens, how pods become its targets.

Order at teardown, by what each resource refers to: binding, listener, target group and load balancer, the groups'
rules, the load balancer's group. The binding goes first, while the cluster still answers for its finalizer, and takes
the pods out of the target group. No controller makes a load balancer here, so none can leave one behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.access_logs import AccessLogBucket, AccessLogBucketArgs
from components.cluster.contract import ClusterAccess
from components.network import NetworkAccess
from components.target_group_binding import CLUSTER_TAG, BindingArgs, bind

SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.2 and 1.3 with forward secrecy and post-quantum key exchange: what AWS recommends and its console takes.
Without a policy the API takes one with TLS 1.0
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html)."""

LISTENER_PORT = 443
HEALTH_PATH = "/v3/api-docs"
"""CMF's OpenAPI document: answers as soon as CMF does."""


def balancer_name(prefix: str, kind: str, internal: bool) -> str:
    """Up to 8 characters after the prefix. What cannot be changed in place is in the name, so that the new load
    balancer can be made before the old one goes."""
    return f"{prefix}-{'alb' if kind == 'application' else 'nlb'}-{'int' if internal else 'ext'}"


def target_group_name(prefix: str, protocol: str, port: int) -> str:
    """Up to 12 characters after the prefix; as `balancer_name`."""
    return f"{prefix}-{protocol.lower()}-{port}"


@dataclass
class LoadBalancerArgs:
    """Inputs of `LoadBalancer`.

    kind:                 "application": ends TLS with `certificate_arn`; "network": passes TLS on to the pod
    name_prefix:          of the names, at most 20 characters
    internal:             True: addresses of private subnets; False: of public ones
    allowed_cidrs:        IPv4 ranges that may connect, beside the workloads group
    service, service_port, pod_port: the Service, its port, and the port of its pods
    target_protocol:      HTTP or HTTPS between an application load balancer and the pod
    certificate_arn:      of ACM, in the same region; for "application"
    idle_timeout_seconds: after which a silent connection ends
    log_days:             days that access logs are kept; for "application", as a network load balancer writes them for
                          TLS that it ends itself, and nothing else
    needs:                what has to exist before the pods are bound: the namespace
    protect:              True: neither AWS nor Pulumi deletes load balancer and logs
    """

    kind: str
    name_prefix: str
    network: NetworkAccess
    cluster: ClusterAccess
    namespace: pulumi.Input[str]
    account_id: str
    tags: dict[str, str]
    internal: bool = True
    allowed_cidrs: Sequence[str] = ()
    service: str = "cmf-service"
    service_port: int = 80
    pod_port: int = 8080
    target_protocol: str = "HTTP"
    certificate_arn: pulumi.Input[str] | None = None
    idle_timeout_seconds: int = 300
    log_days: int = 90
    protect: bool = False
    needs: Sequence[pulumi.Resource] = field(default_factory=tuple)


class LoadBalancer(pulumi.ComponentResource):
    """An application or network load balancer on port 443 and what connects it with a Service's pods.

    Nothing listens on port 80: a redirect would answer a client only after its token has come in the clear.
    Outputs: dns_name, zone_id (for an alias record), target_group_arn, security_group_id.
    """

    dns_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:LoadBalancer", name, None, opts)
        ends_tls = args.kind == "application"
        self._name, self._args = name, args
        # The kind is in the logical names as well: as a replacement the provider would carry settings of the one kind
        # over to the other (`matcher`, which TCP does not have) and refuse it.
        self._kind_name = f"{name}-{'alb' if ends_tls else 'nlb'}"
        self._child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            name,
            description="Load balancer in front of CMF",
            vpc_id=args.network.vpc_id,
            tags={**args.tags, "Name": f"{args.name_prefix}-load-balancer"},
            opts=self._child,
        )
        paths = self._rules(group.id)
        balancer = self._balancer(group.id, ends_tls)
        targets = self._targets(ends_tls)
        listener = aws.lb.Listener(
            self._kind_name,
            load_balancer_arn=balancer.arn,
            port=LISTENER_PORT,
            protocol="HTTPS" if ends_tls else "TCP",
            ssl_policy=SSL_POLICY if ends_tls else None,
            certificate_arn=args.certificate_arn if ends_tls else None,
            tcp_idle_timeout_seconds=None if ends_tls else args.idle_timeout_seconds,
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)],
            tags=args.tags,
            opts=self._child,
        )
        bind(
            name,
            BindingArgs(
                cluster=args.cluster,
                namespace=args.namespace,
                service=args.service,
                service_port=args.service_port,
                pod_port=args.pod_port,
                target_group_arn=targets.arn,
                group_id=group.id,
                needs=[listener, *paths, *args.needs],
            ),
            self,
        )
        self.dns_name = balancer.dns_name
        self.zone_id = balancer.zone_id
        self.target_group_arn = targets.arn
        self.security_group_id = group.id
        self.register_outputs(
            {
                "dns_name": self.dns_name,
                "zone_id": self.zone_id,
                "target_group_arn": self.target_group_arn,
                "security_group_id": self.security_group_id,
            }
        )

    def _rules(self, group_id: pulumi.Input[str]) -> list[pulumi.Resource]:
        """Who may connect. Returned are the two rules on the way from the load balancer to the pod."""
        args, name = self._args, self._name
        workloads = args.network.workload_security_group_id
        listening = {"ip_protocol": "tcp", "from_port": LISTENER_PORT, "to_port": LISTENER_PORT}
        to_pod = {"ip_protocol": "tcp", "from_port": args.pod_port, "to_port": args.pod_port}
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-workloads",
            security_group_id=group_id,
            referenced_security_group_id=workloads,
            description="From the platform's pods",
            tags=args.tags,
            opts=self._child,
            **listening,
        )
        for cidr in args.allowed_cidrs:
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-{cidr}",
                security_group_id=group_id,
                cidr_ipv4=cidr,
                description="From people and CI",
                tags=args.tags,
                opts=self._child,
                **listening,
            )
        outwards = aws.vpc.SecurityGroupEgressRule(
            f"{name}-pods",
            security_group_id=group_id,
            referenced_security_group_id=workloads,
            description="To CMF's pod",
            tags=args.tags,
            opts=self._child,
            **to_pod,
        )
        inwards = aws.vpc.SecurityGroupIngressRule(
            f"{name}-pods",
            security_group_id=workloads,
            referenced_security_group_id=group_id,
            description="To CMF's pod, from its load balancer",
            tags=args.tags,
            opts=self._child,
            **to_pod,
        )
        return [outwards, inwards]

    def _balancer(self, group_id: pulumi.Input[str], ends_tls: bool) -> aws.lb.LoadBalancer:
        args = self._args
        own: dict[str, Any] = {
            # A single pod answers in one zone; without it the addresses of the other zones lead nowhere. An application
            # load balancer always does it.
            "enable_cross_zone_load_balancing": True
        }
        if ends_tls:
            logs = AccessLogBucket(
                f"{self._name}-logs",
                AccessLogBucketArgs(
                    bucket=f"{args.name_prefix}-access-logs-{args.account_id}",
                    account_id=args.account_id,
                    days=args.log_days,
                    tags=args.tags,
                    protect=args.protect,
                ),
                opts=self._child,
            )
            own = {
                "idle_timeout": args.idle_timeout_seconds,
                "drop_invalid_header_fields": True,
                "desync_mitigation_mode": "defensive",
                "access_logs": aws.lb.LoadBalancerAccessLogsArgs(bucket=logs.bucket, enabled=True),
            }
        return aws.lb.LoadBalancer(
            self._kind_name,
            name=balancer_name(args.name_prefix, args.kind, args.internal),
            load_balancer_type=args.kind,
            internal=args.internal,
            ip_address_type="ipv4",
            security_groups=[group_id],
            subnets=args.network.private_subnet_ids if args.internal else args.network.public_subnet_ids,
            enable_deletion_protection=args.protect,
            tags=args.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                # With AWS' own protection a destroy would fail half-way; Pulumi's stops it before it begins.
                protect=args.protect,
                # Public addresses go before the internet gateway that they came through.
                depends_on=[] if args.internal else list(args.network.ready),
            ),
            **own,
        )

    def _targets(self, ends_tls: bool) -> aws.lb.TargetGroup:
        args = self._args
        protocol = args.target_protocol if ends_tls else "TCP"
        return aws.lb.TargetGroup(
            self._kind_name,
            name=target_group_name(args.name_prefix, protocol, args.pod_port),
            vpc_id=args.network.vpc_id,
            target_type="ip",
            protocol=protocol,
            port=args.pod_port,
            # CMF is one pod that is ended before its successor starts: there is nothing to drain to.
            deregistration_delay=30,
            # With the client's address kept, the pod's groups would have to let in every client, and no pod of the same
            # node could call CMF through the load balancer.
            preserve_client_ip=None if ends_tls else "false",
            # Ends silent connections to a pod that is gone.
            connection_termination=None if ends_tls else True,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                protocol=protocol,
                path=HEALTH_PATH if ends_tls else None,
                # 401: CMF answers, and asks who wants to know.
                matcher="200,401" if ends_tls else None,
                interval=15,
                timeout=10,
                healthy_threshold=2,
                # 150 s without an answer before CMF counts as down: it may pause that long for a migration or a full
                # collection of garbage, and there is no other pod to send requests to.
                unhealthy_threshold=10,
            ),
            tags={**args.tags, CLUSTER_TAG: pulumi.Output.from_input(args.cluster.eks_name or "")},
            opts=self._child,
        )
