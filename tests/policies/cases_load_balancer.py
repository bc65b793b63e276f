"""Load balancers, Ingresses and certificates."""

from typing import Any

from tests.policies.cases import UNKNOWN, Case, Given, Plant

BALANCER, LISTENER = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/listener:Listener"
TARGETS, CERTIFICATE = "aws:lb/targetGroup:TargetGroup", "aws:acm/certificate:Certificate"
INGRESS, SERVICE = "kubernetes:networking.k8s.io/v1:Ingress", "kubernetes:core/v1:Service"

CURRENT = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
FORWARD = [{"type": "forward", "targetGroupArn": "arn:x"}]
REDIRECT = [{"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}]


def https(policy: str | None) -> dict[str, Any]:
    """Properties of an HTTPS listener."""
    return {"protocol": "HTTPS", "port": 443, **({"sslPolicy": policy} if policy else {}), "defaultActions": FORWARD}


def ingress(
    annotations: dict[str, str], class_: str = "nginx", tls: Any = None, host: str = "cmf.example.com"
) -> dict[str, Any]:
    """An Ingress for one host."""
    spec = {"ingressClassName": class_, "rules": [{"host": host}], **({"tls": tls} if tls is not None else {})}
    return {"metadata": {"name": "cmf", "annotations": annotations}, "spec": spec}


def _alb(**annotations: str) -> dict[str, Any]:
    return ingress({f"alb.ingress.kubernetes.io/{key.replace('_', '-')}": it for key, it in annotations.items()}, "alb")


def _service(**annotations: str) -> dict[str, Any]:
    prefix = "service.beta.kubernetes.io/aws-load-balancer"
    return {
        "metadata": {"annotations": {f"{prefix}-{key.replace('_', '-')}": it for key, it in annotations.items()}},
        "spec": {"type": "LoadBalancer"},
    }


def _with_listener(protocol: str, **props: Any) -> list[Given]:
    return [
        Given(BALANCER, "front", {"loadBalancerType": "network", **props}),
        Given(LISTENER, "tls", {"protocol": protocol}, refers={"loadBalancerArn": ["front"]}),
    ]


def without(*keys: str) -> Any:
    """For a plant: the properties without these."""
    return lambda props: {key: value for key, value in props.items() if key not in keys}


def having(**changed: Any) -> Any:
    """For a plant: the properties with these."""
    return lambda props: {**props, **changed}


CASES = [
    Case(
        "elb-tls-current",
        type=LISTENER,
        good=[
            https(CURRENT),
            https("ELBSecurityPolicy-TLS13-1-3-2021-06"),
            {"protocol": "TCP", "port": 443},
            Given(INGRESS, "cmf", ingress({})),
            Given(INGRESS, "cmf", _alb(ssl_policy=CURRENT)),
            Given(SERVICE, "cmf", {"spec": {"type": "ClusterIP"}}),
            Given(SERVICE, "cmf", _service(ssl_cert="arn:x", ssl_negotiation_policy=CURRENT)),
        ],
        bad=[
            https(None),
            https("ELBSecurityPolicy-2016-08"),
            https("ELBSecurityPolicy-TLS13-1-0-2021-06"),
            https("ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06"),
            {"protocol": "TLS", "port": 443},
            Given(INGRESS, "cmf", _alb()),
            Given(SERVICE, "cmf", _service(ssl_cert="arn:x")),
        ],
        unknown={"protocol": "HTTPS", "sslPolicy": UNKNOWN},
    ),
    Case(
        "elb-no-plain-http",
        type=LISTENER,
        good=[
            https(CURRENT),
            {"protocol": "HTTP", "port": 80, "defaultActions": REDIRECT},
            {"protocol": "TCP", "port": 443},
        ],
        bad=[
            {"protocol": "HTTP", "port": 80, "defaultActions": FORWARD},
            {"port": 80, "defaultActions": FORWARD},
            {"protocol": "TCP", "port": 80},
            {"protocol": "HTTP", "port": 80, "defaultActions": [{"type": "redirect", "redirect": {"port": "8443"}}]},
            {"protocol": "HTTP", "port": 80, "defaultActions": [*REDIRECT, *FORWARD]},
        ],
        unknown={"protocol": UNKNOWN, "port": 443},
    ),
    Case(
        "elb-ingress-tls",
        type=INGRESS,
        good=[
            ingress({}, tls=[{"hosts": ["cmf.example.com"], "secretName": "cmf-tls"}]),
            ingress({}, tls=[{"hosts": ["*.example.com"], "secretName": "wildcard"}]),
            _alb(listen_ports='[{"HTTPS": 443}]'),
            _alb(listen_ports='[{"HTTP": 80}, {"HTTPS": 443}]', ssl_redirect="443"),
        ],
        bad=[
            ingress({}),
            ingress({}, tls=[{"hosts": ["other.example.com"], "secretName": "x"}]),
            _alb(),
            _alb(listen_ports='[{"HTTP": 80}, {"HTTPS": 443}]'),
            _alb(listen_ports="80"),
        ],
        unknown={"spec": UNKNOWN},
    ),
    Case(
        "elb-internal",
        type=BALANCER,
        good=[{"internal": True}, Given(INGRESS, "cmf", _alb(scheme="internal")), Given(INGRESS, "cmf", ingress({}))],
        bad=[{"internal": False}, {}, Given(INGRESS, "cmf", _alb(scheme="internet-facing"))],
        unknown={"internal": UNKNOWN},
    ),
    Case(
        "elb-internal",
        config={"internet_facing": ["front"]},
        good=[Given(BALANCER, "front", {"internal": False})],
        bad=[Given(BALANCER, "side", {"internal": False})],
    ),
    Case(
        "elb-access-logs",
        type=BALANCER,
        good=[
            {"accessLogs": {"bucket": "logs", "enabled": True}},
            _with_listener("TCP"),
            _with_listener("TLS", accessLogs={"bucket": "logs", "enabled": True}),
        ],
        bad=[{}, {"loadBalancerType": "application", "accessLogs": {"bucket": "logs"}}, _with_listener("TLS")],
        unknown={"accessLogs": UNKNOWN},
    ),
    Case(
        "elb-deletion-protection",
        type=BALANCER,
        production=True,
        good=[{"enableDeletionProtection": True}],
        bad=[{"enableDeletionProtection": False}, {}],
        unknown={"enableDeletionProtection": UNKNOWN},
    ),
    Case("elb-deletion-protection", type=BALANCER, good=[{}]),
    Case(
        "elb-strict-http",
        type=BALANCER,
        good=[
            {"dropInvalidHeaderFields": True},
            {"dropInvalidHeaderFields": True, "desyncMitigationMode": "strictest"},
            {"loadBalancerType": "network"},
        ],
        bad=[{}, {"dropInvalidHeaderFields": True, "desyncMitigationMode": "monitor"}],
        unknown={"dropInvalidHeaderFields": UNKNOWN},
    ),
    Case(
        "elb-zones",
        type=BALANCER,
        # How many there are is known before their ids are.
        good=[{"subnets": ["a", "b"]}, {"subnets": [UNKNOWN, UNKNOWN]}, {"subnetMappings": [{"subnetId": "a"}] * 3}],
        bad=[{"subnets": ["a"]}, {}],
        unknown={"subnets": UNKNOWN},
    ),
    Case(
        "elb-health-checks",
        type=TARGETS,
        good=[
            {"protocol": "HTTP", "healthCheck": {"path": "/v3/api-docs"}},
            {"protocol": "TCP", "healthCheck": {"protocol": "TCP"}},
        ],
        bad=[
            {"protocol": "HTTP"},
            {"protocol": "HTTP", "healthCheck": {"interval": 15}},
            {"protocol": "TCP", "healthCheck": {"protocol": "HTTP"}},
            {"protocol": "TCP", "healthCheck": {"enabled": False}},
        ],
        unknown={"protocol": "HTTP", "healthCheck": UNKNOWN},
    ),
    Case(
        "elb-certificates-renew",
        type=CERTIFICATE,
        production=True,
        good=[
            {"domainName": "cmf.example.com", "validationMethod": "DNS"},
            {"domainName": "cmf.internal", "certificateAuthorityArn": "arn:x"},
        ],
        bad=[
            {"certificateBody": UNKNOWN, "privateKey": "x"},
            {"domainName": "x.example.com", "validationMethod": "EMAIL"},
        ],
        unknown={"domainName": "cmf.example.com", "validationMethod": UNKNOWN},
    ),
    Case(
        "elb-certificates-renew",
        type=CERTIFICATE,
        good=[{"certificateBody": UNKNOWN, "privateKey": "x"}],
        bad=[{"domainName": "cmf.example.com"}],
    ),
]

# Of an Ingress no stack has one: an object of the cluster becomes one.
CLUSTER_OBJECT = "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding"


def _ingress(record: dict[str, Any]) -> dict[str, Any]:
    given = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", **ingress({})}
    given["metadata"]["namespace"] = "platform"
    return {**record, "type": INGRESS, "inputs": given, "outputs": given}


PLANTS = [
    Plant("elb-tls-current", where=LISTENER, change=having(sslPolicy="ELBSecurityPolicy-2016-08")),
    Plant("elb-tls-current", where=LISTENER, change=without("sslPolicy")),
    Plant("elb-no-plain-http", where=LISTENER, change=having(protocol="HTTP", port=80)),
    Plant("elb-ingress-tls", where=CLUSTER_OBJECT, record=_ingress),
    Plant("elb-internal", where=BALANCER, change=having(internal=False)),
    Plant("elb-access-logs", where=BALANCER, change=without("accessLogs")),
    Plant("elb-deletion-protection", stack="prod-msk", where=BALANCER, change=having(enableDeletionProtection=False)),
    Plant("elb-strict-http", where=BALANCER, change=having(dropInvalidHeaderFields=False)),
    Plant("elb-zones", where=BALANCER, change=having(subnets=[UNKNOWN])),
    Plant("elb-health-checks", where=TARGETS, change=without("healthCheck")),
    Plant(
        "elb-certificates-renew",
        where=CERTIFICATE,
        change=lambda props: {"domainName": "cmf.example.com", "validationMethod": "EMAIL", "tags": props["tags"]},
    ),
]
