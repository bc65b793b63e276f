"""How people and the `confluent` CLI reach CMF: TLS at a load balancer."""

from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.settings.base import Arn, HostName, Model


class Scheme(StrEnum):
    """internal: from within the VPC and what is connected to it. internet-facing: from everywhere allowed."""

    INTERNAL = "internal"
    INTERNET_FACING = "internet-facing"


class CertificateSource(StrEnum):
    """acm: made by ACM, validated in the public zone. imported: one that exists in ACM. private_ca: a CA of this
    stack's own for a proof of concept, whose private keys are in the stack's state."""

    ACM = "acm"
    IMPORTED = "imported"
    PRIVATE_CA = "private_ca"


class _LoadBalancer(Model):
    host_name: HostName = Field(description="DNS name under which CMF is reached")
    zone_id: Annotated[str, Field(pattern=r"^Z[A-Z0-9]{6,31}$")] | None = Field(
        default=None, description="Route 53 zone in which the name is made; default: you make it elsewhere"
    )
    scheme: Scheme = Scheme.INTERNAL
    allowed_cidrs: list[str] = Field(
        default_factory=list,
        description="ranges that may connect, apart from the platform's own pods; none: only these",
    )
    idle_timeout_seconds: Annotated[int, Field(ge=60, le=4000)] = Field(
        default=300,
        description="a call that is silent for longer ends; above the longest wait for a statement's result",
    )

    @model_validator(mode="after")
    def _somebody_may_connect(self) -> "_LoadBalancer":
        for text in self.allowed_cidrs:
            try:
                network = IPv4Network(text)
            except ValueError as error:
                raise ValueError(
                    f"allowed_cidrs: {text!r} is no IPv4 range: {error}; write one as 203.0.113.0/24"
                ) from None
            # 10.0.0.0/8 is the widest range that belongs to one owner.
            if network.prefixlen < 8:
                raise ValueError(f"allowed_cidrs: {text} is open to the world; name the ranges of your people")
        if self.scheme is Scheme.INTERNET_FACING and not self.allowed_cidrs:
            raise ValueError("scheme is internet-facing and allowed_cidrs is empty; name the ranges of your people")
        return self


class TerminatingEndpoint(_LoadBalancer):
    """An Application Load Balancer ends TLS and speaks HTTP with CMF's pod. Not for mTLS: CMF sees no certificate."""

    flavour: Literal["terminate"]
    certificate: CertificateSource = CertificateSource.ACM
    certificate_arn: Arn | None = Field(default=None, description="for certificate: imported")
    validation_zone_id: Annotated[str, Field(pattern=r"^Z[A-Z0-9]{6,31}$")] | None = Field(
        default=None, description="public Route 53 zone in which ACM validates; for certificate: acm; default: zone_id"
    )
    log_days: Annotated[int, Field(ge=1, le=3653)] = Field(default=90, description="days that access logs are kept")

    @model_validator(mode="after")
    def _certificate_is_whole(self) -> "TerminatingEndpoint":
        imported = self.certificate is CertificateSource.IMPORTED
        if imported and self.certificate_arn is None:
            raise ValueError("certificate is imported but certificate_arn is missing; add the ARN of the certificate")
        if not imported and self.certificate_arn is not None:
            raise ValueError(
                f"certificate_arn is set but certificate is {self.certificate.value}; write imported or remove it"
            )
        if self.certificate is CertificateSource.ACM and not (self.validation_zone_id or self.zone_id):
            raise ValueError(
                "certificate is acm but neither validation_zone_id nor zone_id is set; ACM validates through a public "
                "zone: name it, or take imported or private_ca"
            )
        # https://docs.aws.amazon.com/acm/latest/userguide/setup-domain.html: the first name of a certificate.
        if self.certificate is CertificateSource.ACM and len(self.host_name) > 64:
            raise ValueError(
                f"host_name has {len(self.host_name)} characters and ACM takes 64; take a shorter one, or imported"
            )
        return self


class PassthroughEndpoint(_LoadBalancer):
    """A Network Load Balancer passes TLS through; CMF's pod ends it and may ask for a client certificate.

    It keeps no access logs: such a load balancer logs TLS that it ends itself, and nothing else."""

    flavour: Literal["passthrough"]


class IngressEndpoint(Model):
    """A Kubernetes Ingress of any controller. It ends TLS and speaks HTTP with CMF's pod."""

    flavour: Literal["ingress"]
    host_name: HostName
    ingress_class: str = "nginx"
    annotations: dict[str, str] = Field(
        default_factory=dict, description="as cert-manager.io/cluster-issuer, which then makes the certificate"
    )
    private_ca: bool = Field(
        default=False, description="a certificate of a CA of this stack, for a proof of concept; keys are in its state"
    )

    @model_validator(mode="after")
    def _certificate_comes_from_somewhere(self) -> "IngressEndpoint":
        if not self.private_ca and not self.annotations:
            raise ValueError(
                "private_ca is false and no annotation names who makes the certificate; set private_ca: true, or "
                "annotations: {cert-manager.io/cluster-issuer: <its name>}"
            )
        return self


class NoEndpoint(Model):
    """CMF is reached from within the cluster, or by `kubectl port-forward`."""

    flavour: Literal["none"]


TlsEndpointSettings = Annotated[
    TerminatingEndpoint | PassthroughEndpoint | IngressEndpoint | NoEndpoint, Field(discriminator="flavour")
]
