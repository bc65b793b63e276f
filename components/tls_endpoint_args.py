"""The inputs of an endpoint, and what they must not be."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.cluster.contract import ClusterAccess
from components.errors import Mistake
from components.network import NetworkAccess

SCHEMES = ("internal", "internet-facing")
CERTIFICATES = ("acm", "imported", "private_ca")

# Names of load balancers and target groups have 32 characters, letters, digits and hyphens; they neither begin nor end
# with a hyphen, nor begin with "internal-" (API reference of Elastic Load Balancing v2). 12 are added here.
NAME_PREFIX_LIMIT = 20
_NAME_PREFIX = re.compile(r"(?!internal-)[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@dataclass
class Terminate:
    """An application load balancer ends TLS. Not for client certificates: CMF would see none.

    certificate:        "acm" (default): issued by ACM, validated in `validation_zone_id`; "imported":
                        `certificate_arn`; "private_ca": of a CA of this stack, for a proof of concept
    certificate_arn:    of a certificate of ACM in the same region
    ca_certificate:     PEM that clients of an imported certificate have to trust, if it is not public
    validation_zone_id: public Route 53 zone (default: the endpoint's zone_id)
    target_protocol:    "HTTP" (default), or "HTTPS" where CMF speaks TLS itself
    log_days:           days that access logs are kept (default 90)
    """

    certificate: str = "acm"
    certificate_arn: pulumi.Input[str] | None = None
    ca_certificate: pulumi.Input[str] | None = None
    validation_zone_id: pulumi.Input[str] | None = None
    target_protocol: str = "HTTP"
    log_days: int = 90


@dataclass
class Passthrough:
    """A network load balancer passes TLS on; CMF's pod ends it, and may ask for a client certificate.

    ca_certificate: PEM that clients have to trust; None where the cluster made it and only the cluster knows it
    """

    ca_certificate: pulumi.Input[str] | None = None


@dataclass
class Ingress:
    """A Kubernetes Ingress, for any cluster.

    ingress_class: name of the IngressClass (default nginx)
    annotations:   of the Ingress, as cert-manager.io/issuer
    tls_secret:    Secret with tls.crt and tls.key (default cmf-endpoint-tls)
    private_ca:    True: the secret is made here, of a CA of this stack; False (default): cert-manager or you make it
    """

    ingress_class: str = "nginx"
    annotations: Mapping[str, str] = field(default_factory=dict)
    tls_secret: str = "cmf-endpoint-tls"  # noqa: S105 the name of a Secret
    private_ca: bool = False


@dataclass
class TlsEndpointArgs:
    """Inputs of `TlsEndpoint`. Exactly one of `terminate`, `passthrough` and `ingress` says what kind it is.

    name_prefix:          of the names, at most 20 characters
    host_name:            DNS name under which CMF is reached
    cluster, namespace:   where CMF runs
    network:              for load balancers
    account_id:           for load balancers
    scheme:               "internal" (default) or "internet-facing"
    allowed_cidrs:        IPv4 ranges that may connect, beside the platform's pods
    idle_timeout_seconds: 60 to 4000 (default 300): above the longest wait of one call, as for a statement's result;
                          AWS' default is 60
    zone_id:              Route 53 zone in which the name is made (default: you make it elsewhere)
    service, service_port, pod_port: CMF's Service (default cmf-service, 80 -> 8080, as its chart has them)
    ca_file:              file name of the CA in `cli_command`
    client_certificate_file, client_key_file: file names for mutual TLS in `cli_command` (default: none)
    needs:                what has to exist before: the namespace. CMF itself may come later
    protect:              True: load balancer and access logs cannot be deleted (default False)
    """

    name_prefix: str
    host_name: str
    cluster: ClusterAccess
    namespace: pulumi.Input[str]
    network: NetworkAccess | None = None
    account_id: str = ""
    terminate: Terminate | None = None
    passthrough: Passthrough | None = None
    ingress: Ingress | None = None
    scheme: str = "internal"
    allowed_cidrs: Sequence[str] = ()
    idle_timeout_seconds: int = 300
    zone_id: pulumi.Input[str] | None = None
    service: str = "cmf-service"
    service_port: int = 80
    pod_port: int = 8080
    ca_file: str = "cmf-ca.pem"
    client_certificate_file: str | None = None
    client_key_file: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    protect: bool = False
    needs: Sequence[pulumi.Resource] = field(default_factory=tuple)


def mistakes_in(args: TlsEndpointArgs) -> Iterator[Mistake]:
    """Everything that cannot be, with what to do about it."""

    def mistake(key: str, found: str, allowed: str, remedy: str) -> Mistake:
        return Mistake("tls_endpoint", key, found, allowed, remedy)

    prefix = args.name_prefix
    if len(prefix) > NAME_PREFIX_LIMIT or not _NAME_PREFIX.fullmatch(prefix):
        allowed = f"1 to {NAME_PREFIX_LIMIT} lower case letters, digits and hyphens, not beginning with internal-"
        found = f"{prefix!r} with {len(prefix)} characters"
        yield mistake("name_prefix", found, allowed, "give the stack a shorter name: AWS allows 32 with what is added")
    chosen = [kind for kind in ("terminate", "passthrough", "ingress") if getattr(args, kind) is not None]
    if len(chosen) != 1:
        found = " and ".join(chosen) or "none of them"
        yield mistake("terminate, passthrough, ingress", found, "exactly one", "keep the one that you want")
    if (args.client_certificate_file is None) != (args.client_key_file is None):
        yield mistake("client_key_file", "a certificate without its key, or a key alone", "both or none", "name both")
    if args.terminate is not None:
        yield from _wrong_certificate(args.terminate, args, mistake)
    if args.terminate is None and args.passthrough is None:
        return
    if args.network is None or not args.account_id:
        yield mistake("network, account_id", "nothing", "both, for a load balancer", "add them, or take ingress")
    if args.cluster.eks_name is None:
        found = f"a cluster of flavour {args.cluster.flavour}"
        yield mistake("cluster", found, "EKS in Auto Mode, for a load balancer", "take ingress")
    if args.scheme not in SCHEMES:
        yield mistake("scheme", repr(args.scheme), ", ".join(SCHEMES), "choose one of these")
    if not 60 <= args.idle_timeout_seconds <= 4000:
        yield mistake("idle_timeout_seconds", str(args.idle_timeout_seconds), "60 to 4000", "take 300")
    if args.scheme == "internet-facing":
        if args.network is not None and not args.network.public_subnet_ids:
            remedy = "name public_subnet_ids of the network, or take internal"
            yield mistake("scheme", "internet-facing in a network without public subnets", "", remedy)
        if not args.allowed_cidrs or "0.0.0.0/0" in args.allowed_cidrs:
            found = ", ".join(args.allowed_cidrs) or "nothing"
            remedy = "name the ranges of your people"
            yield mistake("allowed_cidrs", found, "ranges, where the scheme is internet-facing", remedy)


def _wrong_certificate(terminate: Terminate, args: TlsEndpointArgs, mistake: Any) -> Iterator[Mistake]:
    if args.client_certificate_file is not None:
        remedy = "take passthrough, or leave client certificates out"
        yield mistake("terminate", "client certificates, which end at the load balancer", "", remedy)
    if terminate.certificate not in CERTIFICATES:
        found = repr(terminate.certificate)
        yield mistake("terminate.certificate", found, ", ".join(CERTIFICATES), "choose one of these")
    if (terminate.certificate == "imported") != (terminate.certificate_arn is not None):
        found = "imported without an ARN" if terminate.certificate == "imported" else "an ARN that is not used"
        remedy = "write certificate: imported with its ARN, or neither"
        yield mistake("terminate.certificate_arn", found, "with certificate: imported", remedy)
    if terminate.certificate == "acm" and terminate.validation_zone_id is None and args.zone_id is None:
        remedy = "name the public zone, or take imported or private_ca"
        yield mistake("terminate.validation_zone_id", "nothing", "a public Route 53 zone, for acm", remedy)
    if terminate.target_protocol not in ("HTTP", "HTTPS"):
        yield mistake(
            "terminate.target_protocol", repr(terminate.target_protocol), "HTTP, HTTPS", "choose one of these"
        )
