"""The way to CMF from outside, from the settings."""

import pulumi

from components.cluster.contract import ClusterAccess
from components.naming import Naming
from components.network import NetworkAccess
from components.platform.cmf import PLATFORM_NAMESPACE
from components.settings import Settings
from components.settings.tls_endpoint import IngressEndpoint, NoEndpoint, PassthroughEndpoint, TerminatingEndpoint
from components.tls_endpoint import TlsEndpoint
from components.tls_endpoint_args import Ingress, Passthrough, Terminate, TlsEndpointArgs


def endpoint_of(
    settings: Settings,
    naming: Naming,
    cluster: ClusterAccess,
    network: NetworkAccess | None,
    client_certificate: str | None,
    needs: list[pulumi.Resource],
    child: pulumi.ResourceOptions,
) -> TlsEndpoint | None:
    """The endpoint that the stack file describes; None for none.

    client_certificate: name of the files with the certificate of an administrator, for mutual TLS
    needs:              the namespace of CMF
    """
    endpoint = settings.tls_endpoint
    if isinstance(endpoint, NoEndpoint):
        return None
    args = TlsEndpointArgs(
        name_prefix=naming.short("cmf", 20),
        host_name=endpoint.host_name,
        cluster=cluster,
        namespace=PLATFORM_NAMESPACE,
        network=network,
        account_id=settings.aws.account_id,
        tags=naming.tags("tls-endpoint"),
        protect=settings.protect,
        needs=needs,
        # As the export `cmf_ca_command` calls it.
        ca_file="ca.pem",
    )
    if client_certificate:
        args.client_certificate_file = f"{client_certificate}.pem"
        args.client_key_file = f"{client_certificate}-key.pem"
    if isinstance(endpoint, IngressEndpoint):
        args.ingress = Ingress(
            ingress_class=endpoint.ingress_class, annotations=endpoint.annotations, private_ca=endpoint.private_ca
        )
        return TlsEndpoint("tls-endpoint", args, opts=child)
    args.scheme = endpoint.scheme.value
    args.idle_timeout_seconds = endpoint.idle_timeout_seconds
    args.allowed_cidrs = endpoint.allowed_cidrs
    args.zone_id = endpoint.zone_id
    if isinstance(endpoint, TerminatingEndpoint):
        args.terminate = Terminate(
            certificate=endpoint.certificate.value,
            certificate_arn=endpoint.certificate_arn,
            validation_zone_id=endpoint.validation_zone_id,
            log_days=endpoint.log_days,
        )
    elif isinstance(endpoint, PassthroughEndpoint):
        args.passthrough = Passthrough()
    return TlsEndpoint("tls-endpoint", args, opts=child)
