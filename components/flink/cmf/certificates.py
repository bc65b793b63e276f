"""Certificates of CMF and of those who talk to it, made and renewed by cert-manager within the cluster.

A self-signed root and its issuer, both of this platform alone: CMF trusts clients of this root, and nobody else issues
from it. Private keys never leave the cluster; none is in Pulumi's state.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_random as random

from components.cluster.contract import ClusterAccess
from components.cluster.objects import KubernetesObject
from components.errors import problem
from components.flink.cmf.names import CMF_NAME, CMF_SERVICE

OPERATOR_PRINCIPAL = "confluent-operator"
"""Common name of the client certificate of Confluent for Kubernetes: its user within CMF."""
SERVER_SECRET = "cmf-server-tls"  # noqa: S105 the name of a Secret
KEYSTORE_SECRET = "cmf-keystore-password"  # noqa: S105
OPERATOR_SECRET = "cmf-client-operator"  # noqa: S105
KEYSTORE_KEY = "password"
_ROOT = "platform-root-ca"
_ISSUER = "platform-issuer"
# Ten years. The root is not renewed before: everybody who trusts it would have to be told.
_ROOT_HOURS = 87_600
# A year, renewed 60 days before its end. CMF reads its keystore when it starts: within these 60 days any upgrade or
# restart of it is enough. Clients read a renewed certificate from the Secret.
_LEAF_HOURS = 8_760
_RENEW_HOURS = 1_440


def client_secret(administrator: str) -> str:
    """The Secret with the client certificate of `administrator`."""
    return f"cmf-client-{administrator}"


def server_names(namespace: str, host_names: Sequence[str] = ()) -> list[str]:
    """Every name under which CMF is reached: by Service and Deployment, short and whole, and by its endpoint."""
    return [
        *(
            f"{name}{suffix}"
            for name in (CMF_SERVICE, CMF_NAME)
            for suffix in ("", f".{namespace}", f".{namespace}.svc", f".{namespace}.svc.cluster.local")
        ),
        # For `kubectl port-forward`.
        "localhost",
        *host_names,
    ]


def issuer_manifests(namespace: str) -> list[dict[str, Any]]:
    """The self-signed issuer, the root certificate, and the issuer of this root; in this order."""
    return [
        _issuer("platform-self-signed", namespace, {"selfSigned": {}}),
        {
            **_certificate(_ROOT, namespace),
            "spec": {
                "secretName": _ROOT,
                "isCA": True,
                "commonName": "Streaming platform root CA",
                "duration": f"{_ROOT_HOURS}h0m0s",
                "renewBefore": f"{_LEAF_HOURS}h0m0s",
                # With a new key all certificates of the old one would be refused; the default is Always since 1.18.
                "privateKey": {"algorithm": "ECDSA", "size": 384, "encoding": "PKCS8", "rotationPolicy": "Never"},
                "issuerRef": _reference("platform-self-signed"),
            },
        },
        _issuer(_ISSUER, namespace, {"ca": {"secretName": _ROOT}}),
    ]


def server_certificate(namespace: str, host_names: Sequence[str]) -> dict[str, Any]:
    """CMF's own certificate, with keystore and truststore as Spring reads them, in the Secret `SERVER_SECRET`.

    One Certificate gives `keystore.jks` and `truststore.jks` (with the root) under one password.
    """
    names = server_names(namespace, host_names)
    return {
        **_certificate("cmf-server", namespace),
        "spec": {
            **_leaf(SERVER_SECRET, CMF_SERVICE, "server auth"),
            "dnsNames": names,
            "keystores": {"jks": {"create": True, "passwordSecretRef": {"name": KEYSTORE_SECRET, "key": KEYSTORE_KEY}}},
        },
    }


def client_certificate(name: str, namespace: str, principal: str) -> dict[str, Any]:
    """A client certificate in the Secret `name` (`tls.crt`, `tls.key`, `ca.crt`) for the user `principal`.

    Its subject is the common name alone; CMF's rules for principals know that form.
    """
    return {**_certificate(name, namespace), "spec": _leaf(name, principal, "client auth")}


def _issuer(name: str, namespace: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Issuer",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def _certificate(name: str, namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": name, "namespace": namespace},
    }


def _leaf(secret: str, common_name: str, usage: str) -> dict[str, Any]:
    return {
        "secretName": secret,
        "commonName": common_name,
        "duration": f"{_LEAF_HOURS}h0m0s",
        "renewBefore": f"{_RENEW_HOURS}h0m0s",
        "usages": ["digital signature", "key encipherment", usage],
        # PKCS8: Java's and Kafka's PEM readers take no other form.
        "privateKey": {"algorithm": "RSA", "size": 3072, "encoding": "PKCS8", "rotationPolicy": "Always"},
        "issuerRef": _reference(_ISSUER),
    }


def _reference(issuer: str) -> dict[str, str]:
    return {"name": issuer, "kind": "Issuer", "group": "cert-manager.io"}


@dataclass
class CmfCertificatesArgs:
    """Inputs of `CmfCertificates`.

    cluster:        where they are made
    namespace:      of CMF
    administrators: common names, one client certificate each; none where clients log in otherwise
    host_names:     names of the endpoint under which CMF is reached from outside, if TLS ends at CMF
    needs:          namespace and cert-manager: `FlinkOperators.certificates_ready`
    """

    cluster: ClusterAccess
    namespace: str
    administrators: Sequence[str] = ()
    host_names: Sequence[str] = ()
    needs: Sequence[pulumi.Resource] = field(default_factory=tuple)


class CmfCertificates(pulumi.ComponentResource):
    """Issuers, the server certificate of CMF with its keystore, the client certificates.

    Outputs: server_secret, keystore_secret, operator_secret, client_secrets (administrator -> Secret), ca_command and
    client_commands (shell commands that write the PEM files for the `confluent` CLI).
    Attribute for Python programs: `ready`.
    """

    server_secret: pulumi.Output[str]
    keystore_secret: pulumi.Output[str]
    operator_secret: pulumi.Output[str]
    client_secrets: pulumi.Output[dict[str, str]]
    ca_command: pulumi.Output[str]
    client_commands: pulumi.Output[dict[str, str]]
    ready: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: CmfCertificatesArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:CmfCertificates", name, None, opts)
        namespace, cluster = args.namespace, args.cluster
        if OPERATOR_PRINCIPAL in args.administrators:
            raise problem(
                "flink settings",
                "flink.authentication.administrators",
                OPERATOR_PRINCIPAL,
                "names of people or of their tools",
                "take another name: this one is Confluent for Kubernetes itself",
            )

        def make(manifest: dict[str, Any], needs: Sequence[pulumi.Resource]) -> pulumi.Resource:
            return KubernetesObject(
                f"{name}-{manifest['metadata']['name']}",
                manifest,
                pulumi.ResourceOptions(parent=self, provider=cluster.provider, depends_on=list(needs)),
            )

        self_signed, root, issuer = issuer_manifests(namespace)
        chain = make(self_signed, args.needs)
        chain = make(root, [chain])
        chain = make(issuer, [chain])
        password = random.RandomPassword(
            f"{name}-keystore", length=32, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        keystore = make(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": KEYSTORE_SECRET, "namespace": namespace},
                "stringData": {KEYSTORE_KEY: password.result},
            },
            args.needs,
        )
        leaves = [make(server_certificate(namespace, args.host_names), [chain, keystore])]
        for secret, principal in [
            (OPERATOR_SECRET, OPERATOR_PRINCIPAL),
            *((client_secret(one), one) for one in args.administrators),
        ]:
            leaves.append(make(client_certificate(secret, namespace, principal), [chain]))
        self.ready = [keystore, *leaves]
        secrets = {one: client_secret(one) for one in args.administrators}
        self.server_secret = pulumi.Output.from_input(SERVER_SECRET)
        self.keystore_secret = pulumi.Output.from_input(KEYSTORE_SECRET)
        self.operator_secret = pulumi.Output.from_input(OPERATOR_SECRET)
        self.client_secrets = pulumi.Output.from_input(secrets)
        self.ca_command = pulumi.Output.from_input(read_command(namespace, SERVER_SECRET, {"ca.crt": "ca.pem"}))
        self.client_commands = pulumi.Output.from_input(
            {
                one: read_command(namespace, secret, {"tls.crt": f"{one}.pem", "tls.key": f"{one}-key.pem"})
                for one, secret in secrets.items()
            }
        )
        self.register_outputs(
            {
                "server_secret": self.server_secret,
                "keystore_secret": self.keystore_secret,
                "operator_secret": self.operator_secret,
                "client_secrets": self.client_secrets,
                "ca_command": self.ca_command,
                "client_commands": self.client_commands,
            }
        )


def read_command(namespace: str, secret: str, files: dict[str, str]) -> str:
    """A shell command that writes keys of a Secret into files that only the user may read."""
    get = f"kubectl -n {namespace} get secret {secret} -o go-template="
    reads = [f"{get}'{{{{index .data \"{key}\" | base64decode}}}}' > {file}" for key, file in files.items()]
    return "umask 077; " + "; ".join(reads)
