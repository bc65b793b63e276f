"""Server certificates for an endpoint: from ACM, or of a small CA of the stack's own.

A certificate that a listener uses cannot be deleted; AWS answers ResourceInUse. Listeners take the ARN from here, so
Pulumi deletes them first; a new certificate is made, and the listener moved to it, before the old one goes (Pulumi's
default, create before delete).
"""

from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws
import pulumi_tls as tls

from components.errors import problem

# https://docs.aws.amazon.com/acm/latest/userguide/setup-domain.html: the first name of a certificate.
ACM_NAME_LIMIT = 64

# Five years, made anew a year before the end: whoever trusts the CA has that year to fetch the new one.
CA_HOURS, CA_RENEWAL_HOURS = 43_800, 8_760
# A year, made anew by any `pulumi up` within its last 60 days. Some clients refuse a server certificate of more than
# 825 days, whoever issued it (https://support.apple.com/en-us/103769).
SERVER_HOURS, SERVER_RENEWAL_HOURS = 8_760, 1_440


@dataclass
class PublicCertificateArgs:
    """Inputs of `PublicCertificate`.

    host_name: DNS name, at most 64 characters
    zone_id:   public Route 53 zone that answers for the name; a private zone does not validate
    """

    host_name: str
    zone_id: pulumi.Input[str]
    tags: dict[str, str] = field(default_factory=dict)


class PublicCertificate(pulumi.ComponentResource):
    """A certificate that ACM issues once DNS proves the name, and renews by itself.

    Outputs: arn, of the validated certificate: who uses it waits for the validation (two to nine minutes as a rule).
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: PublicCertificateArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:PublicCertificate", name, None, opts)
        if len(args.host_name) > ACM_NAME_LIMIT:
            raise problem(
                "tls_endpoint",
                "host_name",
                f"{args.host_name} with {len(args.host_name)} characters",
                f"at most {ACM_NAME_LIMIT} characters for a certificate of ACM",
                "take a shorter name, or import a certificate",
            )
        child = pulumi.ResourceOptions(parent=self)
        certificate = aws.acm.Certificate(
            name, domain_name=args.host_name, validation_method="DNS", tags=args.tags, opts=child
        )
        option = certificate.domain_validation_options[0]
        # It stays: ACM looks for it again at each renewal.
        record = aws.route53.Record(
            f"{name}-validation",
            zone_id=args.zone_id,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=60,
            # Same account and name, same record: a second stack, or the certificate before this one, may have made it.
            allow_overwrite=True,
            opts=child,
        )
        validated = aws.acm.CertificateValidation(
            name, certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn], opts=child
        )
        self.arn = validated.certificate_arn
        self.register_outputs({"arn": self.arn})


@dataclass
class PrivateCertificateArgs:
    """Inputs of `PrivateCertificate`.

    host_name:   DNS name, the certificate's only subject alternative name
    name_prefix: names the CA
    in_acm:      True (default): imported into ACM for a load balancer
    """

    host_name: str
    name_prefix: str
    tags: dict[str, str] = field(default_factory=dict)
    in_acm: bool = True


class PrivateCertificate(pulumi.ComponentResource):
    """A CA of this stack and one server certificate of it: for a proof of concept, its keys are in the stack's state.

    ACM does not renew what is imported: a `pulumi up` within the last 60 days makes a new one and imports it under the
    same ARN.
    Outputs: ca_certificate (PEM that clients have to trust), certificate (PEM), private_key (PEM, secret), arn (of ACM;
    None unless `in_acm`).
    """

    ca_certificate: pulumi.Output[str]
    certificate: pulumi.Output[str]
    private_key: pulumi.Output[str]
    arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: PrivateCertificateArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:PrivateCertificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # RSA 2048: what ACM imports and every client accepts
        # (https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html).
        ca_key = tls.PrivateKey(f"{name}-ca", algorithm="RSA", rsa_bits=2048, opts=child)
        ca = tls.SelfSignedCert(
            f"{name}-ca",
            private_key_pem=ca_key.private_key_pem,
            subject=tls.SelfSignedCertSubjectArgs(common_name=f"{args.name_prefix} endpoint CA"),
            is_ca_certificate=True,
            max_path_length=0,
            set_subject_key_id=True,
            allowed_uses=["cert_signing", "crl_signing", "digital_signature"],
            validity_period_hours=CA_HOURS,
            early_renewal_hours=CA_RENEWAL_HOURS,
            opts=child,
        )
        key = tls.PrivateKey(name, algorithm="RSA", rsa_bits=2048, opts=child)
        request = tls.CertRequest(
            name,
            private_key_pem=key.private_key_pem,
            # A common name holds 64 characters and is read by nobody any more; a host name may have 253.
            subject=tls.CertRequestSubjectArgs(common_name="cmf"),
            dns_names=[args.host_name],
            opts=child,
        )
        server = tls.LocallySignedCert(
            name,
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=ca_key.private_key_pem,
            ca_cert_pem=ca.cert_pem,
            allowed_uses=["digital_signature", "key_encipherment", "server_auth"],
            set_subject_key_id=True,
            validity_period_hours=SERVER_HOURS,
            early_renewal_hours=SERVER_RENEWAL_HOURS,
            opts=child,
        )
        self.ca_certificate = ca.cert_pem
        self.certificate = server.cert_pem
        self.private_key = pulumi.Output.secret(key.private_key_pem)
        self.arn = None
        if args.in_acm:
            self.arn = aws.acm.Certificate(
                name,
                certificate_body=server.cert_pem,
                private_key=self.private_key,
                certificate_chain=ca.cert_pem,
                tags=args.tags,
                opts=child,
            ).arn
        self.register_outputs(
            {
                "ca_certificate": self.ca_certificate,
                "certificate": self.certificate,
                "private_key": self.private_key,
                "arn": self.arn,
            }
        )
