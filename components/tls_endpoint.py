"""How people and the `confluent` CLI reach CMF from outside the cluster: always over TLS."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components.certificates import (
    PrivateCertificate,
    PrivateCertificateArgs,
    PublicCertificate,
    PublicCertificateArgs,
)
from components.cluster.objects import KubernetesObject
from components.errors import PlatformError
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.tls_endpoint_args import Ingress, Terminate, TlsEndpointArgs, mistakes_in


def cli_command(
    url: str,
    ca_file: str | None = None,
    client_certificate_file: str | None = None,
    client_key_file: str | None = None,
) -> str:
    """The command line that lists CMF's environments. A file that is None is not needed."""
    flags = {
        "--url": url,
        "--certificate-authority-path": ca_file,
        "--client-cert-path": client_certificate_file,
        "--client-key-path": client_key_file,
    }
    return " ".join(
        ["confluent flink environment list", *(f"{flag} {value}" for flag, value in flags.items() if value)]
    )


def ingress_manifest(
    name: str,
    namespace: pulumi.Input[str],
    host_name: str,
    ingress_class: str,
    tls_secret: str,
    service: str,
    service_port: int,
    annotations: Mapping[str, str],
) -> dict[str, Any]:
    """An Ingress that ends TLS for one host and sends everything to one Service."""
    backend = {"service": {"name": service, "port": {"number": service_port}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace, "annotations": dict(annotations)},
        "spec": {
            "ingressClassName": ingress_class,
            "tls": [{"hosts": [host_name], "secretName": tls_secret}],
            "rules": [
                {"host": host_name, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
            ],
        },
    }


class TlsEndpoint(pulumi.ComponentResource):
    """TLS in front of CMF. Raises PlatformError with everything that is wrong with its inputs.

    Outputs: url; cli_command (the exact `confluent` command line); ca_certificate (PEM that a client has to trust;
    None: a public one, or known to the cluster only); load_balancer_dns_name and target_group_arn (None for an
    ingress).
    """

    url: pulumi.Output[str]
    cli_command: pulumi.Output[str]
    ca_certificate: pulumi.Output[str] | None
    load_balancer_dns_name: pulumi.Output[str] | None
    target_group_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: TlsEndpointArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:TlsEndpoint", name, None, opts)
        mistakes = list(mistakes_in(args))
        if mistakes:
            raise PlatformError(mistakes)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.ca_certificate = None
        self.load_balancer_dns_name = None
        self.target_group_arn = None
        if args.ingress:
            self._ingress(args.ingress)
        elif args.passthrough:
            self._balance("network")
            if args.passthrough.ca_certificate is not None:
                self.ca_certificate = pulumi.Output.from_input(args.passthrough.ca_certificate)
        elif args.terminate:
            arn = self._certificate(args.terminate)
            self._balance("application", args.terminate, arn)
        # CMF's own certificate, passed through, is never a public one.
        trusts_a_file = self.ca_certificate is not None or args.passthrough is not None
        url = f"https://{args.host_name}"
        self.url = pulumi.Output.from_input(url)
        self.cli_command = pulumi.Output.from_input(
            cli_command(
                url,
                args.ca_file if trusts_a_file else None,
                args.client_certificate_file,
                args.client_key_file,
            )
        )
        self.register_outputs(
            {
                "url": self.url,
                "cli_command": self.cli_command,
                "ca_certificate": self.ca_certificate,
                "load_balancer_dns_name": self.load_balancer_dns_name,
                "target_group_arn": self.target_group_arn,
            }
        )

    def _certificate(self, terminate: Terminate) -> pulumi.Input[str] | None:
        args = self._args
        if terminate.certificate == "imported":
            if terminate.ca_certificate is not None:
                self.ca_certificate = pulumi.Output.from_input(terminate.ca_certificate)
            return terminate.certificate_arn
        if terminate.certificate == "private_ca":
            private = PrivateCertificate(
                f"{self._name}-certificate",
                PrivateCertificateArgs(args.host_name, args.name_prefix, args.tags),
                opts=self._child,
            )
            self.ca_certificate = private.ca_certificate
            return private.arn
        return PublicCertificate(
            f"{self._name}-certificate",
            PublicCertificateArgs(args.host_name, terminate.validation_zone_id or args.zone_id or "", args.tags),
            opts=self._child,
        ).arn

    def _balance(
        self, kind: str, terminate: Terminate | None = None, certificate_arn: pulumi.Input[str] | None = None
    ) -> None:
        args = self._args
        assert args.network is not None  # noqa: S101 checked before; for the type checker
        balancer = LoadBalancer(
            self._name,
            LoadBalancerArgs(
                kind=kind,
                name_prefix=args.name_prefix,
                network=args.network,
                cluster=args.cluster,
                namespace=args.namespace,
                account_id=args.account_id,
                tags=args.tags,
                internal=args.scheme == "internal",
                allowed_cidrs=args.allowed_cidrs,
                service=args.service,
                service_port=args.service_port,
                pod_port=args.pod_port,
                target_protocol=terminate.target_protocol if terminate else "HTTP",
                certificate_arn=certificate_arn,
                idle_timeout_seconds=args.idle_timeout_seconds,
                log_days=terminate.log_days if terminate else 0,
                protect=args.protect,
                needs=args.needs,
            ),
            opts=self._child,
        )
        self.load_balancer_dns_name = balancer.dns_name
        self.target_group_arn = balancer.target_group_arn
        if args.zone_id is not None:
            aws.route53.Record(
                self._name,
                zone_id=args.zone_id,
                name=args.host_name,
                type="A",
                aliases=[
                    aws.route53.RecordAliasArgs(
                        name=balancer.dns_name,
                        zone_id=balancer.zone_id,
                        # There is no other record to answer with: an unhealthy CMF should say so, not its DNS name.
                        evaluate_target_health=False,
                    )
                ],
                opts=self._child,
            )

    def _ingress(self, ingress: Ingress) -> None:
        args = self._args
        needs = list(args.needs)
        provider = args.cluster.provider
        if ingress.private_ca:
            private = PrivateCertificate(
                f"{self._name}-certificate",
                PrivateCertificateArgs(args.host_name, args.name_prefix, args.tags, in_acm=False),
                opts=self._child,
            )
            self.ca_certificate = private.ca_certificate
            secret = {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": ingress.tls_secret, "namespace": args.namespace},
                "type": "kubernetes.io/tls",
                "stringData": {"tls.crt": private.certificate, "tls.key": private.private_key},
            }
            needs.append(
                KubernetesObject(
                    f"{self._name}-tls",
                    secret,
                    pulumi.ResourceOptions(parent=self, provider=provider, depends_on=list(args.needs)),
                )
            )
        KubernetesObject(
            self._name,
            ingress_manifest(
                "cmf",
                args.namespace,
                args.host_name,
                ingress.ingress_class,
                ingress.tls_secret,
                args.service,
                args.service_port,
                ingress.annotations,
            ),
            pulumi.ResourceOptions(parent=self, provider=provider, depends_on=needs),
            # It is ready when its Service has pods, and CMF may come later. Its deletion is waited for in any case (the
            # provider leaves that out for Namespaces and workloads only), so a controller that made a load balancer for
            # it has taken it away before the cluster goes.
            wait=False,
        )
