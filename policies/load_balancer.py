"""Load balancers, their certificates, and Kubernetes objects that have controllers make some."""

import json
import re
from collections.abc import Iterator

from policies.framework import Resource, Stack, policy, stack_policy

BALANCERS = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
TARGET_GROUPS = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
SERVICE = "kubernetes:core/v1:Service"

# Annotations that EKS Auto Mode and the AWS Load Balancer Controller read.
# https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html
# https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html
SCHEME = "alb.ingress.kubernetes.io/scheme"
INGRESS_POLICY = "alb.ingress.kubernetes.io/ssl-policy"
SERVICE_POLICY = "service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy"
SERVICE_CERTIFICATE = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert"

# TLS 1.2 at least, and neither of the extended sets, which bring back ciphers without forward secrecy.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
CURRENT = r"ELBSecurityPolicy-TLS13-1-[23]-(?!Ext).+"

ENCRYPTED = ("PCI DSS 4.2.1", "SOC 2 CC6.7")
PLAIN_PORTS = (80, 8080)


def _annotation(resource: Resource, name: str) -> str:
    return str(resource.value("metadata", "annotations", name, default=""))


@policy(
    "elb-tls-current",
    types=(*LISTENERS, INGRESS, SERVICE),
    severity="high",
    controls=("AWS FSBP ELB.17", *ENCRYPTED),
    reason="Without a policy of its own a listener takes one of 2016, with TLS 1.0 and weak ciphers.",
    remedy="Set ssl_policy to ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09.",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
    config={"allowed": {"type": "string", "default": CURRENT, "description": "regular expression for the policy"}},
)
def tls_current(resource: Resource) -> Iterator[str]:
    if resource.type in LISTENERS:
        if resource.value("protocol", default="HTTP") not in ("HTTPS", "TLS"):
            return
        chosen = str(resource.value("sslPolicy", default=""))
    elif resource.type == INGRESS:
        if resource.value("spec", "ingressClassName", default="") != "alb":
            return
        chosen = _annotation(resource, INGRESS_POLICY)
    else:
        if not _annotation(resource, SERVICE_CERTIFICATE):
            return
        chosen = _annotation(resource, SERVICE_POLICY)
    if not re.fullmatch(resource.config["allowed"], chosen):
        yield f"the TLS policy is {chosen or 'not set'}"


@policy(
    "elb-no-plain-http",
    types=LISTENERS,
    severity="high",
    controls=("AWS FSBP ELB.1", "AWS FSBP ELB.18", *ENCRYPTED),
    reason="Requests, with their tokens, would cross the network in the clear.",
    remedy="Listen with HTTPS or TLS on 443; an HTTP listener may only redirect to HTTPS.",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-1",
)
def no_plain_http(resource: Resource) -> Iterator[str]:
    protocol, port = resource.value("protocol", default="HTTP"), resource.value("port", default=0)
    if protocol in ("TCP", "TCP_UDP", "UDP"):
        # What passes through is TLS, as far as the port tells.
        if port in PLAIN_PORTS:
            yield f"{protocol} on port {port}, which is HTTP's"
    elif protocol == "HTTP":
        actions = resource.props.get("defaultActions") or []
        elsewhere = [
            number
            for number, _ in enumerate(actions)
            if resource.value("defaultActions", number, "type") != "redirect"
            or resource.value("defaultActions", number, "redirect", "protocol", default="#{protocol}") != "HTTPS"
        ]
        if elsewhere or not actions:
            yield f"HTTP on port {port} answers without a redirect to HTTPS"


@policy(
    "elb-ingress-tls",
    types=(INGRESS,),
    severity="high",
    controls=ENCRYPTED,
    reason="A host that is not under spec.tls is served over HTTP.",
    remedy="List each host under spec.tls (tls_endpoint.tls_secret), or give an ALB its certificate by annotation.",
    url="https://kubernetes.io/docs/concepts/services-networking/ingress/#tls",
)
def ingress_tls(resource: Resource) -> Iterator[str]:
    if resource.value("spec", "ingressClassName", default="") == "alb":
        listening = _annotation(resource, "alb.ingress.kubernetes.io/listen-ports") or '[{"HTTP": 80}]'
        try:
            ports = [protocol for one in json.loads(listening) for protocol in one]
        except (ValueError, TypeError):
            ports = ["HTTP"]
        if "HTTP" in ports and not _annotation(resource, "alb.ingress.kubernetes.io/ssl-redirect"):
            yield "its load balancer answers on HTTP without a redirect to HTTPS"
        return
    covered = {
        str(host)
        for number, _ in enumerate(resource.value("spec", "tls", default=[]))
        for host in resource.value("spec", "tls", number, "hosts", default=[])
    }
    for number, _ in enumerate(resource.value("spec", "rules", default=[])):
        host = str(resource.value("spec", "rules", number, "host", default=""))
        if host not in covered and f"*.{host.partition('.')[2]}" not in covered:
            yield f"{host or 'any host'} without TLS"


@policy(
    "elb-internal",
    types=(*BALANCERS, INGRESS),
    severity="high",
    controls=("PCI DSS 1.4.4", "SOC 2 CC6.6"),
    reason="CMF starts programs with the rights of every application: it is not for the internet.",
    remedy="Set tls_endpoint.scheme: internal, or name the load balancer in this policy's `internet_facing`.",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html",
    config={
        "internet_facing": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "names, in the program, of load balancers that may face the internet",
        }
    },
)
def internal(resource: Resource) -> Iterator[str]:
    if resource.name in resource.config["internet_facing"]:
        return
    if resource.type in BALANCERS:
        if not resource.value("internal", default=False):
            yield "it faces the internet"
    elif _annotation(resource, SCHEME) == "internet-facing":
        yield "its load balancer faces the internet"


@stack_policy(
    "elb-access-logs",
    types=BALANCERS,
    severity="medium",
    controls=("CIS AWS v7.0.0 4.10", "AWS FSBP ELB.5", "PCI DSS 10.2.1", "SOC 2 CC7.2"),
    reason="Who asked for what is known to the load balancer alone.",
    remedy="Set access_logs with a bucket and enabled=True (components/access_logs.py makes one).",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
)
def access_logs(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """A network load balancer writes logs for TLS that it ends itself, and for nothing else."""
    ending: set[Resource] = set()
    for listener in stack.of(*LISTENERS):
        with stack.judging(listener):
            if listener.value("protocol") == "TLS":
                ending |= stack.names(listener, "loadBalancerArn")
    for balancer in stack.of(*BALANCERS):
        with stack.judging(balancer):
            logs = balancer.value("loadBalancerType", default="application") == "application" or balancer in ending
            if logs and not balancer.value("accessLogs", "enabled", default=False):
                yield balancer, "no access logs"


@policy(
    "elb-deletion-protection",
    types=BALANCERS,
    severity="medium",
    controls=("AWS FSBP ELB.6", "SOC 2 A1.2"),
    reason="A mistaken destroy takes the way to CMF away, and its address, which others have in their allow lists.",
    remedy="Set enable_deletion_protection=True (the platform does in environment prod).",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-6",
)
def deletion_protection(resource: Resource) -> Iterator[str]:
    if resource.production and not resource.value("enableDeletionProtection", default=False):
        yield "AWS lets anybody with the right to do so delete it"


@policy(
    "elb-strict-http",
    types=BALANCERS,
    severity="medium",
    controls=("AWS FSBP ELB.4", "AWS FSBP ELB.12", "SOC 2 CC6.6"),
    reason="Malformed headers are how a request is smuggled past the load balancer inside another.",
    remedy="Set drop_invalid_header_fields=True and desync_mitigation_mode to defensive or strictest.",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
)
def strict_http(resource: Resource) -> Iterator[str]:
    if resource.value("loadBalancerType", default="application") != "application":
        return
    if not resource.value("dropInvalidHeaderFields", default=False):
        yield "invalid headers are passed on"
    mode = resource.value("desyncMitigationMode", default="defensive")
    if mode not in ("defensive", "strictest"):
        yield f"desync mitigation is {mode}"


@policy(
    "elb-zones",
    types=BALANCERS,
    severity="medium",
    controls=("AWS FSBP ELB.13", "SOC 2 A1.2"),
    reason="With one zone the endpoint is gone when that zone is.",
    remedy="Give it subnets of two zones or more (network.zones).",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-13",
)
def zones(resource: Resource) -> Iterator[str]:
    # How many there are is known before their ids are.
    count = max(len(resource.props.get(key) or ()) for key in ("subnets", "subnetMappings"))
    if count < 2:
        yield f"subnets of {count or 'no'} zone"


@policy(
    "elb-health-checks",
    types=TARGET_GROUPS,
    severity="low",
    controls=("SOC 2 A1.2",),
    reason="Requests go on to a pod that no longer answers.",
    remedy="Set health_check with the path or the protocol that tells whether the service answers.",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
)
def health_checks(resource: Resource) -> Iterator[str]:
    check = resource.value("healthCheck")
    if not check:
        yield "no health check of its own"
    elif not check.get("enabled", True):
        yield "the health check is off"
    elif check.get("protocol", resource.value("protocol")) in ("HTTP", "HTTPS") and not check.get("path"):
        yield "the health check asks for / and not for what the service answers"


@policy(
    "elb-certificates-renew",
    types=("aws:acm/certificate:Certificate",),
    severity="medium",
    controls=("AWS FSBP ACM.1", "PCI DSS 4.2.1.1", "SOC 2 A1.2"),
    reason="A certificate that nobody renews ends on a day on which nobody looks.",
    remedy="Have ACM issue it: tls_endpoint.certificate: acm, with validation by DNS.",
    url="https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html",
)
def certificates_renew(resource: Resource) -> Iterator[str]:
    """Imported ones are for development only: ACM does not renew them."""
    if any(key in resource.props for key in ("certificateBody", "privateKey", "privateKeyWo")):
        if resource.production:
            yield "it is imported, and ACM renews only what it has issued"
    elif "certificateAuthorityArn" not in resource.props:
        method = resource.value("validationMethod", default="EMAIL")
        if method != "DNS":
            yield f"it is validated by {method}, which needs a person each year"
